import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = new URL('../', import.meta.url);
const folder = new URL('.github/workflows/', root);
const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const builder = parse(readFileSync(new URL('electron-builder.yml', root), 'utf8'));

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: { readonly include?: readonly { readonly app: string }[] } };
  readonly steps: readonly Step[];
}

const workflows = readdirSync(folder).map(name => {
  const text = readFileSync(new URL(name, folder), 'utf8');
  const { jobs, permissions } = parse(text) as {
    readonly jobs: Readonly<Record<string, Job>>;
    readonly permissions: Readonly<Record<string, string>>;
  };
  const steps = Object.values(jobs).flatMap(job => job.steps);
  return { name, text, jobs, permissions, steps, commands: steps.flatMap(({ run }) => run ?? []).join('\n') };
});

describe('the workflows', () => {
  it('are two', () => {
    expect(workflows.map(({ name }) => name)).toEqual(['ci.yml', 'release.yml']);
  });
});

describe.each(workflows)('$name', ({ text, jobs, permissions, steps, commands }) => {
  it('runs npm scripts that exist', () => {
    const named = [...commands.matchAll(/\bnpm (?:run )?([a-z][\w:-]*)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter(name => !(name! in scripts))).toEqual([]);
  });

  it('names files that exist', () => {
    const named = [...commands.matchAll(/(?<![\w/])(?:\.ci|e2e|docs|src-[a-z]+)\/[\w./-]+/g)].map(
      ([path]) => path,
    );
    expect(named.filter(path => !existsSync(new URL(path, root)))).toEqual([]);
  });

  it('takes actions of a known version', () => {
    const actions = steps.flatMap(({ uses }) => uses ?? []);
    expect(actions.filter(action => !/^actions\/[a-z-]+@(v\d+|[0-9a-f]{40})$/.test(action))).toEqual([]);
  });

  it('may read, and where it must, write contents alone', () => {
    expect(permissions).toEqual({ contents: 'read' });
    const more = Object.values(jobs).flatMap(({ permissions: more }) => (more === undefined ? [] : [more]));
    expect(more.filter(given => JSON.stringify(given) !== '{"contents":"write"}')).toEqual([]);
  });

  it('has no secrets but its own token, which no command holds', () => {
    expect(text).not.toContain('secrets.');
    expect(commands).not.toMatch(/github\.token|GH_TOKEN|\$\{\{ *github\.(event|head_ref|ref_name)/);
  });
});

describe('release.yml', () => {
  const { jobs, commands } = workflows.find(({ name }) => name === 'release.yml')!;

  it('starts what electron-builder makes, on each system, and runs the tests in real Electron', () => {
    const apps = jobs.installers!.strategy!.matrix.include!.map(({ app }) => app);
    const { output } = builder.directories;
    expect(apps).toEqual([
      `${output}/linux-unpacked/${builder.linux.executableName}`,
      `${output}/win-unpacked/${builder.productName}.exe`,
      `${output}/mac-arm64/${builder.productName}.app/Contents/MacOS/${builder.productName}`,
    ]);
    expect(commands).toContain('--smoke-test');
    expect(commands).toContain('e2e/electron.test.ts');
  });

  it('keeps the release a draft, with checksums', () => {
    expect(commands).toContain('--draft');
    expect(commands).toContain('SHA256SUMS');
  });
});
