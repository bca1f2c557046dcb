import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bitfield } from '../../src-shared/bitfield.ts';
import { CandidateTree, KeyFall, PieceSet } from './candidate-tree.ts';
import type { Random } from './ports.ts';
import { tally, unevenness } from './testing/chance.ts';
import { seededRandom } from './testing/seeded-random.ts';

/** A tree over 400 pieces (four leaves: 0-127, 128-255, 256-383, 384-399), with its board. */
class Fixture {
  static readonly pieceCount = 400;
  readonly pieces = new PieceSet(Fixture.pieceCount);
  readonly missing = new PieceSet(Fixture.pieceCount);
  readonly keys = new Uint16Array(Fixture.pieceCount);
  readonly tree = new CandidateTree(this.pieces, { missing: this.missing, keys: this.keys });

  /** The keys of the candidates, by piece. */
  constructor(keys: Readonly<Record<number, number>> = {}) {
    for (const [piece, key] of Object.entries(keys)) {
      this.pieces.add(Number(piece));
      this.missing.add(Number(piece));
      this.keys[Number(piece)] = key;
    }
    this.tree.onCandidates();
  }

  add(piece: number, key: number): void {
    this.pieces.add(piece);
    this.missing.add(piece);
    this.keys[piece] = key;
    this.tree.onCandidate(piece);
  }

  fall(...pieces: number[]): void {
    const fall = new KeyFall(Fixture.pieceCount);
    for (const piece of pieces) {
      this.keys[piece]! -= 1;
      fall.note(piece, this.keys[piece]!);
    }
    this.tree.onKeysFell(fall);
  }

  candidates(): number[] {
    return Array.from({ length: Fixture.pieceCount }, (_, piece) => piece).filter(
      piece => this.pieces.has(piece) && this.missing.has(piece),
    );
  }

  /** Draws, and takes what was drawn, until nothing is left. */
  drain(random: Random = seededRandom(1)): number[] {
    const drawn: number[] = [];
    for (let piece = this.tree.draw(random); piece !== undefined; piece = this.tree.draw(random)) {
      drawn.push(piece);
      this.missing.delete(piece);
    }
    return drawn;
  }
}

describe('a set of pieces', () => {
  it('holds what a bitfield holds, in ascending order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(299)), pieces => {
        const bitfield = new Bitfield(300);
        for (const piece of pieces) bitfield.set(piece);
        const set = PieceSet.from(bitfield);
        const found: number[] = [];
        set.forEach(piece => {
          found.push(piece);
        });
        expect(found).toEqual(pieces.toSorted((a, b) => a - b));
        expect(found.every(piece => set.has(piece))).toBe(true);
        expect(set.isEmpty).toBe(pieces.length === 0);
      }),
    );
  });

  it.each([0, 31, 32, 127, 128, 299])('takes piece %d in and out, and no other', piece => {
    const set = new PieceSet(300);
    set.add(piece);
    expect([set.has(piece), set.has(piece + 1), set.has(piece - 1)]).toEqual([true, false, false]);
    set.delete(piece);
    expect(set.isEmpty).toBe(true);
  });
});

describe('drawing a candidate', () => {
  it('finds none where there is none', () => {
    expect(new Fixture().tree.draw(seededRandom(1))).toBeUndefined();
    const nothing = { missing: new PieceSet(0), keys: new Uint16Array(0) };
    expect(new CandidateTree(new PieceSet(0), nothing).draw(seededRandom(1))).toBeUndefined();
  });

  it('goes by the keys, from the lowest up', () => {
    expect(new Fixture({ 3: 5, 100: 2, 130: 4, 260: 1, 399: 3 }).drain()).toEqual([260, 100, 399, 130, 3]);
  });

  it('holds with the lowest and the highest number chance can give', () => {
    const keys = { 3: 1, 100: 1, 130: 1, 399: 1 };
    expect(new Fixture(keys).drain(() => 0)).toEqual([3, 100, 130, 399]);
    expect(new Fixture(keys).drain(() => 1 - Number.EPSILON)).toEqual([399, 130, 100, 3]);
  });

  it('notices by itself that candidates went and keys rose', () => {
    const fixture = new Fixture({ 3: 1, 100: 1, 130: 1, 260: 2, 399: 3 });
    fixture.missing.delete(3);
    fixture.keys[100] = 5;
    fixture.keys[130] = 4;
    expect(fixture.drain()).toEqual([260, 399, 130, 100]);
  });

  it('finds a candidate that came after it had found none', () => {
    const fixture = new Fixture({ 3: 1 });
    fixture.drain();
    fixture.add(399, 7);
    expect(fixture.drain()).toEqual([399]);
  });

  it('prefers a candidate that came with a lower key', () => {
    const fixture = new Fixture({ 3: 2, 130: 2 });
    fixture.add(399, 1);
    expect(fixture.drain()[0]).toBe(399);
  });

  it('follows keys that fell', () => {
    const fixture = new Fixture({ 3: 2, 130: 3, 399: 3 });
    fixture.fall(130, 399);
    fixture.fall(399);
    expect(fixture.drain()[0]).toBe(399);
  });

  it('leaves aside keys that fell for pieces which are no candidates', () => {
    const fixture = new Fixture({ 3: 2, 130: 3 });
    fixture.keys[131] = 1;
    fixture.keys[260] = 1;
    fixture.fall(131, 260);
    expect(fixture.drain()).toEqual([3, 130]);
  });
});

