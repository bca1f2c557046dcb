import { createHash } from 'node:crypto';
import fc from 'fast-check';
import parseTorrent from 'parse-torrent';
import { describe, expect, it } from 'vitest';
import { type Bencodable, encode } from './bencode.ts';
import { hexText, utf8Bytes } from './bytes.ts';
import {
  type InfoContent,
  type Metainfo,
  MetainfoError,
  readInfo,
  readMetainfo,
  writeInfo,
  writeMetainfo,
} from './metainfo.ts';

const KiB = 1024;
const sha1 = (bytes: Uint8Array) => new Uint8Array(createHash('sha1').update(bytes).digest());

type Entries = Readonly<Record<string, Bencodable | undefined>>;

/** A dictionary of the entries that are defined. */
function dictionary(entries: Entries): ReadonlyMap<string, Bencodable> {
  const defined = Object.entries(entries).filter(
    (entry): entry is [string, Bencodable] => entry[1] !== undefined,
  );
  return new Map(defined);
}

/** A sound torrent of a single file of 100 KB, but for the entries given. */
function single(info: Entries = {}, torrent: Entries = {}): Uint8Array {
  const sound = { name: 'a.bin', 'piece length': 32 * KiB, length: 100_000, pieces: new Uint8Array(4 * 20) };
  return encode(dictionary({ info: dictionary({ ...sound, ...info }), ...torrent }));
}

const file = (path: readonly string[], length: number, more: Entries = {}) =>
  dictionary({ path, length, ...more });

/** A sound torrent of a folder, but for the entries given. */
function folder(files: readonly ReadonlyMap<string, Bencodable>[], info: Entries = {}): Uint8Array {
  const total = files.reduce((sum, entry) => sum + Number(entry.get('length') ?? 0), 0);
  const pieces = new Uint8Array(Math.min(Math.ceil(total / (32 * KiB)), 1_000) * 20);
  return single({ name: 'folder', length: undefined, files, pieces, ...info });
}

const read = (bytes: Uint8Array) => readMetainfo(bytes, sha1);

