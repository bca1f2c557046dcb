import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './processes.ts';

/**
 * What installers are made of, as far as it can be had without Electron: electron-builder packs the app with a stand-in
 * for Electron's program, and what it packed is looked at and run. Nothing is downloaded.
 */

// They come with electron-builder; typed by what is used of them.
const builderRequire = createRequire(createRequire(import.meta.url).resolve('electron-builder/package.json'));
const asar = (await import(pathToFileURL(builderRequire.resolve('@electron/asar')).href)) as {
  listPackage(archive: string, options: { isPack: boolean }): string[];
  statFile(archive: string, path: string): object;
  extractAll(archive: string, folder: string): void;
  extractFile(archive: string, path: string): Buffer;
};
const fuses = builderRequire('@electron/fuses') as {
  getCurrentFuseWire(program: string): Promise<Readonly<Record<number, number>>>;
};
interface Executable {
  generate(): ArrayBuffer;
}
const { NtExecutable, NtExecutableResource, Resource } = builderRequire('resedit') as {
  NtExecutable: { createEmpty(is32Bit: boolean, isDll: boolean): Executable };
  NtExecutableResource: {
    from(executable: Executable): { entries: unknown[]; outputResource(to: Executable): void };
  };
  Resource: {
    VersionInfo: {
      createEmpty(): {
        lang: number;
        setStringValues(language: object, values: object): void;
        outputToResourceEntries(entries: unknown[]): void;
      };
    };
  };
};

/** Where Electron's program has its fuses: this mark, a version, their number, and a letter each. */
const fuseWire = Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\u0001\u000800000000', 'latin1');

