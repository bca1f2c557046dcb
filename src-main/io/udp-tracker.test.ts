import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AnnounceAnswer, AnnounceRequest, TrackerFailure } from '../engine/bittorrent/announce.ts';
import {
  decodeQuestion,
  encodeAnswer,
  type UdpAnswer,
  type UdpQuestion,
} from '../engine/bittorrent/udp-tracker-packets.ts';
import { openTrackerClient } from './tracker-client.ts';
import { UdpTrackers } from './udp-tracker.ts';

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
const peers = [{ host: '10.0.0.1', port: 6881 }];
const connection = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

const trackers = new UdpTrackers();
const sockets: Socket[] = [];

beforeEach(() => {
  // However long an answer takes, nothing is asked again until a test says so.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  trackers.close();
  for (const socket of sockets.splice(0)) socket.close();
  vi.useRealTimers();
});

/** What a tracker sends for a question, one datagram each. */
type Script = (question: UdpQuestion, ordinal: number) => readonly (UdpAnswer | Uint8Array)[];

/** The usual answers. */
function usual(question: UdpQuestion): UdpAnswer[] {
  const { transaction } = question;
  switch (question.action) {
    case 'connect':
      return [{ action: 'connect', transaction, connection }];
    case 'announce':
      return [{ action: 'announce', transaction, intervalSeconds: 60, seeders: 1, leechers: 2, peers }];
    case 'scrape':
      return [
        {
          action: 'scrape',
          transaction,
          entries: question.infoHashes.map((_, n) => ({ seeders: n, leechers: 2, completed: 3 })),
        },
      ];
  }
}

/** No answer: what is on its way arrives, and the time passes after which it is asked again. */
function silence(): readonly UdpAnswer[] {
  setImmediate(() => setImmediate(() => vi.advanceTimersToNextTimer()));
  return [];
}

class ScriptedTracker {
  readonly asked: UdpQuestion[] = [];
  readonly from: RemoteInfo[] = [];
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  get actions(): string {
    return this.asked.map(({ action }) => action).join(' ');
  }
}

async function serve(script: Script, host = '127.0.0.1'): Promise<ScriptedTracker> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  sockets.push(socket);
  await new Promise<void>(resolve => socket.bind(0, host, resolve));
  const shown = host.includes(':') ? `[${host}]` : host;
  const tracker = new ScriptedTracker(`udp://${shown}:${socket.address().port}/announce`);
  socket.on('message', (bytes, from) => {
    const question = decodeQuestion(bytes);
    if (question === undefined) return;
    tracker.asked.push(question);
    tracker.from.push(from);
    for (const each of script(question, tracker.asked.length)) {
      const kind = host.includes(':') ? 'ipv6' : 'ipv4';
      socket.send(each instanceof Uint8Array ? each : encodeAnswer(each, kind), from.port, from.address);
    }
  });
  return tracker;
}

function announce(url: string): Promise<AnnounceAnswer | TrackerFailure> {
  return new Promise(resolve => void trackers.announce(url, request, resolve));
}

