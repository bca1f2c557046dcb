import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { writeInfo, writeMetainfo } from '../src-main/engine/bittorrent/metainfo.ts';
import { seededRandom } from '../src-main/engine/testing/seeded-random.ts';
import { AppClient } from './app-client.ts';
import { BtLeech, type Offer } from './interop/bt-byte-peer.ts';
import { bytesOf, digestsOf } from './interop/content.ts';
import { usageOf } from './interop/partner.ts';
import { it } from './lab.ts';
import { listen, newFolder, openDescriptors, sleep, startGet, startShare, until } from './shares.ts';

/** Very many shares, and a share of very many files: what they cost. Counted in /proc, and so on Linux alone. */

const mebibyte = 1024 * 1024;
const isLinux = process.platform === 'linux';

interface Made extends Offer {
  readonly name: string;
  readonly torrent: Uint8Array;
}

function madeShare(name: string, size: number): Made {
  const pieceLength = 65_536;
  const bytes = bytesOf(size, name);
  const hashes = Array.from({ length: Math.ceil(size / pieceLength) }, (_, i) =>
    createHash('sha1')
      .update(bytes.subarray(i * pieceLength, (i + 1) * pieceLength))
      .digest(),
  );
  const pieceHashes = Buffer.concat(hashes);
  const info = writeInfo({ name, pieceLength, pieceHashes, isPrivate: false, content: size });
  const infoHash = createHash('sha1').update(info).digest('hex');
  return { name, bytes, pieceLength, infoHash, torrent: writeMetainfo(info, { trackers: [] }) };
}

describe('two hundred shares in one app', () => {
  it('are added, seed while one more is fetched, and cost little when nothing happens', async ({
    lab,
    skip,
  }) => {
    skip(!isLinux, 'counts in /proc');
    const here = Array.from({ length: 199 }, (_, i) => madeShare(`share ${i}.bin`, 20_000 + 1_234 * i));
    const wanted = madeShare('wanted.bin', 8 * mebibyte);
    const seed = await listen(lab, wanted);
    const app = await AppClient.start(
      lab,
      { activeSeeds: 1_000 },
      {
        ...Object.fromEntries(here.map(({ name, bytes }) => [name, bytes])),
        ...Object.fromEntries(
          [...here, wanted].map(({ name, torrent }) => [`torrents/${name}.torrent`, torrent]),
        ),
      },
    );
    const { pid } = app.ui.process;
    let descriptors = 0;
    const watch = setInterval(() => {
      descriptors = Math.max(descriptors, openDescriptors(pid));
    }, 20);
    lab.onEnd(() => clearInterval(watch));
    const tokens = await app.tokens('torrents');
    const addedAt = performance.now();
    await Promise.all(here.map(({ name }) => app.addTorrent(tokens.get(`${name}.torrent`)!)));
    await app.untilShares(199, 'seeding');
    const addMs = performance.now() - addedAt;

    const { swarm } = await app.addTorrent(tokens.get('wanted.bin.torrent')!);
    const { host, port } = seed.address;
    await app.conversation.ask('addPeer', { swarm, address: `${host}:${port}` });
    const leech = await BtLeech.dial(await app.address(), here[77]!);
    lab.onEnd(() => leech.link.socket.destroy());
    await app.untilShares(200, 'seeding');
    expect(readFileSync(join(app.ui.workFolder, 'wanted.bin')).equals(wanted.bytes)).toBe(true);
    await until(
      () => leech.receivedBytes >= here[77]!.bytes.length,
      () => 'nothing was given',
    );
    expect(leech.wrongBytes).toBe(0);
    leech.link.socket.destroy();
    seed.close();
    clearInterval(watch);
    expect(descriptors).toBeLessThanOrEqual(100);

    // Rates fall to nothing; then Home has nothing to tell.
    let heard: number;
    let before: ReturnType<typeof usageOf>;
    do {
      heard = app.heard.messages;
      before = usageOf(pid);
      await sleep(3_000);
    } while (heard !== app.heard.messages);
    const used = usageOf(pid);
    // Some 1.5 % where nobody else computes; what others do to the caches makes it more.
    expect((used.cpuSeconds - before.cpuSeconds) / 3).toBeLessThan(0.06);
    expect(used.peakBytes).toBeLessThan(300 * mebibyte);
    expect(addMs).toBeLessThan(30_000);
  });
});

describe('a share of very many files', () => {
  // By hand: 10,000 files of 1 B to 8 MiB; here up to 64 KiB, so that what costs is their number.
  it('holds few of them open, and little memory', async ({ lab, skip }) => {
    skip(!isLinux, 'counts in /proc');
    const count = 10_000;
    const folder = newFolder(lab);
    const random = seededRandom(13);
    const pool = bytesOf(65_536 * 2, 'many');
    for (let i = 0; i < count; i += 1) {
      const dir = join(folder, 'many', `folder ${i % 100}`);
      if (i < 100) mkdirSync(dir, { recursive: true });
      const length = i % 50 === 0 ? 0 : Math.ceil(65_536 * random() ** 4);
      const start = Math.floor(random() * 65_536);
      writeFileSync(join(dir, `file ${i}.txt`), pool.subarray(start, start + length));
    }
    const most = { seed: 0, get: 0 };
    const memory = { seed: 0, get: 0 };
    const startedAt = performance.now();
    const seed = await startShare(lab, [join(folder, 'many')]);
    const hashMs = performance.now() - startedAt;
    const to = newFolder(lab);
    const get = startGet(lab, seed.torrent, to, [seed.address]);
    const watch = setInterval(() => {
      most.seed = Math.max(most.seed, openDescriptors(seed.process.pid));
      memory.seed = seed.process.peakMemory()!;
      if (!get.isRunning) return;
      most.get = Math.max(most.get, openDescriptors(get.pid));
      memory.get = get.peakMemory() ?? memory.get;
    }, 50);
    lab.onEnd(() => clearInterval(watch));
    await get.says(/"complete":/);
    await get.ended;
    clearInterval(watch);
    expect(await get.ended).toBe(0);
    expect(digestsOf({ name: 'many' }, to)).toEqual(digestsOf({ name: 'many' }, folder));
    expect(hashMs).toBeLessThan(30_000);
    expect(most.seed).toBeLessThanOrEqual(100);
    expect(most.get).toBeLessThanOrEqual(100);
    // Some 70 MiB are Node's own.
    expect(memory.seed).toBeLessThan(270 * mebibyte);
    expect(memory.get).toBeLessThan(270 * mebibyte);
  });
});
