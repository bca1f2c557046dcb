import { BufferPool } from '../engine/buffer-pool.ts';
import { openDiskThreads } from './disk-thread.ts';
import { openHasher, sharedBuffers } from './hasher.ts';
import { openShareStorage } from './share-storage.ts';
import { killedShare } from './share-suite.ts';

/**
 * A process that downloads a share until it is killed: `share-kill.test.ts` builds and starts it. Says "open", the
 * number of each piece that is written, and "nothing left", a line each.
 */

const [folder = '', stateFile = '', seed = ''] = process.argv.slice(2);
const piecesAtOnce = 4;
const { metainfo, content: bytes } = killedShare();
const content = sharedBuffers(bytes.length);
content.set(bytes);
const hasher = openHasher();
const opened = await openShareStorage({
  metainfo,
  folder,
  stateFile,
  priorities: new Uint8Array(metainfo.files.length).fill(1),
  pool: new BufferPool(),
  hasher,
  // Every other process keeps whole pieces on a thread of its own.
  ...(Number(seed) % 2 === 0 ? {} : { disk: openDiskThreads() }),
});
if ('failed' in opened) throw new Error(opened.failed);
const { storage, have } = opened;
process.stdout.write('open\n');

let state = Number(seed);
const left = Array.from({ length: have.size }, (_, piece) => piece).filter(piece => !have.has(piece));
function next(): void {
  if (left.length === 0) {
    process.stdout.write('nothing left\n');
    return;
  }
  state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
  const [piece = 0] = left.splice(state % left.length, 1);
  const start = piece * metainfo.pieceLength;
  const bytes = content.subarray(start, start + metainfo.pieceLength);
  storage.verify(piece, bytes, ok => {
    if (!ok) throw new Error(`piece ${piece} is wrong`);
    storage.write(piece, bytes, failure => {
      if (failure !== undefined) throw new Error(failure.failed);
      process.stdout.write(`${piece}\n`);
      next();
    });
  });
}
setInterval(() => {}, 60_000); // Until it is killed.
for (let i = 0; i < piecesAtOnce; i += 1) next();
