import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Bencodable, encode } from '../src-main/engine/bittorrent/bencode.ts';
import { hostilePaths } from '../src-main/engine/testing/hostile-paths.ts';
import type { TrackerView } from '../src-shared/share.ts';
import { badTrackers } from './bad-trackers.ts';
import { BtSeed, type Offer } from './interop/bt-byte-peer.ts';
import { bytesOf, digestsOf, makeContent } from './interop/content.ts';
import { place } from './interop/partner.ts';
import { it, type Lab } from './lab.ts';
import { MetadataPeer, metadataMisdeeds } from './metadata-peer.ts';
import type { RunningProcess } from './processes.ts';
import { newFolder, sharedFile, startGet, startShare, told, treeDigest, until } from './shares.ts';

/** Bad input of shares, through the command line: what is refused, what is made safe, and that nobody else notices. */

const mebibyte = 1024 * 1024;
const pieceLength = 16_384;

/** Makes a process say at its end what it has used. */
const tellsUsage = {
  NODE_OPTIONS:
    "--import=data:text/javascript,process.on('exit',()=>console.error('usage'+JSON.stringify(process.resourceUsage())))",
};

/** Of a process that has ended: the most memory it held, in bytes, and CPU time of all its threads. */
function usageOf(process: RunningProcess): { readonly memory: number; readonly cpuMs: number } {
  const [, json = '{}'] = /^usage(.*)$/m.exec(process.err.join('\n')) ?? [];
  const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(json) as NodeJS.ResourceUsage;
  return { memory: maxRSS * 1024, cpuMs: (userCPUTime + systemCPUTime) / 1000 };
}

function sentencesOf(process: RunningProcess): readonly string[] {
  return process.err.filter(line => !line.startsWith('usage{'));
}

/** A download folder somewhere deep, and around it files that must stay as they are. */
class World {
  readonly top: string;
  readonly downloads: string;
  readonly outside: string;
  readonly #before: string;

  constructor(lab: Lab) {
    this.top = newFolder(lab);
    this.outside = join(this.top, 'outside');
    this.downloads = join(this.top, 'home', 'deep', 'downloads');
    for (const folder of [this.outside, this.downloads]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(this.outside, 'canary.txt'), 'as it was');
    this.#before = this.#digest();
  }

  #digest(): string {
    return treeDigest(this.top, this.downloads);
  }

  /** `piecewise get`; whatever it takes for the user's own or the current folder lies in this world. */
  get(lab: Lab, what: string, seeds: readonly BtSeed[] = [], args: readonly string[] = []): RunningProcess {
    const addresses = seeds.map(({ address }) => address);
    const options = { cwd: join(this.top, 'home'), env: { HOME: join(this.top, 'home'), ...tellsUsage } };
    return startGet(lab, what, this.downloads, addresses, args, options);
  }

  expectUntouched(): void {
    expect(this.#digest()).toBe(this.#before);
  }

  /** Every file in the download folder, with its bytes. */
  files(): Record<string, Buffer> {
    const paths = readdirSync(this.downloads, { recursive: true, encoding: 'utf8' });
    const files = paths.filter(path => statSync(join(this.downloads, path)).isFile());
    return Object.fromEntries(
      files.map(path => [path.replaceAll('\\', '/'), readFileSync(join(this.downloads, path))]),
    );
  }
}

type Info = Readonly<Record<string, Bencodable>>;

const dictionary = (entries: Info) => new Map(Object.entries(entries));
const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest();

interface HandMade extends Offer {
  /** The .torrent. */
  readonly torrent: string;
}

/** A torrent in which `info` says what it likes, of content that fits it. */
function handMade(lab: Lab, info: Info, bytes: Buffer): HandMade {
  const count = Math.ceil(bytes.length / pieceLength);
  const hashes = Array.from({ length: count }, (_, i) =>
    sha1(bytes.subarray(i * pieceLength, (i + 1) * pieceLength)),
  );
  const infoBytes = encode(
    dictionary({ 'piece length': pieceLength, pieces: Buffer.concat(hashes), ...info }),
  );
  const torrent = torrentFile(lab, Buffer.concat([Buffer.from('d4:info'), infoBytes, Buffer.from('e')]));
  return { torrent, infoHash: sha1(infoBytes).toString('hex'), pieceLength, bytes };
}

