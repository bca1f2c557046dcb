import { closeSync, openSync, writeSync } from 'node:fs';
import type { ChokeDecision, JournalFact, PeerId } from '../src-shared/journal.ts';

/** Journals of runs that nobody would wait for: the smallest, the largest and the longest. */

export interface Run {
  readonly name: string;
  readonly pieceCount: number;
  readonly neighbourCount: number;
  /** Pieces that we have downloaded by the end. */
  readonly downloaded: number;
  /** Messages about pieces that come from the neighbours. */
  readonly haves: number;
  /** Milliseconds. */
  readonly length: number;
  /** The computer of a neighbour; a few of them share one. */
  readonly host: (neighbour: number) => string;
  /** Whether the others have everything at the end, and it is over. */
  readonly ends: boolean;
}

const usual: Run = {
  name: 'lecture.mp4',
  pieceCount: 64,
  neighbourCount: 4,
  downloaded: 64,
  haves: 200,
  length: 60_000,
  host: neighbour => `lab-${String(1 + Math.floor(neighbour / 4)).padStart(2, '0')}`,
  ends: true,
};

const pieceLength = 16_384;
const unchokingIntervalMs = 5_000;
const preferredSlots = 3;
const self = '1001';
const startedWallMs = Date.UTC(2026, 0, 15, 9, 0, 0);
/** Characters collected before they are written. */
const batch = 1 << 20;

