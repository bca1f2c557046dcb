import { defineConfig } from 'vite';

const programs = {
  'cli/piecewise': 'src-main/hosts/cli/main.ts',
  'electron/main': 'src-main/hosts/electron/main.ts',
};

const benchmarks = {
  'bench/bench': 'bench/bench.ts',
  'bench/share-peer': 'bench/share-peer.ts',
  'bench/swarm-peer': 'bench/swarm-peer.ts',
  'bench/pipe': 'bench/pipe.ts',
  'bench/screen-peer': 'bench/screen-peer.ts',
  'bench/screen-follower': 'bench/screen-follower.ts',
};

/**
 * Everything that runs on Node, bundled with the packages it uses: `out/cli/piecewise.js`, `out/electron/main.js`,
 * `out/bench/bench.js`. With `--mode app`, what is installed: the programs alone, without maps, in `out/app`.
 */
export default defineConfig(({ mode }) => {
  const isInstalled = mode === 'app';
  return {
    // What is installed needs no packages beside it, and what is tested is what is installed. The benchmark has a browser.
    ssr: { noExternal: true, external: ['electron', 'playwright'] },
    build: {
      ssr: true,
      outDir: isInstalled ? 'out/app' : 'out',
      // The screen and the desktop app's preload are built into folders beside these.
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      sourcemap: !isInstalled,
      // Of the packages inside: they ask for it wherever they go.
      license: isInstalled && { fileName: 'licenses.md' },
      rolldownOptions: {
        input: isInstalled ? programs : { ...programs, ...benchmarks },
        output: { format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js' },
      },
    },
  };
});
