import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { encode } from '../../engine/bittorrent/bencode.ts';
import type { Address } from '../../engine/ports.ts';
import { type Dht, openDht } from './dht.ts';
import { Arrivals, freeUdpPort } from './lan-suite.ts';

const host = '127.0.0.1';
const releases: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0)) await release();
});

const a = 'aa'.repeat(20);

async function node(
  bootstrap: readonly Address[],
): Promise<{ dht: Dht; at: Address; peers: Arrivals<string> }> {
  const peers = new Arrivals<string>();
  const at = { host, port: await freeUdpPort() };
  const dht = openDht({
    ...at,
    address: host,
    bootstrap,
    onPeer: (infoHash, peer) => peers.add(`${infoHash} ${peer.host}:${peer.port}`),
  });
  releases.push(() => dht.close());
  return { dht, at, peers };
}

/** Sends datagrams as a stranger. */
async function says(to: Address, datagrams: readonly Uint8Array[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const bytes of datagrams) await new Promise(resolve => socket.send(bytes, to.port, to.host, resolve));
  socket.close();
}

describe('the DHT', () => {
  it('lets peers of a share find each other through a third node', async () => {
    const meeting = await node([]);
    const one = await node([meeting.at]);
    const two = await node([meeting.at]);
    expect(meeting.dht.status()).toMatchObject({ mechanism: 'dht', state: 'trying' });
    await expect.poll(() => one.dht.status().state).toBe('working');
    one.dht.announce(a, 6881);
    await expect.poll(() => two.dht.nodes().length).toBeGreaterThan(0);
    // Whoever comes first does not find the other.
    await expect
      .poll(
        () => {
          two.dht.withdraw(a);
          two.dht.announce(a, 6882);
          return two.peers.all;
        },
        { interval: 100 },
      )
      .toContain(`${a} 127.0.0.1:6881`);
    expect(two.dht.status().message).toMatch(/^Knows \d nodes; was told of \d+ peers\.$/);
    await two.dht.close();
    expect(two.dht.status().state).toBe('off');
  });

  it('takes in nodes that peers tell of', async () => {
    const [one, two] = [await node([]), await node([])];
    one.dht.addNode(two.at);
    await expect.poll(() => one.dht.nodes()).toEqual([two.at]);
  });

  it('says when the port is taken', async () => {
    const one = await node([]);
    const other = openDht({ port: one.at.port, address: host, bootstrap: [], onPeer: () => {} });
    releases.push(() => other.close());
    await expect.poll(() => other.status().state).toBe('failed');
    expect(other.status().message).toContain(`UDP port ${one.at.port} cannot be used: another program`);
  });

  it('survives whatever strangers send', async () => {
    const one = await node([]);
    const query = (q: string, more: ReadonlyMap<string, string | number | readonly string[]>) =>
      encode(
        new Map<string, string | ReadonlyMap<string, string | number | readonly string[]>>([
          ['t', 'aa'],
          ['y', 'q'],
          ['q', q],
          ['a', more],
        ]),
      );
    const id: [string, string] = ['id', 'i'.repeat(20)];
    await says(one.at, [
      new Uint8Array(),
      new Uint8Array(1_500),
      Buffer.from('d'.repeat(1_400)),
      Buffer.from(`d9:__proto__d1:y1:qe${'e'.repeat(3)}`),
      Buffer.from('le'),
      query('get_peers', new Map<string, string | number>([id, ['info_hash', 7]])),
      query('get_peers', new Map<string, string | readonly string[]>([id, ['info_hash', ['x']]])),
      query('find_node', new Map([id, ['target', '']])),
      query('find_node', new Map<string, string | number>([id, ['target', 1]])),
      query(
        'announce_peer',
        new Map<string, string | number>([id, ['info_hash', a], ['port', 1], ['token', 5]]),
      ),
      query('put', new Map<string, string | number>([id, ['token', 'x'], ['v', 3]])),
      query('ping', new Map<string, number>([['id', 3]])),
      encode(
        new Map<string, string | number>([
          ['t', 'aa'],
          ['y', 'r'],
          ['r', 5],
        ]),
      ),
      encode(
        new Map<string, string | number>([
          ['t', ''],
          ['y', 'e'],
          ['e', 'x'],
        ]),
      ),
    ]);
    const two = await node([one.at]);
    await expect.poll(() => two.dht.nodes()).toContainEqual(one.at);
  });
});
