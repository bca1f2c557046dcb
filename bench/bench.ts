import { rm } from 'node:fs/promises';
import { makePipeFile, measurePipe, measureSwarm, oneGiB, type TransferResult } from './transfer-bench.ts';

const MiB = 1024 * 1024;
const size = Number(process.argv[2] ?? oneGiB);
const show = (name: string, r: TransferResult, pipe: TransferResult) =>
  process.stdout.write(
    `${name.padEnd(20)} ${(r.bytesPerSecond / 1e6).toFixed(0)} MB/s ratio ${(r.bytesPerSecond / pipe.bytesPerSecond).toFixed(2)} cpu ${r.seedCpuPerGB.toFixed(2)} + ${r.downloaderCpuPerGB.toFixed(2)} peak ${(r.peakBytes / MiB).toFixed(0)} MiB\n`,
  );
const { dir, file } = await makePipeFile(size);
for (let round = 0; round < Number(process.argv[3] ?? 1); round += 1) {
  const pipe = await measurePipe(file, size, dir);
  show('pipe', pipe, pipe);
  for (const pieceSize of [32, 256, 1024]) {
    show(`1:1 ${pieceSize} KiB`, await measureSwarm({ downloaders: 1, fileSize: size, pieceSize: pieceSize * 1024 }), pipe);
  }
  for (const downloaders of [4, 8]) {
    for (const pieceSize of [32, 256, 1024])
    show(`1:${downloaders} ${pieceSize}`, await measureSwarm({ downloaders, fileSize: size / 8, pieceSize: pieceSize * 1024 }), pipe);
  }
}
await rm(dir, { recursive: true });
