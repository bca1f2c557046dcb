import { startCoursePeer } from '../src-main/hosts/course-peer.ts';
import { cpuSeconds, peakBytes } from './usage.ts';

/**
 * One peer of a measured swarm, a process of its own: `swarm-peer DIR ID [UPLOAD_LIMIT]`, in bytes per second. Prints
 * a line of JSON when it listens and one at its end.
 */
const [dir, id, limit] = process.argv.slice(2);
if (dir === undefined || id === undefined) throw new Error('usage: swarm-peer DIR ID [UPLOAD_LIMIT]');

let connectedAt: number | undefined;
let completedAt: number | undefined;
let pieces = 0;
const peer = await startCoursePeer({
  dir,
  id,
  ...(limit === undefined ? {} : { uploadBytesPerSecond: Number(limit) }),
  onEvent(event) {
    if (event.kind === 'connected') connectedAt ??= event.wallMs;
    if (event.kind === 'completed') completedAt = event.wallMs;
    if (event.kind === 'piece-completed') pieces = event.count;
  },
});
const startCpuSeconds = cpuSeconds();
process.stdout.write(`${JSON.stringify({ listeningOn: peer.listeningOn })}\n`);
const outcome = await peer.ended;
process.stdout.write(
  `${JSON.stringify({
    id,
    outcome,
    pieces,
    connectedAt,
    completedAt,
    cpuSeconds: cpuSeconds(),
    runCpuSeconds: cpuSeconds() - startCpuSeconds,
    peakBytes: peakBytes(),
  })}\n`,
);
