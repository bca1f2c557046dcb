import type { PeerId } from '../../../../src-shared/journal.ts';
import { type Neighbour, pieceState, type SwarmState } from '../../../../src-shared/swarm-state.ts';

const onesIn = Uint8Array.from({ length: 256 }, (_, byte) => {
  let ones = 0;
  for (let rest = byte; rest !== 0; rest >>= 1) ones += rest & 1;
  return ones;
});

/**
 * How many pieces each neighbour has that we lack. Both only grow while a neighbour is connected, so a count holds as
 * long as neither has a piece more: with 200 neighbours and 100,000 pieces, hardly any is counted twice.
 */
export class WantedCounts {
  readonly #counts = new Map<PeerId, { readonly key: string; readonly count: number }>();
  /** One bit per piece that we lack, laid out as in a bitfield. */
  #lacking = new Uint8Array(0);
  #lackingKey = '';

  of(neighbour: Neighbour, state: SwarmState): number {
    const { peer, pieces, connectedAt } = neighbour;
    const lack = state.pieces.length - state.haveCount;
    if (lack === 0 || pieces.count === 0) return 0;
    if (pieces.isFull) return lack;
    const key = `${state.startedWallMs} ${state.haveCount} ${connectedAt} ${pieces.count}`;
    const known = this.#counts.get(peer);
    if (known?.key === key) return known.count;
    const lacking = this.#lackingOf(state);
    const bytes = pieces.bytes;
    let count = 0;
    for (let i = 0; i < lacking.length; i += 1) count += onesIn[lacking[i]! & bytes[i]!]!;
    this.#counts.set(peer, { key, count });
    return count;
  }

  #lackingOf({ pieces, haveCount, startedWallMs }: SwarmState): Uint8Array {
    const key = `${startedWallMs} ${haveCount}`;
    if (key === this.#lackingKey) return this.#lacking;
    const lacking = new Uint8Array(Math.ceil(pieces.length / 8));
    for (let piece = 0; piece < pieces.length; piece += 1) {
      if (pieces[piece] !== pieceState.have) lacking[piece >> 3]! |= 0x80 >> (piece & 7);
    }
    this.#lacking = lacking;
    this.#lackingKey = key;
    return lacking;
  }
}
