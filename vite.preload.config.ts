import { defineConfig } from 'vite';

/** The preload of the desktop app's window: one CommonJS file, as its sandbox wants it: `out/electron/preload.cjs`. */
export default defineConfig({
  ssr: { noExternal: true },
  build: {
    ssr: true,
    outDir: 'out/electron',
    emptyOutDir: false,
    target: 'chrome156',
    minify: false,
    rolldownOptions: {
      input: { preload: 'src-main/hosts/electron/preload.ts' },
      external: ['electron'],
      output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
    },
  },
});
