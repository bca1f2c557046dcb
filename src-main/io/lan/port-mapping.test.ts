import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { VirtualClock } from '../../engine/testing/virtual-clock.ts';
import { Arrivals, freeUdpPort, loopback } from './lan-suite.ts';
import { openPortMapping, type PortMapping } from './port-mapping.ts';

const host = '127.0.0.1';
const releases: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
  vi.useRealTimers();
});

async function bound(onMessage: (bytes: Buffer, from: RemoteInfo, socket: Socket) => void): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.on('message', (bytes, from) => onMessage(bytes, from, socket));
  await new Promise<void>(resolve => socket.bind(0, host, resolve));
  releases.push(() => void socket.close());
  return socket;
}

/** A router that knows NAT-PMP; it writes down what it hands on: "tcp 6881 from 7000 for 3600 s". */
async function natPmpGateway(answer: (opcode: number) => number | 'silent' = () => 0) {
  const asked = new Arrivals<string>();
  const socket = await bound((bytes, from) => {
    const opcode = bytes[1]!;
    const result = answer(opcode);
    if (result === 'silent') return;
    const reply = Buffer.alloc(opcode === 0 ? 12 : 16);
    reply[1] = opcode | 0x80;
    reply.writeUInt16BE(result, 2);
    if (opcode === 0) reply.set([203, 0, 113, 5], 8);
    else {
      const [internal, wanted, seconds] = [
        bytes.readUInt16BE(4),
        bytes.readUInt16BE(6),
        bytes.readUInt32BE(8),
      ];
      // Somebody else has 6881 there.
      const external = wanted === 6881 ? 7000 : wanted;
      reply.writeUInt16BE(internal, 8);
      reply.writeUInt16BE(external, 10);
      reply.writeUInt32BE(seconds, 12);
      asked.add(`${opcode === 2 ? 'tcp' : 'udp'} ${internal} from ${external} for ${seconds} s`);
    }
    socket.send(Buffer.from([0]), from.port, from.address);
    socket.send(reply, from.port, from.address);
  });
  return { asked, port: socket.address().port };
}

/** A router that knows UPnP; it writes down what it is told to do. */
async function upnpGateway(answerTo: (action: string, body: string) => number = () => 0) {
  const asked = new Arrivals<string>();
  const group = { address: '239.255.77.5', port: await freeUdpPort() };
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      response.end(
        '<root><service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType>' +
          '<controlURL>/ctl</controlURL></service></root>',
      );
      return;
    }
    let body = '';
    request.on('data', chunk => {
      body += String(chunk);
    });
    request.on('end', () => {
      const action = /#(\w+)"/.exec(`${request.headers.soapaction}`)![1]!;
      const value = (name: string) => new RegExp(`<${name}>(.*?)</`).exec(body)?.[1] ?? '';
      const code = answerTo(action, body);
      const at = `${value('NewProtocol')} ${value('NewExternalPort')}`;
      const to = `${value('NewInternalClient')}:${value('NewInternalPort')} for ${value('NewLeaseDuration')}`;
      if (action === 'AddPortMapping') asked.add(`add ${at} to ${to}: ${code}`);
      if (action === 'DeletePortMapping') asked.add(`delete ${at}`);
      response.statusCode = code === 0 ? 200 : 500;
      response.end(
        code === 0
          ? '<s:Body><NewExternalIPAddress>203.0.113.6</NewExternalIPAddress></s:Body>'
          : `<UPnPError><errorCode>${code}</errorCode></UPnPError>`,
      );
    });
  });
  await new Promise<void>(resolve => server.listen(0, host, resolve));
  releases.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.on('message', (bytes, from) => {
    const type = /\nST: (.*)\r/.exec(bytes.toString())![1];
    const location = (address: string) =>
      `HTTP/1.1 200 OK\r\nST: ${type}\r\nLOCATION: http://${address}/\r\n\r\n`;
    // One that leads elsewhere, and the right one.
    socket.send(location('192.0.2.77:80'), from.port, from.address);
    socket.send(location(`${host}:${port}`), from.port, from.address);
  });
  await new Promise<void>(resolve => socket.bind(group.port, resolve));
  socket.addMembership(group.address, host);
  releases.push(() => void socket.close());
  return { asked, group };
}

/** A mapping, and a way to wait until it has come to something. */
async function opened(options: Partial<Parameters<typeof openPortMapping>[0]>) {
  const clock = new VirtualClock();
  const states = new Arrivals<string>();
  let mapping: PortMapping | undefined;
  mapping = openPortMapping({
    port: 6881,
    gateways: () => Promise.resolve([]),
    searchGroup: { address: '239.255.77.6', port: await freeUdpPort() },
    searchMs: 50,
    interfaces: () => [loopback],
    clock,
    onChange: () => states.add(mapping!.status().state),
    ...options,
  });
  releases.push(() => mapping!.close());
  return { mapping, clock, states };
}

