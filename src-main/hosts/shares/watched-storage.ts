import type { Storage, StorageFailure } from '../../engine/ports.ts';

/**
 * A storage that tells the share what becomes of its reads and writes. The engine waits for room by itself and ends when
 * anything else goes wrong; here it is heard what that was.
 */
export function watchStorage(
  storage: Storage,
  watcher: { onFailure(failure: StorageFailure): void; onWritten(): void },
): Storage {
  return {
    read(piece, offset, length, done) {
      storage.read(piece, offset, length, result => {
        if ('failed' in result) watcher.onFailure(result);
        done(result);
      });
    },
    write(piece, bytes, done) {
      storage.write(piece, bytes, failure => {
        if (failure === undefined) watcher.onWritten();
        else watcher.onFailure(failure);
        done(failure);
      });
    },
    complete(done) {
      storage.complete(failure => {
        if (failure !== undefined) watcher.onFailure(failure);
        done(failure);
      });
    },
    close: done => storage.close(done),
  };
}
