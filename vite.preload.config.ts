import { defineConfig } from 'vite';

/**
 * The preload of the desktop app's window: one CommonJS file, as its sandbox wants it: `out/electron/preload.cjs`, and
 * with `--mode app` in `out/app`.
 */
export default defineConfig(({ mode }) => ({
  ssr: { noExternal: true },
  build: {
    ssr: true,
    outDir: mode === 'app' ? 'out/app/electron' : 'out/electron',
    emptyOutDir: false,
    target: 'chrome156',
    minify: false,
    rolldownOptions: {
      input: { preload: 'src-main/hosts/electron/preload.ts' },
      external: ['electron'],
      output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
    },
  },
}));
