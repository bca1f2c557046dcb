import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { AnnounceAnswer, AnnounceRequest, TrackerFailure } from '../engine/bittorrent/announce.ts';
import type { AnnounceFact } from '../engine/bittorrent/tracker.ts';
import {
  decodeAnswer,
  encodeQuestion,
  type UdpAnswer,
  type UdpQuestion,
} from '../engine/bittorrent/udp-tracker-packets.ts';
import { seededRandom } from '../engine/testing/seeded-random.ts';
import { systemClock } from './clock.ts';
import { openTrackerClient } from './tracker-client.ts';
import {
  openTrackerServer,
  TrackerListenError,
  type TrackerServer,
  type TrackerServerOptions,
} from './tracker-server.ts';

const client = openTrackerClient();
const closers: (() => unknown)[] = [];

afterEach(async () => {
  client.close();
  for (const close of closers.splice(0)) await close();
});

const request: AnnounceRequest = {
  infoHash: 'ab'.repeat(20),
  peerId: 'cd'.repeat(20),
  port: 6881,
  uploaded: 0,
  downloaded: 0,
  left: 1,
  event: 'started',
  numWant: 50,
  key: 1,
};

async function open(options: Partial<TrackerServerOptions> = {}): Promise<TrackerServer> {
  const server = await openTrackerServer({
    httpPort: 0,
    udpPort: 0,
    host: '127.0.0.1',
    clock: systemClock,
    random: seededRandom(1),
    ...options,
  });
  closers.push(() => server.close());
  return server;
}

function announce(
  url: string,
  rest: Partial<AnnounceRequest> = {},
): Promise<AnnounceAnswer | TrackerFailure> {
  return new Promise(resolve => void client.announce(url, { ...request, ...rest }, resolve));
}

function scrape(url: string, infoHashes: readonly string[]): Promise<unknown> {
  return new Promise(resolve => void client.scrape(url, infoHashes, resolve));
}

function portOf(url: string): number {
  return Number(/:(\d+)\//.exec(url)![1]);
}

interface Page {
  readonly status: number;
  readonly text: string;
}

/** What a request is answered with; the path goes out as it is. */
function get(
  url: string,
  path: string,
  method = 'GET',
  headers: Readonly<Record<string, string>> = {},
): Promise<Page> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(
      { host: '127.0.0.1', port: portOf(url), path, method, agent: false, headers },
      response => {
        let text = '';
        response.setEncoding('latin1').on('data', part => {
          text += part;
        });
        response.on('end', () => resolve({ status: response.statusCode!, text }));
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}

/** A connection, and all that comes back on it until it is closed. */
function raw(port: number, bytes: string): { readonly socket: Socket; readonly closed: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', part => {
    text += part;
  });
  socket.on('error', () => {});
  closers.push(() => socket.destroy());
  socket.write(bytes);
  return { socket, closed: new Promise(resolve => socket.on('close', () => resolve(text))) };
}

