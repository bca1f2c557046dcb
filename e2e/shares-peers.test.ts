import { describe, expect } from 'vitest';
import { BtLink, fullBitfield, handshake, uint32 } from './interop/bt-byte-peer.ts';
import type { Address } from './interop/partner.ts';
import { it } from './lab.ts';
import type { RunningProcess } from './processes.ts';
import {
  completionOf,
  digestOf,
  listen,
  newFolder,
  openDescriptors,
  sharedFile,
  sleep,
  startGet,
  startShare,
  told,
  until,
} from './shares.ts';

/**
 * Shares among peers that lie, dawdle, say nothing or talk nonsense, beside honest ones. The peers' rates are small, so
 * that what takes long here is the peers and not the machine.
 */

const mebibyte = 1024 * 1024;

interface EventLine {
  readonly kind: string;
  readonly peer?: string;
  readonly remote?: string;
  readonly piece?: number;
  readonly reason?: string;
}

const eventsOf = (process: RunningProcess) => told<EventLine>(process, 'event');
const addressesOf = (peers: readonly { readonly address: Address }[]) => peers.map(({ address }) => address);
const textOf = ({ host, port }: Address) => `${host}:${port}`;

// Side by side: they wait for peers' rates more than for this machine.
describe.concurrent('a download from several peers', () => {
  // By hand: 256 MiB, the same counts.
  it.for([
    [16, 'first'],
    [64, 'last'],
  ] as const)(
    'finds out who of four spoils every piece, of %i blocks, and loses no honest one',
    async ([blocks, place], { lab }) => {
      const file = await sharedFile(lab, { size: 32 * mebibyte, pieceLength: blocks * 16_384 });
      const rate = { bytesPerSecond: 4 * mebibyte };
      const honest = await Promise.all([1, 2, 3].map(() => listen(lab, file, rate)));
      const liar = await listen(lab, file, { ...rate, corrupts: true });
      const to = newFolder(lab);
      // Who comes last is asked for blocks of pieces that others have begun.
      const peers = place === 'first' ? [liar, ...honest] : [...honest, liar];
      const get = startGet(lab, file.torrent, to, addressesOf(peers));
      await get.endsWith(0);
      expect(digestOf(`${to}/${file.name}`)).toBe(file.sha256);
      expect(liar.spoilt).toBeGreaterThan(0);
      const events = eventsOf(get);
      const failed = events.filter(({ kind }) => kind === 'piece-failed');
      expect(failed.length).toBeGreaterThan(0);
      expect(failed.length).toBeLessThanOrEqual(3);
      const banned = events.filter(({ reason }) => reason?.includes('failed verification'));
      const remotes = banned.map(({ peer }) => events.find(each => each.peer === peer)?.remote);
      expect(remotes).toEqual([textOf(liar.address)]);
      expect(peers.map(({ links }) => links.length)).toEqual([1, 1, 1, 1]);
      const idealMs = (file.bytes.length / (3 * rate.bytesPerSecond)) * 1000;
      expect(completionOf(get).tookMs).toBeLessThan(1.5 * idealMs);
    },
  );

  // Longer than a request is waited for, so that those of the bad ones time out in the midst of it. In order, so that
  // what they let time out is what comes next.
  it('waits for none that is slow or never answers', async ({ lab }) => {
    const file = await sharedFile(lab, { size: 24 * mebibyte });
    const rate = 300 * 1024;
    const good = await Promise.all([1, 2, 3, 4].map(() => listen(lab, file, { bytesPerSecond: rate })));
    const slow = await listen(lab, file, { bytesPerSecond: 1024 });
    const silent = await listen(lab, file, { isSilent: true });
    const bad = [slow, silent];
    const to = newFolder(lab);
    const get = startGet(lab, file.torrent, to, addressesOf([...bad, ...good]), ['--sequential']);
    await get.endsWith(0);
    expect(digestOf(`${to}/${file.name}`)).toBe(file.sha256);
    const cameAt = new Map(good.flatMap(({ sent }) => sent).map(({ key, at }) => [key, at]));
    const waits = bad.flatMap(({ asked }) => asked).map(({ key, at }) => (cameAt.get(key) ?? at) - at);
    expect(waits.length).toBeGreaterThanOrEqual(8); // the four that each is asked for at first
    expect(Math.max(...waits)).toBeLessThan(20_000);
    const came = [...good, slow].reduce((sum, { sentBytes }) => sum + sentBytes, 0);
    expect(came / file.bytes.length).toBeLessThanOrEqual(1.03);
    const idealMs = (file.bytes.length / (4 * rate)) * 1000;
    expect(completionOf(get).tookMs).toBeLessThan(1.2 * idealMs);
  });
});

