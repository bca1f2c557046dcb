import { startCoursePeer } from '../src-main/hosts/course-peer.ts';

/** One peer of a measured swarm, a process of its own: `swarm-peer DIR ID`. Prints a line of JSON when it listens and one at its end. */
const [dir, id] = process.argv.slice(2);
if (dir === undefined || id === undefined) throw new Error('usage: swarm-peer DIR ID');

let connectedAt: number | undefined;
let completedAt: number | undefined;
let pieces = 0;
const peer = await startCoursePeer({
  dir,
  id,
  onEvent(event) {
    if (event.kind === 'connected') connectedAt ??= event.wallMs;
    if (event.kind === 'completed') completedAt = event.wallMs;
    if (event.kind === 'piece-completed') pieces = event.count;
  },
});
process.stdout.write(`${JSON.stringify({ listeningOn: peer.listeningOn })}\n`);
const outcome = await peer.ended;
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
process.stdout.write(
  `${JSON.stringify({
    id,
    outcome,
    pieces,
    connectedAt,
    completedAt,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakBytes: maxRSS * 1024,
  })}\n`,
);