/** Writes facts as the lines of a journal. */
class JournalWriter {
  readonly #file: number;
  #seq = 0;
  #text = '';

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  write(atMs: number, fact: JournalFact): void {
    const stamp = { seq: this.#seq, atMs, wallMs: startedWallMs + atMs };
    this.#seq += 1;
    this.#text += `${JSON.stringify({ ...fact, ...stamp })}\n`;
    if (this.#text.length > batch) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    writeSync(this.#file, this.#text);
    this.#text = '';
  }
}

/** A run of which nothing but its beginning is known. */
export function writeStartedRun(path: string, differences: Partial<Run> = {}): void {
  const journal = new JournalWriter(path);
  journal.write(0, startOf({ ...usual, ...differences }));
  journal.close();
}

/**
 * A run in which pieces, messages and choke rounds come at an even pace. The first neighbour is the seed; it, and one
 * more at a time, let us ask.
 */
export function writeRun(path: string, differences: Partial<Run> = {}): void {
  const run: Run = { ...usual, ...differences };
  const journal = new JournalWriter(path);
  const peers = Array.from({ length: run.neighbourCount }, (_, index) => peerOf(index + 1));
  journal.write(0, startOf(run));
  for (const [index, peer] of peers.entries()) connect(journal, run, peer, index === 0);

  const rounds = Math.floor(run.length / unchokingIntervalMs);
  const steps = Math.max(run.downloaded, run.haves, rounds);
  const others = peers.slice(1);
  let downloaded = 0;
  let haves = 0;
  let round = 0;
  for (let step = 1; step <= steps; step += 1) {
    const atMs = Math.round(10 + (step / steps) * (run.length - 20));
    for (; round < Math.floor(atMs / unchokingIntervalMs); round += 1)
      rechoke(journal, atMs, round + 1, others);
    for (; haves < Math.floor((step / steps) * run.haves) && others.length > 0; haves += 1) {
      const piece = Math.floor(haves / others.length) % run.pieceCount;
      journal.write(atMs, { kind: 'received-have', peer: others[haves % others.length]!, piece });
    }
    for (; downloaded < Math.floor((step / steps) * run.downloaded); downloaded += 1) {
      download(journal, atMs, peers[downloaded % 3 === 0 ? 0 : round % peers.length]!, downloaded);
    }
  }
  if (run.ends) {
    journal.write(run.length, { kind: 'completed' });
    for (const peer of others) journal.write(run.length, { kind: 'peer-completed', peer });
    journal.write(run.length, { kind: 'ended', outcome: 'complete', lost: [] });
  }
  journal.close();
}

function startOf({ name, pieceCount, neighbourCount, host }: Run): JournalFact {
  return {
    kind: 'started',
    self,
    dialect: 'course',
    name,
    totalLength: pieceCount * pieceLength - 100,
    pieceLength,
    pieceCount,
    bitfield: hexadecimal(pieceCount, false),
    roster: Array.from({ length: neighbourCount + 1 }, (_, index) => ({
      peer: peerOf(index),
      address: `${host(index)}:${6001 + (index % 4)}`,
      seed: index === 1,
    })),
    preferredSlots,
    unchokingIntervalMs,
    optimisticIntervalMs: 3 * unchokingIntervalMs,
    strategy: 'rarest',
  };
}

/** The first is us. */
function peerOf(index: number): PeerId {
  return String(Number(self) + index);
}

function hexadecimal(pieceCount: number, isFull: boolean): string {
  const spare = (8 - (pieceCount % 8)) % 8;
  const bytes = Buffer.alloc(Math.ceil(pieceCount / 8), isFull ? 0xff : 0);
  if (isFull) bytes[bytes.length - 1] = (0xff << spare) & 0xff;
  return bytes.toString('hex');
}

function connect(journal: JournalWriter, { pieceCount }: Run, peer: PeerId, isSeed: boolean): void {
  const count = isSeed ? pieceCount : 0;
  const bitfield = hexadecimal(pieceCount, isSeed);
  journal.write(2, { kind: 'connected', peer, direction: 'accepted', remote: '10.0.0.9:40000' });
  journal.write(2, { kind: 'received-bitfield', peer, bitfield, count });
  if (isSeed) journal.write(2, { kind: 'peer-completed', peer });
  else journal.write(2, { kind: 'received-interested', peer });
  journal.write(2, { kind: 'sent-interested', peer });
  if (isSeed) journal.write(2, { kind: 'received-unchoke', peer });
}

function download(journal: JournalWriter, atMs: number, peer: PeerId, piece: number): void {
  const reason = { rule: 'rarest', copies: 1, peers: 4 } as const;
  journal.write(atMs, { kind: 'requested', peer, piece, offset: 0, length: pieceLength, reason });
  journal.write(atMs, { kind: 'piece-received', peer, piece });
  journal.write(atMs, { kind: 'piece-completed', peer, piece, count: piece + 1 });
}

/** Prefers the neighbours in turn, and lets the next one serve us. */
function rechoke(journal: JournalWriter, atMs: number, round: number, interested: readonly PeerId[]): void {
  if (interested.length === 0) return;
  const first = ((round - 1) * preferredSlots) % interested.length;
  const inOrder = [...interested.slice(first), ...interested.slice(0, first)];
  const preferred = inOrder.slice(0, preferredSlots);
  const decision: ChokeDecision = {
    round,
    rule: 'rates',
    slots: preferredSlots,
    candidates: inOrder.map((peer, index) => ({
      peer,
      receivedBytes: Math.max(0, 40 - index) * pieceLength,
      bytesPerSecond: (Math.max(0, 40 - index) * pieceLength * 1000) / unchokingIntervalMs,
      chosen: index < preferredSlots,
      reason: { why: 'rate', rank: index + 1, tied: index >= 40 },
    })),
    preferred,
    unchoke: preferred,
    choke: [],
  };
  journal.write(atMs, { kind: 'choke-decision', decision });
  for (const peer of preferred) journal.write(atMs, { kind: 'sent-unchoke', peer, role: 'preferred' });
  journal.write(atMs, { kind: 'preferred-changed', preferred });
  const server = inOrder[0]!;
  journal.write(atMs, { kind: 'received-unchoke', peer: server });
  for (const peer of preferred) {
    journal.write(atMs, { kind: 'uploaded', peer, piece: 0, offset: 0, length: pieceLength });
  }
  const before = inOrder.at(-1)!;
  if (before !== server) journal.write(atMs, { kind: 'received-choke', peer: before });
}
