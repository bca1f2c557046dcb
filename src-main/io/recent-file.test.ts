import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRecents, withRecent, writeRecents } from './recent-file.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'profile-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

describe('the recent folders', () => {
  it('read as they were written', async () => {
    const recents = [{ folder: join(dir, 'a'), peer: '1001' }];
    await writeRecents(dir, recents);
    expect(await readRecents(dir)).toEqual({ recents, notices: [] });
  });

  it.each([['{'], ['{}'], ['[{"folder":"relative","peer":"1"}]'], ['[{"folder":"/a","peer":"../x"}]']])(
    'that are %s are kept aside',
    async text => {
      await writeFile(join(dir, 'recent.json'), text);
      expect(await readRecents(dir)).toEqual({
        recents: [],
        notices: [expect.stringMatching(/^recent\.json was damaged/)],
      });
      expect(await readdir(dir)).toEqual(['recent.json.broken']);
    },
  );

  it('are the last ten, each once, the newest first', () => {
    let recents = withRecent([], { folder: '/0', peer: '1' });
    for (let i = 1; i < 12; i += 1) recents = withRecent(recents, { folder: `/${i}`, peer: '1' });
    recents = withRecent(recents, { folder: '/5', peer: '2' });
    expect(recents.map(({ folder }) => folder)).toEqual([
      '/5',
      '/11',
      '/10',
      '/9',
      '/8',
      '/7',
      '/6',
      '/4',
      '/3',
      '/2',
    ]);
    expect(recents[0]?.peer).toBe('2');
  });
});
