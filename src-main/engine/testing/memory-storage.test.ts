import { describe, expect, it } from 'vitest';
import { Bitfield } from '../../../src-shared/bitfield.ts';
import { Layout } from '../content/layout.ts';
import type { StorageFailure, StoredBytes } from '../ports.ts';
import { MemoryStorage } from './memory-storage.ts';
import { VirtualClock } from './virtual-clock.ts';

const layout = new Layout(10, 4);
const content = Uint8Array.from({ length: 10 }, (_, i) => i + 1);

const pieceOf = (piece: number) => content.slice(piece * 4, piece * 4 + 4);

function storageWith(options: { content?: Uint8Array; have?: Bitfield; delayMs?: number } = {}) {
  const clock = new VirtualClock();
  return { clock, storage: new MemoryStorage({ layout, clock, ...options }) };
}

describe('MemoryStorage', () => {
  it('answers when its delay has passed, and not before', () => {
    const { clock, storage } = storageWith({ delayMs: 20 });
    const answers: unknown[] = [];
    storage.write(0, pieceOf(0), failure => answers.push(failure));
    clock.advance(19);
    expect(answers).toEqual([]);
    clock.advance(1);
    expect(answers).toEqual([undefined]);
  });

  it('starts as a seed with the whole content, or with the pieces it is said to have', () => {
    expect(storageWith({ content }).storage.have.isFull).toBe(true);
    const have = new Bitfield(3);
    have.set(1);
    expect([...storageWith({ content, have }).storage.have]).toEqual([1]);
  });

  it('fails writes with the text it was given, until the fault is taken away', () => {
    const { clock, storage } = storageWith();
    const answers: (StorageFailure | undefined)[] = [];
    storage.faults.failWrites = 'the disk is on fire';
    storage.write(0, pieceOf(0), failure => answers.push(failure));
    storage.faults.failWrites = undefined;
    storage.write(1, pieceOf(1), failure => answers.push(failure));
    clock.advance(1);
    expect(answers).toEqual([{ failed: 'the disk is on fire' }, undefined]);
    expect([...storage.have]).toEqual([1]);
  });

  it('has a full disk from a given byte on', () => {
    const { clock, storage } = storageWith();
    const answers: (StorageFailure | undefined)[] = [];
    storage.faults.fullAt = 8;
    for (const piece of [1, 2]) storage.write(piece, pieceOf(piece), failure => answers.push(failure));
    clock.advance(1);
    expect(answers).toEqual([undefined, { failed: 'the disk is full', cause: 'full' }]);
  });

  it('fails reads and completion with the texts it was given', () => {
    const { clock, storage } = storageWith();
    for (const piece of [0, 1, 2]) storage.write(piece, pieceOf(piece), () => {});
    clock.advance(1);
    const answers: unknown[] = [];
    storage.faults.failReads = 'unreadable';
    storage.faults.failComplete = 'the name is taken';
    storage.read(0, 0, 4, result => answers.push(result));
    storage.complete(failure => answers.push(failure));
    clock.advance(1);
    expect(answers).toEqual([{ failed: 'unreadable' }, { failed: 'the name is taken' }]);
    expect(storage.isComplete).toBe(false);
  });

  it('gives altered bytes of a corrupt piece and leaves the others alone', () => {
    const { clock, storage } = storageWith({ content });
    const read: number[][] = [];
    storage.faults.corrupt.add(1);
    for (const piece of [0, 1])
      storage.read(piece, 0, 4, result => read.push([...(result as StoredBytes).bytes]));
    clock.advance(1);
    expect(read[0]).toEqual([...pieceOf(0)]);
    expect(read[1]).not.toEqual([...pieceOf(1)]);
  });

  it('alters each corrupt piece of a run over several', () => {
    const { clock, storage } = storageWith({ content });
    const read: number[][] = [];
    for (const piece of [0, 2]) storage.faults.corrupt.add(piece);
    for (const [piece, offset, length] of [
      [0, 1, 8],
      [1, 0, 4],
    ] as const)
      storage.read(piece, offset, length, result => read.push([...(result as StoredBytes).bytes]));
    clock.advance(1);
    const altered = [...content].map((byte, at) => (at === 1 || at === 8 ? byte ^ 0xff : byte));
    expect(read).toEqual([altered.slice(1, 9), altered.slice(4, 8)]);
  });

  it('never answers when told so, and closes all the same', () => {
    const { clock, storage } = storageWith({ content });
    const answers: string[] = [];
    storage.faults.neverAnswer = true;
    storage.read(0, 0, 4, () => answers.push('read'));
    storage.complete(() => answers.push('complete'));
    storage.close(() => answers.push('closed'));
    clock.advance(1000);
    expect(answers).toEqual(['closed']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('shows who changes the bytes before the write is answered', () => {
    const { clock, storage } = storageWith();
    const bytes = pieceOf(0);
    storage.write(0, bytes, () => {});
    bytes.fill(0);
    clock.advance(1);
    expect([...storage.content.slice(0, 4)]).toEqual([0, 0, 0, 0]);
  });

  it('shows who keeps bytes, and who reads them after their release', () => {
    const { clock, storage } = storageWith({ content });
    const results: StoredBytes[] = [];
    storage.read(0, 0, 4, result => results.push(result as StoredBytes));
    clock.advance(1);
    const [stored] = results;
    expect(storage.lent).toBe(1);
    stored!.release();
    stored!.release();
    expect(storage.lent).toBe(0);
    expect([...stored!.bytes]).not.toEqual([...pieceOf(0)]);
  });
});
