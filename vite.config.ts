import { defineConfig } from 'vite';

/** Everything that runs on Node, bundled: `out/cli/piecewise.js`, `out/electron/main.js`, `out/bench/bench.js`. */
export default defineConfig({
  build: {
    ssr: true,
    outDir: 'out',
    // The screen and the desktop app's preload are built into folders beside these.
    emptyOutDir: false,
    target: 'node20',
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      input: {
        'cli/piecewise': 'src-main/hosts/cli/main.ts',
        'electron/main': 'src-main/hosts/electron/main.ts',
        'bench/bench': 'bench/bench.ts',
        'bench/share-peer': 'bench/share-peer.ts',
        'bench/swarm-peer': 'bench/swarm-peer.ts',
        'bench/pipe': 'bench/pipe.ts',
        'bench/screen-peer': 'bench/screen-peer.ts',
        'bench/screen-follower': 'bench/screen-follower.ts',
      },
      output: { format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js' },
    },
  },
});
