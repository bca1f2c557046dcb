import { defineConfig } from 'vite';

/** The command line and its benchmark, bundled for Node: `out/cli/piecewise.js`, `out/bench/bench.js`. */
export default defineConfig({
  build: {
    ssr: true,
    outDir: 'out',
    target: 'node20',
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      input: {
        'cli/piecewise': 'src-main/hosts/cli/main.ts',
        'bench/bench': 'bench/bench.ts',
        'bench/swarm-peer': 'bench/swarm-peer.ts',
        'bench/pipe': 'bench/pipe.ts',
      },
      output: { format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  },
});
