import { describe, expect, it } from 'vitest';
import type { JournalFact } from '../../../../src-shared/journal.ts';
import { SwarmState } from '../../../../src-shared/swarm-state.ts';
import { piecesTexts } from '../../../texts/swarm-pieces.ts';
import { factsOf, summaryOf } from './summary.ts';

const started: JournalFact = {
  kind: 'started',
  self: '1003',
  dialect: 'course',
  name: 'TheFile.dat',
  totalLength: 8 * 16,
  pieceLength: 16,
  pieceCount: 8,
  bitfield: 'c0',
  roster: ['1001', '1002', '1003', '1004'].map(peer => ({ peer, address: 'lab:1', seed: false })),
  preferredSlots: 3,
  unchokingIntervalMs: 5000,
  optimisticIntervalMs: 15_000,
  strategy: 'rarest',
};

const stateAfter = (...facts: readonly JournalFact[]): SwarmState => {
  const state = new SwarmState();
  for (const [seq, fact] of [started, ...facts].entries()) {
    state.apply({ ...fact, seq, atMs: seq, wallMs: seq });
  }
  return state;
};

const connected = (peer: string, bitfield: string): JournalFact[] => [
  { kind: 'connected', peer, direction: 'dialled', remote: 'lab:1' },
  { kind: 'received-bitfield', peer, bitfield, count: 0 },
];

const asked = (peer: string, piece: number): JournalFact => ({
  kind: 'requested',
  peer,
  piece,
  offset: 0,
  length: 16,
  reason: { rule: 'random' },
});

describe('our pieces in figures', () => {
  it('count what we have, lack and asked for, and the rarest that we lack', () => {
    const state = stateAfter(...connected('1001', 'ff'), ...connected('1002', 'e0'), asked('1001', 3));
    expect(summaryOf(state)).toEqual({
      all: 8,
      have: 2,
      lack: 6,
      requested: 1,
      rarest: { copies: 1, count: 5 },
    });
  });

  it('say how many nobody has', () => {
    const { rarest } = summaryOf(stateAfter(...connected('1002', 'e0')));
    expect(rarest).toEqual({ copies: 0, count: 5 });
    expect(piecesTexts.rarest(rarest!.count, rarest!.copies, 8)).toBe('Nobody here has 5 of them');
    expect([piecesTexts.rarest(5, 0, 5), piecesTexts.rarest(1, 0, 1)]).toEqual([
      'Nobody here has any of them',
      'Nobody here has it',
    ]);
  });
});

describe('the readout of a piece', () => {
  const state = stateAfter(
    ...connected('1001', 'ff'),
    ...connected('1002', 'e0'),
    asked('1001', 2),
    asked('1002', 2),
  );
  const readout = (piece: number) => piecesTexts.piece(factsOf(state, piece)!);

  it('says whether we have it, whom it is asked of and who has it', () => {
    expect([0, 2, 7].map(readout)).toEqual([
      'Piece 0: we have it; all 2 have it',
      'Piece 2: we lack it, asked of 1001 and 1002; all 2 have it',
      'Piece 7: we lack it; 1 of 2 has it: 1001',
    ]);
  });

  it('names the row of the cursor first for who does not see it', () => {
    const read = (peer?: string) => piecesTexts.pieceInRow(factsOf(state, 7, peer)!);
    expect([undefined, '1001', '1002', '1003'].map(read)).toEqual([
      'Piece 7: we lack it; 1 of 2 has it: 1001',
      '1001 has it. Piece 7: we lack it; 1 of 2 has it: 1001',
      '1002 lacks it. Piece 7: we lack it; 1 of 2 has it: 1001',
      '1003 is not connected. Piece 7: we lack it; 1 of 2 has it: 1001',
    ]);
  });

  it('knows no piece beyond the last', () => {
    expect(factsOf(state, 8)).toBeUndefined();
  });

  it('tells of one peer where not all that have it are named', () => {
    const holders = Array.from({ length: 20 }, (_, i) => String(1001 + i));
    const row = { peer: '1025', isHere: true, has: false };
    const facts = { piece: 5, state: 'missing', askedOf: [], holders, neighbours: 30, row } as const;
    expect(piecesTexts.piece(facts)).toBe(
      'Piece 5: we lack it; 20 of 30 have it: 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008 and 12 more; 1025 lacks it',
    );
  });
});
