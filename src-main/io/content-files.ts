import { close, fstat } from 'node:fs';
import { promisify } from 'node:util';
import { type ContentFile, FileMap } from '../engine/content/layout.ts';
import type { StorageFailure } from '../engine/ports.ts';
import { type FilePlace, failureAt } from './file-failure.ts';
import { EndOfFile, type FileQueue } from './file-queue.ts';

/** One open file of the content. */
export interface OpenFile extends ContentFile {
  readonly fd: number;
  readonly final: FilePlace;
  /** Where it lies now: a partial file moves to `final` at completion. */
  place: FilePlace;
}

export async function closeFiles(files: readonly OpenFile[]): Promise<void> {
  for (const { fd } of files) await promisify(close)(fd).catch(() => {});
}

/** The files of a content, in order, as the one run of bytes that the pieces divide. */
export class ContentFiles {
  readonly files: readonly OpenFile[];
  readonly #map: FileMap;
  readonly #queue: FileQueue;

  constructor(files: readonly OpenFile[], queue: FileQueue) {
    this.files = files;
    this.#map = new FileMap(files);
    this.#queue = queue;
  }

  /** Fills `bytes` with the content from `start` on. */
  read(start: number, bytes: Uint8Array, done: (failure?: StorageFailure) => void): void {
    this.#eachSpan('read', start, bytes, done);
  }

  /** Writes `bytes` over the content from `start` on. */
  write(start: number, bytes: Uint8Array, done: (failure?: StorageFailure) => void): void {
    this.#eachSpan('write', start, bytes, done);
  }

  #eachSpan(
    transfer: 'read' | 'write',
    start: number,
    bytes: Uint8Array,
    done: (failure?: StorageFailure) => void,
  ): void {
    const spans = this.#map.spansOf(start, bytes.length);
    let left = spans.length;
    let failure: StorageFailure | undefined;
    let at = 0;
    for (const { file, offset, length } of spans) {
      const open = this.files[file]!;
      const part = spans.length === 1 ? bytes : bytes.subarray(at, at + length);
      const onMoved = (why?: StorageFailure) => {
        failure ??= why;
        left -= 1;
        if (left === 0) done(failure);
      };
      this.#queue[transfer](open.fd, part, offset, error => {
        if (transfer === 'read' && error instanceof EndOfFile) tellOfSize(open, error, onMoved);
        else onMoved(error && failureAt(open.place, error));
      });
      at += length;
    }
  }
}

/** Every file had its length when it was opened: one that ends early was changed by somebody else. */
function tellOfSize(
  { fd, place, length }: OpenFile,
  error: EndOfFile,
  tell: (failure: StorageFailure) => void,
): void {
  fstat(fd, (unknown, found) => {
    if (unknown) return tell(failureAt(place, error));
    const sizes = `has ${found.size} bytes where ${length} are expected`;
    tell({ failed: `${place.shown}: it was changed while it was shared and ${sizes}`, cause: 'changed' });
  });
}
