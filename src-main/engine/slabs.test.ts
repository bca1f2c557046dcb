import { describe, expect, it } from 'vitest';
import { Inlet, Slabs, slabLength } from './slabs.ts';
import { CountingPool } from './testing/counting-pool.ts';

const pattern = Uint8Array.from({ length: 256 * 1024 }, (_, i) => (i * 31) >> 3);

/** Has the inlet's link receive bytes where they belong. Returns where they are. */
function receive(inlet: Inlet, bytes: Uint8Array): Uint8Array {
  const received = inlet.window!.subarray(0, bytes.length);
  received.set(bytes);
  expect(inlet.take(received)).toBeDefined();
  return received;
}

describe('a slab', () => {
  it('goes back once nobody uses it any more', () => {
    const pool = new CountingPool();
    const slab = new Slabs(pool).acquire()!;
    const uses = [slab.use(), slab.use()];
    slab.release();
    uses[1]!();
    expect(pool.heldBytes).toBe(slabLength);
    uses[0]!();
    expect(pool.heldBytes).toBe(0);
  });

  it('is not to be had while too many are in use', () => {
    const pool = new CountingPool();
    const slabs = new Slabs(pool);
    const held = Array.from({ length: 32 }, () => slabs.acquire()!);
    expect(pool.heldBytes).toBe(16 * 1024 * 1024);
    expect(slabs.acquire()).toBeUndefined();
    held[7]!.release();
    expect(slabs.acquire()).toBeDefined();
    expect(slabs.acquire()).toBeUndefined();
  });
});

describe('an inlet', () => {
  it('has no window until something is kept in it, and none after it is left', () => {
    const pool = new CountingPool();
    const inlet = new Inlet(new Slabs(pool));
    expect(inlet.window).toBeUndefined();
    expect(inlet.keep(pattern.subarray(0, 0))).toBe(true);
    expect(inlet.window).toHaveLength(256 * 1024);
    inlet.leave();
    expect(inlet.window).toBeUndefined();
    expect(pool.heldBytes).toBe(0);
  });

  it('receives behind what waits in it', () => {
    const inlet = new Inlet(new Slabs(new CountingPool()));
    inlet.keep(pattern.subarray(3, 1000));
    receive(inlet, pattern.subarray(1000, 9000));
    expect(inlet.waiting).toEqual(pattern.subarray(3, 9000));
    inlet.keep(inlet.waiting.subarray(5000));
    receive(inlet, pattern.subarray(9000, 9001));
    expect(inlet.waiting).toEqual(pattern.subarray(5003, 9001));
    expect(inlet.waitingBytes).toBe(3998);
  });

  it('takes nothing that came elsewhere', () => {
    const inlet = new Inlet(new Slabs(new CountingPool()));
    inlet.keep(pattern.subarray(0, 10));
    expect(inlet.take(pattern)).toBeUndefined();
    expect(inlet.take(inlet.waiting)).toBeUndefined();
    expect(inlet.waitingBytes).toBe(10);
  });

  it('goes on in the next slab with what waits, and writes over nothing that is in use', () => {
    const pool = new CountingPool();
    const inlet = new Inlet(new Slabs(pool));
    inlet.keep(pattern.subarray(0, 0));
    const seen: Uint8Array[] = [];
    for (let i = 0; i < 4; i += 1) {
      const received = inlet.window!.subarray(0, 190_001);
      received.fill(i);
      seen.push(received);
      inlet.take(received)!.use();
      inlet.keep(received.subarray(-10_001));
      expect(inlet.waiting).toEqual(new Uint8Array(10_001).fill(i));
    }
    for (const [i, bytes] of seen.entries()) expect(bytes.every(byte => byte === i)).toBe(true);
    expect(pool.heldBytes).toBe(2 * slabLength);
  });

  it('takes along what waits before it gives back a slab that nobody else uses', () => {
    const pool = new CountingPool(); // spoils what is given back
    const inlet = new Inlet(new Slabs(pool));
    inlet.keep(pattern.subarray(0, 0));
    receive(inlet, pattern.subarray(0, 200_000));
    const received = receive(inlet, pattern.subarray(0, 200_000));
    inlet.keep(received.subarray(-5_000));
    expect(inlet.waiting).toEqual(pattern.subarray(195_000, 200_000));
    expect(pool.heldBytes).toBe(slabLength);
  });

  it('keeps nothing that would leave no room, or for which there is no slab', () => {
    const pool = new CountingPool();
    const inlet = new Inlet(new Slabs(pool, 0));
    expect(inlet.keep(pattern)).toBe(false);
    expect(new Inlet(undefined).keep(pattern)).toBe(false);
    expect(new Inlet(new Slabs(pool)).keep(new Uint8Array(slabLength - 1000))).toBe(false);
    expect(pool.heldBytes).toBe(0);
  });
});
