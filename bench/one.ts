import { measureSwarm } from './transfer-bench.ts';
const [d, size, piece] = process.argv.slice(2).map(Number);
const r = await measureSwarm({ downloaders: d!, fileSize: size! * 1048576, pieceSize: piece! * 1024 });
process.stdout.write(`${(r.bytesPerSecond / 1e6).toFixed(0)} MB/s cpu ${r.seedCpuPerGB.toFixed(2)} + ${r.downloaderCpuPerGB.toFixed(2)} peak ${(r.peakBytes / 1048576).toFixed(0)}\n`);