describe('port mapping by NAT-PMP', () => {
  it('asks, renews at half-time, and takes it back', async () => {
    // However long the router takes to answer, it is not asked again.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { asked, port } = await natPmpGateway();
    const { mapping, clock, states } = await opened({
      gateways: () => Promise.resolve([host]),
      natPmpPort: port,
      protocols: ['tcp', 'udp'],
    });
    expect(mapping.status()).toMatchObject({ mechanism: 'port-mapping', state: 'trying' });
    await states.first(state => state === 'working');
    expect(asked.all).toEqual(['tcp 6881 from 7000 for 3600 s', 'udp 6881 from 7000 for 3600 s']);
    expect(mapping.externalPort).toBe(7000);
    expect(mapping.status().message).toBe(
      'The router 127.0.0.1 lets peers from outside in at 203.0.113.5:7000 (NAT-PMP).',
    );
    clock.advance(1_800_000);
    await states.latest(() => states.all.length === 2);
    expect(asked.all.slice(2)).toEqual(['tcp 6881 from 7000 for 3600 s', 'udp 6881 from 7000 for 3600 s']);
    await mapping.close();
    expect(asked.all.slice(4)).toEqual(['tcp 6881 from 0 for 0 s', 'udp 6881 from 0 for 0 s']);
    expect(mapping.status().state).toBe('off');
    expect(clock.pendingTimers).toBe(0);
  });

  it('says why the router refuses, and asks again later', async () => {
    let result = 2;
    const { asked, port } = await natPmpGateway(() => result);
    const { mapping, clock, states } = await opened({
      gateways: () => Promise.resolve([host]),
      natPmpPort: port,
    });
    await states.first(state => state === 'failed');
    expect(mapping.status().message).toMatch(
      /^The router 127\.0\.0\.1 was asked by NAT-PMP, but it refuses: port mapping is switched off in it\. .* TCP port 6881/,
    );
    result = 0;
    clock.advance(300_000);
    await states.first(state => state === 'working');
    await mapping.close();
    expect(asked.all.at(-1)).toBe('tcp 6881 from 0 for 0 s');
  });

  it('takes back what a router did that was given up before it answered', async () => {
    const requests = new Arrivals<string>();
    const silent = await bound(bytes => requests.add(bytes.toString('hex')));
    const { mapping } = await opened({
      gateways: () => Promise.resolve([host]),
      natPmpPort: silent.address().port,
    });
    await requests.first(() => true);
    await mapping.close();
    await requests.first(request => request === '000200001ae1000000000000');
  });
});

describe('port mapping by UPnP', () => {
  it('asks, renews and takes it back', async () => {
    const { asked, group } = await upnpGateway();
    const { mapping, clock, states } = await opened({ searchGroup: group, searchMs: 5_000 });
    await states.first(state => state === 'working');
    expect(asked.all).toEqual(['add TCP 6881 to 127.0.0.1:6881 for 3600: 0']);
    expect(mapping.status().message).toBe(
      'The router 127.0.0.1 lets peers from outside in at 203.0.113.6:6881 (UPnP).',
    );
    clock.advance(1_800_000);
    await states.latest(() => states.all.length === 2);
    await mapping.close();
    expect(asked.all.slice(1)).toEqual(['add TCP 6881 to 127.0.0.1:6881 for 3600: 0', 'delete TCP 6881']);
  });

  it('takes another port when the wanted one is taken, and a lease without end where there is no other', async () => {
    const { asked, group } = await upnpGateway((action, body) => {
      if (action !== 'AddPortMapping') return 0;
      if (body.includes('<NewExternalPort>6881<')) return 718;
      return body.includes('<NewLeaseDuration>0<') ? 0 : 725;
    });
    const { mapping, states } = await opened({ searchGroup: group, searchMs: 5_000 });
    await states.first(state => state === 'working');
    expect(mapping.externalPort).toBe(6882);
    await mapping.close();
    expect(asked.all).toEqual([
      'add TCP 6881 to 127.0.0.1:6881 for 3600: 718',
      'add TCP 6882 to 127.0.0.1:6881 for 3600: 725',
      'add TCP 6882 to 127.0.0.1:6881 for 0: 0',
      'delete TCP 6882',
    ]);
  });

  it('says why the router refuses', async () => {
    const { group } = await upnpGateway(() => 606);
    const { mapping, states } = await opened({ searchGroup: group, searchMs: 5_000 });
    await states.first(state => state === 'failed');
    expect(mapping.status().message).toContain('by UPnP, but it refuses: port mapping is not allowed');
  });
});

describe('port mapping where there is no router', () => {
  it('says so, and keeps nobody waiting', async () => {
    const [mapping, other] = [await opened({}), await opened({})];
    await other.mapping.close();
    await mapping.states.first(state => state === 'failed');
    expect(mapping.mapping.status().message).toMatch(
      /^No router answered NAT-PMP or UPnP\. Peers of this network/,
    );
  });
});
