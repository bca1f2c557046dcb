import type { BufferPool } from '../engine/buffer-pool.ts';
import type { StorageFailure, StoredBytes } from '../engine/ports.ts';

/** Bytes that return to the pool when they are released, once. */
export function lend(bytes: Uint8Array, pool: BufferPool): StoredBytes {
  let isLent = true;
  return {
    bytes,
    release: () => {
      if (isLent) pool.release(bytes);
      isLent = false;
    },
  };
}

/** Answers what is asked of storage that is closed. */
export function refuse(done: (failure: StorageFailure) => void): void {
  setImmediate(done, { failed: 'the storage is closed' });
}
