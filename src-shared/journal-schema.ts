import * as v from 'valibot';
import type { JournalEvent, JournalFact, OptimisticDecision } from './journal.ts';

/**
 * Checks one event of a journal that somebody else may have written. Whether it fits what came before it is for the
 * reader to judge; here every value has its type and a size that memory can bear.
 */

/** As many as the configuration of the course allows on a page of it, and more than a tape is asked to hold. */
const mostPeers = 20_000;
/** As in the configuration of the course. */
export const mostPieces = 2 ** 24;

const wholeNumber = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(most));
const amount = v.pipe(v.number(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const text = v.pipe(v.string(), v.maxLength(4_000));
const peer = v.pipe(v.string(), v.regex(/^[1-9]\d{0,9}$/, 'is not a peer ID'));
const peers = v.pipe(v.array(peer), v.maxLength(mostPeers));
const piece = wholeNumber(mostPieces - 1);
const offset = wholeNumber(2 ** 32 - 1);
const bitfield = v.pipe(
  v.string(),
  v.maxLength(mostPieces / 4),
  v.regex(/^(?:[\da-f]{2})*$/i, 'is not a hexadecimal bitfield'),
);
const strategy = v.picklist(['random', 'rarest']);

const pickReason = v.variant('rule', [
  v.object({ rule: v.literal('random') }),
  v.object({ rule: v.literal('rarest'), copies: wholeNumber(mostPeers), peers: wholeNumber(mostPeers) }),
  v.object({ rule: v.literal('begun') }),
  v.object({ rule: v.literal('endgame') }),
]);

const chokeReason = v.variant('why', [
  v.object({ why: v.literal('rate'), rank: wholeNumber(mostPeers), tied: v.boolean() }),
  v.object({ why: v.literal('random') }),
  v.object({ why: v.literal('room') }),
]);

const chokeDecision = v.object({
  round: wholeNumber(Number.MAX_SAFE_INTEGER),
  rule: v.picklist(['rates', 'random']),
  slots: wholeNumber(Number.MAX_SAFE_INTEGER),
  candidates: v.pipe(
    v.array(
      v.object({
        peer,
        receivedBytes: amount,
        bytesPerSecond: amount,
        chosen: v.boolean(),
        reason: chokeReason,
      }),
    ),
    v.maxLength(mostPeers),
  ),
  preferred: peers,
  unchoke: peers,
  choke: peers,
});

/** JSON leaves out what is undefined. */
const optimisticDecision = v.pipe(
  v.object({ candidates: peers, kept: v.boolean(), optimistic: v.optional(peer), choke: peers }),
  v.transform(
    ({ optimistic, ...rest }): OptimisticDecision => ({ ...rest, optimistic: optimistic ?? undefined }),
  ),
);

const stamp = {
  seq: wholeNumber(Number.MAX_SAFE_INTEGER),
  atMs: amount,
  wallMs: v.pipe(v.number(), v.minValue(0), v.maxValue(8.64e15)),
};

function eventOf<K extends JournalFact['kind'], E extends v.ObjectEntries>(kind: K, entries: E) {
  return v.object({ kind: v.literal(kind), ...entries, ...stamp });
}

const schemas = {
  started: eventOf('started', {
    self: peer,
    dialect: text,
    name: text,
    totalLength: wholeNumber(Number.MAX_SAFE_INTEGER),
    pieceLength: v.pipe(wholeNumber(2 ** 32), v.minValue(1)),
    pieceCount: wholeNumber(mostPieces),
    bitfield,
    roster: v.pipe(v.array(v.object({ peer, address: text, seed: v.boolean() })), v.maxLength(mostPeers)),
    preferredSlots: wholeNumber(Number.MAX_SAFE_INTEGER),
    unchokingIntervalMs: amount,
    optimisticIntervalMs: amount,
    strategy,
  }),
  'peer-known': eventOf('peer-known', { peer, address: text, client: text }),
  'dial-failed': eventOf('dial-failed', { peer, address: text, reason: text }),
  connected: eventOf('connected', { peer, direction: v.picklist(['dialled', 'accepted']), remote: text }),
  rejected: eventOf('rejected', { remote: text, reason: text }),
  disconnected: eventOf('disconnected', { peer, reason: text }),
  'received-bitfield': eventOf('received-bitfield', { peer, bitfield, count: wholeNumber(mostPieces) }),
  'received-have': eventOf('received-have', { peer, piece }),
  'received-interested': eventOf('received-interested', { peer }),
  'received-not-interested': eventOf('received-not-interested', { peer }),
  'received-choke': eventOf('received-choke', { peer }),
  'received-unchoke': eventOf('received-unchoke', { peer }),
  'sent-interested': eventOf('sent-interested', { peer }),
  'sent-not-interested': eventOf('sent-not-interested', { peer }),
  'sent-choke': eventOf('sent-choke', { peer }),
  'sent-unchoke': eventOf('sent-unchoke', { peer, role: v.picklist(['preferred', 'optimistic']) }),
  'choke-decision': eventOf('choke-decision', { decision: chokeDecision }),
  'optimistic-decision': eventOf('optimistic-decision', { decision: optimisticDecision }),
  'preferred-changed': eventOf('preferred-changed', { preferred: peers }),
  'optimistic-changed': eventOf('optimistic-changed', { optimistic: peer }),
  requested: eventOf('requested', { peer, piece, offset, length: offset, reason: pickReason }),
  'request-released': eventOf('request-released', {
    peer,
    piece,
    offset,
    reason: v.picklist(['choked', 'disconnected', 'timed-out', 'wrong-piece', 'rejected', 'cancelled']),
  }),
  'piece-received': eventOf('piece-received', { peer, piece }),
  'piece-completed': eventOf('piece-completed', { peer, piece, count: wholeNumber(mostPieces) }),
  'piece-failed': eventOf('piece-failed', { peers, piece }),
  uploaded: eventOf('uploaded', { peer, piece, offset, length: offset }),
  completed: eventOf('completed', {}),
  'peer-completed': eventOf('peer-completed', { peer }),
  note: eventOf('note', { peer: v.exactOptional(peer), text }),
  'storage-failed': eventOf('storage-failed', { reason: text }),
  ended: eventOf('ended', {
    outcome: v.picklist(['complete', 'peers-lost', 'interrupted', 'storage-failed']),
    lost: peers,
  }),
} satisfies { readonly [K in JournalFact['kind']]: v.GenericSchema<unknown, JournalEvent & { kind: K }> };

/** The event a value spells out, without anything that does not belong to it; or why it is none, as a sentence's end. */
export function readJournalEvent(value: unknown): JournalEvent | { readonly fault: string } {
  const kind = (value as { readonly kind?: unknown } | null | undefined)?.kind;
  if (typeof kind !== 'string') return { fault: 'it is not an event of a journal' };
  if (!Object.hasOwn(schemas, kind)) return { fault: `"${kind.slice(0, 40)}" is no kind of event` };
  const schema: v.GenericSchema<unknown, JournalEvent> = schemas[kind as JournalFact['kind']];
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  return { fault: `its ${v.getDotPath(issue) ?? 'value'} is wrong: ${issue.message}`.slice(0, 300) };
}
