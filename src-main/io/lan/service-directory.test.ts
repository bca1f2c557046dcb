import { afterEach, describe, expect, it } from 'vitest';
import type { OwnService } from '../../engine/lan/service-records.ts';
import { Arrivals, fastClock, freeUdpPort, loopback } from './lan-suite.ts';
import type { MulticastGroup } from './multicast.ts';
import { addressBytes, ServiceDirectory } from './service-directory.ts';

const releases: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0)) await release();
});

async function opened(
  group: MulticastGroup,
  own: () => OwnService | undefined,
  known: readonly string[] = [],
) {
  const seen = new Arrivals<string>();
  const gone = new Arrivals<string>();
  const directory = await ServiceDirectory.open({
    own,
    known: () => known,
    onSeen: ({ instance, port, text }, host) => seen.add(`${instance} ${host}:${port} ${text.get('rev')}`),
    onGone: gone.add,
    clock: fastClock(50),
    random: () => 0.5,
    groups: [group],
    interfaces: () => [loopback],
  });
  releases.push(() => directory.close());
  return { directory, seen, gone };
}

const place = async () => ({ family: 'IPv4', address: '239.255.77.3', port: await freeUdpPort() }) as const;

const service = (instance: string, rev = '1'): OwnService => ({
  instance,
  host: 'piecewise-x',
  port: 6881,
  text: { v: '1', rev },
});

describe('a directory of services', () => {
  it('finds who is there already, and who comes', async () => {
    const group = await place();
    const one = await opened(group, () => service('one'));
    const two = await opened(group, () => service('two'));
    await two.seen.first(text => text === 'one 127.0.0.1:6881 1');
    await one.seen.first(text => text === 'two 127.0.0.1:6881 1');
    expect(one.directory.interfaces).toMatchObject([{ interface: 'lo', problem: null }]);
  });

  it('tells of changes, and of the end', async () => {
    const group = await place();
    let rev = '1';
    const one = await opened(group, () => service('one', rev));
    const two = await opened(group, () => undefined);
    await two.seen.first(text => text.endsWith(' 1'));
    rev = '2';
    one.directory.tell();
    await two.seen.first(text => text.endsWith(' 2'));
    await one.directory.close();
    await two.gone.first(instance => instance === 'one');
    expect(one.seen.all.some(text => text.startsWith('two'))).toBe(false);
  });

  it('repeats itself before others stop believing it', async () => {
    const group = await place();
    const one = await opened(group, () => service('one'));
    await one.seen.latest(() => one.seen.all.length >= 5);
  });
});

describe('the bytes of an address', () => {
  it.each([
    ['192.168.1.7', 'c0a80107'],
    ['::1', '00000000000000000000000000000001'],
    ['fe80::fc:ff:fe00:1%eth0', 'fe8000000000000000fc00fffe000001'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['fd00::', 'fd000000000000000000000000000000'],
    ['nonsense', '0'.repeat(32)],
  ])('of %s are %s', (address, hex) => {
    expect(Buffer.from(addressBytes(address)).toString('hex')).toBe(hex);
  });
});
