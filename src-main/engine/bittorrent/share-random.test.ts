import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bitfield } from '../../../src-shared/bitfield.ts';
import { RateLimiter } from '../rate-limiter.ts';
import { shareViolationsOf } from '../testing/invariants.ts';
import { ShareLab, type SharePeer } from '../testing/share-lab.ts';

const block = 16_384;
/** Within it everything befalls the swarm. */
const troubledMs = 30_000;
const rates = [Number.POSITIVE_INFINITY, 2_000_000, 300_000, 0];

/** What befalls whoever is there, by number. */
const mishap = fc.record({
  atMs: fc.nat(troubledMs),
  whom: fc.nat(20),
  what: fc.oneof(
    fc.record({ kind: fc.constant('breaks' as const), which: fc.nat(50) }),
    fc.record({ kind: fc.constant('leaves' as const), awayMs: fc.integer({ min: 1, max: 15_000 }) }),
    fc.record({ kind: fc.constant('joins' as const) }),
    fc.record({
      kind: fc.constantFrom('upload' as const, 'download' as const),
      rate: fc.constantFrom(...rates),
    }),
    fc.record({ kind: fc.constant('wants' as const), priorities: fc.array(fc.nat(3), { minLength: 1 }) }),
    fc.record({ kind: fc.constant('order' as const), sequential: fc.boolean() }),
    fc.record({ kind: fc.constant('disk-full' as const), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ kind: fc.constant('disk-slow' as const), delayMs: fc.constantFrom(0, 30, 1_500) }),
    fc.record({ kind: fc.constant('looked-at' as const) }),
  ),
});
type Mishap = typeof mishap extends fc.Arbitrary<infer T> ? T : never;

const swarm = fc.record({
  pieces: fc.integer({ min: 1, max: 25 }),
  blocksPerPiece: fc.integer({ min: 1, max: 6 }),
  lastLength: fc.integer({ min: 1, max: 3 * block }),
  latencyMs: fc.constantFrom(0, 1, 40),
  seeds: fc.integer({ min: 1, max: 2 }),
  liars: fc.nat(2),
  downloaders: fc.integer({ min: 1, max: 4 }),
  uploadRates: fc.array(fc.constantFrom(...rates.slice(0, 3)), { minLength: 20, maxLength: 20 }),
  mishaps: fc.array(mishap, { maxLength: 10 }),
});
type Swarm = typeof swarm extends fc.Arbitrary<infer T> ? T : never;

/** A swarm to which things happen. */
class Story {
  readonly lab: ShareLab;
  readonly liars: readonly SharePeer[];
  readonly #limiters = new Map<SharePeer, { upload: RateLimiter; download: RateLimiter }>();
  readonly #rates: readonly number[];
  readonly #leaving = new Set<SharePeer>();

