import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBelow } from './disk-suite.ts';
import { writeWholeFile } from './whole-file.ts';

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
});
