// Makes a fresh clone ready, with Node alone: installs the packages when they are missing or older than the
// lock file, and with --build bundles the command line and the screen when their sources are newer. Says what it
// does, on standard error, so that standard output stays the command's own.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Piecewise needs Node 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}

const changedAt = path => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** The newest change below a folder, in milliseconds since the epoch. */
function newestIn(folder) {
  return readdirSync(join(root, folder), { recursive: true }).reduce(
    (newest, name) => Math.max(newest, changedAt(join(folder, name))),
    0,
  );
}

function run(command, args) {
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (done.status !== 0) {
    console.error(`\nset-up: "${command} ${args.join(' ')}" failed; the lines above say why.`);
    process.exit(done.status ?? 1);
  }
}

if (changedAt('node_modules/.package-lock.json') < changedAt('package-lock.json')) {
  console.error('set-up: installing packages (npm ci), once, about half a minute …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Runs a Vite configuration when what it bundles is newer than what it made last. */
function build(what, { config, made, sources }) {
  const newest = Math.max(...sources.map(newestIn), changedAt(config), changedAt('package-lock.json'));
  if (changedAt(made) >= newest) return;
  console.error(`set-up: building ${what} …`);
  run('node', ['node_modules/vite/bin/vite.js', 'build', '-c', config, '--logLevel', 'warn']);
}

if (process.argv.includes('--build')) {
  build('the command line and the app', {
    config: 'vite.config.ts',
    made: 'out/cli/piecewise.js',
    sources: ['src-shared', 'src-main', 'bench'],
  });
  build('the preload', {
    config: 'vite.preload.config.ts',
    made: 'out/electron/preload.cjs',
    sources: ['src-shared', 'src-main/hosts/electron'],
  });
  if (changedAt('src-renderer/main.tsx') > 0)
    build('the screen', {
      config: 'vite.renderer.config.ts',
      made: 'out/renderer/index.html',
      sources: ['src-shared', 'src-renderer'],
    });
}
