import { Bitfield } from '../../../src-shared/bitfield.ts';
import { Layout } from '../content/layout.ts';
import { Picker, type PickerPeer, type PieceState, type Strategy } from '../picker.ts';
import type { Random } from '../ports.ts';
import { seededRandom } from './seeded-random.ts';

/** Swarms drawn as text, one character per piece, so that a test of the picker reads like a diagram. */
export interface Drawing {
  /** Our pieces: '*' is a piece we have, '.' one we lack. */
  readonly have?: string;
  /** How many connected peers have each piece, a digit per piece. */
  readonly seen?: string;
  /** Rarest first unless it says otherwise. */
  readonly strategy?: Strategy;
  /** Blocks per piece, 1 unless it says otherwise; the last piece may have fewer. */
  readonly blocks?: number;
  readonly blocksInLastPiece?: number;
  readonly random?: Random;
}

export interface DrawnPicker {
  readonly picker: Picker;
  /** One more connected peer, which has the pieces marked '*'. */
  peerWith(pieces: string): PickerPeer;
  /** The states of all pieces: '.' missing, 'r' requested, 'v' verifying, '*' have. */
  states(): string;
}

const stateMark: Record<PieceState, string> = { missing: '.', requested: 'r', verifying: 'v', have: '*' };

/** A picker in the situation drawn; `have` or `seen` says how many pieces there are. */
export function draw(drawing: Drawing): DrawnPicker {
  const { strategy = 'rarest', blocks = 1, blocksInLastPiece = blocks, random = seededRandom(1) } = drawing;
  const pieceCount = (drawing.have ?? drawing.seen ?? '').length;
  const totalLength = pieceCount === 0 ? 0 : blocks * (pieceCount - 1) + blocksInLastPiece;
  const have = bitfieldOf(drawing.have ?? '.'.repeat(pieceCount));
  const picker = new Picker(new Layout(totalLength, blocks, 1), have, strategy, random);
  const peerWith = (pieces: string) => picker.addPeer(bitfieldOf(pieces));

  const copies = Array.from(drawing.seen ?? '', Number);
  for (let rank = 1; rank <= Math.max(0, ...copies); rank += 1) {
    peerWith(copies.map(count => (count >= rank ? '*' : '.')).join(''));
  }
  const states = () =>
    Array.from({ length: pieceCount }, (_, piece) => stateMark[picker.stateOf(piece)]).join('');
  return { picker, peerWith, states };
}

/** The pieces marked '*'. */
export function bitfieldOf(drawing: string): Bitfield {
  const bitfield = new Bitfield(drawing.length);
  for (const [piece, mark] of [...drawing].entries()) if (mark === '*') bitfield.set(piece);
  return bitfield;
}
