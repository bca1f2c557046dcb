import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBelow } from './disk-suite.ts';
import { createWholeFile, writeWholeFile } from './whole-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'piecewise-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('whole files', () => {
  it('are open a few at a time, however many are written', async () => {
    let isWriting = true;
    let mostOpen = 0;
    const look = () => {
      mostOpen = Math.max(mostOpen, openBelow(folder).length);
      if (isWriting) setImmediate(look);
    };
    look();
    const bytes = new Uint8Array(100_000);
    await Promise.all(
      Array.from({ length: 100 }, (_, file) => writeWholeFile(join(folder, `${file}`), bytes)),
    );
    isWriting = false;
    expect(readdirSync(folder)).toHaveLength(100);
    expect(mostOpen).toBeLessThanOrEqual(4);
  });

  it.runIf(process.platform === 'linux')('are refused at once where the system makes no folder', async () => {
    await expect(writeWholeFile('/proc/none/of/it', '')).rejects.toThrow('it: it does not exist');
  });

  it('take no place that is taken, even when many want it at the same time', async () => {
    const place = { path: join(folder, 'one'), shown: 'one' };
    const drafts = Array.from({ length: 20 }, (_, i) => ({ path: join(folder, `${i}.tmp`), shown: 'one' }));
    const created = await Promise.all(drafts.map((draft, i) => createWholeFile(place, draft, `${i}`, false)));
    const winner = created.indexOf(true);
    expect(created.filter(Boolean)).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['one']);
    expect(readFileSync(place.path, 'utf8')).toBe(`${winner}`);
  });
});
