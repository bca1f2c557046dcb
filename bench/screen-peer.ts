import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import type { Conversation } from '../src-shared/carrier.ts';
import type { PeerSummary, TapeUpdate } from '../src-shared/contract.ts';
import { Tape } from '../src-shared/tape.ts';
import { openApp, withScreen } from './in-process-screen.ts';
import { cpuSeconds, peakBytes } from './usage.ts';

/**
 * One peer of a measured swarm inside the app, with its screen to be had: `screen-peer DIR ID PROFILE`. Prints a line
 * of JSON with the screen's link when it listens, and one at its end; goes on until standard input ends, for screens
 * that have not seen everything yet.
 */
const [dir, id, profile] = process.argv.slice(2);
if (dir === undefined || id === undefined || profile === undefined) {
  throw new Error('usage: screen-peer DIR ID PROFILE');
}
await mkdir(profile, { recursive: true });
const { app, web } = await openApp(profile);
const { token } = await app.grant(dir);
const swarm = await withScreen(app, screen => screen.ask('startCourse', { folder: token, peer: id }));
const startCpuSeconds = cpuSeconds();
print({ url: web.url, swarm: swarm.swarm });

// The app's own watch over its list, as the tray of the desktop app has it.
const { situation } = await new Promise<PeerSummary>(resolve => {
  const stop = app.onHome(({ swarms }) => {
    const peer = swarms[0]?.peers[0];
    if (peer === undefined || peer.status === 'running') return;
    setImmediate(() => stop());
    resolve(peer);
  });
});
const runCpuSeconds = cpuSeconds() - startCpuSeconds;
const peak = peakBytes();
const tape = await withScreen(app, screen => wholeTape(screen, swarm.swarm));
print({
  id,
  outcome: situation?.outcome ?? 'failed',
  events: tape.length,
  connectedAt: wallMsOf(tape, 'connected'),
  completedAt: wallMsOf(tape, 'completed'),
  cpuSeconds: cpuSeconds(),
  runCpuSeconds,
  peakBytes: peak,
});
process.stdin.resume();
await once(process.stdin, 'end');
await web.close();
await app.close();

function wholeTape(screen: Conversation, swarm: string): Promise<Tape> {
  const tape = new Tape();
  return new Promise((resolve, reject) => {
    screen.follow(
      { topic: 'tape', swarm, peer: id! },
      ({ page, total }: TapeUpdate) => {
        tape.appendPage(page);
        if (tape.length === total) resolve(tape);
      },
      ({ message }) => reject(new Error(message)),
    );
  });
}

function wallMsOf(tape: Tape, kind: ReturnType<Tape['kind']>): number | undefined {
  for (let seq = 0; seq < tape.length; seq += 1) if (tape.kind(seq) === kind) return tape.wallMs(seq);
  return undefined;
}

function print(report: unknown): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