describe('a share under attack', () => {
  const reserved = '0000000000100004';

  /** What strangers send, with or without a handshake before, and what is said of it. */
  const attacks: readonly {
    readonly name: string;
    /** Sent at once; the last part byte by byte, one a second. */
    bytes(infoHash: string, bitfield: Buffer): { readonly atOnce?: Buffer; readonly slowly?: Buffer };
    readonly says?: RegExp;
  }[] = [
    {
      name: 'a length of 4 GiB',
      bytes: infoHash => ({ atOnce: Buffer.concat([hello(infoHash), Buffer.from('ffffffff07', 'hex')]) }),
      says: /4294967295/,
    },
    {
      name: 'a bitfield that is too long',
      bytes: infoHash => ({
        atOnce: Buffer.concat([hello(infoHash), uint32(100_001), Buffer.from([5]), Buffer.alloc(100_000)]),
      }),
      says: /bitfield/,
    },
    {
      name: 'a bitfield with spare bits',
      bytes: (infoHash, bitfield) => ({
        atOnce: Buffer.concat([hello(infoHash), bitfield.subarray(0, -1), Buffer.from([0xff])]),
      }),
      says: /bitfield/,
    },
    {
      name: 'a request beyond the end',
      bytes: (infoHash, bitfield) => ({
        atOnce: Buffer.concat([
          hello(infoHash),
          bitfield,
          uint32(13),
          Buffer.from([6]),
          uint32(0xffff_fff0, 0, 16_384),
        ]),
      }),
      says: /4294967280|does not exist/,
    },
    {
      name: 'a piece of 64 KiB',
      bytes: (infoHash, bitfield) => ({
        atOnce: Buffer.concat([
          hello(infoHash),
          bitfield,
          uint32(9 + 65_536),
          Buffer.from([7]),
          uint32(0, 0),
          Buffer.alloc(65_536),
        ]),
      }),
      says: /65545|65536/,
    },
    {
      name: 'a handshake at a byte a second',
      bytes: infoHash => ({ slowly: hello(infoHash) }),
    },
    {
      name: 'a message at a byte a second',
      bytes: (infoHash, bitfield) => ({
        atOnce: Buffer.concat([hello(infoHash), bitfield]),
        slowly: Buffer.concat([uint32(16_393), Buffer.from([7]), uint32(0, 0)]),
      }),
      says: /next to nothing/,
    },
  ];

  let number = 0;
  function hello(infoHash: string): Buffer {
    number += 1;
    return handshake(infoHash, `-XX0000-${String(number).padStart(12, '0')}`, reserved);
  }

  it('lets go of who sends too much or too slowly; others do not notice', async ({ lab }) => {
    const file = await sharedFile(lab, { size: 30 * mebibyte + 5 * 16_384 });
    const seed = await startShare(lab, [file.path], ['--upload-limit', '2MiB', '--piece-size', '256KiB']);
    const to = newFolder(lab);
    const get = startGet(lab, seed.torrent, to, [seed.address]);
    await get.says(/"kind":"connected"/);
    const bitfield = fullBitfield(file);
    const lasted = attacks.map(async ({ bytes }, i) => {
      const link = await BtLink.dial(seed.address, `127.9.0.${i + 1}`);
      lab.onEnd(() => link.socket.destroy());
      const openedAt = performance.now();
      const { atOnce, slowly = Buffer.alloc(0) } = bytes(seed.infoHash, bitfield);
      if (atOnce !== undefined) link.send(atOnce);
      for (let at = 0; at < slowly.length && !link.isOver; at += 1) {
        link.send(slowly.subarray(at, at + 1));
        await Promise.race([sleep(1_000), link.closed]);
      }
      await Promise.race([link.closed, sleep(30_000)]);
      return performance.now() - openedAt;
    });
    const times = await Promise.all(lasted);
    // A message is watched twice a second, and this machine is busy.
    const late = attacks.filter((_, i) => times[i]! > 11_500).map(({ name }) => name);
    expect(late).toEqual([]);
    await get.endsWith(0);
    expect(digestOf(`${to}/${file.name}`)).toBe(file.sha256);
    const idealMs = (file.bytes.length / (2 * mebibyte)) * 1000;
    expect(completionOf(get).tookMs).toBeLessThan(1.05 * idealMs + 1_000);
    for (const { says } of attacks) if (says !== undefined) expect(seed.process.output).toMatch(says);
    expect(seed.process.isRunning).toBe(true);
  });

  // By hand: 2,000 a second for 30 s. The strangers' ends run on this machine, too.
  it('serves a peer while hundreds of connections say nothing, and lets go of those', async ({
    lab,
    skip,
  }) => {
    skip(process.platform !== 'linux', 'counts descriptors in /proc');
    const file = await sharedFile(lab, { size: 24 * mebibyte });
    // What is measured is what the strangers take away, not what this machine can do.
    const seed = await startShare(lab, [file.path], ['--upload-limit', '4MiB']);
    const idle = openDescriptors(seed.process.pid);
    const links: BtLink[] = [];
    lab.onEnd(() => {
      for (const link of links) link.socket.destroy();
    });
    const dialMore = async (): Promise<void> => {
      const dials = Array.from({ length: 20 }, async (_, i) => {
        const link = await BtLink.dial(seed.address, `127.8.0.${1 + ((links.length + i) % 200)}`);
        links.push(link);
        // Half of them become neighbours first: ten times as many as there are places for.
        if (i % 2 === 0) link.send(hello(seed.infoHash));
      });
      await Promise.allSettled([...dials, sleep(100)]);
    };
    while (links.length < 300) await dialMore();
    const to = newFolder(lab);
    const get = startGet(lab, seed.torrent, to, [seed.address]);
    let most = 0;
    let isOver = false;
    get.ended.then(() => {
      isOver = true;
    });
    while (!isOver) {
      await dialMore();
      most = Math.max(most, openDescriptors(seed.process.pid));
    }
    await get.endsWith(0);
    expect(digestOf(`${to}/${file.name}`)).toBe(file.sha256);
    expect(links.length).toBeGreaterThan(1_000);
    // A hundred neighbours, and a hundred who have not said what they want.
    expect(most - idle).toBeLessThan(250);
    const idealMs = (file.bytes.length / (4 * mebibyte)) * 1000;
    expect(completionOf(get).tookMs).toBeLessThan(idealMs / 0.7);
    for (const link of links) link.socket.destroy();
    await until(
      () => openDescriptors(seed.process.pid) <= idle + 8,
      () => `${openDescriptors(seed.process.pid)} descriptors are left of ${idle}`,
      15_000,
    );
  });
});
