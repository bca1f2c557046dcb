import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { AppClient } from './app-client.ts';
import { BtLeech, BtLink, frame, handshake, messageTypes } from './interop/bt-byte-peer.ts';
import { bytesOf } from './interop/content.ts';
import { it, type Lab } from './lab.ts';
import {
  completionOf,
  digestOf,
  flowOf,
  listen,
  medianOf,
  newFolder,
  type StartedShare,
  sharedFile,
  sleep,
  startGet,
  startShare,
  until,
} from './shares.ts';

/**
 * Rate limits of whole processes, side by side: they leave the machine most of its time. By hand: a minute, five shares,
 * ten peers each.
 */

const mebibyte = 1024 * 1024;
const limit = mebibyte;

/** How long a newcomer waits from dialling to being unchoked. */
async function msToUnchoke(lab: Lab, { infoHash, address }: StartedShare, id: number): Promise<number> {
  const dialledAt = performance.now();
  const link = await BtLink.dial(address, '127.7.0.9');
  lab.onEnd(() => link.socket.destroy());
  const unchoked = new Promise<void>(resolve => {
    link.onMessage = type => {
      if (type === messageTypes.unchoke) resolve();
    };
  });
  const peerId = `-LA0001-${String(id).padStart(12, '0')}`;
  link.send(handshake(infoHash, peerId), frame(messageTypes.interested));
  await unchoked;
  link.socket.destroy();
  return performance.now() - dialledAt;
}