/** Nowhere that anything could be downloaded from. (Node's fetch would not even try some other ports.) */
const nowhere = 'http://127.0.0.1:2/';
const offline = {
  ...process.env,
  ELECTRON_MIRROR: nowhere,
  ELECTRON_BUILDER_BINARIES_MIRROR: nowhere,
  ELECTRON_BUILDER_DISABLE_UPDATE_NOTIFIER: '1',
};

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'piecewise-packaging-'));
  await run(process.execPath, ['.ci/dist.mjs', '--stage']);
  makeStandIn(join(folder, 'electron'));
  await run(process.execPath, [
    ...['node_modules/electron-builder/cli.js', '--dir', '--linux', '--win', '--x64', '--publish', 'never'],
    ...[`-c.electronDist=${join(folder, 'electron')}`, `-c.directories.output=${join(folder, 'packed')}`],
  ]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const execute = promisify(execFile);

/** Runs a program to its end, without any network for downloads; returns what it printed. */
async function run(command: string, args: readonly string[], cwd: string = root): Promise<string> {
  const { stdout } = await execute(command, args, { cwd, env: offline, maxBuffer: 2 ** 26 }).catch(
    ({ code, stdout, stderr }) => {
      throw new Error(`${command} ended with ${code}:\n${`${stdout}${stderr}`.slice(-2000)}`);
    },
  );
  return stdout;
}

/** Programs with fuses, for Linux and Windows, the latter with the version that electron-builder wants to change. */
function makeStandIn(electron: string): void {
  mkdirSync(join(electron, 'resources'), { recursive: true });
  writeFileSync(join(electron, 'electron'), fuseWire, { mode: 0o755 });
  const executable = NtExecutable.createEmpty(false, false);
  const resources = NtExecutableResource.from(executable);
  const version = Resource.VersionInfo.createEmpty();
  version.lang = 1033;
  version.setStringValues({ lang: 1033, codepage: 1200 }, { ProductName: 'Electron' });
  version.outputToResourceEntries(resources.entries);
  resources.outputResource(executable);
  writeFileSync(
    join(electron, 'electron.exe'),
    Buffer.concat([Buffer.from(executable.generate()), fuseWire]),
  );
}

const archiveOf = (system: 'linux' | 'win') => join(folder, `packed/${system}-unpacked/resources/app.asar`);

/** The files of an archive, with forward slashes and without a leading one. */
function filesIn(archive: string): string[] {
  return asar
    .listPackage(archive, { isPack: false })
    .map(path => path.replaceAll('\\', '/').slice(1))
    .filter(path => !('files' in asar.statFile(archive, path)))
    .sort();
}

/** All files that built modules import, themselves included, by their paths in the built app. */
function reachable(from: readonly string[]): Set<string> {
  const found = new Set<string>();
  const look = (path: string) => {
    // Comments of packages speak of modules that were theirs.
    if (found.has(path) || !existsSync(join(root, 'out/app', path))) return;
    found.add(path);
    const text = readFileSync(join(root, 'out/app', path), 'utf8');
    for (const [, imported] of text.matchAll(/(?:^import\b[^'"\n]*|\bimport\()["'](\.[^"']+)["']/gm))
      look(join(dirname(path), imported!).replaceAll('\\', '/'));
  };
  from.forEach(look);
  return found;
}

const licences = ['LICENSE', 'licenses.md', 'renderer/licenses.md'];
const named = [...licences, 'package.json', 'cli/piecewise.js', 'electron/main.js', 'electron/preload.cjs'];

describe.each(['linux', 'win'] as const)('the app packed for %s', system => {
  it('holds the programs, what they import, and the screen: nothing else', () => {
    const files = filesIn(archiveOf(system));
    const chunks = [...reachable(['cli/piecewise.js', 'electron/main.js'])].filter(path =>
      path.startsWith('chunks/'),
    );
    const screen = ['renderer/index.html', ...assetsOf('renderer/index.html')];
    expect(chunks.length).toBeGreaterThan(10);
    expect(screen.length).toBeGreaterThan(3);
    expect(files).toEqual([...named, ...chunks, ...screen].sort());
    expect(files.filter(path => /\.(test|ts|tsx|map|env|pem|key)$|node_modules/.test(path))).toEqual([]);
  });

  it('brings the licences of the packages inside', () => {
    const read = (path: string) => asar.extractFile(archiveOf(system), path).toString();
    expect(read('licenses.md')).toMatch(/^## commander - .*\(MIT\)$/m);
    expect(read('licenses.md')).toMatch(/^## ws - .*\(MIT\)$/m);
    expect(read('renderer/licenses.md')).toMatch(/^## react-dom - .*\(MIT\)$/m);
  });

  it('has the fuses of its configuration in its program', async () => {
    const program = { linux: 'linux-unpacked/piecewise-desktop', win: 'win-unpacked/Piecewise.exe' }[system];
    const wire = await fuses.getCurrentFuseWire(join(folder, 'packed', program));
    const states = Array.from({ length: 8 }, (_, index) => String.fromCharCode(wire[index]!)).join('');
    expect(states).toBe('01001100');
  });

  it('has the command line beside it', () => {
    const name = { linux: 'piecewise', win: 'piecewise.cmd' }[system];
    const launcher = readFileSync(join(folder, `packed/${system}-unpacked/resources/bin/${name}`), 'utf8');
    expect(launcher).toContain(' --cli -- ');
  });
});

/** What a page names, and what that names in turn, in the folder of built files. */
function assetsOf(page: string): string[] {
  const all = readdirSync(join(root, 'out/app/renderer/assets'));
  const found = new Set<string>();
  const look = (text: string) => {
    for (const name of all) {
      if (!text.includes(name) || found.has(name)) continue;
      found.add(name);
      look(readFileSync(join(root, 'out/app/renderer/assets', name), 'latin1'));
    }
  };
  look(readFileSync(join(root, 'out/app', page), 'utf8'));
  return [...found].map(name => `renderer/assets/${name}`);
}

/** Makes a file, and runs a whole swarm over it. */
async function useCommandLine(piecewise: (...args: readonly string[]) => Promise<string>): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(await piecewise('--version')).toBe(`${version}\n`);
  await piecewise('make-file', '64KiB', 'random.bin');
  expect(readFileSync(join(folder, 'random.bin'))).toHaveLength(65_536);
  const demo = ['demo', '--peers', '2', '--file', 'random.bin', '--upload-limit', 'none', '--unchoking', '1'];
  expect(await piecewise(...demo)).toMatch(/All \d+ copies of .* are identical/);
  rmSync(join(folder, 'random.bin'));
}

describe('what is packed', () => {
  it('is the command line too, with nothing beside it', async () => {
    const extracted = join(folder, 'extracted');
    asar.extractAll(archiveOf('linux'), extracted);
    await useCommandLine((...args) =>
      run(process.execPath, [join(extracted, 'cli/piecewise.js'), ...args], folder),
    );
  });

  it('is an npm package, which installs without asking for another', async () => {
    const npm = (...args: readonly string[]) =>
      run(
        process.platform === 'win32' ? 'npm.cmd' : 'npm',
        [...args, '--offline', '--loglevel=error'],
        folder,
      );
    const packed = (await npm('pack', join(root, 'out/app'), '--silent')).trim();
    await npm('install', '--prefix', join(folder, 'installed'), join(folder, packed));
    expect(readdirSync(join(folder, 'installed/node_modules')).filter(name => !name.startsWith('.'))).toEqual(
      ['piecewise'],
    );
    const bin = join(folder, 'installed/node_modules/.bin/piecewise');
    expect(existsSync(bin)).toBe(true);
    expect(await run(bin, ['--version'], folder)).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('npm run dist', () => {
  it('says in a line what cannot be downloaded, and ends with 2', async () => {
    const env = {
      ...offline,
      ELECTRON_OVERRIDE_DIST_PATH: undefined,
      ELECTRON_BUILDER_CACHE: join(folder, 'cache'),
      electron_config_cache: join(folder, 'none'),
    };
    const running = execute(process.execPath, ['.ci/dist.mjs', '--installers'], { cwd: root, env });
    await expect(running).rejects.toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^dist: no installers: Electron .* cannot be downloaded here \(ECONNREFUSED\)\..*\n$/,
      ),
    });
  });
});
