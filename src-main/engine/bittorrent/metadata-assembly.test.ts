import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areEqual } from './bytes.ts';
import { metadataPieceLength, metadataPieceLengthOf } from './extension.ts';
import { MetadataAssembly } from './metadata-assembly.ts';

const size = 3 * metadataPieceLength + 100;
const whole = Uint8Array.from({ length: size }, (_, at) => at % 251);
const truth = (piece: number) =>
  whole.slice(piece * metadataPieceLength, piece * metadataPieceLength + metadataPieceLengthOf(size, piece));
const lie = (piece: number) => truth(piece).map(byte => byte ^ 1);

describe('metadata in the making', () => {
  it('asks each piece of one source, the first lacking first', () => {
    const assembly = new MetadataAssembly<string>(size);
    expect(['a', 'b', 'a', 'b', 'a'].map(source => assembly.pick(source, 0))).toEqual([
      0,
      1,
      2,
      3,
      undefined,
    ]);
    expect(assembly.receive('b', 1, truth(1))).toBe(true);
    expect(assembly.receive('b', 0, truth(0))).toBe(false);
    assembly.withdraw('a', 0);
    expect(assembly.pick('b', 0)).toBe(0);
    assembly.forget('a');
    expect([assembly.pick('b', 0), assembly.pick('b', 0)]).toEqual([2, undefined]);
  });

  it('asks another source for what was asked two seconds ago, and none twice', () => {
    const assembly = new MetadataAssembly<string>(100);
    expect(assembly.pick('a', 0)).toBe(0);
    expect(assembly.pick('b', 1_999)).toBeUndefined();
    expect(assembly.pick('b', 2_000)).toBe(0);
    expect(assembly.pick('a', 3_999)).toBeUndefined();
    expect(assembly.pick('c', 3_999)).toBeUndefined();
    expect(assembly.pick('c', 4_000)).toBe(0);
    expect(assembly.receive('b', 0, new Uint8Array(100))).toBe(true);
    expect(assembly.receive('a', 0, new Uint8Array(100))).toBe(false);
    expect(assembly.isComplete).toBe(true);
  });

  it('blames the one that gave all of a wrong whole', () => {
    const assembly = new MetadataAssembly<string>(size);
    for (let piece = 0; piece < 4; piece += 1) assembly.receive('a', assembly.pick('a', 0)!, lie(piece));
    expect(assembly.reject()).toBe('a');
    expect([assembly.isComplete, assembly.receivedBytes]).toEqual([false, 0]);
    expect(assembly.pick('b', 0)).toBe(0);
    expect(assembly.pick('c', 0)).toBe(1);
  });

  it('asks one at a time when it is not certain who lied, until it is', () => {
    const assembly = new MetadataAssembly<string>(size);
    const give = (source: string, how: (piece: number) => Uint8Array) => {
      const piece = assembly.pick(source, 0)!;
      return assembly.receive(source, piece, how(piece));
    };
    give('honest', truth);
    give('liar', lie);
    give('other', lie);
    assembly.pick('late', 0);
    assembly.pick('late', 0);
    expect(give('late', truth)).toBe(false);
    assembly.forget('late');
    give('honest', truth);
    expect(assembly.reject()).toBeUndefined();
    // An answer to an earlier question counts no more.
    expect(assembly.receive('late', 3, truth(3))).toBe(false);
    give('liar', lie);
    expect(assembly.only).toEqual({ source: 'liar', since: 0 });
    expect(assembly.pick('honest', 0)).toBeUndefined();
    for (let i = 0; i < 3; i += 1) give('liar', truth);
    expect(assembly.reject()).toBe('liar');
    assembly.forget('liar');
    expect(assembly.pick('other', 0)).toBe(0);
    assembly.forget('other');
    for (let i = 0; i < 4; i += 1) give('honest', truth);
    expect(areEqual(assembly.whole(), whole)).toBe(true);
    expect(assembly.liars(whole)).toEqual(new Set(['liar', 'other']));
  });

  it('comes to its end whoever lies, as long as one is honest', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(9)), { minLength: 50, maxLength: 50 }),
        (others, steps) => {
          const assembly = new MetadataAssembly<number>(size);
          // Source 0 is honest; the others lie where the flag says so, or leave.
          const present = new Set([0, ...others.keys()].map((_, at) => at));
          const owed = new Map<number, number>();
          const banned: number[] = [];
          let now = 0;
          const step = (source: number, action: number) => {
            now += 100;
            if (!present.has(source)) return;
            const piece = owed.get(source);
            if (piece === undefined) {
              const picked = assembly.pick(source, now);
              if (picked !== undefined) owed.set(source, picked);
            } else if (action === 0 && source !== 0) {
              assembly.withdraw(source, piece);
              owed.delete(source);
            } else {
              owed.delete(source);
              assembly.receive(source, piece, source > 0 && others[source - 1] ? lie(piece) : truth(piece));
            }
            if (!assembly.isComplete || areEqual(assembly.whole(), whole)) return;
            const liar = assembly.reject();
            if (liar === undefined) return;
            banned.push(liar);
            present.delete(liar);
            assembly.forget(liar);
          };
          for (const [source, action] of steps) step(source % (others.length + 1), action);
          for (let round = 0; round < 400 && !assembly.isComplete; round += 1) {
            for (const source of [...present]) step(source, 1);
          }
          expect(assembly.isComplete && areEqual(assembly.whole(), whole)).toBe(true);
          for (const source of [...banned, ...assembly.liars(whole)]) expect(others[source - 1]).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
