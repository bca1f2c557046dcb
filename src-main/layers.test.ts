import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';
import { describe, expect, it } from 'vitest';

/** Dependencies point one way: hosts → io → engine → src-shared ← src-renderer. */

const engine = ['src-shared', 'src-main/engine', 'src-main/engine/json', 'src-main/engine/lab-plan'];
const packages = ['packages', 'jsonc-parser'];
/** The contract is checked where it enters, by the same schemas on both sides. */
const shared = ['src-shared', 'valibot'];
const hosts = [...engine, 'src-main/io', 'src-main/hosts', 'node', ...packages, 'valibot'];

/** What each folder may import. A file belongs to the folder nearest to it. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'src-shared': shared,
  'src-main/engine': engine,
  'src-main/engine/testing': [...engine, 'src-main/engine/testing'],
  // What people write is read as text, to know the line of every fault; the parser knows no machine either.
  'src-main/engine/json': [...engine, 'jsonc-parser'],
  'src-main/engine/lab-plan': [...engine, 'jsonc-parser'],
  'src-main/io': [...engine, 'src-main/io', 'node', 'node: files and network', ...packages, 'valibot'],
  'src-main/hosts': hosts,
  'src-main/hosts/shares': [...hosts, 'src-main/hosts/shares'],
  'src-main/hosts/app': [...hosts, 'src-main/hosts/app', 'src-main/hosts/shares'],
  'src-main/hosts/web': [...hosts, 'src-main/hosts/app', 'src-main/hosts/web', 'node: files and network'],
  'src-main/hosts/cli': [
    ...hosts,
    'src-main/hosts/app',
    'src-main/hosts/shares',
    'src-main/hosts/web',
    'src-main/hosts/cli',
  ],
  'src-main/hosts/electron': [...hosts, 'src-main/hosts/app', 'src-main/hosts/electron', 'electron'],
  'src-renderer': ['src-shared', 'src-renderer', 'packages'],
};

/** What every test may import besides. */
const testsMayImport = [
  'tests',
  'src-main/engine/testing',
  'node',
  'node: files and network',
  ...packages,
  'valibot',
];

interface Source {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

function isTest(path: string): boolean {
  return /(\.test\.tsx?|-suite\.ts)$/.test(path);
}

function folderOf(path: string): string | undefined {
  const folders = Object.keys(mayImport).filter(folder => path.startsWith(`${folder}/`));
  return folders.sort((a, b) => b.length - a.length)[0];
}

/** Every module a file names, in whatever way. */
function importsOf({ path, text }: Source): string[] {
  const { module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} cannot be read: ${errors[0]!.message}`);
  const exports = module.staticExports.flatMap(({ entries }) => entries);
  const named = [...module.staticImports, ...exports].flatMap(
    ({ moduleRequest }) => moduleRequest?.value ?? [],
  );
  // `import('…')`, as an expression and as a type.
  const called = Array.from(text.matchAll(/\bimport\(\s*(['"`])(.*?)\1/g), ([, , name]) => name!);
  return [...new Set([...named, ...called])];
}

/** What is imported, in the words of the table; undefined when it is nowhere in it. */
function kindOf(importer: string, name: string): string | undefined {
  if (name.startsWith('.')) {
    const path = posix.join(posix.dirname(importer), name);
    return isTest(path) ? 'tests' : folderOf(path);
  }
  if (isBuiltin(name)) {
    return /^(node:)?(fs|net|dns|tls|http|https|http2|dgram)(\/|$)/.test(name)
      ? 'node: files and network'
      : 'node';
  }
  if (name === 'valibot' || name === 'jsonc-parser') return name;
  return /^electron(\/|$)/.test(name) ? 'electron' : 'packages';
}

/** Every import that points the wrong way, as a sentence. */
function violations(sources: readonly Source[]): string[] {
  return sources.flatMap(source => {
    const { path } = source;
    const folder = folderOf(path);
    if (folder === undefined) return isTest(path) ? [] : [`${path} is in no folder of the architecture`];
    const allowed = [...mayImport[folder]!, ...(isTest(path) ? testsMayImport : [])];
    return importsOf(source)
      .filter(name => !allowed.includes(kindOf(path, name) ?? 'nothing known'))
      .map(name => `${path} may not import ${name}`);
  });
}

const root = fileURLToPath(new URL('..', import.meta.url));

function sourcesIn(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name).replaceAll('\\', '/'))
    .filter(path => /\.[cm]?[jt]sx?$/.test(path))
    .map(path => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

const sources = readdirSync(root)
  .filter(name => name.startsWith('src-'))
  .flatMap(sourcesIn);

describe('the architecture', () => {
  it('is kept by every import of every source file', () => {
    expect(violations(sources)).toEqual([]);
  });

  it('is checked on all of them', () => {
    const paths = sources.map(source => source.path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'src-shared/journal.ts',
        'src-main/engine/swarm.ts',
        'src-main/io/tcp.ts',
        'src-main/layers.test.ts',
      ]),
    );
    const ports = sources.find(source => source.path === 'src-main/engine/ports.ts');
    expect(importsOf(ports!)).toEqual(['../../src-shared/journal.ts']);
  });
});

