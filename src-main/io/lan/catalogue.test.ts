import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { NearbyMachine } from '../../../src-shared/share.ts';
import { type OfferedShare, serveCatalogue } from '../../engine/bittorrent/catalogue-answer.ts';
import { goodbyeMessage, instanceName, serviceMessage } from '../../engine/lan/service-records.ts';
import { VirtualClock } from '../../engine/testing/virtual-clock.ts';
import { systemClock } from '../clock.ts';
import { freePorts } from '../free-ports.ts';
import { listen } from '../tcp.ts';
import { type Catalogue, openCatalogue } from './catalogue.ts';
import { Arrivals, fastClock, freeUdpPort, loopback } from './lan-suite.ts';
import type { MulticastGroup } from './multicast.ts';
import { requestShareList } from './share-list-request.ts';

const host = '127.0.0.1';
const releases: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

const place = async (): Promise<MulticastGroup> => ({
  family: 'IPv4',
  address: '239.255.77.4',
  port: await freeUdpPort(),
});

const share = (name: string): OfferedShare => ({
  infoHash: Buffer.from(name).toString('hex').padEnd(40, '0'),
  name,
  totalLength: 1_000,
  fileCount: 1,
  progress: 1,
  addedAtMs: 1,
});

/** Answers for a machine until it is closed. */
async function answering(
  machine: { readonly name: string; readonly id: string },
  shares: () => readonly OfferedShare[],
) {
  const [port = 0] = await freePorts(1, host);
  const listening = await listen({ host, port }, link => serveCatalogue(link, shares, machine, systemClock));
  releases.push(() => listening.close());
  return { port, stop: () => listening.close() };
}

async function opened(
  group: MulticastGroup,
  machine: { readonly name: string; readonly id: string },
  listenPort: number | null,
  typed: readonly string[] = [],
): Promise<{ catalogue: Catalogue; changes: Arrivals<readonly NearbyMachine[]> }> {
  const changes = new Arrivals<readonly NearbyMachine[]>();
  const catalogue = await openCatalogue({
    machine,
    listenPort,
    typed,
    onChange: changes.add,
    groups: [group],
    interfaces: () => [loopback],
    clock: fastClock(40),
    random: () => 0.5,
  });
  releases.push(() => catalogue.close());
  return { catalogue, changes };
}

/** A whole Piecewise, as far as the catalogue knows one. */
async function piecewise(group: MulticastGroup, name: string, shares: OfferedShare[]) {
  const machine = { name, id: `id-${name}` };
  const { port, stop } = await answering(machine, () => shares);
  return { port, stop, machine, ...(await opened(group, machine, port)) };
}

const names = (machines: readonly NearbyMachine[]) =>
  machines.map(({ name, shares }) => `${name}: ${shares.map(each => each.name).join(', ')}`);

/** Says something as anybody in the network could. */
async function says(group: MulticastGroup, bytes: Uint8Array): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>(resolve => socket.bind(0, host, resolve));
  socket.setMulticastInterface(host);
  await new Promise(resolve => socket.send(bytes, group.port, group.address, resolve));
  socket.close();
}

/** Says this to everybody who connects, and hangs up. */
async function saying(answer: () => string, port = 0): Promise<number> {
  const server = createServer(socket => socket.on('error', () => {}).end(answer()));
  await new Promise<void>(resolve => server.listen(port, host, resolve));
  releases.push(() => void server.close());
  return (server.address() as { port: number }).port;
}