function torrentFile(lab: Lab, bytes: Uint8Array, name = 'bad.torrent'): string {
  const path = join(newFolder(lab), name);
  writeFileSync(path, bytes);
  return path;
}

async function seedOf(lab: Lab, offer: Offer): Promise<BtSeed> {
  const seed = await BtSeed.listen(await place(), offer);
  lab.onEnd(() => seed.close());
  return seed;
}

// What waits for others' patience comes first, beside all the rest.
describe.concurrent('trackers that are none', () => {
  it('keep nobody from peers, and are told by what is wrong with them', async ({ lab }) => {
    const trackers = await badTrackers(lab);
    const file = await sharedFile(lab, { size: 4 * mebibyte });
    const seed = await BtSeed.listen(await place(), file);
    lab.onEnd(() => seed.close());
    const list = trackers.map(({ url }) => [url]);
    const torrent = readFileSync(file.torrent);
    const info = torrent.subarray(torrent.indexOf('4:info'));
    const announce = Buffer.concat([Buffer.from('13:announce-list'), encode(list)]);
    const withTrackers = torrentFile(lab, Buffer.concat([Buffer.from('d'), announce, info]));
    const to = newFolder(lab);
    const get = startGet(lab, withTrackers, to, [seed.address], ['--seed'], { env: tellsUsage });
    await get.says(/^\{"complete"/);
    expect(readFileSync(join(to, file.name)).equals(file.bytes)).toBe(true);
    const saidOf = (url: string) =>
      told<TrackerView>(get, 'tracker').flatMap(said => (said.url === url ? [said] : []));
    await until(
      () => trackers.every(({ url }) => saidOf(url).length > 0),
      () =>
        `of these nothing was said: ${trackers.flatMap(({ url, says }) => (saidOf(url).length > 0 ? [] : says))}`,
    );
    const placeOf = (said: string) => get.out.findIndex(line => line.includes(said));
    expect(placeOf('"kind":"connected"')).toBeLessThan(placeOf('not answered within 15 s'));
    for (const { url, says } of trackers)
      expect(saidOf(url)).toEqual([
        expect.objectContaining({ state: 'failed', message: expect.stringMatching(says) }),
      ]);
    for (const { url, questions } of trackers) expect(questions(), url).toBeLessThan(12);
    expect(get.isRunning).toBe(true);
    get.signal('SIGINT');
    await get.endsWith(130);
    expect(usageOf(get).memory).toBeLessThan(160 * mebibyte);
  });
});

describe.concurrent('a peer that is asked what a link leads to and', () => {
  const complaints = {
    'sends wrong bytes of the right length': /does not match the link/,
    'says a wrong length and sends so many bytes': /does not match the link/,
    'says a length of a terabyte': /do not have the list of files/,
    'sends blocks without end that nobody asked for': /does not match the link/,
    'says another length with each block': /says that its metadata has/,
    'rejects every question': /gives no metadata/,
    'takes questions and never answers': /did not answer/,
    'accepts the connection and says nothing': /said nothing|handshake/,
  } as const;

  it('lies or dawdles keeps nobody from what an honest one has, and alone is complained of', async ({
    lab,
  }) => {
    const content = makeContent('many', newFolder(lab));
    const share = await startShare(lab, [content.path], ['--piece-size', '16KiB']);
    const torrent = readFileSync(share.torrent);
    const length = torrent.length - torrent.indexOf('4:info') - 7;
    await Promise.all(
      metadataMisdeeds.map(async misdeed => {
        const alone = await MetadataPeer.listen(lab, misdeed, share.infoHash, length);
        const waiting = startGet(
          lab,
          `magnet:?xt=urn:btih:${share.infoHash}`,
          newFolder(lab),
          [alone.address],
          [],
          {
            env: tellsUsage,
          },
        );
        const beside = await MetadataPeer.listen(lab, misdeed, share.infoHash, length);
        const to = newFolder(lab);
        const addresses = [beside.address, share.address];
        const get = startGet(lab, `magnet:?xt=urn:btih:${share.infoHash}`, to, addresses, [], {
          env: tellsUsage,
        });
        await get.endsWith(0);
        expect(digestsOf(content, to), misdeed).toEqual(digestsOf(content, content.folder));
        expect(usageOf(get).memory, misdeed).toBeLessThan(160 * mebibyte);
        await waiting.says(new RegExp(`"problem":"[^"]*(?:${complaints[misdeed].source})`));
        expect(told<{ activity: string }>(waiting, 'view').at(-1)!.activity).toBe('metadata');
        if (complaints[misdeed].source.startsWith('does not match')) {
          expect(told(waiting, 'note'), misdeed).toEqual([expect.stringMatching(complaints[misdeed])]);
          expect(
            alone.links.map(({ isOver }) => isOver),
            misdeed,
          ).toEqual([true]);
        }
        waiting.signal('SIGINT');
        await waiting.endsWith(130);
        expect(usageOf(waiting).memory, misdeed).toBeLessThan(160 * mebibyte);
      }),
    );
  });
});

describe.concurrent('a torrent with names meant to do harm', () => {
  it('is fetched under harmless ones, and touches nothing outside', async ({ lab }) => {
    const world = new World(lab);
    const absolute = join(world.outside, 'canary.txt');
    const up = Array.from({ length: 8 }, () => '..');
    const upNames = up.map(() => '_').join('/');
    const wanted: readonly (readonly [components: readonly string[], path: string])[] = [
      // Each in a folder of its own, so that none gets a number for the sake of another.
      ...hostilePaths.map(([components, path], i): [string[], string] => [
        [`${i}`, ...components],
        components.length === 0 ? `${i}` : `${i}/${path}`,
      ]),
      [[...up, 'outside', 'canary.txt'], `${upNames}/outside/canary.txt`],
      [absolute.split('/'), absolute.replace(/^\//, '_/')],
      [['twins', 'A.txt'], 'twins/A.txt'],
      [['twins', 'a.TXT'], 'twins/a (2).TXT'],
      [['twins', 'a.TXT'], 'twins/a (3).TXT'],
      [['twins', '\u00e9.txt'], 'twins/\u00e9.txt'],
      [['twins', 'e\u0301.txt'], 'twins/e\u0301 (2).txt'],
      [['twins', 'x'], 'twins/x'],
      [['twins', 'X', 'inside'], 'twins/X (2)/inside'],
    ];
    const lengths = wanted.map((_, i) => 100 + 37 * i);
    const bytes = bytesOf(
      lengths.reduce((sum, length) => sum + length),
      'hostile',
    );
    const made = handMade(
      lab,
      {
        name: '../../../outside',
        files: wanted.map(([path], i) => dictionary({ length: lengths[i]!, path: [...path] })),
      },
      bytes,
    );
    const get = world.get(lab, made.torrent, [await seedOf(lab, made)]);
    await get.endsWith(0);
    let start = 0;
    const expected = wanted.map(([, path], i) => {
      start += lengths[i]!;
      return [`.._.._.._outside/${path}`, bytes.subarray(start - lengths[i]!, start)] as const;
    });
    expect(world.files()).toEqual(Object.fromEntries(expected));
    world.expectUntouched();
  });

  it.for([
    ['..', '_'],
    ['../../../outside/canary.txt', '.._.._.._outside_canary.txt'],
    ['/outside/canary.txt', '_outside_canary.txt'],
    ['C:\\Windows\\win.ini', 'C__Windows_win.ini'],
    ['aux.', '_aux'],
    ['', '_'],
    ['a\0\n\u202egpj.exe ', 'a___gpj.exe'],
    ['.piecewise', '_.piecewise'],
    [`${'ü'.repeat(200)}.pdf`, `${'ü'.repeat(125)}.pdf`],
  ])('or one for its only file is fetched: %j', async ([name, safe], { lab }) => {
    const world = new World(lab);
    const bytes = bytesOf(40_000, name!);
    const made = handMade(lab, { name: name!, length: bytes.length }, bytes);
    const get = world.get(lab, made.torrent, [await seedOf(lab, made)]);
    await get.endsWith(0);
    expect(world.files()).toEqual({ [safe!]: bytes });
    world.expectUntouched();
  });

  it.for([
    ['folder', 'share', 'outside'],
    ['file', 'share/a.bin', 'outside/canary.txt'],
    ['partial file', 'share/a.bin.part', 'outside/canary.txt'],
    ['partial file that leads nowhere', 'share/a.bin.part', 'outside/new'],
  ])(
    'is not fetched through a link in place of its %s, but without it',
    async ([, link, target], { lab, skip }) => {
      skip(process.platform === 'win32', 'links need rights there');
      const world = new World(lab);
      const bytes = bytesOf(40_000, 'linked');
      const file = dictionary({ length: bytes.length, path: ['a.bin'] });
      const made = handMade(lab, { name: 'share', files: [file] }, bytes);
      const seed = await seedOf(lab, made);
      if (link !== 'share') mkdirSync(join(world.downloads, 'share'));
      symlinkSync(join(world.top, target!), join(world.downloads, link!));
      const refused = world.get(lab, made.torrent, [seed]);
      await refused.endsWith(4);
      expect(sentencesOf(refused)).toEqual([
        `${link}: this is a link to another place, and shares do not follow links; move it away`,
      ]);
      world.expectUntouched();
      unlinkSync(join(world.downloads, link!));
      const get = world.get(lab, made.torrent, [seed]);
      await get.endsWith(0);
      expect(world.files()).toEqual({ 'share/a.bin': bytes });
      world.expectUntouched();
    },
  );
});

describe.concurrent('what is no torrent or link that can be used', () => {
  const bytes = bytesOf(40_000, 'refused');
  const single = (lab: Lab, info: Info) =>
    handMade(lab, { name: 'a', length: 40_000, ...info }, bytes).torrent;
  const folder = (lab: Lab, ...files: Info[]) =>
    handMade(lab, { name: 'a', files: files.map(dictionary) }, bytes).torrent;
  const good = (lab: Lab) => readFileSync(single(lab, {}));
  /** A number that bencoding has and JavaScript has not. */
  const withLength = (lab: Lab, digits: string) =>
    torrentFile(lab, Buffer.from(good(lab).toString('latin1').replace('i40000e', `i${digits}e`), 'latin1'));
  const hash = 'a'.repeat(40);

  const cases: readonly (readonly [what: string, make: (lab: Lab) => string, says: RegExp])[] = [
    ['a negative length', lab => single(lab, { length: -1 }), /^bad\.torrent: .*missing or negative\.$/],
    ['a length beyond all numbers', lab => withLength(lab, '9'.repeat(30)), /^bad\.torrent: .*too large/],
    ['a huge length', lab => withLength(lab, '9007199254740991'), /^bad\.torrent: .*number of its hashes/],
    [
      'a huge sum of lengths',
      lab => folder(lab, { length: 2 ** 53 - 1, path: ['a'] }, { length: 2 ** 53 - 1, path: ['b'] }),
      /^bad\.torrent: The files of this torrent are too long\.$/,
    ],
    [
      'a hash too few',
      lab => single(lab, { pieces: bytes.subarray(0, 40) }),
      /^bad\.torrent: .*of its hashes/,
    ],
    ['pieces of nothing', lab => single(lab, { 'piece length': 0 }), /^bad\.torrent: .*pieces of 0 bytes/],
    ['crooked pieces', lab => single(lab, { 'piece length': 20_001 }), /^bad\.torrent: .*20001 bytes/],
    ['huge pieces', lab => single(lab, { 'piece length': 2 ** 40 }), /^bad\.torrent: .*1099511627776 bytes/],
    [
      'a path that is too long',
      lab => folder(lab, { length: 40_000, path: Array.from({ length: 6 }, () => 'x'.repeat(200)) }),
      /^bad\.torrent: The path "a\/x.* is longer than 1,024 bytes\.$/,
    ],
    ['version 2 alone', lab => version2(lab), /^bad\.torrent: .*BitTorrent version 2 alone/],
    [
      '100,000 lists in each other',
      lab => torrentFile(lab, Buffer.from(`d4:info${'l'.repeat(100_000)}${'e'.repeat(100_001)}`)),
      /^bad\.torrent: .*more than 32 deep/,
    ],
    ['half a torrent', lab => torrentFile(lab, good(lab).subarray(0, 90)), /^bad\.torrent: .*cut off/],
    [
      'a torrent and something behind it',
      lab => torrentFile(lab, Buffer.concat([good(lab), Buffer.from('x')])),
      /^bad\.torrent: .*bytes after the end/,
    ],
    [
      'a page',
      lab => torrentFile(lab, Buffer.from('<!DOCTYPE html>')),
      /^bad\.torrent: This is no torrent file/,
    ],
    ['nothing', lab => torrentFile(lab, Buffer.alloc(0)), /^bad\.torrent: This is no torrent file/],
    ['a folder', lab => folderNamed(lab), /^bad\.torrent: it is not an ordinary file$/],
    ['no file', lab => join(newFolder(lab), 'bad.torrent'), /^bad\.torrent: it does not exist/],
    [
      'an address of the web',
      () => 'https://x.example/a.torrent',
      /^https:\/\/x\.example\/a\.torrent is a page/,
    ],
    ['a link without a hash', () => 'magnet:?dn=x', /^This magnet link names no BitTorrent share/],
    [
      'a hash that is cut off',
      () => `magnet:?xt=urn:btih:${hash.slice(1)}`,
      /^The info-hash in this magnet link/,
    ],
    ['a hash that is too long', () => `magnet:?xt=urn:btih:${hash}a`, /^The info-hash in this magnet link/],
    [
      'a hash of version 2 alone',
      () => `magnet:?xt=urn:btmh:1220${'a'.repeat(64)}`,
      /^This magnet link is for BitTorrent version 2 alone/,
    ],
    ['no link at all', () => 'magnet:', /^This is no magnet link: it must begin with "magnet:\?"\.$/],
  ];

  function version2(lab: Lab): string {
    const info = dictionary({ 'meta version': 2, name: 'a', 'piece length': pieceLength });
    return torrentFile(lab, encode(dictionary({ info: info.set('file tree', dictionary({})) })));
  }

  function folderNamed(lab: Lab): string {
    const path = join(newFolder(lab), 'bad.torrent');
    mkdirSync(path);
    return path;
  }

  async function expectRefusal(lab: Lab, world: World, what: string, says: RegExp): Promise<RunningProcess> {
    const get = world.get(lab, what);
    await get.endsWith(2);
    expect(sentencesOf(get)).toEqual([expect.stringMatching(says)]);
    expect(get.out).toEqual([]);
    return get;
  }

  it('is refused with a sentence that names it, and nothing is begun', async ({ lab }) => {
    const world = new World(lab);
    // Some side by side; more would only wait for each other.
    const left = [...cases];
    const refuse = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [, make, says] = next;
        await expectRefusal(lab, world, make(lab), says);
      }
    };
    await Promise.all([1, 2, 3, 4].map(refuse));
    expect(readdirSync(world.downloads)).toEqual([]);
    world.expectUntouched();
  });

  it('is not read when there is too much of it', async ({ lab }) => {
    const world = new World(lab);
    const idle = await expectRefusal(lab, world, torrentFile(lab, Buffer.alloc(0)), /no torrent/);
    const rubbish = torrentFile(lab, Buffer.alloc(0), 'rubbish.torrent');
    truncateSync(rubbish, 100 * mebibyte);
    const lists = Buffer.from(`d4:infol${'le'.repeat(5 * mebibyte - 10)}ee`);
    for (const [what, says, mostBytes] of [
      [
        rubbish,
        /^rubbish\.torrent: .* it has 100\.0 MiB, and no more than 10\.0 MiB are read$/,
        10 * mebibyte,
      ],
      [torrentFile(lab, lists), /^bad\.torrent: .*more than 1000000 values/, 250 * mebibyte],
    ] as const) {
      const get = await expectRefusal(lab, world, what, says);
      expect(usageOf(get).cpuMs).toBeLessThan(2_000);
      expect(usageOf(get).memory - usageOf(idle).memory).toBeLessThan(mostBytes);
    }
  });
});
