import { connect, createServer, Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Link, LinkHandler } from '../engine/ports.ts';
import { freePorts } from './free-ports.ts';
import { ListenError, type Listening, listen, tcpDialer, tcpDialerFrom } from './tcp.ts';

const host = '127.0.0.1';
/** A label of more than 63 letters can be no host name, and no name server is asked for it. */
const noHost = `${'x'.repeat(64)}.lab`;
const releases: (() => void)[] = [];

afterEach(() => {
  for (const release of releases.splice(0)) release();
});

/** What a link told its handler, and a way to wait for it. */
class Ear implements LinkHandler {
  readonly heard: string[] = [];
  bytes = 0;
  ended = false;
  closed: { readonly error: string | undefined } | undefined;
  place: Uint8Array | undefined;
  #waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];

  window(): Uint8Array | undefined {
    return this.place;
  }

  onBytes(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    const inPlace = this.place !== undefined && bytes.buffer === this.place.buffer;
    this.heard.push(`${inPlace ? 'in place: ' : ''}${Buffer.from(bytes).toString()}`);
    if (inPlace) this.place = this.place!.subarray(bytes.length);
    this.#check();
  }

  onEnd(): void {
    this.ended = true;
    this.#check();
  }

  onClosed(error?: string): void {
    this.closed = { error };
    this.#check();
  }

  until(holds: (ear: this) => boolean): Promise<void> {
    return new Promise(resolve => {
      this.#waiting.push({ holds: () => holds(this), resolve });
      this.#check();
    });
  }

  #check(): void {
    this.#waiting = this.#waiting.filter(({ holds, resolve }) => {
      if (!holds()) return true;
      resolve();
      return false;
    });
  }
}

async function listening(onLink: (link: Link) => void): Promise<{ port: number; listening: Listening }> {
  const [port = 0] = await freePorts(1, host);
  const open = await listen({ host, port }, onLink);
  releases.push(() => open.close());
  return { port, listening: open };
}

function dialled(port: number): Promise<Link> {
  return new Promise((resolve, reject) => {
    tcpDialer.dial({ host, port }, result => {
      if ('failed' in result) return reject(new Error(result.failed));
      releases.push(() => result.abort());
      resolve(result);
    });
  });
}

/** Both ends of a connection between our own links. */
async function pair(): Promise<{ near: Link; far: Link }> {
  let onFar: (link: Link) => void = () => {};
  const accepted = new Promise<Link>(resolve => {
    onFar = resolve;
  });
  const { port } = await listening(link => onFar(link));
  const [near, far] = await Promise.all([dialled(port), accepted]);
  releases.push(() => far.abort());
  return { near, far };
}

describe('a dialer that keeps to one address', () => {
  // Other systems have but one address on the loop.
  it.runIf(process.platform === 'linux')('comes from there', async () => {
    let onFar: (link: Link) => void = () => {};
    const accepted = new Promise<Link>(resolve => {
      onFar = resolve;
    });
    const { port } = await listening(link => onFar(link));
    tcpDialerFrom('127.0.0.7').dial({ host: 'localhost', port }, result => {
      if ('failed' in result) throw new Error(result.failed);
      releases.push(() => result.abort());
    });
    const far = await accepted;
    releases.push(() => far.abort());
    expect(far.remote).toMatch(/^127\.0\.0\.7:/);
  });
});

const text = (words: string) => new TextEncoder().encode(words);

