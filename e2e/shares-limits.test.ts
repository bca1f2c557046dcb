import { describe, expect } from 'vitest';
import { BtLeech, BtLink, frame, handshake, messageTypes } from './interop/bt-byte-peer.ts';
import { it } from './lab.ts';
import {
  completionOf,
  digestOf,
  flowOf,
  listen,
  newFolder,
  sharedFile,
  sleep,
  startGet,
  startShare,
} from './shares.ts';

/**
 * Rate limits of whole processes. By hand: a minute, five shares, ten peers each; the engine's own tests have several
 * shares under one limit, and a limit that changes, in virtual time.
 */

const mebibyte = 1024 * 1024;
const limit = mebibyte;

describe('a limit', () => {
  it('on the upload holds for all peers together and starves no message', { timeout: 60_000 }, async ({
    lab,
  }) => {
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
    await sleep(4_000);
    // Whoever comes in the middle of it is answered although nobody is served faster.
    const dialledAt = performance.now();
    const late = await BtLink.dial(seed.address, '127.7.0.9');
    lab.onEnd(() => late.socket.destroy());
    const unchoked = new Promise<number>(resolve => {
      late.onMessage = type => {
        if (type === messageTypes.unchoke) resolve(performance.now() - dialledAt);
      };
    });
    late.send(handshake(seed.infoHash, '-LA0001-000000000001'), frame(messageTypes.interested));
    expect(await unchoked).toBeLessThan(200);
    late.socket.destroy();
    await sleep(18_000);
    const to = performance.now();
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

  it('on the download holds for all peers together', { timeout: 60_000 }, async ({ lab }) => {
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
});