describe('the catalogue of a network', () => {
  it('shows the shares of others by machine, their changes, and not our own', async () => {
    const group = await place();
    const shares = [share('notes')];
    const one = await piecewise(group, 'lab-01', shares);
    const two = await piecewise(group, 'lab-02', [share('slides')]);
    await two.changes.latest(machines => names(machines).join() === 'lab-01: notes');
    await one.changes.latest(machines => names(machines).join() === 'lab-02: slides');
    expect(two.catalogue.machines()).toEqual([
      {
        name: 'lab-01',
        address: `127.0.0.1:${one.port}`,
        isTyped: false,
        problem: null,
        shares: [{ ...share('notes'), listedAs: null }],
      },
    ]);
    expect(two.catalogue.peersWith(share('notes').infoHash)).toEqual([{ host, port: one.port }]);
    expect(two.catalogue.peersWith(share('slides').infoHash)).toEqual([]);
    shares.push(share('film'));
    one.catalogue.sharesChanged();
    await two.changes.latest(machines => names(machines).join() === 'lab-01: notes, film');
    expect(two.catalogue.status()).toMatchObject({ mechanism: 'catalogue', state: 'working', found: 1 });
    expect(two.catalogue.status().message).toBe('Works on lo. Sees 1 other Piecewise.');
  });

  it('takes off who says goodbye, and who vanishes', async () => {
    const group = await place();
    const watcher = await opened(group, { name: 'watcher', id: 'w' }, null);
    const polite = await piecewise(group, 'polite', [share('a')]);
    const rude = await piecewise(group, 'rude', [share('b')]);
    await watcher.changes.latest(machines => machines.length === 2);
    polite.stop();
    await polite.catalogue.close();
    await watcher.changes.latest(machines => names(machines).join() === 'rude: b');
    rude.stop();
    await watcher.changes.latest(machines => machines.length === 0);
  });

  it('does not believe everybody who says that somebody goes', async () => {
    const group = await place();
    const watcher = await opened(group, { name: 'watcher', id: 'w' }, null);
    const one = await piecewise(group, 'lab-01', [share('a')]);
    await watcher.changes.latest(machines => machines.length === 1);
    const { name, id } = one.machine;
    const instance = instanceName(name, id);
    await says(group, goodbyeMessage({ instance, host: 'x', port: 1, text: {} }));
    await watcher.changes.latest(machines => machines.length === 0);
    await watcher.changes.latest(machines => machines.length === 1);
  });

  it('asks once a second who says every moment that its list is another one', async () => {
    const group = await place();
    const clock = new VirtualClock();
    let asked = 0;
    const { port } = await answering({ name: 'fickle', id: 'fickle' }, () => {
      asked += 1;
      return [];
    });
    const watcher = { name: 'watcher', id: 'w' };
    const catalogue = await openCatalogue({
      ...{ machine: watcher, listenPort: null, typed: [], onChange: () => {}, clock },
      ...{ groups: [group], interfaces: () => [loopback] },
    });
    releases.push(() => catalogue.close());
    const revise = async (rev: number) => {
      const { heard } = catalogue.status();
      const text = { v: '1', rev: `${rev}`, id: 'fickle' };
      await says(group, serviceMessage({ instance: 'fickle', host: 'x', port, text }, []));
      await expect.poll(() => catalogue.status().heard).toBeGreaterThan(heard);
    };
    await revise(1);
    await expect.poll(() => catalogue.machines()).toHaveLength(1);
    for (let rev = 2; rev < 20; rev += 1) await revise(rev);
    expect(asked).toBe(1);
    clock.advance(1_000);
    await expect.poll(() => asked).toBe(2);
  });

  it('shows nobody who answers as somebody else, and says who cannot be asked', async () => {
    const group = await place();
    const watcher = await opened(group, { name: 'watcher', id: 'w' }, null);
    const { port } = await answering({ name: 'liar', id: 'other' }, () => []);
    const [closed = 0] = await freePorts(1, host);
    const seen = (id: string, at: number) =>
      serviceMessage({ instance: id, host: 'x', port: at, text: { v: '1', rev: '1', id } }, []);
    await says(group, seen('liar', port));
    await says(group, seen('closed', closed));
    await says(group, seen('../odd', port));
    // As many as one computer may say it is, and one too many.
    for (let i = 0; i < 20; i += 1) await says(group, seen(`many-${i}`, closed));
    const honest = await piecewise(group, 'honest', []);
    await watcher.changes.latest(machines => names(machines).join() === 'honest: ');
    const status = () => watcher.catalogue.status().message;
    await expect.poll(status).toContain(`on port ${port} is no Piecewise`);
    await expect
      .poll(status)
      .toContain(`127.0.0.1 does not answer on port ${closed}: is Piecewise running there`);
    expect(watcher.catalogue.machines()).toHaveLength(1);
    honest.stop();
  });

  it('is silent about us where we do not listen', async () => {
    const group = await place();
    const one = await piecewise(group, 'lab-01', []);
    const two = await opened(group, { name: 'quiet', id: 'q' }, null);
    await two.changes.latest(machines => machines.length === 1);
    expect(two.catalogue.status().message).toContain('Others do not see this computer');
    const { port } = await answering({ name: 'quiet', id: 'q' }, () => []);
    two.catalogue.setListenPort(port);
    await one.changes.latest(machines => machines.length === 1);
    two.catalogue.setListenPort(null);
    await one.changes.latest(machines => machines.length === 0);
  });
});