describe('a torrent', () => {
  it('of one file is read', () => {
    const pieces = Uint8Array.from({ length: 80 }, (_, i) => i);
    const torrent = {
      announce: 'http://a/announce',
      comment: 'Week 3\nwith \u202esolutions\0',
      'created by': 'somebody',
      'creation date': 1_700_000_000,
    };
    const bytes = single({ pieces }, torrent);
    expect(read(bytes)).toEqual<Metainfo>({
      version: 'v1',
      infoBytes: encode(dictionary({ name: 'a.bin', 'piece length': 32 * KiB, length: 100_000, pieces })),
      infoHash: hexText(
        sha1(encode(dictionary({ name: 'a.bin', 'piece length': 32 * KiB, length: 100_000, pieces }))),
      ),
      name: 'a.bin',
      isFolder: false,
      pieceLength: 32 * KiB,
      totalLength: 100_000,
      pieceHashes: pieces,
      files: [{ path: 'a.bin', length: 100_000, isPad: false }],
      isPrivate: false,
      trackers: [['http://a/announce']],
      comment: 'Week 3\nwith \u202esolutions\ufffd',
      createdBy: 'somebody',
      createdAtMs: 1_700_000_000_000,
      notices: [],
    });
  });

  it('of a folder is read, with empty files', () => {
    const metainfo = read(folder([file(['a'], 40_000), file(['b', 'c'], 0), file(['b', 'd'], 1)]));
    expect(metainfo).toMatchObject({ name: 'folder', isFolder: true, totalLength: 40_001, notices: [] });
    expect(metainfo.files).toEqual([
      { path: 'folder/a', length: 40_000, isPad: false },
      { path: 'folder/b/c', length: 0, isPad: false },
      { path: 'folder/b/d', length: 1, isPad: false },
    ]);
  });

  it('keeps nothing of the bytes it was read from', () => {
    const bytes = single();
    const metainfo = read(bytes);
    const before = structuredClone(metainfo);
    bytes.fill(0);
    expect(metainfo).toEqual(before);
  });

  it('may have its keys in any order: its info-hash is that of the bytes', () => {
    const info = `d4:name1:a6:lengthi1e6:pieces20:${'x'.repeat(20)}12:piece lengthi16384ee`;
    const metainfo = read(utf8Bytes(`d4:info${info}8:announce9:http://a/e`));
    expect(metainfo.infoHash).toBe(hexText(sha1(utf8Bytes(info))));
    expect(metainfo.trackers).toEqual([['http://a/']]);
  });

  it.each([
    [{ private: 1 }, true],
    [{ private: 0 }, false],
    [{ private: 'no' }, false],
    [{}, false],
  ])('is private when it says so: %j', (info, isPrivate) => {
    expect(read(single(info)).isPrivate).toBe(isPrivate);
  });

  it('says its names twice when the first are not in UTF-8', () => {
    const bytes = folder([file(['a'], 1, { 'path.utf-8': ['ä'] })], { 'name.utf-8': 'Ö' });
    expect(read(bytes).files.map(({ path }) => path)).toEqual(['Ö/ä']);
  });

  it.each<[string, Entries, string[][]]>([
    ['no tracker', {}, []],
    ['one', { announce: 'http://a/' }, [['http://a/']]],
    [
      'a list, which comes first',
      { announce: 'http://a/', 'announce-list': [['http://b/', 'udp://c:1'], ['http://d/']] },
      [['http://b/', 'udp://c:1'], ['http://d/']],
    ],
    ['an empty list beside one', { announce: 'http://a/', 'announce-list': [[]] }, [['http://a/']]],
    ['a list without tiers', { 'announce-list': ['http://a/', 'http://b/'] }, [['http://a/'], ['http://b/']]],
    ['rubbish for a list', { announce: 'http://a/', 'announce-list': 7 }, [['http://a/']]],
    ['rubbish in a list', { 'announce-list': [[7, 'http://a/'], 8, dictionary({})] }, [['http://a/']]],
  ])('has %s', (_, torrent, trackers) => {
    expect(read(single({}, torrent)).trackers).toEqual(trackers);
  });

  it.each([-1, 2 ** 53 - 1, 'today'])('is of no date when that is %j', date => {
    expect(read(single({}, { 'creation date': date })).createdAtMs).toBeNull();
  });

  it('tells of trackers that cannot be used', () => {
    const { trackers, notices } = read(single({}, { announce: 'wss://a' }));
    expect(trackers).toEqual([]);
    expect(notices).toEqual(['The tracker "wss://a" is left out: only http, https and udp work.']);
  });

  it('may carry hashes of version 2 beside its own', () => {
    expect(read(single({ 'meta version': 2, 'file tree': dictionary({}) })).version).toBe('hybrid');
  });

  it('has pads between its files, which are never on disk', () => {
    const pad = file(['.pad', '9'], 9, { attr: 'p' });
    const { files, totalLength } = read(folder([file(['a'], 1), pad, file(['b'], 2, { attr: 'xh' }), pad]));
    expect(files.map(({ isPad }) => isPad)).toEqual([false, true, false, true]);
    expect(totalLength).toBe(21);
  });

  it('leaves links out', () => {
    const link = dictionary({ path: ['link'], attr: 'l', 'symlink path': ['..', 'etc', 'passwd'] });
    const { files, notices } = read(folder([file(['a'], 1), link]));
    expect(files.map(({ path }) => path)).toEqual(['folder/a']);
    expect(notices).toEqual(['"folder/link" is left out: it is a link to another file.']);
  });

  it('renames what could not be kept everywhere, and says so', () => {
    const { files, name, notices } = read(
      folder([file(['..', 'x'], 1), file(['CON.txt'], 1), file(['a'], 1), file(['A'], 1)], {
        name: '../out',
      }),
    );
    expect(name).toBe('.._out');
    expect(files.map(({ path }) => path)).toEqual([
      '.._out/_/x',
      '.._out/_CON.txt',
      '.._out/a',
      '.._out/A (2)',
    ]);
    expect(notices).toHaveLength(4);
    expect(notices[0]).toBe('"../out/../x" is kept as ".._out/_/x", so that its name works on every system.');
  });

  it('says the first remarks in full and counts the others', () => {
    const { notices } = read(folder(Array.from({ length: 500 }, () => file(['a'], 1))));
    expect(notices).toHaveLength(21);
    expect(notices.at(-1)).toBe('There are 479 more remarks like these.');
  });

  it('of a hundred thousand files is read', () => {
    const files = Array.from({ length: 100_000 }, (_, i) => file([`${i % 100}`, `file-${i}.txt`], i % 3));
    const bytes = folder(files);
    const startedAt = performance.now();
    expect(read(bytes).files).toHaveLength(100_000);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });
});