describe('the check of the architecture', () => {
  it.each([
    ['src-shared/view.ts', '../src-main/engine/ports.ts'],
    ['src-shared/view.ts', 'node:path'],
    ['src-shared/view.ts', 'fast-check'],
    ['src-shared/view.test.ts', '../src-main/engine/ports.ts'],
    ['src-main/engine/swarm.ts', 'node:util'],
    ['src-main/engine/swarm.ts', 'fs'],
    ['src-main/engine/swarm.ts', 'commander'],
    ['src-main/engine/swarm.ts', 'jsonc-parser'],
    ['src-main/engine/lab-plan/plan-text.ts', 'commander'],
    ['src-renderer/bridge.ts', 'jsonc-parser'],
    ['src-main/engine/swarm.ts', '../io/tcp.ts'],
    ['src-main/engine/swarm.ts', '../hosts/course-peer.ts'],
    ['src-main/engine/swarm.ts', './testing/virtual-clock.ts'],
    ['src-main/engine/swarm.ts', './swarm.test.ts'],
    ['src-main/engine/swarm.test.ts', '../hosts/course-peer.ts'],
    ['src-main/engine/swarm.test.ts', '../io/tcp.ts'],
    ['src-main/engine/testing/virtual-lab.ts', 'vitest'],
    ['src-main/io/tcp.ts', '../hosts/course-peer.ts'],
    ['src-main/io/tcp.ts', '../engine/testing/virtual-clock.ts'],
    ['src-main/io/tcp.ts', './storage-suite.ts'],
    ['src-main/io/tcp.ts', 'electron'],
    ['src-main/hosts/course-peer.ts', 'node:fs/promises'],
    ['src-main/hosts/course-peer.ts', './cli/main.ts'],
    ['src-main/hosts/cli/main.ts', 'node:net'],
    ['src-main/hosts/cli/main.ts', 'node:dns/promises'],
    ['src-main/hosts/cli/main.ts', 'electron'],
    ['src-main/hosts/cli/main.ts', '../electron/window.ts'],
    ['src-main/hosts/electron/main.ts', '../cli/main.ts'],
    ['src-main/hosts/electron/main.ts', 'node:fs'],
    ['src-main/hosts/electron/main.ts', '../../../src-renderer/bridge.ts'],
    ['src-renderer/bridge.ts', '../src-main/engine/ports.ts'],
    ['src-renderer/bridge.ts', 'node:path'],
    ['src-renderer/bridge.ts', 'electron/renderer'],
    ['src-main/engine/swarm.ts', '../../bench/bench.ts'],
  ])('does not let %s import %s', (path, name) => {
    expect(violations([{ path, text: `import { x } from '${name}';` }])).toEqual([
      `${path} may not import ${name}`,
    ]);
  });

  it.each([
    ['src-shared/view.ts', './journal.ts'],
    ['src-main/engine/course/wire.ts', '../../../src-shared/journal.ts'],
    ['src-main/engine/swarm.test.ts', './testing/virtual-lab.ts'],
    ['src-main/engine/swarm.test.ts', 'vitest'],
    ['src-main/engine/testing/virtual-lab.ts', '../swarm.ts'],
    ['src-main/engine/lab-plan/plan-text.ts', 'jsonc-parser'],
    ['src-main/io/tcp.ts', 'node:net'],
    ['src-main/io/tcp.ts', '../engine/ports.ts'],
    ['src-main/io/lan/dht.ts', 'bittorrent-dht'],
    ['src-main/io/storage.test.ts', './storage-suite.ts'],
    ['src-main/hosts/course-peer.ts', '../io/tcp.ts'],
    ['src-main/hosts/cli/main.ts', '../course-peer.ts'],
    ['src-main/hosts/cli/main.ts', 'node:child_process'],
    ['src-main/hosts/electron/main.ts', 'electron'],
    ['src-main/hosts/electron/ipc.ts', '../../engine/ports.ts'],
    ['src-renderer/bridge.tsx', '../src-shared/view.ts'],
    ['src-renderer/bridge.tsx', 'react'],
  ])('lets %s import %s', (path, name) => {
    expect(violations([{ path, text: `import { x } from '${name}';` }])).toEqual([]);
  });

  it.each([
    "import 'node:fs';",
    "import fs from 'node:fs';",
    "import * as fs from 'node:fs';",
    "import type { Stats } from 'node:fs';",
    "import {\n  type Stats,\n  readFile,\n} from 'node:fs';",
    "export { readFile } from 'node:fs';",
    "export * from 'node:fs';",
    "const fs = await import('node:fs');",
    "const fs = await import(\n  'node:fs'\n);",
    "let stats: import('node:fs').Stats;",
  ])('sees %s', text => {
    const path = 'src-main/engine/swarm.ts';
    expect(violations([{ path, text }])).toEqual([`${path} may not import node:fs`]);
  });

  it('does not take words for imports', () => {
    const text = "// import 'node:fs'\nexport const text = \"import x from 'node:fs'\";";
    expect(violations([{ path: 'src-main/engine/swarm.ts', text }])).toEqual([]);
  });

  it('wants every file in a folder of the architecture', () => {
    expect(violations([{ path: 'src-main/util.ts', text: '' }])).toEqual([
      'src-main/util.ts is in no folder of the architecture',
    ]);
  });
});