describe.each(['http', 'udp'])('a tracker of our own over %s', scheme => {
  const urlOf = ({ announceUrls }: TrackerServer) => announceUrls.find(url => url.startsWith(scheme))!;

  it('brings peers together', async () => {
    const server = await open();
    const url = urlOf(server);
    expect(await announce(url, { port: 1, left: 0 })).toMatchObject({ seeders: 1, leechers: 0, peers: [] });
    expect(await announce(url, { port: 2 })).toMatchObject({
      intervalMs: 120_000,
      minIntervalMs: 30_000,
      seeders: 1,
      leechers: 1,
      peers: [{ host: '127.0.0.1', port: 1 }],
    });
    expect(await scrape(url, [request.infoHash, '00'.repeat(20)])).toEqual(
      new Map([
        [request.infoHash, { seeders: 1, leechers: 1, completed: 0 }],
        ['00'.repeat(20), { seeders: 0, leechers: 0, completed: 0 }],
      ]),
    );
    await announce(url, { port: 2, left: 0, event: 'completed' });
    await announce(url, { port: 1, left: 0, event: 'stopped' });
    expect(await scrape(url, [request.infoHash])).toEqual(
      new Map([[request.infoHash, { seeders: 1, leechers: 0, completed: 1 }]]),
    );
  });

  it('says why it refuses', async () => {
    const server = await open({ limits: { peers: 1 } });
    await announce(urlOf(server), { port: 1 });
    const { host } = new URL(urlOf(server));
    expect(await announce(urlOf(server), { port: 2 })).toEqual({
      failed: `${host} refuses: This tracker is full: it knows as many peers as it can.`,
    });
  });

  it('takes a thousand peers at once', async () => {
    const server = await open();
    const url = urlOf(server);
    const answers: unknown[] = [];
    const ports = Array.from({ length: 1_000 }, (_, n) => 1 + n);
    const announceAll = async () => {
      for (let port = ports.pop(); port !== undefined; port = ports.pop())
        answers.push(await announce(url, { port }));
    };
    await Promise.all(Array.from({ length: 50 }, announceAll));
    expect(answers.filter(answer => Object.hasOwn(answer as object, 'failed'))).toEqual([]);
    expect(server.tracker.counts).toEqual({ torrents: 1, peers: 1_000, announces: 1_000 });
  });

  it('passes on what it hears', async () => {
    const facts: AnnounceFact[] = [];
    const server = await open({ onAnnounced: fact => facts.push(fact) });
    await announce(urlOf(server), { left: 0 });
    expect(facts).toEqual([
      {
        infoHash: request.infoHash,
        peerId: request.peerId,
        address: { host: '127.0.0.1', port: 6881 },
        isSeeder: true,
        isGone: false,
        hasCompleted: false,
        atMs: expect.any(Number),
      },
    ]);
  });

  it('speaks IPv6', async () => {
    const server = await open({ host: '::1' });
    expect(urlOf(server)).toMatch(/^\w+:\/\/\[::1\]:\d+\/announce$/);
    await announce(urlOf(server), { port: 1 });
    expect(await announce(urlOf(server), { port: 2 })).toMatchObject({ peers: [{ host: '::1', port: 1 }] });
  });

  it('is reached at every address when none is named', async () => {
    const { host: _, ...options } = {
      host: '',
      httpPort: 0,
      udpPort: 0,
      clock: systemClock,
      random: Math.random,
    };
    const server = await openTrackerServer(options);
    closers.push(() => server.close());
    const port = portOf(urlOf(server));
    await announce(`${scheme}://127.0.0.1:${port}/announce`, { port: 1 });
    expect(await announce(`${scheme}://127.0.0.1:${port}/announce`, { port: 2 })).toMatchObject({
      peers: [{ host: '127.0.0.1', port: 1 }],
    });
  });

  it('says which port it cannot have', async () => {
    const first = await open();
    const port = portOf(urlOf(first));
    const options = scheme === 'http' ? { httpPort: port } : { udpPort: port };
    const second = open(options);
    await expect(second).rejects.toBeInstanceOf(TrackerListenError);
    await expect(second).rejects.toThrow(
      `The tracker cannot listen at port ${port} of 127.0.0.1 over ${scheme.toUpperCase()}: another program listens there.`,
    );
    await expect(open({ host: '203.0.113.7' })).rejects.toThrow('this is no address of this computer.');
    expect(await announce(urlOf(first))).toMatchObject({ peers: [] });
  });
});

describe('a tracker over HTTP and UDP', () => {
  it('is one tracker', async () => {
    const { announceUrls } = await open();
    expect(announceUrls.map(url => url.slice(0, 4))).toEqual(['http', 'udp:']);
    await announce(announceUrls[0]!, { port: 1 });
    expect(await announce(announceUrls[1]!, { port: 2 })).toMatchObject({ peers: [{ port: 1 }] });
  });

  it.each([
    [{ httpPort: null }, ['udp:']],
    [{ udpPort: null }, ['http']],
  ])('may be one of them only: %o', async (options, schemes) => {
    const { announceUrls } = await open(options);
    expect(announceUrls.map(url => url.slice(0, 4))).toEqual(schemes);
  });
});

