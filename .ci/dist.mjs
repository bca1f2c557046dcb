// Makes what is installed, and its installers. With --stage only the first: out/app, the programs with all that they need,
// which can be packed for npm too. With --installers only the second: this system's, in out/installers, of what is staged.
// Ends with 2, and one line, when a download that they need cannot be had. `ELECTRON_OVERRIDE_DIST_PATH` may name an
// Electron that is here.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const staged = join(root, 'out/app');

/** Runs a script of a package with Node; its output is returned, not shown. */
function runScript(path, args) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules', path), ...args],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  return { status, output: `${stdout}${stderr}` };
}

/** What is installed: nothing of it is left from a build before. */
function stage() {
  rmSync(staged, { recursive: true, force: true });
  for (const config of ['vite.config.ts', 'vite.preload.config.ts', 'vite.renderer.config.ts']) {
    const { status, output } = runScript('vite/bin/vite.js', [
      ...['build', '-c', config, '--mode', 'app', '--logLevel', 'warn'],
    ]);
    if (status !== 0) {
      console.error(`${output}\ndist: ${config} could not be built; the lines above say why.`);
      process.exit(1);
    }
  }
  const { name, version, description, license, engines } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const manifest = {
    ...{ name, productName: 'Piecewise', version, description, license, author: 'The Piecewise authors' },
    ...{ type: 'module', engines, main: 'electron/main.js', bin: { piecewise: 'cli/piecewise.js' } },
  };
  writeFileSync(join(staged, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  copyFileSync(join(root, 'LICENSE'), join(staged, 'LICENSE'));
}

/** Why a download failed, shortly. */
function reasonIn(text) {
  return /\bE(?:NOTFOUND|CONNREFUSED|CONNRESET|TIMEDOUT|AI_AGAIN|HOSTUNREACH|NETUNREACH|PROTO)\b|Response code \d+|status code:? \d+|fetch failed/i.exec(
    text,
  )?.[0];
}

function endWithout(missing, reason) {
  console.error(
    `dist: no installers: ${missing} cannot be downloaded here (${reason}). What they would install is in out/app.`,
  );
  process.exit(2);
}

/** Electron's program, which electron-builder then finds in their common cache: it would go on trying for a minute. */
async function fetchElectron() {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/electron/package.json'), 'utf8'));
  const { downloadArtifact } = await import('@electron/get');
  try {
    await downloadArtifact({ version, artifactName: 'electron' });
  } catch (error) {
    const { message, cause } = error;
    endWithout(`Electron ${version} for ${process.platform}`, cause?.code ?? reasonIn(message) ?? message);
  }
}

/** Which installer electron-builder was making last; it says so before it fetches the tools for it. */
function lastTarget(output) {
  return [...output.matchAll(/target=(\S+)/g)].at(-1)?.[1];
}

async function makeInstallers() {
  if (dist === undefined) await fetchElectron();
  const electron = dist === undefined ? [] : [`-c.electronDist=${dist}`];
  const { status, output } = runScript('electron-builder/cli.js', ['--publish', 'never', ...electron]);
  if (status === 0) {
    console.log('dist: the installers are in out/installers.');
    return;
  }
  const reason = reasonIn(output);
  if (reason !== undefined) endWithout(`the tools for ${lastTarget(output) ?? 'installers'}`, reason);
  console.error(`${output}\ndist: electron-builder failed; the lines above say why.`);
  process.exit(1);
}

const { ELECTRON_OVERRIDE_DIST_PATH: dist } = process.env;
if (!process.argv.includes('--installers')) stage();
if (!process.argv.includes('--stage')) await makeInstallers();
