import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newRecord, priorityOf, readPaths, readRecord, withPriority } from './share-record.ts';
import { ShareStore } from './share-store.ts';

const a = 'a'.repeat(40);
const b = 'b'.repeat(40);
const torrent = new TextEncoder().encode('d4:infod4:name1:xee');
const record = (order: number) =>
  newRecord({ id: `id-${order}`, name: 'x', folder: '/home/x', addedAtMs: 5, order });

let dir: string;
let store: ShareStore;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shares-'));
  store = new ShareStore(join(dir, 'shares'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

const file = (name: string) => join(store.folder, name);
const read = () => store.readAll('/fallback', 7);

describe('the list of shares', () => {
  it('is empty at first', async () => {
    expect(await read()).toEqual({ shares: [], hashings: [], notices: [] });
  });

  it('comes back as it was, in its order', async () => {
    await store.saveTorrent(a, torrent);
    await store.saveRecord(a, record(2));
    await store.saveMagnet(b, 'magnet:?xt=urn:btih:b');
    await store.saveRecord(b, record(1));
    const { shares, notices } = await read();
    expect(notices).toEqual([]);
    expect(shares).toMatchObject([
      { infoHash: b, record: record(1), torrent: undefined, magnet: 'magnet:?xt=urn:btih:b' },
      { infoHash: a, record: record(2), magnet: undefined },
    ]);
    expect(new Uint8Array(shares[1]!.torrent!)).toEqual(torrent);
    expect(await store.readOne(a)).toMatchObject({ record: record(2) });
    expect(await store.readOne('c'.repeat(40))).toBeUndefined();
  });

  it('loses what a process that was killed left half written', async () => {
    await store.saveTorrent(a, torrent);
    for (const writer of [77, 78]) await writeFile(file(`${b}.torrent.${writer}.tmp`), 'd4:in');
    const anHourAgo = Date.now() / 1000 - 3_600;
    await utimes(file(`${b}.torrent.77.tmp`), anHourAgo, anHourAgo);
    await store.removeLeftOver();
    expect(await readdir(store.folder)).toEqual([`${a}.torrent`, `${b}.torrent.78.tmp`]);
  });

  it('keeps what was said last, however quickly it was said', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, order) => store.saveRecord(a, record(order))));
    await store.saveTorrent(a, torrent);
    expect((await read()).shares[0]!.record.order).toBe(19);
  });

  it('needs no link once there is a metainfo, and nothing once a share is removed', async () => {
    await store.saveMagnet(a, 'magnet:?xt=1');
    await store.saveTorrent(a, torrent);
    await store.saveRecord(a, record(0));
    await writeFile(store.stateFile(a), 'state');
    expect((await readdir(store.folder)).sort()).toEqual([`${a}.json`, `${a}.resume`, `${a}.torrent`]);
    await store.remove(a);
    expect(await readdir(store.folder)).toEqual([]);
  });

  it('remembers files that were being read', async () => {
    const hashing = {
      id: 'h1',
      paths: ['/home/x/file'],
      name: null,
      pieceLength: null,
      isPrivate: false,
      trackers: [['http://lab/announce']],
      addedAtMs: 1,
      order: 0,
      isPaused: false,
    };
    await store.saveHashing(hashing);
    expect((await read()).hashings).toEqual([hashing]);
    await store.removeHashing('h1');
    expect((await read()).hashings).toEqual([]);
  });
});

describe('a damaged file', () => {
  beforeEach(async () => {
    await store.saveTorrent(a, torrent);
    await store.saveRecord(a, record(0));
    await store.saveTorrent(b, torrent);
    await store.saveRecord(b, record(1));
  });

  it.each(['{', '[]', '{"id":"x"}', '\0\0\0\0', JSON.stringify({ ...record(0), folder: 'relative' })])(
    'is set aside and told, and all else is read: %j',
    async damage => {
      await writeFile(file(`${a}.json`), damage);
      const { shares, notices } = await read();
      expect(notices).toEqual([
        `${a}.json was damaged. It is kept as ${a}.json.broken, and a new one is begun.`,
        `What was set for the share ${a} is lost. It is paused, and its files are looked for in /fallback.`,
      ]);
      expect(await readFile(file(`${a}.json.broken`), 'utf8')).toBe(damage);
      expect(
        shares.map(({ infoHash, record: { isPaused, folder } }) => [infoHash, isPaused, folder]),
      ).toEqual([
        [b, false, '/home/x'],
        [a, true, '/fallback'],
      ]);
    },
  );

  it('that is a metainfo can be set aside', async () => {
    expect(await store.setAsideTorrent(a)).toContain(`${a}.torrent.broken`);
    expect((await read()).shares[0]).toMatchObject({ infoHash: a, torrent: undefined });
  });

  it('that is no file of ours is left alone', async () => {
    await writeFile(file('notes.txt'), 'mine');
    await writeFile(file(`${a.toUpperCase()}.json`), '{');
    expect((await read()).notices).toEqual([]);
  });
});

it('takes anything for a record only when it is one', () => {
  expect(readRecord(record(3))).toEqual(record(3));
  fc.assert(fc.property(fc.anything(), value => readRecord(value) === undefined));
});

it('keeps a priority for each file', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.array(fc.nat(12), { maxLength: 4 }),
          fc.constantFrom('skip', 'low', 'normal', 'high' as const),
        ),
      ),
      changes => {
        const expected = Array.from({ length: 10 }, () => 'normal');
        let priorities = '';
        for (const [files, priority] of changes) {
          priorities = withPriority(priorities, files, priority, 10);
          for (const one of files) if (one < 10) expected[one] = priority;
        }
        expect(expected.map((_, index) => priorityOf(priorities, index))).toEqual(expected);
      },
    ),
  );
});

it('takes no paths that lead out of their folder', () => {
  expect(readPaths(['a', 'a/b.txt', '..a'])).toEqual(['a', 'a/b.txt', '..a']);
  for (const path of ['', '..', '../a', 'a/../../b', '/etc/passwd', 'a\\..\\b', 7])
    expect(readPaths([path])).toBeUndefined();
});
