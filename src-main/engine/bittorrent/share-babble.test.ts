import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bitfield } from '../../../src-shared/bitfield.ts';
import { RateLimiter } from '../rate-limiter.ts';
import { shareViolationsOf } from '../testing/invariants.ts';
import { ShareLab, type SharePeer } from '../testing/share-lab.ts';
import { Stranger } from '../testing/stranger.ts';
import type { OutgoingMessage } from '../wire/message.ts';
import {
  encodeExtensionHandshake,
  encodeMetadataMessage,
  encodePeerExchange,
  ownExtensionIds,
} from './extension.ts';

const block = 16_384;
const pieces = 6;
const content = { pieceLength: 3 * block, totalLength: (pieces - 1) * 3 * block + 1_000 };

const typed = <T extends OutgoingMessage['type']>(...types: readonly T[]) =>
  fc.constantFrom(...types).map(type => ({ type }));
/** Now and then one that does not exist. */
const piece = fc.oneof({ weight: 9, arbitrary: fc.nat(pieces - 1) }, { weight: 1, arbitrary: fc.nat(9) });
const place = fc.record({
  piece,
  offset: fc.constantFrom(0, block, 2 * block, 1, block - 1),
  length: fc.constantFrom(block, 1_000, 1, 2 * block, 3 * block),
});
type Place = typeof place extends fc.Arbitrary<infer T> ? T : never;
const limitsOfItsOwn = fc
  .record({
    requestQueue: fc.integer({ min: 1, max: 600 }),
    longestRequest: fc.integer({ min: 1, max: 200_000 }),
  })
  .map(says => ({
    id: 0,
    payload: encodeExtensionHandshake({ ids: { metadata: 5, peerExchange: 6 }, ...says }),
  }));
const extended = fc.oneof(
  limitsOfItsOwn,
  fc.nat(3).map(which => ({
    id: ownExtensionIds.metadata,
    payload: encodeMetadataMessage({ type: 'request', piece: which }),
  })),
  fc.constant({
    id: ownExtensionIds.peerExchange,
    payload: encodePeerExchange({
      added: [{ host: '10.9.9.9', port: 1, isSeeder: false, isReachable: true }],
      dropped: [],
    }),
  }),
  fc.record({ id: fc.nat(255), payload: fc.uint8Array({ minLength: 1, maxLength: 20 }) }),
);

type Zeros = { readonly type: 'zeros' } & Place;
/** A message, the answer to what it was asked for last, or some of a piece that is all zeros. */
type Said = OutgoingMessage | 'block' | 'wrong block' | Zeros;
const said: fc.Arbitrary<Said> = fc.oneof(
  { weight: 3, arbitrary: typed('choke', 'unchoke') },
  { weight: 2, arbitrary: typed('interested', 'not-interested') },
  { weight: 2, arbitrary: typed('have-all', 'have-none', 'keep-alive') },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom('have' as const, 'allowed-fast', 'suggest'), piece }),
  },
  {
    weight: 1,
    arbitrary: fc
      .nat((1 << pieces) - 1)
      .map(bits => ({ type: 'bitfield', bytes: Uint8Array.of(bits << (8 - pieces)) }) as const),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(typed('request', 'cancel', 'reject'), place)
      .map(([{ type }, where]) => ({ type, ...where })),
  },
  { weight: 1, arbitrary: extended.map(message => ({ type: 'extended', ...message }) as const) },
  { weight: 3, arbitrary: fc.constant('block' as const) },
  { weight: 1, arbitrary: fc.constant('wrong block' as const) },
  { weight: 2, arbitrary: place.map(where => ({ type: 'zeros', ...where }) as const) },
);

const tale = fc.record({
  acts: fc.array(
    fc.record({
      who: fc.nat(5),
      whom: fc.nat(2),
      what: fc.oneof(
        { weight: 12, arbitrary: fc.array(said, { minLength: 1, maxLength: 6 }) },
        { weight: 1, arbitrary: fc.constantFrom('leaves' as const, 'stops reading', 'ends') },
      ),
      thenMs: fc.constantFrom(0, 1, 2, 10, 100, 1_000, 3_000, 16_000),
    }),
    { maxLength: 60 },
  ),
  fast: fc.boolean(),
  latencyMs: fc.constantFrom(0, 1, 20),
  seedRate: fc.constantFrom(Number.POSITIVE_INFINITY, 50_000, 5_000),
  downloadRate: fc.constantFrom(Number.POSITIVE_INFINITY, 100_000, 20_000),
});
type Tale = typeof tale extends fc.Arbitrary<infer T> ? T : never;

