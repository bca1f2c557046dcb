import { Bitfield } from '../../src-shared/bitfield.ts';
import type { BufferPool } from '../engine/buffer-pool.ts';
import type { Layout } from '../engine/content/layout.ts';
import type { StorageFailure } from '../engine/ports.ts';
import type { Hasher } from './hasher.ts';
import type { ShareFiles } from './share-files.ts';

/** Read at once, in bytes; a whole piece where that is more. */
const windowLength = 1024 * 1024;
/** One is read while others are hashed. */
const windowsAtOnce = 3;

export interface PieceCheck {
  readonly layout: Layout;
  readonly files: ShareFiles;
  /** 20 bytes a piece. */
  readonly pieceHashes: Uint8Array;
  readonly pool: BufferPool;
  readonly hasher: Hasher;
  /** What part of `pieces` is done. */
  readonly onChecked?: ((fraction: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Those of `pieces` whose bytes on disk have the hash they should have. What cannot be read is not among them. Rejects
 * with the signal's reason.
 */
export async function checkPieces(pieces: readonly number[], check: PieceCheck): Promise<Bitfield> {
  const { layout, onChecked, signal } = check;
  const sound = new Bitfield(layout.pieceCount);
  const underWay = new Set<Promise<void>>();
  let checked = 0;
  try {
    for (const window of windowsOf(pieces, layout)) {
      signal?.throwIfAborted();
      if (underWay.size === windowsAtOnce) await Promise.race(underWay);
      const checking = checkWindow(window, check, sound).then(() => {
        underWay.delete(checking);
        checked += window.end - window.first;
        onChecked?.(checked / pieces.length);
      });
      underWay.add(checking);
    }
  } finally {
    await Promise.all(underWay);
  }
  signal?.throwIfAborted();
  return sound;
}

interface Window {
  readonly first: number;
  /** Not in it any more. */
  readonly end: number;
}

/** Neighbouring pieces together, up to the length that is read at once. `pieces` ascend. */
function* windowsOf(pieces: readonly number[], { pieceLength }: Layout): Generator<Window> {
  const most = Math.max(1, Math.floor(windowLength / pieceLength));
  for (let at = 0; at < pieces.length; ) {
    const first = pieces[at]!;
    let end = first + 1;
    at += 1;
    while (end - first < most && pieces[at] === end) {
      end += 1;
      at += 1;
    }
    yield { first, end };
  }
}

async function checkWindow({ first, end }: Window, check: PieceCheck, sound: Bitfield): Promise<void> {
  const { layout, files, pool } = check;
  const start = layout.offsetOf(first);
  const bytes = pool.acquire(layout.offsetOf(end - 1) + layout.lengthOf(end - 1) - start);
  const readable = (await read(files, start, bytes)) === undefined;
  const hashing: Promise<void>[] = [];
  for (let piece = first; piece < end; piece += 1) {
    const at = layout.offsetOf(piece) - start;
    const part = bytes.subarray(at, at + layout.lengthOf(piece));
    // One file that cannot be read must not spoil the pieces beside it.
    if (!readable && (await read(files, layout.offsetOf(piece), part)) !== undefined) continue;
    hashing.push(
      hash(check.hasher, part).then(digest => {
        const expected = check.pieceHashes.subarray(piece * 20, piece * 20 + 20);
        if (Buffer.compare(digest, expected) === 0) sound.set(piece);
      }),
    );
  }
  await Promise.all(hashing);
  pool.release(bytes);
}

function read(files: ShareFiles, start: number, bytes: Uint8Array): Promise<StorageFailure | undefined> {
  return new Promise(done => files.read(start, bytes, done));
}

function hash(hasher: Hasher, bytes: Uint8Array): Promise<Uint8Array> {
  return new Promise(done => hasher.sha1(bytes, done));
}
