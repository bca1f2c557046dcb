import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface LockEntry {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));
const { dependencies, devDependencies } = read('package.json') as Required<LockEntry>;
const direct = { ...dependencies, ...devDependencies };
const lock = read('package-lock.json') as { readonly packages: Readonly<Record<string, LockEntry>> };

/** The versions of the packages whose names match. */
function versionsOf(name: RegExp): string[] {
  const listed = Object.entries(direct).filter(([key]) => name.test(key));
  const locked = Object.entries(lock.packages).filter(([path]) =>
    name.test(path.replace(/^.*node_modules\//, '')),
  );
  return [...listed.map(([, version]) => version), ...locked.map(([, { version }]) => version ?? 'none')];
}

/** Where in a lock file it says where packages come from, the pages about them aside. */
function originsIn(value: unknown, key = ''): string[] {
  if (['funding', 'homepage', 'bugs', 'repository'].includes(key)) return [];
  if (key === 'resolved') return [`resolved: ${value}`];
  if (typeof value === 'string') return /:\/\//.test(value) ? [`${key}: ${value}`] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(/:\/\//.test(name) ? [name] : []),
    ...originsIn(inner, name),
  ]);
}

describe('package.json', () => {
  it.each(Object.entries(direct))('pins %s exactly: %s', (_, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
  });

  it('has the one Electron that the app is made for', () => {
    expect(new Set(versionsOf(/^electron$/))).toEqual(new Set(['45.4.1']));
  });

  it('has one version of vitest and all that belongs to it', () => {
    expect(new Set(versionsOf(/^(vitest|@vitest\/.*)$/)).size).toBe(1);
    expect(versionsOf(/^(vitest|@vitest\/.*)$/).length).toBeGreaterThan(3);
  });
});

describe('package-lock.json', () => {
  it('is the lock of this package.json', () => {
    expect(lock.packages['']).toMatchObject({ dependencies, devDependencies });
    for (const [name, version] of Object.entries(direct)) {
      expect([name, lock.packages[`node_modules/${name}`]?.version]).toEqual([name, version]);
    }
  });

  it('names no place to download from, so that every registry will do', () => {
    expect(originsIn(lock)).toEqual([]);
  });

  it('would be found out if it did', () => {
    const address = 'https://registry.example/x.tgz';
    expect(originsIn({ packages: { x: { resolved: address } } })).toEqual([`resolved: ${address}`]);
    expect(originsIn({ packages: { x: { version: address } } })).toEqual([`version: ${address}`]);
    expect(originsIn({ packages: { x: { funding: [{ url: address }] } } })).toEqual([]);
  });
});