/** A seed and two downloaders, and strangers who connect to them. */
class Party {
  readonly lab: ShareLab;
  readonly hosts: readonly SharePeer[];
  readonly #strangers = new Map<string, Stranger>();
  readonly #fast: boolean;
  #born = 0;

  constructor({ latencyMs, fast, seedRate, downloadRate }: Tale) {
    this.#fast = fast;
    this.lab = new ShareLab({ ...content, latencyMs });
    const some = Bitfield.from(Uint8Array.of(0b0100_1000), pieces);
    this.hosts = [
      this.lab.start({ limits: { upload: [], download: [new RateLimiter(downloadRate, 0)] } }),
      this.lab.start({ have: some }),
      this.lab.seed({ limits: { upload: [new RateLimiter(seedRate, 0)], download: [] } }),
    ];
    this.lab.introduce(...this.hosts);
    this.lab.clock.advance(5);
  }

  act({ who, whom, what, thenMs }: Tale['acts'][number]): void {
    const stranger = this.#meet(who, whom);
    if (what === 'leaves') stranger.close();
    else if (what === 'ends') stranger.finish();
    else if (what === 'stops reading') stranger.stopReading();
    else for (const each of what) stranger.say(...messagesOf(each, stranger));
    this.lab.clock.advance(thenMs);
  }

  leave(): void {
    for (const stranger of this.#strangers.values()) stranger.close();
    this.lab.clock.advance(10_000);
  }

  /** Why any of the hosts lost another. */
  partings(): string[] {
    return this.hosts.flatMap(host => {
      const fellows = host.told('connected').filter(({ remote }) => remote.startsWith('10.0.0.'));
      const left = host.told('disconnected').filter(({ peer }) => fellows.some(each => each.peer === peer));
      return left.map(({ reason }) => reason);
    });
  }

  #meet(who: number, whom: number): Stranger {
    const key = `${who} ${whom}`;
    const known = this.#strangers.get(key);
    if (known !== undefined && !known.isClosed) return known;
    this.#born += 1;
    const stranger = new Stranger(this.lab).dial(this.hosts[whom]!.address, {
      host: `10.0.9.${who}`,
      peerId: (0xee0000 + this.#born).toString(16).padStart(40, '0'),
      fast: this.#fast,
    });
    this.#strangers.set(key, stranger);
    return stranger;
  }
}

function messagesOf(what: Said, stranger: Stranger): readonly OutgoingMessage[] {
  if (what === 'block' || what === 'wrong block') {
    const asked = stranger.heardOf('request').at(-1);
    return asked === undefined ? [] : stranger.blockOf(asked, what === 'block');
  }
  if (what.type !== 'zeros') return [what];
  return [{ type: 'piece', piece: what.piece, offset: what.offset, bytes: new Uint8Array(what.length) }];
}

describe('a share among strangers who say anything', () => {
  it('comes whole, loses nobody honest and keeps nothing', () => {
    fc.assert(
      fc.property(tale, told => {
        const party = new Party(told);
        const { lab, hosts } = party;
        for (const act of told.acts) party.act(act);
        lab.until(() => hosts.every(({ storage }) => storage.have.isFull), 1_200_000);
        expect(hosts.filter(host => !lab.holdsContent(host))).toEqual([]);
        expect(party.partings().filter(reason => reason !== 'it connected anew')).toEqual([]);
        party.leave();
        expect(lab.leftovers()).toEqual([]);
        const violations = hosts.flatMap(({ events }) => shareViolationsOf(events));
        // What is allowed fast is asked for while it chokes us (BEP 6).
        expect(violations.filter(violation => !violation.includes('which chokes us'))).toEqual([]);
      }),
      { numRuns: 60, seed: 20_261_128 },
    );
  }, 60_000);
});