describe.each(['dialled', 'accepted'] as const)('a link that was %s', kind => {
  const ends = async () => {
    const { near, far } = await pair();
    return kind === 'dialled' ? { own: near, other: far } : { own: far, other: near };
  };

  it('delivers what the other side sends, and tells when its bytes were taken', async () => {
    const { own, other } = await ends();
    const ear = new Ear();
    own.open(ear);
    other.open(new Ear());
    const sent = new Promise<void>(resolve => other.send([text('hand'), text('shake')], resolve));
    await ear.until(({ bytes }) => bytes === 9);
    await sent;
    expect(ear.heard.join('')).toBe('handshake');
  });

  it('receives into the place its handler names, without a copy', async () => {
    const { own, other } = await ends();
    const ear = new Ear();
    own.open(ear);
    other.open(new Ear());
    other.send([text('head')]);
    await ear.until(({ bytes }) => bytes === 4);
    // The buffer of the next read is chosen when the last one was handled.
    ear.place = new Uint8Array(4);
    other.send([text('1')]);
    await ear.until(({ bytes }) => bytes === 5);
    const place = ear.place;
    other.send([text('body')]);
    await ear.until(({ bytes }) => bytes >= 9);
    expect(ear.heard).toEqual(['head', '1', 'in place: body']);
    expect(Buffer.from(place).toString()).toBe('body');
  });

  it('lets a frame wait for company, and sends it before what comes later', async () => {
    const { own, other } = await ends();
    const ear = new Ear();
    other.open(ear);
    own.open(new Ear());
    own.sendSoon(text('have '));
    own.send([text('request')]);
    own.sendSoon(text(' alone'));
    await ear.until(({ bytes }) => bytes === 18);
    expect(ear.heard.join('')).toBe('have request alone');
  });

  it('holds back while it is paused, and goes on where it stopped', async () => {
    const { own, other } = await ends();
    const ear = new Ear();
    own.open(ear);
    const sender = new Ear();
    other.open(sender);
    own.pause();
    // More than the network takes by itself, so that the sender feels the pause.
    const flood = new Uint8Array(32 * 1024 * 1024);
    let isSent = false;
    other.send([flood], () => {
      isSent = true;
    });
    await new Promise(resolve => setImmediate(resolve));
    expect(isSent).toBe(false);
    expect(other.unsentBytes).toBeGreaterThan(0);
    own.resume();
    await ear.until(({ bytes }) => bytes === flood.length);
  });

  it('half-closes: the rest is sent, and still received, before it closes', async () => {
    const { own, other } = await ends();
    const [ownEar, otherEar] = [new Ear(), new Ear()];
    own.open(ownEar);
    other.open(otherEar);
    own.sendSoon(text('last'));
    own.finish();
    await otherEar.until(({ ended }) => ended);
    expect(otherEar.heard.join('')).toBe('last');
    expect(ownEar.closed).toBeUndefined();
    other.send([text('answer')]);
    other.finish();
    await ownEar.until(({ closed }) => closed !== undefined);
    expect(ownEar.heard.join('')).toBe('answer');
    expect(ownEar.closed).toEqual({ error: undefined });
  });

  it('says so when the other side resets it', async () => {
    const { own, other } = await ends();
    const ear = new Ear();
    own.open(ear);
    other.open(new Ear());
    own.send([text('unread')]);
    await new Promise(resolve => setImmediate(resolve));
    other.abort();
    await ear.until(({ closed }) => closed !== undefined);
    own.send([text('too late')]);
    await new Promise<void>(resolve => own.send([text('too late')], resolve));
  });
});

describe('listening and dialling', () => {
  it('names the address that is in use', async () => {
    const taken = createServer();
    await new Promise<void>(resolve => taken.listen(0, host, resolve));
    releases.push(() => taken.close());
    const { port } = taken.address() as { port: number };
    const attempt = listen({ host, port }, () => {});
    await expect(attempt).rejects.toThrow(ListenError);
    await expect(attempt).rejects.toThrow(
      `${host}:${port} is already in use: another peer or program listens there; stop it, or change the port in PeerInfo.cfg`,
    );
  });

  it('goes on after accepts that failed', async () => {
    const listen = vi.spyOn(Server.prototype, 'listen');
    const { port } = await listening(link => link.abort());
    const server = listen.mock.contexts.at(-1) as Server;
    listen.mockRestore();
    for (let i = 0; i < 2; i += 1) server.emit('error', Object.assign(new Error(), { code: 'EMFILE' }));
    await dialled(port);
  });

  it('listens on all addresses when the name is not this machine', async () => {
    const [port = 0] = await freePorts(1, host);
    const open = await listen({ host: noHost, port }, link => link.abort());
    releases.push(() => open.close());
    const socket = await new Promise<Socket>((resolve, reject) => {
      const client = connect(port, host, () => resolve(client));
      client.once('error', reject);
    });
    socket.destroy();
  });

  it('keeps what an accepted link receives before it is opened', async () => {
    const links: Link[] = [];
    const { port } = await listening(link => links.push(link));
    const early = await dialled(port);
    early.send([text('handshake')]);
    // Later ones are accepted after that was there to be read.
    for (let later = 0; later < 3; later += 1) await dialled(port);
    const ear = new Ear();
    links[0]!.open(ear);
    releases.push(() => links[0]!.abort());
    await ear.until(({ bytes }) => bytes === 9);
    expect(ear.heard.join('')).toBe('handshake');
  });

  it('says why nobody could be dialled', async () => {
    const [port = 0] = await freePorts(1, host);
    await expect(dialled(port)).rejects.toThrow('connection refused');
  });
});