  constructor({ pieces, blocksPerPiece, lastLength, latencyMs, uploadRates, ...counts }: Swarm) {
    const pieceLength = blocksPerPiece * block;
    const last = Math.min(lastLength, pieceLength);
    this.lab = new ShareLab({ totalLength: (pieces - 1) * pieceLength + last, pieceLength, latencyMs });
    this.#rates = uploadRates;
    const { seeds, liars, downloaders } = counts;
    const full = Bitfield.full(pieces);
    for (let at = 0; at < seeds; at += 1) this.#begin({ have: full });
    this.liars = Array.from({ length: liars }, () => this.#begin({ have: full, lies: true }));
    for (let at = 0; at < downloaders; at += 1) this.#begin({});
    this.#introduceAll();
  }

  get present(): SharePeer[] {
    return this.lab.peers.filter(peer => peer.outcome === undefined && !this.#leaving.has(peer));
  }

  befall({ whom, what }: Mishap): void {
    const { lab, present } = this;
    const peer = present[whom % present.length]!;
    const { upload, download } = this.#limiters.get(peer)!;
    switch (what.kind) {
      case 'breaks':
        return lab.network.breakOne(what.which);
      case 'leaves':
        // The first seed stays, so that everybody can become complete.
        if (peer === lab.peers[0] || this.liars.includes(peer)) return;
        this.#leaving.add(peer);
        peer.share.stop();
        lab.clock.after(what.awayMs, () => {
          this.#begin({ have: peer.storage.have });
          this.#introduceAll();
        });
        return;
      case 'joins':
        this.#begin({});
        return this.#introduceAll();
      case 'upload':
      case 'download':
        (what.kind === 'upload' ? upload : download).setLimit(what.rate, lab.clock.now());
        return peer.share.onLimitsChanged();
      case 'wants':
        return peer.share.setPriorities(
          Uint8Array.from(
            { length: lab.layout.pieceCount },
            (_, at) => what.priorities[at % what.priorities.length]!,
          ),
        );
      case 'order':
        return peer.share.setSequential(what.sequential);
      case 'disk-full':
        peer.storage.faults.fullAt = what.part * lab.layout.totalLength;
        return;
      case 'disk-slow':
        peer.storage.delayMs = what.delayMs;
        return;
      case 'looked-at':
        peer.share.peers(); // looked at in the middle of everything
        peer.share.view();
        return;
    }
  }

  /** Nothing is in anybody's way any more. */
  calm(): void {
    const everything = new Uint8Array(this.lab.layout.pieceCount).fill(2);
    for (const peer of this.present) {
      const { upload, download } = this.#limiters.get(peer)!;
      for (const limiter of [upload, download]) limiter.setLimit(2_000_000, this.lab.clock.now());
      peer.storage.faults.fullAt = undefined;
      peer.storage.delayMs = 1;
      peer.share.onLimitsChanged();
      peer.share.setPriorities(everything);
    }
  }

  #begin(options: Parameters<ShareLab['start']>[0]): SharePeer {
    const now = this.lab.clock.now();
    const upload = new RateLimiter(this.#rates[this.lab.peers.length % this.#rates.length]!, now);
    const download = new RateLimiter(Number.POSITIVE_INFINITY, now);
    const limits = { upload: [upload], download: [download] };
    const peer = this.lab.start({ ...options, limits });
    this.#limiters.set(peer, { upload, download });
    return peer;
  }

  #introduceAll(): void {
    this.lab.introduce(...this.present);
  }
}

describe('any share', () => {
  it('comes whole to whoever stays, whatever befalls it, and nobody honest is banned', () => {
    fc.assert(
      fc.property(swarm, options => {
        const story = new Story(options);
        const { lab } = story;
        for (const each of options.mishaps) lab.clock.after(each.atMs, () => story.befall(each));
        lab.clock.advance(troubledMs + 16_000);
        story.calm();
        const honest = story.present.filter(peer => !story.liars.includes(peer));
        lab.until(() => honest.every(({ storage }) => storage.have.isFull), 600_000);
        expect(honest.filter(peer => !lab.holdsContent(peer))).toEqual([]);

        const liars = new Set(story.liars.map(({ address }) => address.host));
        for (const peer of lab.peers) {
          const hostOf = new Map(
            peer.told('connected').map(({ peer: id, remote }) => [id, remote.split(':')[0]!]),
          );
          const banned = peer
            .told('disconnected')
            .filter(({ reason }) => reason.includes('failed verification'))
            .map(({ peer: id }) => hostOf.get(id)!);
          expect(banned.filter(host => !liars.has(host))).toEqual([]);
        }
        expect(lab.leftovers()).toEqual([]);
        const violations = lab.peers.flatMap(({ events }, at) =>
          shareViolationsOf(events).map(violation => `peer ${at + 1}: ${violation}`),
        );
        expect(violations).toEqual([]);
      }),
      { numRuns: 40, seed: 20_261_128 },
    );
  }, 60_000);
});
