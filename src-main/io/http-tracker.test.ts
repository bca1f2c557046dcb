import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { AnnounceAnswer, AnnounceRequest, TrackerFailure } from '../engine/bittorrent/announce.ts';
import { freePorts } from './free-ports.ts';
import { httpAnnounce, httpScrape } from './http-tracker.ts';

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
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
const answer = 'd8:intervali60e5:peers6:\x0a\x00\x00\x01\x1a\xe1e';
const peers = [{ host: '10.0.0.1', port: 6881 }];

/** A web server; its name as messages have it. */
async function serve(listener: RequestListener): Promise<string> {
  return listening(createServer(listener));
}

/** A server of bytes: what it does with each connection. */
function serveBytes(act: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  const server = createTcpServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.resume();
    socket.once('data', () => act(socket));
  });
  return listening(server);
}

function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<string> {
  closers.push(() => {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`127.0.0.1:${(server.address() as { port: number }).port}`);
    });
  });
}

function announce(url: string, timeoutMs?: number): Promise<AnnounceAnswer | TrackerFailure> {
  return new Promise(
    resolve => void httpAnnounce(url, request, resolve, timeoutMs === undefined ? {} : { timeoutMs }),
  );
}

async function failure(url: string, timeoutMs?: number): Promise<string> {
  const result = await announce(url, timeoutMs);
  return 'failed' in result ? result.failed : `no failure: ${JSON.stringify(result)}`;
}

