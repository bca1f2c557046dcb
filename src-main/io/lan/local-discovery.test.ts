import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeLocalAnnounce } from '../../engine/bittorrent/local-discovery.ts';
import { VirtualClock } from '../../engine/testing/virtual-clock.ts';
import { Arrivals, freeUdpPort, loopback } from './lan-suite.ts';
import { interfacesInWords, openLocalDiscovery } from './local-discovery.ts';
import type { MulticastGroup } from './multicast.ts';

const releases: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0)) await release();
});

const a = 'aa'.repeat(20);
const b = 'bb'.repeat(20);

async function place(): Promise<MulticastGroup> {
  return { family: 'IPv4', address: '239.255.77.2', port: await freeUdpPort() };
}

async function opened(group: MulticastGroup, cookie: string) {
  const peers = new Arrivals<string>();
  const clock = new VirtualClock();
  const discovery = await openLocalDiscovery({
    cookie,
    groups: [group],
    interfaces: () => [loopback],
    clock,
    onPeer: (infoHash, { host, port }) => peers.add(`${infoHash} ${host}:${port}`),
  });
  releases.push(() => discovery.close());
  return { discovery, peers, clock };
}

/** Says something as another client would. */
async function says(group: MulticastGroup, bytes: Uint8Array): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve));
  socket.setMulticastInterface('127.0.0.1');
  await new Promise(resolve => socket.send(bytes, group.port, group.address, resolve));
  socket.close();
}

describe('local discovery', () => {
  it('tells others of our shares, and us of theirs, but not of our own', async () => {
    const group = await place();
    const one = await opened(group, 'one');
    const two = await opened(group, 'two');
    one.discovery.announce(a, 6881);
    one.clock.advance(0);
    await two.peers.first(peer => peer === `${a} 127.0.0.1:6881`);
    two.discovery.announce(b, 6882);
    two.clock.advance(0);
    await one.peers.first(peer => peer === `${b} 127.0.0.1:6882`);
    expect(one.peers.all).toEqual([`${b} 127.0.0.1:6882`]);
    expect(one.discovery.status()).toMatchObject({
      mechanism: 'local-discovery',
      state: 'working',
      found: 1,
      sent: 1,
      heard: 1,
    });
  });

  it('announces again after a minute when asked to, and every five minutes by itself', async () => {
    const group = await place();
    const one = await opened(group, 'one');
    const { discovery, clock } = one;
    discovery.announce(a, 6881);
    const sentAfter = async (ms: number) => {
      clock.advance(ms);
      await new Promise(resolve => setImmediate(resolve));
      return discovery.status().sent;
    };
    expect(await sentAfter(0)).toBe(1);
    discovery.announce(a, 6881);
    expect(await sentAfter(59_000)).toBe(1);
    expect(await sentAfter(1_000)).toBe(2);
    expect(await sentAfter(299_000)).toBe(2);
    expect(await sentAfter(1_000)).toBe(3);
    discovery.withdraw(a);
    expect(await sentAfter(3_600_000)).toBe(3);
  });

  it('packs many shares together', async () => {
    const group = await place();
    const one = await opened(group, 'one');
    const two = await opened(group, 'two');
    const hashes = Array.from({ length: 100 }, (_, i) => i.toString(16).padStart(40, '0'));
    for (const hash of hashes) one.discovery.announce(hash, 6881);
    one.clock.advance(0);
    for (const hash of hashes) await two.peers.first(peer => peer.startsWith(hash));
    expect(one.discovery.status().sent).toBeLessThan(6);
  });

  it('hears other clients, and no nonsense', async () => {
    const group = await place();
    const { discovery, peers } = await opened(group, 'one');
    await says(group, new Uint8Array([0, 1, 2]));
    await says(group, new TextEncoder().encode(`BT-SEARCH * HTTP/1.1\r\nPort: 0\r\nInfohash: ${a}\r\n\r\n`));
    await says(group, encodeLocalAnnounce({ host: 'x', port: 51413, infoHashes: [a, b], cookie: '' }));
    await peers.first(peer => peer === `${b} 127.0.0.1:51413`);
    expect(peers.all).toEqual([`${a} 127.0.0.1:51413`, `${b} 127.0.0.1:51413`]);
    expect(discovery.status().found).toBe(2);
  });

  it('says that nobody was heard, and what to do', async () => {
    const { discovery } = await opened(await place(), 'one');
    expect(discovery.status()).toMatchObject({ state: 'quiet', found: 0, lastAtMs: null });
    expect(discovery.status().message).toMatch(
      /^Works on lo\. Nobody else was heard yet\. .* type an address/,
    );
  });

  it('says where it works and where not', () => {
    const status = (name: string, problem: string | null) => ({
      interface: name,
      address: '',
      sent: 0,
      problem,
    });
    expect(interfacesInWords([])).toBe('This computer has no network.');
    expect(interfacesInWords([status('eth0', null), status('lo', 'x'), status('lo', null)])).toBe(
      'Works on eth0, lo.',
    );
    expect(interfacesInWords([status('eth0', 'the interface is gone')])).toBe(
      'Works on no interface; eth0: the interface is gone.',
    );
  });
});