describe('a tracker over UDP', () => {
  it('is asked for a connection, then with everything, and answers', async () => {
    const tracker = await serve(usual);
    expect(await announce(tracker.url)).toEqual({
      intervalMs: 60_000,
      minIntervalMs: 30_000,
      seeders: 1,
      leechers: 2,
      peers,
      warning: undefined,
    });
    expect(tracker.actions).toBe('connect announce');
    expect(tracker.asked[1]).toMatchObject({ ...request, connection, ip: undefined });
    expect(tracker.asked[0]!.transaction).not.toBe(tracker.asked[1]!.transaction);
  });

  it('is asked over IPv6 too, and names IPv6 peers', async () => {
    const peers6 = [{ host: '2001:db8::1', port: 6881 }];
    const tracker = await serve(
      question =>
        usual(question).map(answer => (answer.action === 'announce' ? { ...answer, peers: peers6 } : answer)),
      '::1',
    );
    expect(await announce(tracker.url)).toMatchObject({ peers: peers6 });
  });

  it('keeps a connection for a minute, from one port', async () => {
    const tracker = await serve(usual);
    await announce(tracker.url);
    await Promise.all([announce(tracker.url), announce(tracker.url)]);
    expect(tracker.actions).toBe('connect announce announce announce');
    expect(new Set(tracker.from.map(({ port }) => port)).size).toBe(1);
  });

  it.runIf(process.platform === 'linux')('is asked from the address that was chosen', async () => {
    const tracker = await serve(usual);
    const fromThere = new UdpTrackers('127.0.0.7');
    const answer = await new Promise(
      resolve => void fromThere.announce(tracker.url.replace('127.0.0.1', 'localhost'), request, resolve),
    );
    fromThere.close();
    expect(answer).toMatchObject({ peers });
    expect(tracker.from.map(({ address }) => address)).toEqual(['127.0.0.7', '127.0.0.7']);
  });

  it('that was started anew is asked for a new connection', async () => {
    let isNew = false;
    const tracker = await serve(question => {
      if (!isNew || question.action !== 'announce') return usual(question);
      isNew = false;
      const { transaction } = question;
      return [{ action: 'error', transaction, words: Buffer.from('Connection ID missmatch.') }];
    });
    await announce(tracker.url);
    isNew = true;
    expect(await announce(tracker.url)).toMatchObject({ peers });
    expect(tracker.actions).toBe('connect announce announce connect announce');
  });

  it('is asked again when a datagram is lost', async () => {
    const tracker = await serve((question, ordinal) => (ordinal % 2 === 1 ? silence() : usual(question)));
    expect(await announce(tracker.url)).toMatchObject({ peers });
    expect(tracker.actions).toBe('connect connect announce announce');
  });

  it('may refuse, with words', async () => {
    const tracker = await serve(question => {
      const { transaction } = question;
      return question.action === 'connect'
        ? usual(question)
        : [{ action: 'error', transaction, words: Buffer.from('Not registered\0') }];
    });
    const name = new URL(tracker.url).host;
    expect(await announce(tracker.url)).toEqual({ failed: `${name} refuses: Not registered.` });
  });

  it('is not believed when an answer belongs to another question', async () => {
    const tracker = await serve(question => {
      const [answer] = usual(question);
      const wrong = { ...answer!, transaction: (question.transaction + 1) >>> 0 };
      const early: UdpAnswer = { ...wrong, ...usual({ ...question, action: 'announce' } as UdpQuestion)[0]! };
      const rubbish = [Uint8Array.of(), Uint8Array.of(1, 2, 3), new Uint8Array(1_000)];
      return [wrong, ...(question.action === 'connect' ? [early] : []), ...rubbish, answer!];
    });
    expect(await announce(tracker.url)).toMatchObject({ peers });
    expect(tracker.actions).toBe('connect announce');
  });

  it('is not believed when the answer comes from elsewhere', async () => {
    const stranger = createSocket('udp4');
    sockets.push(stranger);
    await new Promise<void>(resolve => stranger.bind(0, '127.0.0.1', resolve));
    const tracker: ScriptedTracker = await serve((question, ordinal) => {
      if (ordinal > 1) return usual(question);
      const forged: UdpAnswer = {
        action: 'connect',
        transaction: question.transaction,
        connection: new Uint8Array(8),
      };
      stranger.send(encodeAnswer(forged, 'ipv4'), tracker.from.at(-1)!.port, '127.0.0.1');
      return silence();
    });
    expect(await announce(tracker.url)).toMatchObject({ peers });
    expect(tracker.asked.find(({ action }) => action === 'announce')).toMatchObject({ connection });
    expect(tracker.actions).toBe('connect connect announce');
  });

  it('fails at once where nobody listens', async () => {
    const tracker = await serve(usual);
    sockets.pop()!.close();
    const result = await announce(tracker.url);
    expect(result).toEqual({
      failed: `${new URL(tracker.url).host} cannot be reached: connection refused: nobody listens there yet.`,
    });
  });

  it.each([
    ['udp://127.0.0.1/announce', 'The address of 127.0.0.1 has no port.'],
    ['udp://127.0.0.1:0/announce', 'The address of 127.0.0.1:0 has no port.'],
    ['udp://[]:80/announce', 'The address of []:80 names no computer.'],
    ['udp://127.0.0.1:70000/announce', 'The address of 127.0.0.1:70000 has no port.'],
  ])('may have an address such as %s', async (url, failed) => {
    expect(await announce(url)).toEqual({ failed });
  });

  it('may have a name that nobody knows', async () => {
    // A label of more than 63 letters can be no host name, and no name server is asked for it.
    const name = `${'x'.repeat(64)}.lab:6969`;
    expect(await announce(`udp://${name}`)).toEqual({
      failed: expect.stringContaining(`${name} cannot be reached: `),
    });
  });

  it('hears of a path and a query that its URL has (BEP 41)', async () => {
    const socket = createSocket('udp4');
    sockets.push(socket);
    await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve));
    const heard = new Promise<string>(resolve => {
      socket.on('message', (bytes, { port, address }) => {
        const question = decodeQuestion(bytes)!;
        socket.send(encodeAnswer(usual(question)[0]!, 'ipv4'), port, address);
        if (question.action === 'announce') resolve(bytes.subarray(98).toString('latin1'));
      });
    });
    await announce(`udp://127.0.0.1:${socket.address().port}/announce?key=7`);
    expect(await heard).toBe('\x02\x0f/announce?key=7');
  });

  it('hears no more of us once we give up', async () => {
    const tracker = await serve(() => []);
    const giveUp = trackers.announce(tracker.url, request, () => expect.fail('was called back'));
    await expect.poll(() => tracker.asked.length).toBe(1);
    giveUp();
    const other = await serve((question, ordinal) => (ordinal < 3 ? silence() : usual(question)));
    await announce(other.url);
    expect(tracker.asked).toHaveLength(1);
  });

  it('can be scraped', async () => {
    const tracker = await serve(usual);
    const infoHashes = ['ab'.repeat(20), 'cd'.repeat(20)];
    const result = await new Promise(resolve => void trackers.scrape(tracker.url, infoHashes, resolve));
    expect(result).toEqual(
      new Map([
        [infoHashes[0], { seeders: 0, leechers: 2, completed: 3 }],
        [infoHashes[1], { seeders: 1, leechers: 2, completed: 3 }],
      ]),
    );
  });
});

describe('a client for all trackers', () => {
  it.each([
    ['wss://lab/announce', 'wss'],
    ['lab:6969', 'no scheme'],
    ['', 'no scheme'],
  ])('does not understand %s, and says so', async (url, how) => {
    const client = openTrackerClient();
    for (const ask of [
      (done: (result: unknown) => void) => client.announce(url, request, done),
      (done: (result: unknown) => void) => client.scrape(url, [], done),
    ]) {
      const result = await new Promise(resolve => void ask(resolve));
      expect(result).toEqual({ failed: expect.stringContaining(`not understood (${how})`) });
    }
    client.close();
  });

  it('asks UDP trackers over UDP', async () => {
    const tracker = await serve(usual);
    const client = openTrackerClient();
    const result = await new Promise(resolve => void client.announce(tracker.url, request, resolve));
    expect(result).toMatchObject({ peers });
    client.close();
  });
});
