import { posix, win32 } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longestName, SafePaths, safeName, safePath, shownName, utf8Length } from './path-rules.ts';

/** Paths meant to do harm, and what becomes of them. */
const hostile: readonly (readonly [components: readonly string[], path: string])[] = [
  // Climbing out.
  [['..'], '_'],
  [['.'], '_'],
  [['..', '..', 'etc', 'passwd'], '_/_/etc/passwd'],
  [['a', '..', '..', 'b'], 'a/_/_/b'],
  [['../../etc/passwd'], '.._.._etc_passwd'],
  [['..\\..\\boot.ini'], '.._.._boot.ini'],
  [['a/../../b'], 'a_.._.._b'],
  [['....'], '_'],
  [['.. '], '_'],
  [['. .'], '_'],
  [['..', ''], '_/_'],
  [['%2e%2e', 'a'], '%2e%2e/a'],
  [['..\0', 'a'], '.._/a'],
  [['．．', 'a'], '．．/a'],
  [['..%c0%af'], '..%c0%af'],
  // Absolute.
  [['/etc/passwd'], '_etc_passwd'],
  [['', 'etc', 'passwd'], '_/etc/passwd'],
  [['/', 'x'], '_/x'],
  [['C:\\Windows\\win.ini'], 'C__Windows_win.ini'],
  [['C:', 'Windows'], 'C_/Windows'],
  [['c:secret'], 'c_secret'],
  [['\\\\server\\share\\x'], '__server_share_x'],
  [['//server/share'], '__server_share'],
  [['\\\\?\\C:\\x'], '____C__x'],
  [['\\\\.\\PhysicalDrive0'], '__._PhysicalDrive0'],
  [['~', '.ssh', 'id'], '~/.ssh/id'],
  [['\\Windows'], '_Windows'],
  // Separators and streams inside a name.
  [['a/b'], 'a_b'],
  [['a\\b'], 'a_b'],
  [['file.txt:stream'], 'file.txt_stream'],
  [['file.txt::$DATA'], 'file.txt__$DATA'],
  [['a<b>c|d?e*f"g'], 'a_b_c_d_e_f_g'],
  // Nothing.
  [[], '_'],
  [[''], '_'],
  [['', '', ''], '_/_/_'],
  [[' '], '_'],
  // Characters that cannot be seen.
  [['a\0b'], 'a_b'],
  [['a\nb\r\tc'], 'a_b__c'],
  [['a\u007fb\u0085c'], 'a_b_c'],
  [['photo\u202egpj.exe'], 'photo_gpj.exe'],
  [['\u2066x\u2069.txt'], '_x_.txt'],
  [['a\u200fb'], 'a_b'],
  [['a\u2028b\u2029c'], 'a_b_c'],
  [['\ufeffa'], '_a'],
  [['a\ud83d'], 'a\ufffd'],
  // What Windows drops, and what it keeps for devices.
  [['name.'], 'name'],
  [['name...   '], 'name'],
  [['name .'], 'name'],
  [['folder.', 'file'], 'folder/file'],
  [['CON'], '_CON'],
  [['con'], '_con'],
  [['AUX.txt'], '_AUX.txt'],
  [['nul.tar.gz'], '_nul.tar.gz'],
  [['COM1.txt'], '_COM1.txt'],
  [['com¹'], '_com¹'],
  [['LPT9'], '_LPT9'],
  [['PRN .txt'], '_PRN .txt'],
  [['CON.'], '_CON'],
  [['aux', 'x'], '_aux/x'],
  [['CONIN$'], '_CONIN$'],
  [['CLOCK$'], '_CLOCK$'],
  [['NUL:'], 'NUL_'],
  // Too long.
  [['x'.repeat(300)], 'x'.repeat(255)],
  [[`${'x'.repeat(300)}.pdf`], `${'x'.repeat(251)}.pdf`],
  [[`${'é'.repeat(200)}.pdf`], `${'é'.repeat(125)}.pdf`],
  [['😀'.repeat(100)], '😀'.repeat(63)],
  [[`a.${'x'.repeat(300)}`], `a.${'x'.repeat(253)}`],
  [[`CON.${'x'.repeat(300)}`], `_CON.${'x'.repeat(250)}`],
  [[`${'x'.repeat(254)} .x`, 'y'], `${'x'.repeat(253)}.x/y`],
];

/** Names that are fine everywhere. */
const harmless = [
  'a',
  '.hidden',
  '..hidden',
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
    expect(name).not.toMatch(/\p{Surrogate}/u);
  }
}

const anyName = fc.oneof(
  fc.constantFrom(...harmless, ...hostile.flatMap(([components]) => components)),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('.', ' ', '/', '\\', ':', 'a', 'A', '\0', 'é', 'e\u0301', '\ud83d'),
    maxLength: 8,
  }),
);
const anyComponents = fc.array(anyName, { maxLength: 5 });

describe('a hostile path', () => {
  it.each(hostile)('%j becomes harmless', (components, path) => {
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
