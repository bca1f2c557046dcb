import { decode } from '@msgpack/msgpack';
import WebSocket from 'ws';
import { SwarmHistory } from '../src-renderer/history/history.ts';
import { Conversation, type ToScreen } from '../src-shared/carrier.ts';
import type { HomeView } from '../src-shared/contract.ts';
import { cpuSeconds, peakBytes } from './usage.ts';

/**
 * A screen without a picture: `screen-follower LINK SWARM PEER`. Follows Home and a tape and keeps what the swarm page
 * keeps. Prints a line of JSON when the tape has begun to come, and one when the peer has ended and all is here.
 */
const [link, swarm, peer] = process.argv.slice(2);
if (link === undefined || swarm === undefined || peer === undefined) {
  throw new Error('usage: screen-follower LINK SWARM PEER');
}
const welcome = await fetch(link, { redirect: 'manual' });
const page = new URL(welcome.headers.get('location') ?? '/', link);
const [cookie = ''] = (welcome.headers.get('set-cookie') ?? '').split(';');
const address = new URL('carrier', page);
address.protocol = 'ws:';
const socket = new WebSocket(address, { headers: { Cookie: cookie, Origin: page.origin } });
socket.binaryType = 'arraybuffer';
await new Promise<void>((resolve, reject) => {
  socket.once('open', resolve);
  socket.once('error', reject);
});

let bytes = 0;
let updates = 0;
let home: HomeView | undefined;
const history = new SwarmHistory();
const startCpuSeconds = cpuSeconds();
const screen = new Conversation({
  send: message => socket.send(JSON.stringify(message)),
  onMessage: listener =>
    socket.on('message', (data: ArrayBuffer) => {
      bytes += data.byteLength;
      listener(decode(data) as ToScreen);
    }),
});
screen.follow({ topic: 'home' }, view => {
  home = view;
});
await new Promise<void>(resolve => {
  screen.follow({ topic: 'tape', swarm, peer }, update => {
    history.append(update);
    updates += 1;
    if (updates === 1) print({ rows: history.tape.length });
    if (history.stateAt(history.endMs).outcome !== undefined && !history.isLoading) resolve();
  });
});
print({
  rows: history.tape.length,
  updates,
  bytes,
  swarms: home?.swarms.length,
  runCpuSeconds: cpuSeconds() - startCpuSeconds,
  peakBytes: peakBytes(),
});
socket.close();

function print(report: unknown): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
