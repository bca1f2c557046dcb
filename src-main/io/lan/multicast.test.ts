import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../engine/testing/virtual-clock.ts';
import { Arrivals, freeUdpPort, loopback } from './lan-suite.ts';
import { interfacesCheckedEveryMs, Multicast, type MulticastGroup } from './multicast.ts';
import type { NetworkAddress } from './network-addresses.ts';

const releases: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0)) await release();
});

const text = (words: string) => () => new TextEncoder().encode(words);

async function group(): Promise<MulticastGroup> {
  return { family: 'IPv4', address: '239.255.77.1', port: await freeUdpPort() };
}

async function opened(
  groups: readonly MulticastGroup[],
  interfaces: () => readonly NetworkAddress[] = () => [loopback],
  clock = new VirtualClock(),
) {
  const heard = new Arrivals<string>();
  const joined = new Arrivals<number>();
  const multicast = await Multicast.open({
    groups,
    hops: 1,
    interfaces,
    clock,
    onMessage: (bytes, { address }) => heard.add(`${address}: ${Buffer.from(bytes).toString()}`),
    onInterface: () => joined.add(joined.all.length),
  });
  releases.push(() => multicast.close());
  return { multicast, heard, joined, clock };
}

/** Looked at is what comes a second later, and not what comes now. */
async function hearsNoMoreInThisSecond(
  place: MulticastGroup,
  { multicast, heard, clock }: Awaited<ReturnType<typeof opened>>,
): Promise<void> {
  const rested = await opened([place]);
  multicast.send(text('too much'));
  await rested.heard.first(() => true);
  await new Promise(resolve => setImmediate(resolve));
  clock.advance(1_000);
  multicast.send(text('later'));
  await heard.first(said => said === '127.0.0.1: later');
  expect(heard.all).not.toContain('127.0.0.1: too much');
}

describe('multicast', () => {
  it('is heard by everybody of this machine who listens', async () => {
    const place = await group();
    const [a, b] = [await opened([place]), await opened([place])];
    a.multicast.send(text('from a'));
    b.multicast.send(text('from b'));
    for (const { heard } of [a, b]) {
      await heard.first(said => said === '127.0.0.1: from a');
      await heard.first(said => said === '127.0.0.1: from b');
    }
    expect(a.multicast.status()).toEqual([{ interface: 'lo', address: '127.0.0.1', sent: 1, problem: null }]);
  });

  it('sends what waits before it closes', async () => {
    const place = await group();
    const [a, b] = [await opened([place]), await opened([place])];
    for (let i = 0; i < 20; i += 1) a.multicast.send(text(`${i}`));
    await a.multicast.close();
    await b.heard.first(said => said === '127.0.0.1: 19');
    a.multicast.send(text('nothing'));
  });

  it('takes up interfaces that come, and gives up those that go', async () => {
    const place = await group();
    let interfaces: NetworkAddress[] = [];
    const a = await opened([place], () => interfaces);
    expect(a.multicast.status()).toEqual([]);
    expect(a.joined.all).toEqual([]);
    interfaces = [loopback];
    a.clock.advance(interfacesCheckedEveryMs);
    await a.joined.first(() => true);
    const b = await opened([place]);
    b.multicast.send(text('welcome'));
    await a.heard.first(said => said === '127.0.0.1: welcome');
    interfaces = [];
    await a.multicast.check();
    expect(a.multicast.status()).toEqual([]);
    interfaces = [loopback];
    await a.multicast.check();
    b.multicast.send(text('again'));
    await a.heard.first(said => said === '127.0.0.1: again');
  });

  it('says which interface cannot be used, and goes on with the others', async () => {
    const place = await group();
    const gone = { ...loopback, interface: 'eth7', address: '203.0.113.7' };
    const a = await opened([place], () => [gone, loopback]);
    a.multicast.send(text('still'));
    await a.heard.first(said => said === '127.0.0.1: still');
    expect(a.multicast.status()).toEqual([
      {
        interface: 'eth7',
        address: '203.0.113.7',
        sent: 0,
        problem: 'the interface is gone or takes no multicast',
      },
      { interface: 'lo', address: '127.0.0.1', sent: 1, problem: null },
    ]);
  });

  it('says when another program has the port, and tries again', async () => {
    const place = await group();
    const greedy = createSocket('udp4');
    await new Promise<void>(resolve => greedy.bind(place.port, resolve));
    const { multicast } = await opened([place]);
    expect(multicast.status()[0]!.problem).toContain(`another program keeps port ${place.port} to itself`);
    await new Promise<void>(resolve => greedy.close(resolve));
    await multicast.check();
    expect(multicast.status()[0]!.problem).toBeNull();
  });

  it('does not look at more than a thousand datagrams in a second', async () => {
    const place = await group();
    const flooded = await opened([place]);
    const { multicast, heard } = flooded;
    for (let i = 0; i < 1_000; i += 1) {
      multicast.send(text(`${i}`));
      await heard.first(said => said === `127.0.0.1: ${i}`);
    }
    await hearsNoMoreInThisSecond(place, flooded);
    expect(multicast.heard).toBe(1_001);
  });

  it('does not look at more than half a MiB in a second', async () => {
    const place = await group();
    const flooded = await opened([place]);
    const { multicast, heard } = flooded;
    const long = (first: number) => () =>
      Uint8Array.from({ length: 8 * 1024 }, (_, i) => (i === 0 ? first : 48));
    for (let first = 0; first < 64; first += 1) {
      multicast.send(long(first));
      await heard.first(said => said.charCodeAt('127.0.0.1: '.length) === first);
    }
    await hearsNoMoreInThisSecond(place, flooded);
  });
});
