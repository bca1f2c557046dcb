import { readFile, writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { createInterface } from 'node:readline';
import { peerIdOf } from '../src-main/engine/bittorrent/client-name.ts';
import { RateLimiter } from '../src-main/engine/rate-limiter.ts';
import { openShareMachine } from '../src-main/hosts/shares/machine-parts.ts';
import { ShareContent } from '../src-main/hosts/shares/share-content.ts';
import { systemClock } from '../src-main/io/clock.ts';
import { tcpDialerFrom } from '../src-main/io/tcp.ts';
import type { ShareEvent, ShareOrder } from './share-partner.ts';
import { threadsSince, threadUsage } from './usage.ts';

/**
 * One peer of a measured share, a process of its own, put together from the parts of the app's host:
 * `share-peer TORRENT FOLDER HOST PORT STATE_FILE [complete]`. Says on standard output what happens to it and is told on
 * standard input what to do, both in lines of JSON. The process ends when its standard input does.
 */
const [torrent, folder, host, port, stateFile, complete] = process.argv.slice(2);
if (torrent === undefined || folder === undefined || stateFile === undefined || host === undefined) {
  throw new Error('usage: share-peer TORRENT FOLDER HOST PORT STATE_FILE [complete]');
}
const version = '0.0.0';
const listenPort = Number(port);
const priorities = '';

function say(event: ShareEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

const peerId = peerIdOf(version, Math.random);
const log = (details: string) => void process.stderr.write(`${details}\n`);
const scope = { kind: 'off' } as const;
// Reading it has Node start all threads that it has of its own.
const torrentBytes = await readFile(torrent);
const ownThreads = threadUsage();
const { parts, pool } = openShareMachine({ version, scope, host, computer: 'bench', peerId, log });
const content = new ShareContent(parts.readTorrent(torrentBytes));
const { metainfo } = content;
const opened = await parts.openStorage({
  metainfo,
  folder,
  stateFile,
  priorities: content.metainfoPriorities(priorities),
  pool,
  recheck: false,
  isComplete: complete !== undefined,
  onChecked() {},
  signal: new AbortController().signal,
});
if ('failed' in opened) throw new Error(opened.failed);

// Two each, as every share has: its own and the one of all shares.
const noLimits = () => [0, 1].map(() => new RateLimiter(Number.POSITIVE_INFINITY, systemClock.now()));
const share = parts.startShare({
  metainfo,
  have: opened.have,
  peerId,
  listenPort,
  strategy: 'rarest',
  sequential: false,
  priorities: content.piecePriorities(priorities),
  limits: { upload: noLimits(), download: noLimits() },
  peerExchange: true,
  ports: {
    dialer: tcpDialerFrom(host),
    storage: opened.storage,
    verifier: opened.storage,
    clock: systemClock,
    random: Math.random,
    pool,
    journal(event) {
      if (event.kind === 'connected') say({ event: 'connected', atMs: event.wallMs });
      else if (event.kind === 'completed') say({ event: 'completed', atMs: event.wallMs });
      else if (event.kind === 'piece-failed') log(`piece ${event.piece} is wrong`);
      else if (event.kind === 'storage-failed') throw new Error(event.reason);
    },
  },
  onEnded: () => process.exit(1),
});
const listening = await parts.listen(listenPort, { offered: () => [], announced: () => undefined });
listening.register(metainfo.infoHash, link => share.accept(link));

let profiler: Session | undefined;
const before = threadUsage();
say({ event: 'ready', atMs: Date.now() });
for await (const line of createInterface({ input: process.stdin })) {
  const order: ShareOrder = JSON.parse(line);
  switch (order.do) {
    case 'connect':
      share.addPeers([{ host: order.host, port: order.port }], 'typed');
      break;
    case 'profile':
      profiler = new Session();
      profiler.connect();
      await profiler.post('Profiler.enable');
      await profiler.post('Profiler.start');
      say({ event: 'profiling', atMs: Date.now() });
      break;
    case 'report': {
      const threads = threadsSince(before, ownThreads);
      if (profiler !== undefined && order.profile !== undefined) {
        const { profile } = await profiler.post('Profiler.stop');
        await writeFile(order.profile, JSON.stringify(profile));
      }
      say({ event: 'report', atMs: Date.now(), threads });
    }
  }
}
process.exit(0);
