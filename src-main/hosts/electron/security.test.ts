import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/security.md', root), 'utf8');

/** The rows of all tables, cells trimmed, without the heads. */
const rows = page
  .split('\n')
  .filter(line => line.startsWith('|') && !line.startsWith('| ---'))
  .map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  )
  .filter(([first]) => first !== '#' && first !== 'Point');

const testsIn = (cell: string) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, name]) => name!);

describe('docs/security.md', () => {
  it("has every row of Electron's checklist, once", () => {
    const numbers = rows.flatMap(([first]) => (/^\d+$/.test(first!) ? Number(first) : []));
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it('names a test for each point that is met', () => {
    const met = rows.filter(({ length }) => length > 2);
    expect(met.length).toBeGreaterThan(20);
    expect(rows.filter(row => row.length > 2 && testsIn(row.at(-1)!).length === 0)).toEqual([]);
  });

  it('gives a reason for each point that is not', () => {
    expect(rows.filter(row => row.length === 2 && !row[1]!.endsWith('.'))).toEqual([]);
  });

  it('names tests that exist', () => {
    const named = rows.filter(({ length }) => length > 2).flatMap(row => testsIn(row.at(-1)!));
    const missing = [...new Set(named)].filter(
      name => !/\.test\.tsx?$/.test(name) || !existsSync(new URL(name, root)),
    );
    expect(missing).toEqual([]);
  });
});
