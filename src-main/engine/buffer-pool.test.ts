import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BufferPool } from './buffer-pool.ts';

describe('BufferPool', () => {
  it('gives a released buffer to the next caller who wants that length', () => {
    const pool = new BufferPool();
    const buffer = pool.acquire(100);
    pool.release(buffer);
    expect(pool.acquire(100)).toBe(buffer);
  });

  it('never gives one buffer to two callers', () => {
    const pool = new BufferPool();
    pool.release(pool.acquire(100));
    expect(pool.acquire(100)).not.toBe(pool.acquire(100));
  });

  it('gives exactly the length asked for', () => {
    const pool = new BufferPool();
    pool.release(pool.acquire(100));
    expect(pool.acquire(99)).toHaveLength(99);
  });

  it('makes buffers as it is told', () => {
    const pool = new BufferPool(1_000, length => new Uint8Array(new SharedArrayBuffer(length)));
    const buffer = pool.acquire(100);
    expect(buffer.buffer).toBeInstanceOf(SharedArrayBuffer);
    pool.release(buffer);
    expect(pool.acquire(100)).toBe(buffer);
  });

  it('drops the lengths nobody asked for lately when it is full', () => {
    const pool = new BufferPool(200);
    const [old, wanted, another] = [pool.acquire(150), pool.acquire(100), pool.acquire(100)];
    for (const buffer of [old, wanted, another]) pool.release(buffer);
    expect(pool.idleBytes).toBe(200);
    expect(pool.acquire(100)).toBe(another);
    expect(pool.acquire(100)).toBe(wanted);
    expect(pool.acquire(150)).not.toBe(old);
  });

  it('does not keep a buffer larger than all it may keep', () => {
    const pool = new BufferPool(10);
    pool.release(pool.acquire(11));
    expect(pool.idleBytes).toBe(0);
  });

  it('never keeps more than it may, whatever is released', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 40 });
    fc.assert(
      fc.property(lengths, lengths, (first, second) => {
        const pool = new BufferPool(100);
        for (const buffer of first.map(length => pool.acquire(length))) pool.release(buffer);
        const taken = second.map(length => pool.acquire(length));
        expect(taken.map(buffer => buffer.length)).toEqual(second);
        for (const buffer of taken) pool.release(buffer);
        expect(pool.idleBytes).toBeLessThanOrEqual(100);
        expect(pool.idleBytes).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
