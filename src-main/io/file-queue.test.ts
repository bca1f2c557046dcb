import { describe, expect, it } from 'vitest';
import { EndOfFile, FileQueue, type Transfer } from './file-queue.ts';

type Call = { offset: number; length: number; position: number; done: Parameters<Transfer>[5] };

/** A transfer that records its calls and answers when told to. */
function drawn(): { calls: Call[]; transfer: Transfer } {
  const calls: Call[] = [];
  return {
    calls,
    transfer: (_, __, offset, length, position, done) => calls.push({ offset, length, position, done }),
  };
}

describe('FileQueue', () => {
  it('goes on where a short read ended', () => {
    const { calls, transfer } = drawn();
    const answers: unknown[] = [];
    new FileQueue(transfer).read(3, new Uint8Array(10), 100, error => answers.push(error));
    calls[0]!.done(null, 4);
    expect(calls[1]).toMatchObject({ offset: 4, length: 6, position: 104 });
    expect(answers).toEqual([]);
    calls[1]!.done(null, 6);
    expect(answers).toEqual([undefined]);
  });

  it('goes on where a short write ended', () => {
    const { calls, transfer } = drawn();
    const answers: unknown[] = [];
    new FileQueue(undefined, transfer).write(3, new Uint8Array(10), 0, error => answers.push(error));
    for (const count of [1, 8, 1]) calls.at(-1)!.done(null, count);
    expect(calls.map(({ position }) => position)).toEqual([0, 1, 9]);
    expect(answers).toEqual([undefined]);
  });

  it('says where a file ends that should go on', () => {
    const { calls, transfer } = drawn();
    const answers: (Error | undefined)[] = [];
    new FileQueue(transfer).read(3, new Uint8Array(10), 100, error => answers.push(error));
    calls[0]!.done(null, 4);
    calls[1]!.done(null, 0);
    expect(answers).toEqual([new EndOfFile(104)]);
  });

  it('passes an error on and goes on with the next operation', () => {
    const { calls, transfer } = drawn();
    const answers: (Error | undefined)[] = [];
    const queue = new FileQueue(transfer);
    for (let i = 0; i < 5; i += 1) queue.read(3, new Uint8Array(1), i, error => answers.push(error));
    const error = new Error('EIO');
    calls[0]!.done(error, 0);
    expect(answers).toEqual([error]);
    expect(calls).toHaveLength(5);
  });

  it('runs four operations at a time, in the order they came', () => {
    const { calls, transfer } = drawn();
    const answers: number[] = [];
    const queue = new FileQueue(transfer);
    for (let i = 0; i < 10; i += 1) queue.read(3, new Uint8Array(1), i, () => answers.push(i));
    for (let i = 0; i < 10; i += 1) {
      expect(calls).toHaveLength(Math.min(10, i + 4));
      calls[i]!.done(null, 1);
    }
    expect(calls.map(({ position }) => position)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(answers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