describe('a tracker over HTTP', () => {
  it('is asked with everything, and answers', async () => {
    const asked: string[] = [];
    const tracker = await serve(({ url = '', headers }, response) => {
      asked.push(url, String(headers.host), String(headers.connection));
      response.end(Buffer.from(answer, 'latin1'));
    });
    expect(await announce(`http://${tracker}/announce?key=1`)).toMatchObject({ peers, intervalMs: 60_000 });
    expect(asked[0]).toMatch(
      /^\/announce\?key=1&info_hash=(%AB){20}&peer_id=(%CD){20}&port=6881&.*event=started/,
    );
    expect(asked.slice(1)).toEqual([tracker, 'close']);
  });

  it.runIf(process.platform === 'linux')('is asked from the address that was chosen', async () => {
    const askers: unknown[] = [];
    const tracker = await serve(({ socket }, response) => {
      askers.push(socket.remoteAddress);
      response.end(Buffer.from(answer, 'latin1'));
    });
    const url = `http://${tracker}/announce`;
    const result = await new Promise(
      resolve => void httpAnnounce(url, request, resolve, { from: '127.0.0.7' }),
    );
    expect(result).toMatchObject({ peers });
    expect(askers).toEqual(['127.0.0.7']);
  });

  it('may pack its answer', async () => {
    const tracker = await serve(({ headers }, response) => {
      expect(headers['accept-encoding']).toBe('gzip');
      response.setHeader('Content-Encoding', 'gzip');
      response.end(gzipSync(Buffer.from(answer, 'latin1')));
    });
    expect(await announce(`http://${tracker}/announce`)).toMatchObject({ peers });
  });

  it('may send to another address, three times', async () => {
    const tracker = await serve(({ url = '' }, response) => {
      const [, step] = /^\/announce(\d)/.exec(url) ?? [];
      if (step === '0') response.end(Buffer.from(answer, 'latin1'));
      else response.writeHead(302, { Location: `/announce${Number(step) - 1}?again` }).end('elsewhere');
    });
    expect(await announce(`http://${tracker}/announce3`)).toMatchObject({ peers });
    expect(await failure(`http://${tracker}/announce4`)).toBe(
      `${tracker} sends us from one address to the next, without end.`,
    );
  });

  it.each(['file:///etc/passwd', 'udp://127.0.0.1:1/announce', 'http://', 'gopher://x'])(
    'may not send to %s',
    async location => {
      const tracker = await serve((_, response) => response.writeHead(301, { Location: location }).end());
      expect(await failure(`http://${tracker}/announce`)).toBe(
        `${tracker} sends us to an address that is none of a tracker.`,
      );
    },
  );

  it('may refuse with another status and words', async () => {
    const tracker = await serve((_, response) => response.writeHead(403).end('d14:failure reason6:Go on!e'));
    expect(await failure(`http://${tracker}/announce`)).toBe(`${tracker} refuses: Go on!`);
  });

  it('may have no such page', async () => {
    const tracker = await serve((_, response) => response.writeHead(404, 'Not\tthere').end('<html>'));
    expect(await failure(`http://${tracker}/announce`)).toBe(
      `${tracker} answered with the error 404 Not there.`,
    );
  });

  it.each([
    [
      'a page',
      '<!DOCTYPE html><html><body>Welcome',
      /answered with something that is no tracker's answer\.$/,
    ],
    ['random bytes', '\x00\xff\x80abc', /answered with something that is no tracker's answer\.$/],
    ['nothing', '', /answered with nothing\.$/],
  ])('may answer with %s', async (_, body, words) => {
    const tracker = await serve((__, response) => response.end(Buffer.from(body, 'latin1')));
    expect(await failure(`http://${tracker}/announce`)).toMatch(words);
  });

  it('may answer with 5 MiB, and is cut off at one', async () => {
    let sent = 0;
    let cutOff = () => {};
    const isCutOff = new Promise<void>(resolve => {
      cutOff = resolve;
    });
    const tracker = await serve((_, response) => {
      const chunk = Buffer.alloc(64 * 1024, 'x');
      response.on('close', cutOff);
      const more = () => {
        while (sent < 64 * 1024 * 1024) {
          sent += chunk.length;
          if (!response.write(chunk)) return response.once('drain', more);
        }
        return response.end();
      };
      more();
    });
    expect(await failure(`http://${tracker}/announce`)).toBe(
      `${tracker} answers with more than 1 MiB, which no tracker does.`,
    );
    await isCutOff;
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });

  it('may pack 1 GiB into 1 MiB, which is not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 });
    const tracker = await serve((_, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(bomb);
    });
    expect(await failure(`http://${tracker}/announce`)).toBe(
      `${tracker} answers with more than 1 MiB, which no tracker does.`,
    );
  });

  it.each([
    ['gzip', 'is damaged'],
    ['br', 'packs its answer in a way that was not asked for'],
  ])('may say that it packs with %s, and not do it', async (encoding, words) => {
    const tracker = await serve((_, response) => {
      response.writeHead(200, { 'Content-Encoding': encoding }).end('rubbish');
    });
    expect(await failure(`http://${tracker}/announce`)).toContain(words);
  });

  it.each([
    ['answer nothing at all', () => {}],
    ['answer a byte now and then', (socket: Socket) => dribble(socket)],
    ['send half a header', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-')],
    [
      'begin an answer and stop',
      (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nd8:'),
    ],
  ])('may %s, and is waited for only so long', async (_, act) => {
    const tracker = await serveBytes(act);
    expect(await failure(`http://${tracker}/announce`, 300)).toBe(
      `${tracker} has not answered within 0.3 s.`,
    );
  });

  it.each([
    [
      'at once',
      (socket: Socket) => socket.destroy(),
      /cannot be reached: the other side reset the connection\.$/,
    ],
    [
      'in the middle',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nd8:'),
      /broke off in the middle of its answer\.$/,
    ],
    ['after rubbish', (socket: Socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'), /does not speak HTTP\.$/],
    [
      'after headers without end',
      (socket: Socket) => socket.end(`HTTP/1.1 200 OK\r\n${'X-A: aaaaaaaaaaaaa\r\n'.repeat(9_999)}`),
      /does not speak HTTP\.$/,
    ],
  ])('may close %s', async (_, act, words) => {
    const tracker = await serveBytes(act);
    expect(await failure(`http://${tracker}/announce`)).toMatch(words);
  });

  it('may not be there', async () => {
    const [port] = await freePorts(1, '127.0.0.1');
    expect(await failure(`http://127.0.0.1:${port}/announce`)).toMatch(
      /cannot be reached: connection refused/,
    );
    expect(await failure(`https://127.0.0.1:${port}/announce`)).toMatch(
      /cannot be reached: connection refused/,
    );
  });

  it.each(['http://127.0.0.1:99999/announce', 'http://[::/announce', 'http:///announce'])(
    'may have an address such as %s',
    async url => {
      expect(await failure(url)).toMatch(/^The address of .* is none that can be asked\.$|cannot be reached/);
    },
  );

  it('is not a door to whatever else listens on this computer', async () => {
    let questions = 0;
    const service = await serve(({ url }, response) => {
      questions += 1;
      response.writeHead(302, { Location: `/shutdown?${url}` }).end();
    });
    const { port } = new URL(`http://${service}`);
    for (const host of [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '127.1',
      '0.0.0.0',
      '[::]',
      '[::ffff:127.0.0.1]',
    ]) {
      expect(await failure(`http://${host}:${port}/shutdown`)).toMatch(
        /is not asked: it is on this computer/,
      );
    }
    expect(questions).toBe(0);
    expect(await failure(`http://${service}/announce`)).toMatch(/is not asked: it is on this computer/);
    expect(questions).toBe(1);
  });

  it('hears no more of us once we give up', async () => {
    const closed: Promise<void>[] = [];
    const opened: Promise<string> = serveBytes(socket => {
      closed.push(new Promise(resolve => socket.on('close', () => resolve())));
      giveUp();
    });
    const tracker = await opened;
    const giveUp = httpAnnounce(`http://${tracker}/announce`, request, () => expect.fail('was called back'));
    await expect.poll(() => closed.length).toBe(1);
    await closed[0];
  });

  it('is not even asked when we give up at once', async () => {
    let questions = 0;
    const tracker = await serve((_, response) => {
      questions += 1;
      response.end(Buffer.from(answer, 'latin1'));
    });
    httpAnnounce(`http://${tracker}/announce`, request, () => expect.fail('was called back'))();
    await announce(`http://${tracker}/announce`);
    expect(questions).toBe(1);
  });
});

describe('a scrape over HTTP', () => {
  it('is answered', async () => {
    const tracker = await serve(({ url }, response) => {
      expect(url).toBe(`/scrape?info_hash=${'%AB'.repeat(20)}`);
      const file = 'd8:completei1e10:downloadedi3e10:incompletei2ee';
      response.end(Buffer.from(`d5:filesd20:${'\xab'.repeat(20)}${file}ee`, 'latin1'));
    });
    const result = await new Promise(resolve => {
      httpScrape(`http://${tracker}/announce`, [request.infoHash], resolve);
    });
    expect(result).toEqual(new Map([[request.infoHash, { seeders: 1, leechers: 2, completed: 3 }]]));
  });

  it('is not asked for where there is none', async () => {
    const result = await new Promise(resolve => {
      httpScrape('http://lab:6969/a', [request.infoHash], resolve);
    });
    expect(result).toEqual({ failed: 'lab:6969 cannot be scraped.' });
  });
});

/** A byte of a header each 20 ms. */
function dribble(socket: Socket): void {
  const timer = setInterval(() => socket.write('x'), 20);
  socket.write('HTTP/1.1 200 ');
  socket.on('close', () => clearInterval(timer));
}
