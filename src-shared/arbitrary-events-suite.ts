import fc from 'fast-check';
import { Bitfield } from './bitfield.ts';
import type {
  ChokeCandidate,
  ChokeDecision,
  ChokeReason,
  JournalEvent,
  JournalFact,
  OptimisticDecision,
  PickReason,
} from './journal.ts';

/** Journal events of every kind with any values that their types allow, for tests; they need not make sense together. */

const peer = fc.integer({ min: 1, max: 4_294_967_295 }).map(String);
const peers = fc.array(peer, { maxLength: 40 });
const uint32 = fc.nat(4_294_967_295);
const count = fc.nat(100_000);
const rate = fc.double({ min: 0, max: 1e10, noNaN: true });
const text = fc.string({ maxLength: 300 });
const direction = fc.constantFrom('dialled' as const, 'accepted' as const);
const bitfield = fc
  .uint8Array({ maxLength: 40 })
  .map(bytes => Bitfield.from(bytes, bytes.length * 8).toHex());

export const arbitraryPickReason: fc.Arbitrary<PickReason> = fc.oneof(
  fc.constantFrom<PickReason>({ rule: 'random' }, { rule: 'begun' }, { rule: 'endgame' }),
  fc.record({ rule: fc.constant('rarest' as const), copies: fc.nat(70_000), peers: fc.nat(70_000) }),
);

const chokeReason: fc.Arbitrary<ChokeReason> = fc.oneof(
  fc.constantFrom<ChokeReason>({ why: 'random' }, { why: 'room' }),
  fc.record({ why: fc.constant('rate' as const), rank: count, tied: fc.boolean() }),
);

const candidate: fc.Arbitrary<ChokeCandidate> = fc.record({
  peer,
  receivedBytes: uint32,
  bytesPerSecond: rate,
  chosen: fc.boolean(),
  reason: chokeReason,
});

export const arbitraryChokeDecision: fc.Arbitrary<ChokeDecision> = fc.record({
  round: count,
  rule: fc.constantFrom('rates' as const, 'random' as const),
  slots: fc.nat(1000),
  candidates: fc.array(candidate, { maxLength: 40 }),
  preferred: peers,
  unchoke: peers,
  choke: peers,
});

const optimisticDecision: fc.Arbitrary<OptimisticDecision> = fc.record({
  candidates: peers,
  kept: fc.boolean(),
  optimistic: fc.option(peer, { nil: undefined }),
  choke: peers,
});

type Values<K extends JournalFact['kind']> = {
  readonly [Name in keyof Omit<Extract<JournalFact, { kind: K }>, 'kind'>]: fc.Arbitrary<
    Extract<JournalFact, { kind: K }>[Name]
  >;
};

const onlyPeer = { peer };
const blockOf = { peer, piece: uint32, offset: fc.oneof(fc.constant(0), uint32) };

/** Of each kind, what its values can be: a kind that is missing here does not compile. */
const values: { readonly [K in Exclude<JournalFact['kind'], 'note'>]: Values<K> } = {
  started: {
    self: peer,
    dialect: text,
    name: text,
    totalLength: fc.maxSafeNat(),
    pieceLength: uint32,
    pieceCount: count,
    bitfield,
    roster: fc.array(fc.record({ peer, address: text, seed: fc.boolean() }), { maxLength: 40 }),
    preferredSlots: fc.nat(1000),
    unchokingIntervalMs: fc.nat(1e6),
    optimisticIntervalMs: fc.nat(1e6),
    strategy: fc.constantFrom('random' as const, 'rarest' as const),
  },
  'peer-known': { peer, address: text, client: text },
  'dial-failed': { peer, address: text, reason: text },
  connected: { peer, direction, remote: text },
  rejected: { remote: text, reason: text },
  disconnected: { peer, reason: text },
  'received-bitfield': { peer, bitfield, count },
  'received-have': { peer, piece: uint32 },
  'received-interested': onlyPeer,
  'received-not-interested': onlyPeer,
  'received-choke': onlyPeer,
  'received-unchoke': onlyPeer,
  'sent-interested': onlyPeer,
  'sent-not-interested': onlyPeer,
  'sent-choke': onlyPeer,
  'sent-unchoke': { peer, role: fc.constantFrom('preferred' as const, 'optimistic' as const) },
  'choke-decision': { decision: arbitraryChokeDecision },
  'optimistic-decision': { decision: optimisticDecision },
  'preferred-changed': { preferred: peers },
  'optimistic-changed': { optimistic: peer },
  requested: { ...blockOf, length: uint32, reason: arbitraryPickReason },
  'request-released': {
    ...blockOf,
    reason: fc.constantFrom('choked' as const, 'disconnected', 'timed-out', 'wrong-piece'),
  },
  'piece-received': { peer, piece: uint32 },
  'piece-completed': { peer, piece: uint32, count },
  'piece-failed': { peers, piece: uint32 },
  uploaded: { ...blockOf, length: uint32 },
  completed: {},
  'peer-completed': onlyPeer,
  'storage-failed': { reason: text },
  ended: {
    outcome: fc.constantFrom('complete' as const, 'peers-lost', 'interrupted', 'storage-failed'),
    lost: peers,
  },
};

const note = fc.oneof(
  fc.record({ kind: fc.constant('note' as const), peer, text }),
  fc.record({ kind: fc.constant('note' as const), text }),
);

export const arbitraryFact = fc.oneof(
  note,
  ...Object.entries(values).map(([kind, fields]) => fc.record({ kind: fc.constant(kind), ...fields })),
) as fc.Arbitrary<JournalFact>;

/** Facts in a row with the stamps that a swarm would give them. */
export const arbitraryEvents: fc.Arbitrary<JournalEvent[]> = fc
  .array(fc.tuple(arbitraryFact, fc.double({ min: 0, max: 10_000, noNaN: true })), { maxLength: 80 })
  .map(drawn => {
    let atMs = 0;
    return drawn.map(([fact, passedMs], seq) => {
      atMs += passedMs;
      return { ...fact, seq, atMs, wallMs: 1_700_000_000_000 + Math.floor(atMs) };
    });
  });