describe.concurrent('a limit', () => {
  it('on the upload holds for all peers together and starves no message', async ({ lab }) => {
    const file = await sharedFile(lab, { size: 8 * mebibyte });
    const seed = await startShare(lab, [file.path], ['--upload-limit', '1MiB', '--piece-size', '256KiB']);
    const offer = { ...file, infoHash: seed.infoHash };
    const leeches = await Promise.all(
      Array.from({ length: 5 }, async (_, i) => BtLeech.dial(seed.address, offer, `127.7.0.${i + 1}`)),
    );
    lab.onEnd(() => {
      for (const { link } of leeches) link.socket.destroy();
    });
    const from = performance.now() + 2_000;
    // Whoever comes in the middle of it is answered although nobody is served faster; one of them may have bad luck.
    const waits: number[] = [];
    for (let late = 1; late <= 11; late += 1) {
      await sleep(2_000);
      waits.push(await msToUnchoke(lab, seed, late));
    }
    const to = performance.now();
    expect(medianOf(waits)).toBeLessThan(200);
    const flow = flowOf(
      leeches.flatMap(({ received }) => received),
      from,
      to,
    );
    expect(flow.mean / limit).toBeGreaterThan(0.95);
    expect(flow.mean / limit).toBeLessThan(1.05);
    expect(flow.most / limit).toBeLessThanOrEqual(1.15);
    const shares = leeches.map(({ receivedBytes }) => receivedBytes);
    const sum = shares.reduce((all, one) => all + one, 0);
    const squares = shares.reduce((all, one) => all + one * one, 0);
    expect(sum ** 2 / (shares.length * squares), 'fairness (Jain)').toBeGreaterThanOrEqual(0.9);
    for (const { wrongBytes } of leeches) expect(wrongBytes).toBe(0);
  });

  it('on the download holds for all peers together', async ({ lab }) => {
    const file = await sharedFile(lab, { size: 22 * mebibyte });
    const seeds = await Promise.all([1, 2, 3, 4, 5].map(() => listen(lab, file)));
    const to = newFolder(lab);
    const addresses = seeds.map(({ address }) => address);
    const get = startGet(lab, file.torrent, to, addresses, ['--download-limit', '1MiB']);
    await get.endsWith(0);
    expect(digestOf(`${to}/${file.name}`)).toBe(file.sha256);
    const sent = seeds.flatMap(each => each.sent);
    const first = Math.min(...sent.map(({ at }) => at));
    const flow = flowOf(sent, first + 1_000, first + 20_000);
    expect(flow.mean / limit).toBeGreaterThan(0.95);
    expect(flow.mean / limit).toBeLessThan(1.05);
    expect(flow.most / limit).toBeLessThanOrEqual(1.15);
    expect(completionOf(get).tookMs / 1000).toBeGreaterThan(20);
  });

  it('of each share and of all together holds, and another does as soon as it is set', async ({ lab }) => {
    const kibibyte = 1024;
    const pieceLength = 262_144;
    /** In KiB/s; null: none of its own, so that it takes what the others leave. */
    interface Limits {
      readonly all: number;
      readonly own: readonly (number | null)[];
    }
    const phases: readonly { readonly up: Limits; readonly down: Limits }[] = [
      { up: { all: 2_048, own: [256, 512, null] }, down: { all: 1_024, own: [256, null] } },
      { up: { all: 1_280, own: [384, 128, null] }, down: { all: 768, own: [128, null] } },
    ];
    const shared = [0, 1, 2].map(i => bytesOf(8 * mebibyte, `shared ${i}`));
    const fetched = await Promise.all(
      [0, 1].map(i => sharedFile(lab, { size: 24 * mebibyte, seed: `fetched ${i}`, name: `fetched ${i}` })),
    );
    const rate = ({ all, own }: Limits) =>
      own.map(one => kibibyte * (one ?? all - own.reduce<number>((sum, each) => sum + (each ?? 0), 0)));
    const [first, second] = phases as [(typeof phases)[number], (typeof phases)[number]];
    const settingsOf = ({ up, down }: (typeof phases)[number]) => ({
      shareUploadBytesPerSecond: up.all * kibibyte,
      shareDownloadBytesPerSecond: down.all * kibibyte,
    });
    const app = await AppClient.start(lab, settingsOf(first), {
      ...Object.fromEntries(shared.map((bytes, i) => [`shared ${i}`, bytes])),
      ...Object.fromEntries(fetched.map(({ torrent }, i) => [`${i}.torrent`, readFileSync(torrent)])),
    });
    const { conversation } = app;
    const tokens = await app.tokens();
    const seeding = await Promise.all(
      shared.map((_, i) =>
        conversation.ask('shareFiles', {
          places: [tokens.get(`shared ${i}`)!],
          name: null,
          pieceLength,
          isPrivate: false,
          trackers: [],
        }),
      ),
    );
    const downloading = await Promise.all(fetched.map((_, i) => app.addTorrent(tokens.get(`${i}.torrent`)!)));
    const setOwn = async ({ up, down }: (typeof phases)[number]) => {
      const bytes = (limit: number | null | undefined) => (limit ? limit * kibibyte : null);
      await Promise.all([
        ...seeding.map(({ swarm }, i) =>
          conversation.ask('limitShare', {
            swarm,
            uploadBytesPerSecond: bytes(up.own[i]),
            downloadBytesPerSecond: null,
          }),
        ),
        ...downloading.map(({ swarm }, i) =>
          conversation.ask('limitShare', {
            swarm,
            uploadBytesPerSecond: null,
            downloadBytesPerSecond: bytes(down.own[i]),
          }),
        ),
      ]);
    };
    await setOwn(first);
    await app.untilShares(3, 'seeding');
    const address = await app.address();
    const seeds = await Promise.all(fetched.map(file => listen(lab, file)));
    for (const [i, { swarm }] of downloading.entries()) {
      const { host, port } = seeds[i]!.address;
      await conversation.ask('addPeer', { swarm, address: `${host}:${port}` });
    }
    const leeches = await Promise.all(
      seeding.map(({ swarm }, i) => {
        const offer = { infoHash: app.summaryOf(swarm).infoHash, pieceLength, bytes: shared[i]! };
        return Promise.all([1, 2].map(n => BtLeech.dial(address, offer, `127.6.${i}.${n}`)));
      }),
    );
    lab.onEnd(() => {
      for (const { link } of leeches.flat()) link.socket.destroy();
    });
    await until(
      () =>
        leeches.flat().every(({ receivedBytes }) => receivedBytes > 0) &&
        seeds.every(({ sentBytes }) => sentBytes > 0),
      () => 'nothing moves',
    );
    await sleep(1_000);
    const measure = async ({ up, down }: (typeof phases)[number]) => {
      const from = performance.now();
      await sleep(10_000);
      const to = performance.now();
      const sent = leeches.map(
        both =>
          flowOf(
            both.flatMap(({ received }) => received),
            from,
            to,
          ).mean,
      );
      const came = seeds.map(each => flowOf(each.sent, from, to).mean);
      const near = (rates: readonly number[], wanted: readonly number[]) =>
        rates.map((one, i) => one / wanted[i]!);
      return [...near(sent, rate(up)), ...near(came, rate(down))];
    };
    const expectNear = (ratios: readonly number[]) => {
      for (const [i, ratio] of ratios.entries()) {
        expect(ratio, `${i} of ${ratios}`).toBeGreaterThan(0.95);
        expect(ratio, `${i} of ${ratios}`).toBeLessThan(1.05);
      }
    };
    expectNear(await measure(first));
    await Promise.all([conversation.ask('changeSettings', settingsOf(second)), setOwn(second)]);
    await sleep(1_000);
    expectNear(await measure(second));
    for (const { wrongBytes } of leeches.flat()) expect(wrongBytes).toBe(0);
  });
});