describe('chance', () => {
  const expectEvenDraws = (outcomes: readonly number[], situation: () => Fixture) => {
    const counts = tally(2000, outcomes, random => situation().tree.draw(random));
    expect(unevenness(counts), counts.join(', ')).toBeLessThan(1);
  };

  it('is equal for all candidates with the lowest key, however they are spread', () => {
    expectEvenDraws(
      [0, 1, 2, 130, 399],
      () => new Fixture({ 0: 1, 1: 1, 2: 1, 130: 1, 131: 2, 260: 2, 399: 1 }),
    );
  });

  it('is equal after candidates went', () => {
    expectEvenDraws([0, 130, 399], () => {
      const all = Array.from({ length: Fixture.pieceCount }, (_, piece) => [piece, 1]);
      const fixture = new Fixture(Object.fromEntries(all));
      for (const piece of fixture.candidates()) {
        if (![0, 130, 399].includes(piece)) fixture.missing.delete(piece);
      }
      return fixture;
    });
  });

  it('is equal after keys rose', () => {
    expectEvenDraws([0, 260, 261], () => {
      const fixture = new Fixture({ 0: 1, 1: 1, 130: 1, 260: 1, 261: 1 });
      fixture.keys[1] = 2;
      fixture.keys[130] = 2;
      return fixture;
    });
  });

  it('is equal for a candidate that came', () => {
    expectEvenDraws([0, 1, 130], () => {
      const fixture = new Fixture({ 1: 1, 130: 1 });
      fixture.add(0, 1);
      return fixture;
    });
  });

  it('is equal for a candidate that came again', () => {
    expectEvenDraws([1, 130, 131], () => {
      const fixture = new Fixture({ 1: 1, 130: 1, 131: 1 });
      for (let time = 0; time < 300; time += 1) fixture.add(1, 1);
      return fixture;
    });
  });

  it('is equal for candidates whose keys fell to the lowest', () => {
    expectEvenDraws([0, 1, 130, 260], () => {
      const fixture = new Fixture({ 0: 1, 1: 2, 2: 2, 130: 2, 260: 1 });
      fixture.fall(1, 130);
      return fixture;
    });
  });
});

describe('any course of events', () => {
  const change = fc.record({
    kind: fc.constantFrom('add', 'go', 'rise', 'rise', 'fall', 'draw', 'draw'),
    pieces: fc.array(fc.nat(Fixture.pieceCount - 1), { minLength: 1, maxLength: 8 }),
    key: fc.nat(3),
  });

  it('leaves a candidate with the lowest key to be drawn, and none only when there is none', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(change, { maxLength: 60, size: 'max' }), (seed, changes) => {
        const fixture = new Fixture({ 3: 1, 130: 2, 131: 1, 399: 2 });
        const random = seededRandom(seed);
        for (const { kind, pieces, key } of changes) {
          const piece = pieces[0]!;
          if (kind === 'add' && !fixture.missing.has(piece)) fixture.add(piece, key);
          else if (kind === 'go')
            for (const each of fixture.candidates().slice(0, 3)) fixture.missing.delete(each);
          else if (kind === 'rise')
            for (const each of fixture.candidates()) fixture.keys[each]! += each % (key + 1);
          else if (kind === 'fall') {
            const falling = [...fixture.candidates().filter(each => each % 2 === key % 2), ...pieces];
            fixture.fall(...new Set(falling.filter(each => fixture.keys[each]! > 0)));
          } else if (kind === 'draw') {
            const candidates = fixture.candidates();
            const drawn = fixture.tree.draw(random);
            if (drawn === undefined) expect(candidates).toEqual([]);
            else {
              expect(candidates).toContain(drawn);
              expect(fixture.keys[drawn]).toBe(Math.min(...candidates.map(each => fixture.keys[each]!)));
              fixture.missing.delete(drawn);
            }
          }
        }
        const left = fixture.candidates().length;
        expect(fixture.drain(random)).toHaveLength(left);
      }),
      { numRuns: 200 },
    );
  });
});