describe('a typed address', () => {
  it('shows what the machine there shares, and is one with what was found', async () => {
    const group = await place();
    const one = await piecewise(group, 'lab-01', [share('a')]);
    const typed = `127.0.0.1:${one.port}`;
    const elsewhere = await opened(await place(), { name: 'far', id: 'far' }, null, [typed]);
    await elsewhere.changes.latest(machines => names(machines).join() === 'lab-01: a');
    expect(elsewhere.catalogue.machines()[0]).toMatchObject({ address: typed, isTyped: true, problem: null });
    expect(elsewhere.catalogue.typedStatus()).toMatchObject({ state: 'working', found: 1 });
    const near = await opened(group, { name: 'near', id: 'near' }, null);
    await near.changes.latest(machines => machines.length === 1);
    near.catalogue.setTyped([typed]);
    await near.changes.latest(machines => machines.length === 1 && machines[0]!.isTyped);
    near.catalogue.setTyped([]);
    await near.changes.latest(machines => machines.length === 1 && !machines[0]!.isTyped);
  });

  it('is asked again and again, and says what is wrong', async () => {
    const [port = 0] = await freePorts(1, host);
    const typed = `127.0.0.1:${port}`;
    const one = await opened(await place(), { name: 'one', id: 'one' }, null, [typed, '[odd]']);
    const problem = (text: string) => (machines: readonly NearbyMachine[]) =>
      machines.some(machine => machine.problem?.includes(text));
    await one.changes.latest(problem(`127.0.0.1 does not answer on port ${port}: is Piecewise running`));
    expect(problem('"[odd]" is no address')(one.catalogue.machines())).toBe(true);
    expect(one.catalogue.typedStatus().state).toBe('failed');
    let answer = '220 mail ready\r\n';
    await saying(() => answer, port);
    await one.changes.latest(problem('is no Piecewise, or one of another version'));
    const list = JSON.stringify({ v: 1, machine: { name: 'one', id: 'one' }, shares: [] });
    answer = `HTTP/1.1 200 OK\r\nContent-Length: ${list.length}\r\n\r\n${list}`;
    await one.changes.latest(problem('is this Piecewise itself'));
  });
});

describe('a request for a list', () => {
  const asked = (port: number, tag?: string) =>
    requestShareList({ host, port }, tag, new AbortController().signal);

  it('gets it once, and then that it is the same', async () => {
    const { port } = await answering({ name: 'a', id: 'b' }, () => [share('x')]);
    const first = await asked(port);
    if (first === 'unchanged' || 'failed' in first) throw new Error('no list');
    expect(first.list.shares).toEqual([share('x')]);
    expect(await asked(port, first.tag)).toBe('unchanged');
  });

  it.each([
    ['a list that is too long', `HTTP/1.1 200 OK\r\n\r\n${' '.repeat(1_050_000)}`],
    ['headers that are too long', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(10_000)}\r\n\r\n{}`],
    ['a redirection', 'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n'],
    ['news that was not asked for', 'HTTP/1.1 304 Not Modified\r\n\r\n'],
    ['no list', 'HTTP/1.1 200 OK\r\n\r\n[]'],
    ['nothing', ''],
  ])('is not satisfied with %s', async (_, answer) => {
    expect(await asked(await saying(() => answer))).toEqual({ failed: 'strange' });
  });
});