describe('what is no torrent', () => {
  const damaged = (what: string) => `This torrent is damaged: ${what}`;
  const hashes = 'the number of its hashes does not fit its length.';
  const length = 'the length of a file is missing or negative.';
  const noPath = 'a file in its list has no path.';

  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'This is no torrent file: the value is cut off at byte 0.'],
    [
      'a web page',
      utf8Bytes('<!DOCTYPE html>'),
      'This is no torrent file: a value does not begin as it must at byte 0.',
    ],
    ['a list', utf8Bytes('le'), 'This is no torrent file: it is no dictionary.'],
    ['no info', utf8Bytes('de'), 'This is no torrent file: it describes no files.'],
    ['info of another kind', utf8Bytes('d4:infolee'), 'This is no torrent file: it describes no files.'],
    [
      'bytes behind the end',
      Uint8Array.of(...single(), 10),
      'This is no torrent file: there are bytes after the end',
    ],
    [
      'nested too deep',
      utf8Bytes(`d4:info${'l'.repeat(100_000)}`),
      'This is no torrent file: values lie more than 32 deep',
    ],
    [
      'too many values',
      utf8Bytes(`d4:infol${'le'.repeat(1_000_001)}ee`),
      'there are more than 1000000 values',
    ],
    ['no name', single({ name: undefined }), damaged('it has no name.')],
    ['a name that is a number', single({ name: 1 }), damaged('it has no name.')],
    ['neither file nor folder', single({ length: undefined }), damaged('it must be either')],
    ['both file and folder', single({ files: [] }), damaged('it must be either')],
    ['a negative length', single({ length: -1 }), damaged(length)],
    ['a length that is text', single({ length: '100000' }), damaged(length)],
    [
      'no content',
      single({ length: 0, pieces: '' }),
      'There is nothing in this torrent: all its files are empty.',
    ],
    ['no files', folder([]), 'There is nothing in this torrent: all its files are empty.'],
    ['only pads', folder([file(['.pad'], 5, { attr: 'p' })]), 'There is nothing in this torrent'],
    ['no hashes', single({ pieces: undefined }), damaged(hashes)],
    ['a hash too few', single({ pieces: new Uint8Array(60) }), damaged(hashes)],
    ['a hash too many', single({ pieces: new Uint8Array(100) }), damaged(hashes)],
    ['half a hash', single({ pieces: new Uint8Array(79) }), damaged(hashes)],
    ['hashes for a huge length', single({ length: Number.MAX_SAFE_INTEGER }), damaged(hashes)],
    ['no piece length', single({ 'piece length': undefined }), 'This torrent has pieces of 0 bytes.'],
    [
      'a negative piece length',
      single({ 'piece length': -32 * KiB }),
      'This torrent has pieces of -32768 bytes.',
    ],
    ['short pieces', single({ 'piece length': 8 * KiB }), 'This torrent has pieces of 8192 bytes.'],
    ['crooked pieces', single({ 'piece length': 20_000 }), 'This torrent has pieces of 20000 bytes.'],
    [
      'long pieces',
      single({ 'piece length': 128 * KiB * KiB }),
      'This torrent has pieces of 134217728 bytes.',
    ],
    [
      'files that are none',
      single({ length: undefined, files: ['x'] }),
      damaged('a file in its list is none.'),
    ],
    [
      'files that are no list',
      single({ length: undefined, files: dictionary({}) }),
      damaged('it has no list of files.'),
    ],
    ['a file without a path', folder([dictionary({ length: 1 })]), damaged(noPath)],
    ['a file with an empty path', folder([file([], 1)]), damaged(noPath)],
    ['a file with numbers for a path', folder([dictionary({ length: 1, path: [1] })]), damaged(noPath)],
    ['a file of negative length', folder([file(['a'], 10), file(['b'], -1)]), damaged(length)],
    ['a link with content', folder([file(['a'], 10, { attr: 'l' })]), damaged('it has a link with content.')],
    [
      'files whose sum is too large',
      folder([file(['a'], Number.MAX_SAFE_INTEGER), file(['b'], 1)], { pieces: '' }),
      'The files of this torrent are too long.',
    ],
    [
      'a path that is too long',
      folder([file(['x'.repeat(250), 'x'.repeat(250), 'x'.repeat(250), 'x'.repeat(250), 'x'.repeat(20)], 1)]),
      'in this torrent is longer than 1,024 bytes.',
    ],
    [
      'a path that is too deep',
      folder([
        file(
          Array.from({ length: 500_000 }, () => ''),
          1,
        ),
      ]),
      'in this torrent is longer than 1,024 bytes.',
    ],
    [
      'too many folders',
      folder(
        Array.from({ length: 1_000 }, (_, i) => file([`${i}`, ...Array.from({ length: 200 }, () => 'x')], 1)),
      ),
      'This torrent has more than 100,000 folders.',
    ],
    [
      'version 2 alone',
      single({ 'meta version': 2, pieces: undefined, length: undefined, 'file tree': dictionary({}) }),
      'This torrent is of BitTorrent version 2 alone',
    ],
  ])('is refused: %s', (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(MetainfoError);
    expect(() => read(bytes)).toThrow(message);
  });

  it('is refused when there is too much of it', () => {
    const rubbish = new Uint8Array(100 * KiB * KiB);
    expect(() => read(rubbish)).toThrow('This torrent is larger than 10 MiB, which no honest one is.');
    expect(() => readInfo(rubbish, sha1)).toThrow('larger than 10 MiB');
    const many = Array.from({ length: 100_001 }, () => file(['a'], 1));
    expect(() => read(folder(many))).toThrow(
      'This torrent has 100001 files. Piecewise takes at most 100,000.',
    );
  });

  it('never ends in another error, whatever is changed in it', () => {
    const torrents = [
      single(
        {},
        { announce: 'http://a/', 'announce-list': [['http://a/']], comment: 'c', 'creation date': 1 },
      ),
      folder([file(['a', 'b'], 5, { attr: 'p' }), file(['c'], 9, { 'path.utf-8': ['d'] })], { private: 1 }),
    ];
    const edit = fc.record({
      place: fc.nat(),
      remove: fc.nat(3),
      insert: fc.oneof(
        fc.uint8Array({ maxLength: 3 }),
        fc.constantFrom('e', 'i0e', 'le', '0:').map(utf8Bytes),
      ),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...torrents),
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        (torrent, edits) => {
          let bytes = [...torrent];
          for (const { place, remove, insert } of edits)
            bytes = bytes.toSpliced(place % bytes.length, remove, ...insert);
          try {
            const metainfo = read(Uint8Array.from(bytes));
            expect(metainfo.pieceHashes).toHaveLength(
              20 * Math.ceil(metainfo.totalLength / metainfo.pieceLength),
            );
            expect(metainfo.files.reduce((sum, { length }) => sum + length, 0)).toBe(metainfo.totalLength);
          } catch (error) {
            expect(error).toBeInstanceOf(MetainfoError);
          }
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

describe('an info dictionary alone', () => {
  it('is read as it is from a torrent', () => {
    const whole = read(folder([file(['a'], 40_000), file(['b'], 1)]));
    const alone = readInfo(whole.infoBytes, sha1, [['http://a/', 'ftp://b']]);
    expect(alone).toEqual({
      ...whole,
      trackers: [['http://a/']],
      notices: [expect.stringContaining('ftp://b')],
    });
  });

  it('is refused with a sentence', () => {
    expect(() => readInfo(utf8Bytes('d4:name'), sha1)).toThrow(
      'The description of this share cannot be read: ',
    );
  });
});

/** No name of a device, which we change. */
const lowerCase = (most: number) =>
  fc.stringMatching(new RegExp(`^[a-z]{1,${most}}$`)).filter(name => !/^(con|prn|aux|nul)$/.test(name));

/** Content that other programs, too, take as it is. */
const anyContent: fc.Arbitrary<InfoContent> = fc
  .record({
    name: lowerCase(12),
    pieceLength: fc.constantFrom(16 * KiB, 48 * KiB, 64 * KiB),
    isPrivate: fc.boolean(),
    content: fc.oneof(
      fc.integer({ min: 1, max: 500_000 }),
      fc
        .uniqueArray(
          fc.tuple(
            lowerCase(5),
            lowerCase(5).map(name => `${name}ä語`),
            fc.nat(200_000),
          ),
          {
            minLength: 1,
            maxLength: 6,
            selector: ([name]) => name,
          },
        )
        .map(files =>
          files.map(([name, inside, length]) => ({
            path: length % 2 ? [name] : [name, inside],
            length: length + 1,
          })),
        ),
    ),
  })
  .map(content => {
    const { content: files, pieceLength } = content;
    const total = typeof files === 'number' ? files : files.reduce((sum, { length }) => sum + length, 0);
    const pieceHashes = Uint8Array.from(
      { length: Math.ceil(total / pieceLength) * 20 },
      (_, i) => (i * 31 + total) & 255,
    );
    return { ...content, pieceHashes };
  });

describe('what is written', () => {
  it('is read back, by us and by parse-torrent', async () => {
    const anyTrackers = fc.array(
      fc.array(fc.constantFrom('http://a/x', 'https://b:1/', 'udp://c:6969', 'http://d/'), {
        minLength: 1,
        maxLength: 2,
      }),
      { maxLength: 2 },
    );
    await fc.assert(
      fc.asyncProperty(anyContent, anyTrackers, async (content, trackers) => {
        const infoBytes = writeInfo(content);
        const bytes = writeMetainfo(infoBytes, {
          trackers,
          comment: 'für alle',
          createdBy: 'us',
          createdAtMs: 1_700_000_000_999,
        });
        const metainfo = read(bytes);
        expect(metainfo.infoBytes).toEqual(infoBytes);
        expect(metainfo).toMatchObject({
          name: content.name,
          pieceLength: content.pieceLength,
          pieceHashes: content.pieceHashes,
          isPrivate: content.isPrivate,
          isFolder: typeof content.content !== 'number',
          comment: 'für alle',
          createdBy: 'us',
          createdAtMs: 1_700_000_000_000,
          notices: [],
        });
        expect(metainfo.trackers.flat()).toEqual([...new Set(trackers.flat())]);
        const other = await parseTorrent(bytes);
        expect(other.infoHash).toBe(metainfo.infoHash);
        expect(other.files.map(({ path, length }) => ({ path, length, isPad: false }))).toEqual(
          metainfo.files,
        );
        expect(other.pieces.join('')).toBe(hexText(metainfo.pieceHashes));
        expect([
          other.name,
          other.pieceLength,
          other.length,
          other.private ?? false,
          other.comment,
          other.createdBy,
        ]).toEqual([
          metainfo.name,
          metainfo.pieceLength,
          metainfo.totalLength,
          metainfo.isPrivate,
          metainfo.comment,
          metainfo.createdBy,
        ]);
        expect(other.created?.getTime()).toBe(metainfo.createdAtMs);
        expect(other.announce).toEqual(metainfo.trackers.flat());
      }),
    );
  });

  it('says nothing that was not asked for', () => {
    expect(new TextDecoder().decode(writeMetainfo(utf8Bytes('de'), { trackers: [] }))).toBe(
      'd8:encoding5:UTF-84:infodee',
    );
  });
});
