import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from '@msgpack/msgpack';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ToScreen } from '../../../src-shared/carrier.ts';
import { type Place, RefusedError } from '../../../src-shared/contract.ts';
import type { App } from '../app/app.ts';
import { startWebHost, type WebHost } from './server.ts';

/** Everything a session of the app was told, and its way to answer. */
class FakeSession {
  readonly received: unknown[] = [];
  isClosed = false;
  readonly send: (message: ToScreen) => void;

  constructor(send: (message: ToScreen) => void) {
    this.send = send;
  }

  /** Echoes what it is asked. */
  receive(message: unknown): void {
    this.received.push(message);
    const { id, question } = message as { id: number; question: unknown };
    this.send({ type: 'answer', id, answer: question });
  }

  close(): void {
    this.isClosed = true;
  }
}

class FakeApp {
  readonly sessions: FakeSession[] = [];
  readonly granted: string[] = [];

  connect(send: (message: ToScreen) => void): FakeSession {
    const session = new FakeSession(send);
    this.sessions.push(session);
    return session;
  }

  async grant(path: string): Promise<Place> {
    if (path.endsWith('forbidden.txt')) throw new RefusedError('set-up', 'This cannot be opened.');
    this.granted.push(path);
    return { token: `token-${this.granted.length}`, path, name: path.split('/').at(-1)! };
  }
}

/** Not what the host keeps there for itself. */
const isShown = (path: string) => !path.startsWith('.receiving-');

let base: string;
let work: string;
let app: FakeApp;
let host: WebHost;
let port: number;

const start = (options: { readonly host?: string; readonly port?: number } = {}) =>
  startWebHost(app as unknown as App, {
    port: 0,
    rendererFolder: join(base, 'renderer'),
    workFolder: work,
    ...options,
  });

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'piecewise-web-'));
  work = join(base, 'work');
  mkdirSync(join(base, 'renderer/assets'), { recursive: true });
  mkdirSync(work);
  writeFileSync(join(base, 'renderer/index.html'), '<!doctype html><title>Piecewise</title>');
  writeFileSync(join(base, 'renderer/assets/index-1a2b.js'), 'export {};');
  writeFileSync(join(base, 'renderer/notes.map'), 'not for the page');
  writeFileSync(join(base, 'secret.txt'), 'not for the page');
  app = new FakeApp();
  host = await start();
  port = Number(new URL(host.url).port);
});

