import { Layout } from '../src-main/engine/content/layout.ts';
import { type Pick, Picker, type PickerPeer, type Strategy } from '../src-main/engine/picker.ts';
import type { Random } from '../src-main/engine/ports.ts';
import { seededRandom } from '../src-main/engine/testing/seeded-random.ts';
import { Bitfield } from '../src-shared/bitfield.ts';

const pieceCount = 1_000_000;
const seeders = 20;
const halfway = 100;
const beginners = 80;
const peerCount = seeders + halfway + beginners;
const decisions = 200_000;
/** Haves of other peers between two decisions. */
const havesPerDecision = 5;

/** Of one kind of call, in microseconds. */
export interface CallFigures {
  readonly medianMicros: number;
  readonly p99Micros: number;
  readonly maxMicros: number;
}

export interface PickerFigures {
  readonly strategy: Strategy;
  readonly pieces: number;
  readonly peers: number;
  /** A peer comes with its bitfield. */
  readonly add: CallFigures;
  /** `next` for one block, in turn for every peer; the block arrives and is verified before the next turn. */
  readonly decision: CallFigures;
  /** A peer says `have`. */
  readonly have: CallFigures;
  /** A request is given back, and the piece offered to every peer. */
  readonly release: CallFigures;
  /** A peer that has half of the pieces leaves. */
  readonly remove: CallFigures;
  /** The first decision after that, the trees having been lowered. */
  readonly decisionAfterRemove: CallFigures;
  /** What the picker with all its peers holds. */
  readonly memoryMiB: number;
}

/** Times the picker with 1,000,000 pieces and 200 peers, some complete, some halfway, some with one piece in 100. */
export function benchPicker(print: (line: string) => void): PickerFigures[] {
  print(`picker: ${pieceCount} pieces of one block, ${peerCount} peers (median / p99 / max in µs)`);
  return (['random', 'rarest'] as const).map(strategy => {
    const figures = measure(strategy);
    const show = (name: string, { medianMicros, p99Micros, maxMicros }: CallFigures) =>
      print(
        `  ${strategy.padEnd(7)} ${name.padEnd(26)} ${[medianMicros, p99Micros, maxMicros]
          .map(micros => micros.toFixed(1).padStart(10))
          .join(' ')}`,
      );
    show('add a peer', figures.add);
    show('decision', figures.decision);
    show('have', figures.have);
    show('release', figures.release);
    show('remove a peer', figures.remove);
    show('decision after a removal', figures.decisionAfterRemove);
    print(`  ${strategy.padEnd(7)} memory ${figures.memoryMiB.toFixed(1)} MiB`);
    return figures;
  });
}

function measure(strategy: Strategy): PickerFigures {
  const random = seededRandom(1);
  const bitfields = [1, 0.5, 0.01].map(share => someOf(share, random));
  const memoryBefore = memoryInUse();
  const picker = new Picker(new Layout(pieceCount, 1), new Bitfield(pieceCount), strategy, random);

  const addTimes = new Timings();
  const peers: PickerPeer[] = [];
  for (let i = 0; i < peerCount; i += 1) {
    const kind = i < seeders ? 0 : i < seeders + halfway ? 1 : 2;
    // A fresh draw for every tenth peer is enough variety, and keeps the set-up short.
    if (kind > 0 && i % 10 === 0) bitfields[kind] = someOf(kind === 1 ? 0.5 : 0.01, random);
    peers.push(addTimes.time(() => picker.addPeer(bitfields[kind]!)));
  }
  const memoryMiB = (memoryInUse() - memoryBefore) / 2 ** 20;

  const decisionTimes = new Timings();
  const haveTimes = new Timings();
  const releaseTimes = new Timings();
  const partial = peers.slice(seeders);
  const decide = (peer: PickerPeer, timings: Timings): Pick | undefined =>
    timings.time(() => picker.next(peer, 1))[0];
  for (let turn = 0; turn < decisions; turn += 1) {
    const peer = peers[turn % peerCount]!;
    const block = decide(peer, decisionTimes);
    if (block === undefined) continue;
    if (turn % 100 === 99) {
      releaseTimes.time(() => picker.onReleased(peer, block));
    } else {
      picker.onReceived(peer, block);
      picker.onVerified(block.piece);
    }
    for (let i = 0; i < havesPerDecision; i += 1) {
      const teller = partial[Math.floor(random() * partial.length)]!;
      const piece = Math.floor(random() * pieceCount);
      haveTimes.time(() => picker.onHave(teller, piece));
    }
  }

  const removeTimes = new Timings();
  const afterRemoveTimes = new Timings();
  for (const peer of partial.slice(0, 20)) {
    removeTimes.time(() => picker.removePeer(peer));
    for (const other of partial.slice(20)) decide(other, afterRemoveTimes);
  }

  return {
    strategy,
    pieces: pieceCount,
    peers: peerCount,
    add: addTimes.figures(),
    decision: decisionTimes.figures(),
    have: haveTimes.figures(),
    release: releaseTimes.figures(),
    remove: removeTimes.figures(),
    decisionAfterRemove: afterRemoveTimes.figures(),
    memoryMiB,
  };
}

class Timings {
  readonly #micros: number[] = [];

  time<T>(call: () => T): T {
    const start = performance.now();
    const result = call();
    this.#micros.push((performance.now() - start) * 1000);
    return result;
  }

  figures(): CallFigures {
    const sorted = Float64Array.from(this.#micros).sort();
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    return { medianMicros: at(0.5), p99Micros: at(0.99), maxMicros: at(1) };
  }
}

function someOf(share: number, random: Random): Bitfield {
  if (share === 1) return Bitfield.full(pieceCount);
  const pieces = new Bitfield(pieceCount);
  for (let piece = 0; piece < pieceCount; piece += 1) if (random() < share) pieces.set(piece);
  return pieces;
}

/** Bytes of objects and of the buffers behind typed arrays, after a collection where Node offers one. */
function memoryInUse(): number {
  // Twice: the memory behind typed arrays that died is given back after the first collection.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
