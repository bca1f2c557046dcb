import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The screen, as static files that Electron's `app://` and the browser host serve alike: `out/renderer`, and with `--mode app` in `out/app`. */
export default defineConfig(({ mode }) => ({
  root: 'src-renderer',
  base: './',
  plugins: [react()],
  build: {
    outDir: mode === 'app' ? '../out/app/renderer' : '../out/renderer',
    emptyOutDir: true,
    license: mode === 'app' && { fileName: 'licenses.md' },
    target: 'chrome120',
    // Fonts and pictures stay files: the content security policy allows no data: addresses for scripts or styles.
    assetsInlineLimit: 0,
    // The screen comes from this computer: one file is as quick as several.
    chunkSizeWarningLimit: 2_000,
    modulePreload: { polyfill: false },
  },
}));
