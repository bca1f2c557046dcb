import type { PeerId } from '../../../../src-shared/journal.ts';
import { pieceState, type SwarmState } from '../../../../src-shared/swarm-state.ts';
import type { PieceFacts } from '../../../texts/swarm-pieces.ts';

/** Our pieces in figures. */
export interface PiecesSummary {
  readonly all: number;
  readonly have: number;
  readonly lack: number;
  /** Asked for, or here and being verified. */
  readonly requested: number;
  /** Of those that we lack, the copies of the rarest, and how many are as rare; undefined when we lack none. */
  readonly rarest: { readonly copies: number; readonly count: number } | undefined;
}

export function summaryOf({ pieces, copies, haveCount }: SwarmState): PiecesSummary {
  let requested = 0;
  let fewest = Number.POSITIVE_INFINITY;
  let count = 0;
  for (let piece = 0; piece < pieces.length; piece += 1) {
    const state = pieces[piece]!;
    if (state === pieceState.have) continue;
    if (state !== pieceState.missing) requested += 1;
    const of = copies[piece]!;
    if (of < fewest) {
      fewest = of;
      count = 0;
    }
    if (of === fewest) count += 1;
  }
  const lack = pieces.length - haveCount;
  const rarest = lack === 0 ? undefined : { copies: fewest, count };
  return { all: pieces.length, have: haveCount, lack, requested, rarest };
}

/** The same with other names for the peers. */
export function namedFacts(
  facts: PieceFacts | undefined,
  nameOf: (peer: PeerId) => string,
): PieceFacts | undefined {
  if (facts === undefined) return undefined;
  const { askedOf, holders, row } = facts;
  return {
    ...facts,
    askedOf: askedOf.map(nameOf),
    holders: holders.map(nameOf),
    row: row === undefined ? undefined : { ...row, peer: nameOf(row.peer) },
  };
}

const stateNames = ['missing', 'requested', 'verifying', 'have'] as const;

/** Everything about one piece, in one neighbour's row or none; undefined when there is no such piece. */
export function factsOf(state: SwarmState, piece: number, rowOf?: PeerId): PieceFacts | undefined {
  const code = state.pieces[piece];
  if (code === undefined) return undefined;
  const askedOf: PeerId[] = [];
  const holders: PeerId[] = [];
  let neighbours = 0;
  for (const { peer, connectedAt, pieces, requested } of state.neighbours.values()) {
    if (connectedAt === undefined) continue;
    neighbours += 1;
    if (requested.has(piece)) askedOf.push(peer);
    if (pieces.has(piece)) holders.push(peer);
  }
  const isHere = rowOf !== undefined && state.neighbours.get(rowOf)?.connectedAt !== undefined;
  const row = rowOf === undefined ? undefined : { peer: rowOf, isHere, has: holders.includes(rowOf) };
  return { piece, state: stateNames[code]!, askedOf, holders, neighbours, row };
}
