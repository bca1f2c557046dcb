import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLines } from './text-lines.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'text-lines-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function linesOf(content: string | Uint8Array, most = Number.POSITIVE_INFINITY): Promise<string[]> {
  const path = join(dir, 'text');
  await writeFile(path, content);
  const lines: string[] = [];
  await readLines(path, line => lines.push(line) < most);
  return lines;
}

describe('readLines', () => {
  it('gives the lines without their ends, the last one with or without', async () => {
    expect(await linesOf('a\nb\r\n\nc')).toEqual(['a', 'b', '', 'c']);
    expect(await linesOf('a\n')).toEqual(['a']);
    expect(await linesOf('')).toEqual([]);
  });

  it('puts lines together that lie across its chunks', async () => {
    const lines = Array.from({ length: 40_000 }, (_, index) => `line ${index} – ä`);
    expect(await linesOf(lines.join('\n'))).toEqual(lines);
  });

  it('leaves out a byte order mark and replaces what is not UTF-8', async () => {
    expect(await linesOf(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0x0a, 0x91, 0x62))).toEqual(['a', '\uFFFDb']);
  });

  it('cuts a line of ten megabytes and goes on with the next', async () => {
    const [long, next] = await linesOf(`${'x'.repeat(10_000_000)}\nnext`);
    expect(long!.length).toBeLessThan(1_000_000);
    expect(next).toBe('next');
  });

  it('ends early when no more is wanted', async () => {
    expect(await linesOf('a\nb\nc\n', 2)).toEqual(['a', 'b']);
  });

  it('refuses a folder', async () => {
    await expect(readLines(dir, () => true)).rejects.toThrow('not an ordinary file');
  });
});
