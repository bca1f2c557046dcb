import { posix, win32 } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostilePaths } from '../testing/hostile-paths.ts';
import { longestName, SafePaths, safeName, safePath, shownName, utf8Length } from './path-rules.ts';

/** Names that are fine everywhere. */
const harmless = [
  'a',
  '.hidden',
  '..hidden',
  '.piecewise.txt',
  'slides.pdf',
  'Übung 3 – Lösung.pdf',
  '日本語.txt',
  '👩‍👩‍👧 family.jpg',
  'contents',
  'console.log',
  'COM10',
  'a.b.c',
  'a  b',
  " 'quoted' & (more) [x] {y} #1 100%",
  'x'.repeat(255),
];

function expectInside(path: string): void {
  expect(path).not.toBe('');
  for (const { resolve, relative, isAbsolute, sep } of [win32, posix]) {
    const folder = resolve('/downloads/here');
    const resolved = resolve(folder, path);
    expect(resolved.startsWith(`${folder}${sep}`)).toBe(true);
    expect(isAbsolute(path)).toBe(false);
    // The path is taken as it stands: no part of it means anything.
    expect(relative(folder, resolved).split(sep)).toEqual(path.split('/'));
  }
  for (const name of path.split('/')) {
    expect(name).toMatch(/^[^\\/:*?"<>|\p{Cc}]*[^\\/:*?"<>|\p{Cc}. ]$/u);
    expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)( *\.|$)/i);
    expect(utf8Length(name)).toBeLessThanOrEqual(longestName);
    expect(name).not.toMatch(/^\.piecewise$/i);
    expect(name).not.toMatch(/\p{Surrogate}/u);
  }
}

const anyName = fc.oneof(
  fc.constantFrom(...harmless, ...hostilePaths.flatMap(([components]) => components)),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('.', ' ', '/', '\\', ':', 'a', 'A', '\0', 'é', 'e\u0301', '\ud83d'),
    maxLength: 8,
  }),
);
const anyComponents = fc.array(anyName, { maxLength: 5 });

describe('a hostile path', () => {
  it.each(hostilePaths)('%j becomes harmless', (components, path) => {
    expect(safePath(components)).toBe(path);
    expectInside(path);
    expect(new SafePaths().add(components)).toBe(path);
  });

  it('of any kind stays in its folder', () => {
    fc.assert(
      fc.property(anyComponents, components => {
        expectInside(safePath(components));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('a name', () => {
  it.each(harmless)('%j stays as it is', name => {
    expect(safeName(name)).toBe(name);
  });

  it('that was made safe stays so', () => {
    fc.assert(
      fc.property(anyName, name => {
        expect(safeName(safeName(name))).toBe(safeName(name));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is shown on one line', () => {
    expect(shownName('photo\u202egpj.exe\n\0')).toBe('photo\ufffdgpj.exe\ufffd\ufffd');
    expect(shownName('x'.repeat(1_000))).toBe(`${'x'.repeat(79)}…`);
    expect(shownName('😀'.repeat(100)).endsWith('😀…')).toBe(true);
  });
});

describe('the paths of a set of files', () => {
  const pathsOf = (...paths: string[]) => {
    const safe = new SafePaths();
    return paths.map(path => safe.add(path.split('/')));
  };

  it.each([
    ['come twice', ['a.txt', 'a.txt', 'a.txt'], ['a.txt', 'a (2).txt', 'a (3).txt']],
    ['differ by case', ['Readme.txt', 'README.TXT'], ['Readme.txt', 'README (2).TXT']],
    ['differ by normal form', ['\u00e9', 'e\u0301'], ['\u00e9', 'e\u0301 (2)']],
    ['differ by case in Unicode', ['straße', 'STRASSE', 'ſ', 's'], ['straße', 'STRASSE (2)', 'ſ', 's (2)']],
    ['become equal', ['a:b', 'a?b'], ['a_b', 'a_b (2)']],
    ['need a number that is taken', ['a (2)', 'a', 'A', 'a'], ['a (2)', 'a', 'A (3)', 'a (4)']],
    ['are a folder and a file', ['a/b', 'a', 'a/c'], ['a/b', 'a (2)', 'a/c']],
    ['are a file and a folder', ['a', 'a/b', 'A/c', 'a (2)'], ['a', 'a (2)/b', 'a (2)/c', 'a (2) (2)']],
    ['lie in folders that differ by case', ['Dir/a', 'dir/b', 'DIR/a'], ['Dir/a', 'Dir/b', 'Dir/a (2)']],
    ['are hidden files', ['.a', '.a'], ['.a', '.a (2)']],
    ['have nothing but an extension apart', ['x.a', 'x.b'], ['x.a', 'x.b']],
  ])('are told apart when they %s', (_, paths, expected) => {
    expect(pathsOf(...paths)).toEqual(expected);
  });

  it('leave room for the number in a long name', () => {
    const long = `${'x'.repeat(251)}.pdf`;
    const [, second] = pathsOf(long, long);
    expect(second).toMatch(/^x+ \(2\)\.pdf$/);
    expect(utf8Length(second!)).toBeLessThanOrEqual(longestName);
  });

  it('never meet, whatever was asked for, and come out the same each time', () => {
    const alike = (path: string) => path.normalize('NFC').toLowerCase();
    fc.assert(
      fc.property(fc.array(anyComponents, { maxLength: 30 }), all => {
        const safe = new SafePaths();
        const paths = all.map(components => safe.add(components));
        for (const path of paths) expectInside(path);
        const files = new Set(paths.map(alike));
        expect(files.size).toBe(paths.length);
        for (const path of paths) {
          const names = path.split('/');
          for (let depth = 1; depth < names.length; depth += 1) {
            expect(files.has(alike(names.slice(0, depth).join('/')))).toBe(false);
          }
        }
        const again = new SafePaths();
        expect(all.map(components => again.add(components))).toEqual(paths);
      }),
      { numRuns: 500 },
    );
  });

  it('are found in time that grows with their number, however they collide', () => {
    const safe = new SafePaths();
    const long = 'x'.repeat(240);
    const startedAt = performance.now();
    for (let i = 0; i < 50_000; i += 1) safe.add(['a']);
    for (let i = 0; i < 20_000; i += 1) {
      const name = `${long}${String(i).padStart(15, '0')}`;
      safe.add([name]);
      safe.add([name]);
    }
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });
});