afterEach(async () => {
  await host.close();
  rmSync(base, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends these lines and this body on a connection of its own, and reads until the other side closes it. */
function raw(lines: readonly string[], body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', bytes => {
      text += bytes.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => {
      const [head = '', ...rest] = text.split('\r\n\r\n');
      const [status = '', ...headers] = head.split('\r\n');
      resolve({
        status: Number(status.split(' ')[1]),
        headers: Object.fromEntries(
          headers.map(line => [line.split(': ')[0]!.toLowerCase(), line.slice(line.indexOf(': ') + 2)]),
        ),
        body: rest.join('\r\n\r\n'),
      });
    });
    socket.write(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n${body}`);
  });
}

const ownHost = () => `Host: 127.0.0.1:${port}`;
const ownOrigin = () => `Origin: http://127.0.0.1:${port}`;

/** Goes through the link: the folder that everything lies in, and the cookie. */
async function comeIn(link = host.url): Promise<{ readonly folder: string; readonly cookie: string }> {
  const { pathname, search } = new URL(link);
  const { status, headers } = await raw([`GET ${pathname}${search} HTTP/1.1`, ownHost()]);
  expect(status).toBe(303);
  return { folder: headers.location!, cookie: `Cookie: ${headers['set-cookie']!.split(';')[0]}` };
}

function get(path: string, ...headers: readonly string[]): Promise<Answer> {
  return raw([`GET ${path} HTTP/1.1`, ownHost(), ...headers]);
}

/** A carrier as the page opens it. */
async function openCarrier(): Promise<WebSocket> {
  const { folder, cookie } = await comeIn();
  const socket = new WebSocket(`ws://127.0.0.1:${port}${folder}carrier`, {
    origin: `http://127.0.0.1:${port}`,
    headers: { Cookie: cookie.replace('Cookie: ', '') },
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return socket;
}

function nextMessage(socket: WebSocket): Promise<unknown> {
  return new Promise(resolve =>
    socket.once('message', data => resolve(decode(new Uint8Array(data as Buffer)))),
  );
}

function closeCode(socket: WebSocket): Promise<number> {
  return new Promise(resolve => socket.once('close', resolve));
}

async function ask(socket: WebSocket, question: unknown): Promise<unknown> {
  const answer = nextMessage(socket);
  socket.send(JSON.stringify({ type: 'ask', id: 1, command: 'about', question }));
  return answer;
}

describe('the link', () => {
  it('shows the screen, and its key leaves the address', async () => {
    const { folder, cookie } = await comeIn();
    expect(folder).toMatch(/^\/[\w-]{12}\/$/);
    const page = await get(folder, cookie);
    expect(page.status).toBe(200);
    expect(page.body).toContain('<title>Piecewise</title>');
  });

  it('gives a cookie that no script reads and no other folder sees', async () => {
    const { pathname, search } = new URL(host.url);
    const { headers } = await get(`${pathname}${search}`);
    expect(headers['set-cookie']).toBe(
      `${headers['set-cookie']!.split(';')[0]}; Path=${headers.location}; HttpOnly; SameSite=Lax`,
    );
  });

  it('holds 256 random bits', () => {
    const key = new URL(host.url).searchParams.get('key')!;
    expect(Buffer.from(key, 'base64url')).toHaveLength(32);
  });

  it('may be opened again', async () => {
    expect(await comeIn()).toEqual(await comeIn());
  });

  it('that was made for one time opens once', async () => {
    const ticket = host.newTicket();
    await comeIn(ticket);
    const { pathname, search } = new URL(ticket);
    expect((await get(`${pathname}${search}`)).status).toBe(403);
  });

  it('of another server opens nothing here', async () => {
    const other = await start();
    const { search } = new URL(other.url);
    const { folder } = await comeIn();
    await other.close();
    expect((await get(`/${search}`)).status).toBe(403);
    expect((await get(folder, `Cookie: piecewise=${search.slice(5)}`)).status).toBe(403);
  });
});

describe('a stranger', () => {
  it.each(['/', '/?key=', '/?key=x', '/index.html', '/carrier', '/assets/index-1a2b.js', '/drop/x'])(
    'gets nothing at %s',
    async path => {
      const answer = await get(path);
      expect(answer.status).toBe(403);
      expect(answer.body).toContain('Open that link once more');
    },
  );

  it('who knows the folder gets nothing without the cookie', async () => {
    const { folder, cookie } = await comeIn();
    expect((await get(folder)).status).toBe(403);
    expect((await get(folder, cookie.slice(0, -1))).status).toBe(403);
    expect((await get(folder, `${cookie}x`)).status).toBe(403);
    expect((await get(folder, `Cookie: other=1; ${cookie.replace('Cookie: ', '')}`)).status).toBe(200);
  });

  it.each([
    ['a foreign name', ['Host: evil.example']],
    ['a foreign name with our port', ['Host: evil.example:PORT']],
    ['our name with another port', ['Host: 127.0.0.1:1']],
    ['our name without a port', ['Host: 127.0.0.1']],
    ['our name twice', ['Host: 127.0.0.1:PORT', 'Host: 127.0.0.1:PORT']],
    ['a second, foreign name', ['Host: 127.0.0.1:PORT', 'host: evil.example']],
    ['a first, foreign name', ['Host: evil.example', 'Host: 127.0.0.1:PORT']],
  ])('who calls this server by %s is turned away', async (_, hosts) => {
    const { folder, cookie } = await comeIn();
    const lines = hosts.map(line => line.replace('PORT', String(port)));
    expect((await raw([`GET ${folder} HTTP/1.1`, ...lines, cookie])).status).toBe(403);
  });

  it('who does not say whom he calls is turned away', async () => {
    const { folder, cookie } = await comeIn();
    expect((await raw([`GET ${folder} HTTP/1.0`, cookie])).status).toBe(403);
    expect((await raw([`GET ${folder} HTTP/1.1`, cookie])).status).toBe(400);
  });

  it('with a page of another origin is turned away', async () => {
    const { folder, cookie } = await comeIn();
    for (const origin of [
      'http://evil.example',
      'null',
      `http://127.0.0.1:${port + 1}`,
      `https://127.0.0.1:${port}`,
    ]) {
      expect((await get(folder, cookie, `Origin: ${origin}`)).status).toBe(403);
    }
    expect((await get(folder, cookie, ownOrigin())).status).toBe(200);
  });

  it('by another name of this computer gets in', async () => {
    const { folder, cookie } = await comeIn();
    expect((await raw([`GET ${folder} HTTP/1.1`, `Host: localhost:${port}`, cookie])).status).toBe(200);
  });
});

describe('the files', () => {
  it('are those of the built screen that a page needs, and no others', async () => {
    const { folder, cookie } = await comeIn();
    const script = await get(`${folder}assets/index-1a2b.js`, cookie);
    expect(script).toMatchObject({ status: 200, body: 'export {};' });
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
    for (const path of [
      'notes.map',
      'secret.txt',
      '../secret.txt',
      '%2e%2e/secret.txt',
      '..%2fsecret.txt',
      '..\\secret.txt',
      'assets/../../secret.txt',
      'assets',
      'assets/',
      '/index.html',
      'index.html%00',
      'constructor',
    ]) {
      expect([path, (await get(`${folder}${path}`, cookie)).status]).toEqual([path, 404]);
    }
  });

  it('come with headers that keep the page to itself', async () => {
    const { folder, cookie } = await comeIn();
    const { headers } = await get(folder, cookie);
    expect(headers).toMatchObject({
      'content-security-policy': [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        `connect-src 'self' ws://127.0.0.1:${port}`,
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "require-trusted-types-for 'script'",
      ].join('; '),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
  });

  it('have a head without a body', async () => {
    const { folder, cookie } = await comeIn();
    const answer = await raw([`HEAD ${folder} HTTP/1.1`, ownHost(), cookie]);
    expect(answer).toMatchObject({ status: 200, body: '' });
    expect(answer.headers['content-length']).toBe('39');
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'])(
    'cannot be asked for by %s',
    async method => {
      const { folder, cookie } = await comeIn();
      const answer = await raw([
        `${method} ${folder} HTTP/1.1`,
        ownHost(),
        ownOrigin(),
        cookie,
        'Content-Length: 0',
      ]);
      expect(answer.status).toBe(405);
      expect(answer.headers.allow).toBe('GET, HEAD');
    },
  );
});

describe('a carrier', () => {
  it('takes JSON and gives MessagePack, with bytes as they are', async () => {
    const socket = await openCarrier();
    expect(await ask(socket, { folder: null })).toEqual({ type: 'answer', id: 1, answer: { folder: null } });
    const update = nextMessage(socket);
    app.sessions[0]!.send({
      type: 'update',
      id: 2,
      update: { rows: Uint8Array.of(1, 2, 255), left: undefined },
    });
    expect(await update).toEqual({ type: 'update', id: 2, update: { rows: Uint8Array.of(1, 2, 255) } });
    socket.close();
  });

  it('ends its session when the page goes', async () => {
    const socket = await openCarrier();
    await ask(socket, {});
    const closed = new Promise<void>(resolve => {
      app.sessions[0]!.close = resolve;
    });
    socket.terminate();
    await closed;
  });

  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
  const knock = (path: string, ...headers: readonly string[]) =>
    raw([`GET ${path} HTTP/1.1`, ...upgrade, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', ...headers]);

  it('opens to our own page alone', async () => {
    const { folder, cookie } = await comeIn();
    const path = `${folder}carrier`;
    expect((await knock(path, ownHost(), ownOrigin())).status).toBe(403);
    expect((await knock(path, ownHost(), cookie)).status).toBe(403);
    expect((await knock(path, ownHost(), cookie, 'Origin: http://evil.example')).status).toBe(403);
    expect((await knock(path, ownHost(), cookie, 'Origin: null')).status).toBe(403);
    expect((await knock(path, ownHost(), cookie, ownOrigin(), 'Origin: http://evil.example')).status).toBe(
      403,
    );
    expect((await knock(path, 'Host: evil.example', cookie, 'Origin: http://evil.example')).status).toBe(403);
    expect((await knock(path, ownHost(), ownHost(), cookie, ownOrigin())).status).toBe(403);
    expect((await knock(`${folder}other`, ownHost(), cookie, ownOrigin())).status).toBe(404);
    expect(app.sessions).toEqual([]);
  });

  it.each<[string, string | Buffer, number]>([
    ['bytes', Buffer.from([0xc1, 0xff]), 1003],
    ['what is no JSON', '{"type":', 1007],
    ['more than a mebibyte', ' '.repeat(1024 * 1024 + 1), 1009],
  ])('that is sent %s is closed, and the others go on', async (_, rubbish, code) => {
    const [victim, other] = [await openCarrier(), await openCarrier()];
    victim.send(rubbish);
    expect(await closeCode(victim)).toBe(code);
    expect(app.sessions[0]!.received).toEqual([]);
    expect(await ask(other, 'still there')).toMatchObject({ answer: 'still there' });
    other.close();
  });

  it('passes on JSON of any shape, however deep', async () => {
    const socket = await openCarrier();
    const deep = `${'['.repeat(300_000)}${']'.repeat(300_000)}`;
    const session = app.sessions[0]!;
    const received = new Promise(resolve => {
      session.receive = resolve;
    });
    socket.send(deep);
    expect(Array.isArray(await received)).toBe(true);
    socket.close();
  });

  it('is one of sixteen at most', async () => {
    const sockets = [];
    for (let count = 0; count < 16; count += 1) sockets.push(await openCarrier());
    await expect(openCarrier()).rejects.toThrow('503');
    const closed = new Promise<void>(resolve => {
      app.sessions[0]!.close = resolve;
    });
    sockets[0]!.terminate();
    await closed;
    sockets.push(await openCarrier());
    for (const socket of sockets) socket.terminate();
  });

  it('does not read a page that does not read', async () => {
    const socket = await openCarrier();
    const session = app.sessions[0]!;
    const large = 'x'.repeat(1024 * 1024);
    session.receive = message => {
      session.received.push(message);
      session.send({ type: 'answer', id: 1, answer: large });
    };
    socket.pause();
    const asked = 400;
    // Long enough that they do not arrive all at once: what has arrived is answered.
    const question = JSON.stringify({ id: 1, question: 'x'.repeat(16 * 1024) });
    for (let count = 0; count < asked; count += 1) socket.send(question);
    await expect.poll(() => session.received.length).toBeGreaterThan(7);
    let receivedThen: number;
    do {
      receivedThen = session.received.length;
      await comeIn();
    } while (session.received.length > receivedThen);
    expect(receivedThen).toBeLessThan(asked);
    socket.resume();
    let answers = 0;
    await new Promise<void>(resolve => {
      socket.on('message', () => {
        answers += 1;
        if (answers === asked) resolve();
      });
    });
    expect(session.received).toHaveLength(asked);
    socket.close();
  });

  it('is told when the app goes', async () => {
    const socket = await openCarrier();
    const code = closeCode(socket);
    await host.close();
    expect(await code).toBe(1001);
    host = await start();
  });
});

describe('what is dropped', () => {
  const token = '0123456789abcdef0123456789abcdef';
  let folder: string;
  let cookie: string;

  beforeEach(async () => {
    ({ folder, cookie } = await comeIn());
  });

  async function put(path: string, body: string, ...headers: readonly string[]): Promise<Answer> {
    const all = headers.length > 0 ? headers : [ownHost(), ownOrigin(), cookie];
    return raw(
      [`PUT ${folder}drop/${path} HTTP/1.1`, ...all, `Content-Length: ${Buffer.byteLength(body)}`],
      body,
    );
  }

  const list = (files: Readonly<Record<string, number>>, folders: readonly string[] = []) =>
    JSON.stringify({ folders, files: Object.entries(files).map(([path, size]) => ({ path, size })) });
  const everything = () => readdirSync(join(work, 'Dropped'), { recursive: true }).map(String).sort();
  const dropped = () => everything().filter(isShown);
  const answerOf = ({ body }: Answer) => JSON.parse(body);

  it('comes to lie in the work folder, and the screen may speak of it', async () => {
    expect(answerOf(await put(token, list({ 'notes.txt': 5 })))).toEqual({ left: 1 });
    const answer = await put(`${token}/0`, 'hello');
    expect(answer.status).toBe(200);
    const path = join(work, 'Dropped/notes/notes.txt');
    expect(answerOf(answer)).toEqual({ places: [{ token: 'token-1', path, name: 'notes.txt' }] });
    expect(readFileSync(path, 'utf8')).toBe('hello');
    expect(dropped()).toEqual(['notes', 'notes/notes.txt']);
  });

  it('keeps its name and adds no level if it is one folder', async () => {
    await put(token, list({ 'run/Common.cfg': 1, 'run/peer_1001/a.bin': 0 }, ['run']));
    await put(`${token}/0`, 'c');
    await put(`${token}/1`, '');
    expect(dropped()).toEqual(['run', 'run/Common.cfg', 'run/peer_1001', 'run/peer_1001/a.bin']);
    expect(app.granted).toEqual([join(work, 'Dropped/run')]);
  });

  it('may be several folders, empty ones too, which stay together', async () => {
    await put(token, list({ 'run/a': 1 }, ['run', 'empty']));
    expect(answerOf(await put(`${token}/0`, 'a')).places).toHaveLength(2);
    expect(dropped()).toEqual(['run', 'run/empty', 'run/run', 'run/run/a']);
    expect(app.granted).toEqual(['run/run', 'run/empty'].map(path => join(work, 'Dropped', path)));
  });

  it('may be an empty folder alone', async () => {
    expect(answerOf(await put(token, list({}, ['empty']))).places).toHaveLength(1);
    expect(dropped()).toEqual(['empty']);
  });

  it('keeps configuration files that came together apart from any that came before', async () => {
    await put(`${token}-1`, list({ 'PeerInfo.cfg': 1 }));
    await put(`${token}-1/0`, '1');
    await put(`${token}-2`, list({ 'Common.cfg': 1, 'PeerInfo.cfg': 1 }));
    await put(`${token}-2/0`, '2');
    await put(`${token}-2/1`, '2');
    await put(`${token}-3`, list({ 'PeerInfo.cfg': 1 }));
    await put(`${token}-3/0`, '3');
    expect(dropped().filter(path => path.includes('/'))).toEqual([
      'Common/Common.cfg',
      'Common/PeerInfo.cfg',
      'PeerInfo 2/PeerInfo.cfg',
      'PeerInfo/PeerInfo.cfg',
    ]);
  });

  it.each([
    ['.profile', '.profile'],
    ['a .bin', 'a'],
    ['a..bin', 'a'],
    ['archive.tar.gz', 'archive.tar'],
    ['. .bin', '. .bin'],
  ])('called %j lies in a folder that every system can hold, %j', async (name, folder) => {
    await put(token, list({ [name]: 1 }));
    await put(`${token}/0`, 'a');
    expect(dropped()).toEqual([folder, `${folder}/${name}`]);
  });

  it('never takes the place of what is there', async () => {
    for (const number of [1, 2, 3]) {
      await put(`${token}-${number}`, list({ 'a.txt': 1, 'run/b': 1 }, ['run']));
      await put(`${token}-${number}/0`, String(number));
      expect((await put(`${token}-${number}/1`, String(number))).status).toBe(200);
    }
    const read = (name: string) => readFileSync(join(work, 'Dropped', name), 'utf8');
    expect(['run/a.txt', 'run 2/a.txt', 'run 3/a.txt'].map(read)).toEqual(['1', '2', '3']);
    expect(['run/run/b', 'run 2/run/b', 'run 3/run/b'].map(read)).toEqual(['1', '2', '3']);
  });

  it('is gone again when it breaks off', async () => {
    await put(token, list({ 'run/a': 1, 'run/b': 100 }, ['run']));
    await put(`${token}/0`, 'a');
    await new Promise<void>(resolve => {
      const socket = connect(port, '127.0.0.1', () => {
        const head = [
          `PUT ${folder}drop/${token}/1 HTTP/1.1`,
          ownHost(),
          ownOrigin(),
          cookie,
          'Content-Length: 100',
        ];
        socket.write(`${head.join('\r\n')}\r\n\r\nhalf`, () => socket.destroy());
      });
      socket.on('close', () => resolve());
    });
    await expect.poll(everything).toEqual([]);
    expect((await put(`${token}/1`, 'b')).status).toBe(404);
  });

  it('is gone again when the app ends', async () => {
    await put(token, list({ 'a.txt': 1 }));
    expect(readdirSync(join(work, 'Dropped'))).toHaveLength(1);
    await host.close();
    expect(everything()).toEqual([]);
    host = await start();
  });

  it.each([
    '../evil.txt',
    '/etc/evil.txt',
    'run/../../evil.txt',
    'run/./evil.txt',
    'run//evil.txt',
    '..\\evil.txt',
    'C:evil.txt',
    'evil\0.txt',
    'NUL',
    'evil.',
    '',
    'loose/evil.txt',
    `${'run/'.repeat(16)}evil.txt`,
    `${'e'.repeat(256)}.txt`,
  ])('is refused as a whole with a name such as %j', async path => {
    const answer = await put(token, list({ 'good.txt': 1, [path]: 1 }, ['run']));
    expect(answer.status).toBe(400);
    expect(answerOf(answer).message).toMatch(/\w.*\.$/);
    expect((await put(`${token}/0`, 'x')).status).toBe(404);
    expect(readdirSync(base).sort()).toEqual(['renderer', 'secret.txt', 'work']);
    expect(
      readdirSync(work, { recursive: true })
        .map(String)
        .filter(name => name !== 'Dropped'),
    ).toEqual([]);
  });

  it.each([
    '',
    'null',
    '[]',
    '{"folders":[],"files":[{"path":"a","size":-1}]}',
    '{"folders":{},"files":[]}',
    '{',
  ])('is refused with %j for a list', async body => expect((await put(token, body)).status).toBe(400));

  it('is refused when it is larger than the disk', async () => {
    const answer = await put(token, list({ 'huge.bin': 2 ** 52 }));
    expect(answer.status).toBe(507);
    expect(answerOf(answer).message).toMatch(/^There is no room for 4\.0 PiB: .* left\. Make room there, /);
    expect(everything()).toEqual([]);
  });

  it('is refused when it is not as long as was said, and when nobody waits for it', async () => {
    await put(token, list({ 'a.txt': 5 }));
    expect((await put(`${token}/0`, 'four')).status).toBe(400);
    expect(everything()).toEqual([]);
    await put(token, list({ 'a.txt': 1, 'b.txt': 1 }));
    await put(`${token}/0`, 'a');
    expect((await put(`${token}/0`, 'a')).status).toBe(409);
    expect(everything()).toEqual([]);
  });

  it('is refused with two of a name', async () => {
    const twice = { path: 'a.txt', size: 1 };
    const answer = await put(token, JSON.stringify({ folders: [], files: [twice, twice] }));
    expect(answer.status).toBe(409);
  });

  it('waits its turn behind four others', async () => {
    for (const number of [1, 2, 3, 4])
      expect((await put(`${token}-${number}`, list({ 'a.txt': 1 }))).status).toBe(200);
    expect((await put(token, list({ 'a.txt': 1 }))).status).toBe(503);
  });

  it('is told apart from what the app refuses', async () => {
    await put(token, list({ 'forbidden.txt': 1 }));
    const answer = await put(`${token}/0`, 'x');
    expect(answer.status).toBe(500);
    expect(answerOf(answer)).toEqual({ message: 'This cannot be opened.' });
  });

  it('comes from our own page alone', async () => {
    const body = list({ 'a.txt': 1 });
    expect((await put(token, body, ownHost(), ownOrigin())).status).toBe(403);
    expect((await put(token, body, ownHost(), cookie)).status).toBe(403);
    expect((await put(token, body, ownHost(), cookie, 'Origin: http://evil.example')).status).toBe(403);
    expect((await put(token, body, 'Host: evil.example', cookie, 'Origin: http://evil.example')).status).toBe(
      403,
    );
    expect((await get(`${folder}drop/${token}`, cookie)).status).toBe(405);
    expect((await put('short', body)).status).toBe(404);
    expect((await put(`${token}/0/0`, 'x')).status).toBe(404);
    expect((await put(`${token}/x`, 'x')).status).toBe(404);
    expect(readdirSync(work)).toEqual([]);
  });
});

describe('the server', () => {
  it('clears away at its start what a killed one left half received', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    mkdirSync(join(work, 'Dropped', `.receiving-${pid}-${hostname()}-aB3_x9`), { recursive: true });
    await host.close();
    host = await start();
    expect(readdirSync(join(work, 'Dropped'))).toEqual([]);
  });

  it('takes no head of more than 16 KiB', async () => {
    expect((await get('/', `X-Long: ${'x'.repeat(16 * 1024)}`)).status).toBe(431);
  });

  it('has 128 connections at most', async () => {
    const sockets = Array.from({ length: 129 }, () => connect(port, '127.0.0.1'));
    const turnedAway = await Promise.race(
      sockets.map(socket => new Promise(resolve => socket.once('close', () => resolve(socket)))),
    );
    expect(sockets.filter(socket => socket !== turnedAway && socket.closed)).toEqual([]);
    for (const socket of sockets) socket.destroy();
  });

  it('says what to do when its port is taken', async () => {
    await expect(start({ port })).rejects.toThrow(
      `The screen cannot be served on port ${port} of 127.0.0.1: another program listens there. Choose another port`,
    );
  });

  it('says what to do when the screen is not built', async () => {
    rmSync(join(base, 'renderer/index.html'));
    await expect(start()).rejects.toThrow('Run "npm run build" first.');
  });

  it('is for this computer alone unless told otherwise', async () => {
    expect(host.isOpenToOthers).toBe(false);
    const open = await start({ host: '0.0.0.0' });
    expect(open.isOpenToOthers).toBe(true);
    await open.close();
  });
});