describe('a tracker over HTTP', () => {
  const good = `info_hash=${'a'.repeat(20)}&peer_id=${'b'.repeat(20)}&port=`;

  it('answers in either form', async () => {
    const [url = ''] = (await open()).announceUrls;
    await get(url, `/announce?${good}1&left=0`);
    expect((await get(url, `/announce?${good}2`)).text).toContain('5:peers6:\x7f\x00\x00\x01\x00\x01e');
    expect((await get(url, `/announce?${good}2&compact=0`)).text).toContain(
      `5:peersld2:ip9:127.0.0.17:peer id20:${'b'.repeat(20)}4:porti1eeee`,
    );
    expect((await get(url, `/announce?${good}2&compact=0&no_peer_id=1`)).text).toContain(
      '5:peersld2:ip9:127.0.0.14:porti1eeee',
    );
  });

  it('has a page for people', async () => {
    const [url = ''] = (await open()).announceUrls;
    await get(url, `/announce?${good}1`);
    const page = await get(url, '/');
    expect(page.text).toMatch(/^Piecewise tracker\n\n1 torrent, 1 peer, 1 announce so far\./);
    expect(page.text).toContain(`  ${url}\n`);
    expect(await get(url, '/', 'HEAD')).toEqual({ status: 200, text: '' });
  });

  it.each([
    ['/announce', 200, /^d14:failure reason\d+:An announce needs an info_hash of 20 bytes\.e$/],
    ['/announce?info_hash=abc&peer_id=x&port=1', 200, /^d14:failure reason/],
    ['/announce?info_hash=%zz', 200, /^d14:failure reason\d+:The query of this URL/],
    [`/announce?${'x=1&'.repeat(1_000)}`, 200, /^d14:failure reason\d+:The query of this URL/],
    ['/scrape', 200, /^d14:failure reason\d+:A scrape needs/],
    ['/scrape?info_hash=abc', 200, /^d14:failure reason/],
    ['/etc/passwd', 404, /A tracker answers at/],
    ['//announce', 404, /A tracker answers at/],
    ['/../', 404, /A tracker answers at/],
  ])('answers %s with %i', async (path, status, words) => {
    const [url = ''] = (await open()).announceUrls;
    expect(await get(url, path)).toEqual({ status, text: expect.stringMatching(words) });
  });

  it('answers GET only', async () => {
    const [url = ''] = (await open()).announceUrls;
    expect(await get(url, `/announce?${good}1`, 'POST')).toMatchObject({ status: 405 });
  });

  it('does not let a page announce in the name of this computer', async () => {
    const { announceUrls, tracker } = await open();
    const [url = ''] = announceUrls;
    for (const name of ['Origin', 'Referer', 'Sec-Fetch-Site']) {
      const page = await get(url, `/announce?${good}1&ip=10.0.0.66`, 'GET', {
        [name]: 'http://evil.example',
      });
      expect(page.status).toBe(403);
    }
    expect(tracker.counts.peers).toBe(0);
  });

  it('does not read a URL without end', async () => {
    const server = await open();
    const { closed } = raw(portOf(server.announceUrls[0]!), `GET /announce?x=${'y'.repeat(100_000)}`);
    expect(await closed).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('does not listen to a body without end', async () => {
    const server = await open();
    const head = 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n';
    const { closed } = raw(portOf(server.announceUrls[0]!), head);
    expect(await closed).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each(['\0\xff\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', 'SSH-2.0-x\r\n', 'GET / HTTP/1.1\r\nX: \0\r\n\r\n'])(
    'survives %j',
    async bytes => {
      const server = await open();
      const { closed } = raw(portOf(server.announceUrls[0]!), bytes);
      expect(await closed).toMatch(/^HTTP\/1\.1 [45]\d\d /);
      expect(await announce(server.announceUrls[0]!)).toMatchObject({ peers: [] });
    },
  );

  it('drops those who send a byte now and then, after some seconds, and answers others meanwhile', async () => {
    const server = await open();
    const port = portOf(server.announceUrls[0]!);
    const slow = Array.from({ length: 100 }, () => raw(port, 'GET /announce?'));
    const timer = setInterval(() => {
      for (const { socket } of slow) if (socket.writable) socket.write('x');
    }, 100);
    closers.push(() => clearInterval(timer));
    expect(await announce(server.announceUrls[0]!)).toMatchObject({ peers: [] });
    const answers = await Promise.all(slow.map(({ closed }) => closed));
    for (const answer of answers) expect(answer).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  it('bounds its connections, of all and of one address, and takes new ones when old ones go', async () => {
    for (const limits of [{ connections: 10 }, { connectionsPerHost: 10 }]) {
      const server = await open(limits);
      const port = portOf(server.announceUrls[0]!);
      const many = Array.from({ length: 50 }, () => raw(port, ''));
      const dropped = await new Promise<number>(resolve => {
        let count = 0;
        for (const { closed } of many) void closed.then(() => ++count === 40 && resolve(count));
      });
      expect(dropped).toBe(40);
      expect(await announce(server.announceUrls[0]!)).toHaveProperty('failed');
      for (const { socket } of many) socket.destroy();
      await expect.poll(() => announce(server.announceUrls[0]!)).toMatchObject({ peers: [] });
    }
  });
});

describe('a tracker over UDP', () => {
  async function speaker(server: TrackerServer) {
    const socket: UdpSocket = createSocket('udp4');
    closers.push(() => socket.close());
    await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve));
    const port = portOf(server.announceUrls.at(-1)!);
    const heard: UdpAnswer[] = [];
    socket.on('message', bytes => void heard.push(decodeAnswer(bytes, 'ipv4')!));
    const say = (bytes: Uint8Array) => socket.send(bytes, port, '127.0.0.1');
    /** Everything the tracker answered up to its answer to this connect: datagrams of one sender keep their order. */
    const answers = async (): Promise<UdpAnswer[]> => {
      say(encodeQuestion({ action: 'connect', transaction: 999 }));
      await expect.poll(() => heard.at(-1)?.transaction).toBe(999);
      return heard.splice(0).slice(0, -1);
    };
    const connection = async () => {
      say(encodeQuestion({ action: 'connect', transaction: 1 }));
      const [answer] = await answers();
      return answer!.action === 'connect' ? answer!.connection : expect.fail('no connection');
    };
    return { say, answers, connection };
  }

  const asked = { ...request, action: 'announce', transaction: 5, ip: undefined } as const;

  it('answers nothing but a connect to whoever has no connection', async () => {
    const server = await open();
    const { say, answers, connection } = await speaker(server);
    const forged = new Uint8Array(8);
    say(encodeQuestion({ ...asked, connection: forged }));
    say(
      encodeQuestion({
        action: 'scrape',
        transaction: 6,
        connection: forged,
        infoHashes: [request.infoHash],
      }),
    );
    const real = await connection();
    const tampered = real.map((byte, i) => (i === 7 ? byte ^ 1 : byte));
    say(encodeQuestion({ ...asked, connection: tampered }));
    expect(await answers()).toEqual([]);
    expect(server.tracker.counts.announces).toBe(0);
    say(encodeQuestion({ ...asked, connection: real }));
    expect(await answers()).toMatchObject([{ action: 'announce', transaction: 5, peers: [] }]);
  });

  it('does not answer rubbish', async () => {
    const server = await open();
    const { say, answers, connection } = await speaker(server);
    const real = await connection();
    const announced = encodeQuestion({ ...asked, connection: real });
    const scraped: UdpQuestion = { action: 'scrape', transaction: 6, connection: real, infoHashes: [] };
    for (const bytes of [
      Uint8Array.of(),
      Uint8Array.of(1, 2, 3),
      new Uint8Array(2_000),
      announced.subarray(0, 97),
      encodeQuestion(scraped),
      announced.map((byte, i) => (i === 11 ? 9 : byte)),
      announced.map((byte, i) => (i === 83 ? 9 : byte)),
    ]) {
      say(bytes);
    }
    expect(await answers()).toEqual([]);
    expect(server.tracker.counts.announces).toBe(0);
  });

  it('refuses port 0, with words', async () => {
    const server = await open();
    const { say, answers, connection } = await speaker(server);
    say(encodeQuestion({ ...asked, connection: await connection(), port: 0 }));
    expect(await answers()).toMatchObject([{ action: 'error', transaction: 5 }]);
  });

  it('gives the usual number of peers to whoever names none, and none to whoever wants none', async () => {
    const server = await open();
    const { say, answers, connection } = await speaker(server);
    const real = await connection();
    for (let port = 1; port <= 80; port += 1)
      say(encodeQuestion({ ...asked, connection: real, port, numWant: 0 }));
    await answers();
    const counts = async (numWant: number) => {
      say(encodeQuestion({ ...asked, connection: real, port: 99, numWant }));
      const [answer] = await answers();
      return answer!.action === 'announce' ? answer!.peers.length : undefined;
    };
    expect(await counts(-1)).toBe(50);
    expect(await counts(0)).toBe(0);
    expect(await counts(1_000_000)).toBe(80);
  });
});
