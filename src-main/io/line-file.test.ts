import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LineFile, setAside } from './line-file.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'piecewise-'));
  path = join(folder, 'log');
});

afterEach(() => rmSync(folder, { recursive: true }));

const fail = (error: Error) => {
  throw error;
};

describe('a file of lines', () => {
  it('has every line in order once it is closed, however many there were', async () => {
    const file = await LineFile.open(path, 'anew', fail);
    const lines = Array.from({ length: 50_000 }, (_, index) => `line ${index}`);
    for (const line of lines) file.write(line);
    await file.close();
    expect(readFileSync(path, 'utf8')).toBe(`${lines.join('\n')}\n`);
  });

  it('begins anew, or goes on at its end', async () => {
    for (const mode of ['anew', 'append', 'append'] as const) {
      const file = await LineFile.open(path, mode, fail);
      file.write(mode);
      await file.close();
    }
    expect(readFileSync(path, 'utf8')).toBe('anew\nappend\nappend\n');
    await (await LineFile.open(path, 'anew', fail)).close();
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  it('ends a torn line before it goes on', async () => {
    writeFileSync(path, 'whole\nto');
    const file = await LineFile.open(path, 'append', fail);
    file.write('next');
    await file.close();
    expect(readFileSync(path, 'utf8')).toBe('whole\nto\nnext\n');
  });

  it.skipIf(!existsSync('/dev/full'))(
    'tells once that it cannot be written, and goes on quietly',
    async () => {
      const errors: Error[] = [];
      const file = await LineFile.open('/dev/full', 'append', error => errors.push(error));
      for (let i = 0; i < 3; i += 1) file.write('x'.repeat(70_000));
      await file.close();
      expect(errors).toHaveLength(1);
    },
  );

  it('of an earlier run is set aside', async () => {
    await setAside(path);
    writeFileSync(path, 'old');
    await setAside(path);
    expect(readFileSync(`${path}.previous`, 'utf8')).toBe('old');
  });
});
