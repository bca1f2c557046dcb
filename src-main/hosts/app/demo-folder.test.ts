import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeDemoFolder } from './demo-folder.ts';

it('a folder that cannot be made is told in a sentence', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'demo-'));
  const file = join(folder, 'file');
  await writeFile(file, '');
  const made = await makeDemoFolder(join(file, 'demo'), {
    ...{ peers: 2, seeds: 1, size: 1_000, pieceSize: 100, preferred: 1 },
    ...{ unchokingSeconds: 1, optimisticSeconds: 1, uploadLimit: 'paced' },
  });
  await rm(folder, { recursive: true });
  expect(made).toEqual({
    problems: [`${join(file, 'demo')}: there is a file where its folder should be (not a directory).`],
  });
});
