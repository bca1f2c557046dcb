import { mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { realFolder } from './real-place.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'piecewise-')));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a folder to work in', () => {
  it('is made with its parents, by several at once, and found again', async () => {
    const path = join(folder, 'a', 'b', 'c');
    expect(await Promise.all([realFolder(path), realFolder(path)])).toEqual([path, path]);
    expect(await realFolder(path)).toBe(path);
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it('is refused with a sentence where a file is in the way', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(realFolder(join(folder, 'file'))).rejects.toThrow(/^The folder .*file cannot be made: /);
    await expect(realFolder(join(folder, 'file', 'below'))).rejects.toThrow(/^The folder .*cannot be made: /);
  });

  it.runIf(process.platform === 'linux')('is refused at once where the system makes none', async () => {
    await expect(realFolder('/proc/none/of/it')).rejects.toThrow(/^The folder .* cannot be made: /);
  });
});
