import { encode } from '@msgpack/msgpack';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ToApp, ToScreen } from '../src-shared/carrier.ts';
import type { Bridge } from './bridge.ts';
import { createWebBridge } from './bridge-web.ts';

/** A WebSocket without a network. */
class FakeSocket extends EventTarget {
  binaryType = 'blob';
  readonly sent: ToApp[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  open(): void {
    this.dispatchEvent(new Event('open'));
  }

  lose(): void {
    this.dispatchEvent(new Event('close'));
  }

  give(message: ToScreen): void {
    const bytes = encode(message);
    const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    this.dispatchEvent(Object.assign(new Event('message'), { data }));
  }
}

interface Sent {
  readonly address: string;
  readonly body: Blob | string;
}

let sockets: FakeSocket[];
let addresses: string[];
let sent: Sent[];
let answers: string[];
let bridge: Bridge;

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  addresses = [];
  sent = [];
  answers = [];
  bridge = createWebBridge({
    address: 'http://127.0.0.1:4000/folder/#/swarm/1',
    connect(address) {
      addresses.push(address);
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    async put(address, body, onSent) {
      sent.push({ address, body });
      if (typeof body !== 'string') onSent(body.size);
      return answers.shift() ?? '{"places":[]}';
    },
  });
});

afterEach(() => {
  vi.useRealTimers();
});

const settings = { theme: 'dark' };

describe('the door to an app that serves the page', () => {
  it('is in the folder of the page', () => {
    expect(addresses).toEqual(['ws://127.0.0.1:4000/folder/carrier']);
    expect(sockets[0]!.binaryType).toBe('arraybuffer');
  });

  it('keeps what is asked until it is open', async () => {
    const about = bridge.ask('about', {});
    expect(sockets[0]!.sent).toEqual([]);
    sockets[0]!.open();
    expect(sockets[0]!.sent).toEqual([{ type: 'ask', id: 1, command: 'about', question: {} }]);
    sockets[0]!.give({ type: 'answer', id: 1, answer: { version: '1' } });
    expect(await about).toEqual({ version: '1' });
  });

  it('gives bytes as bytes', () => {
    const updates: unknown[] = [];
    bridge.follow({ topic: 'tape', swarm: 's', peer: '1001' }, update => updates.push(update));
    sockets[0]!.open();
    sockets[0]!.give({ type: 'update', id: 1, update: { page: { rows: Uint8Array.of(7, 8) } } });
    expect(updates).toEqual([{ page: { rows: Uint8Array.of(7, 8) } }]);
    expect(sockets[0]!.sent.at(-1)).toEqual({ type: 'ready', id: 1 });
  });

  it('tells whether the app is there, now and later', () => {
    const states: string[] = [];
    const stop = bridge.onConnection(state => states.push(state));
    expect(states).toEqual([]);
    sockets[0]!.open();
    sockets[0]!.lose();
    vi.advanceTimersByTime(250);
    sockets[1]!.lose();
    bridge.onConnection(state => states.push(`late: ${state}`));
    vi.advanceTimersByTime(500);
    stop();
    sockets[2]!.open();
    expect(states).toEqual(['open', 'lost', 'late: lost', 'late: open']);
  });

  it('comes back, follows again what was followed, and not what was no longer', () => {
    const updates: unknown[] = [];
    bridge.follow({ topic: 'settings' }, update => updates.push(update));
    const stop = bridge.follow({ topic: 'home' }, () => {});
    sockets[0]!.open();
    sockets[0]!.lose();
    stop();
    vi.advanceTimersByTime(250);
    sockets[1]!.open();
    expect(sockets[1]!.sent).toEqual([{ type: 'follow', id: 1, topic: { topic: 'settings' } }]);
    sockets[1]!.give({ type: 'update', id: 1, update: settings });
    expect(updates).toEqual([settings]);
  });

  it('refuses what was asked when it closes, and what is asked while it is closed', async () => {
    sockets[0]!.open();
    const before = bridge.ask('about', {});
    sockets[0]!.lose();
    const lost = { refusal: { code: 'unavailable', message: 'The connection to the app was lost.' } };
    await expect(before).rejects.toMatchObject(lost);
    await expect(bridge.ask('about', {})).rejects.toMatchObject(lost);
    vi.advanceTimersByTime(250);
    sockets[1]!.open();
    expect(sockets[1]!.sent).toEqual([]);
  });

  it('is tried less and less often, and often again once it was open', () => {
    const pauses = [250, 500, 1000, 2000, 4000, 5000, 5000];
    for (const pause of pauses) {
      sockets.at(-1)!.lose();
      const tried = sockets.length;
      vi.advanceTimersByTime(pause - 1);
      expect(sockets).toHaveLength(tried);
      vi.advanceTimersByTime(1);
      expect(sockets).toHaveLength(tried + 1);
    }
    sockets.at(-1)!.open();
    sockets.at(-1)!.lose();
    vi.advanceTimersByTime(250);
    expect(sockets).toHaveLength(pauses.length + 2);
  });
});

type FakeEntry = Blob | { readonly [name: string]: FakeEntry };

/** A folder hands out its entries two at a time; a browser does so by the hundred. */
function entry(name: string, content: FakeEntry): unknown {
  if (content instanceof Blob) {
    return { name, isDirectory: false, file: (found: (file: Blob) => void) => found(content) };
  }
  return {
    name,
    isDirectory: true,
    createReader() {
      const left = Object.entries(content).map(([inner, value]) => entry(inner, value));
      return { readEntries: (found: (entries: unknown[]) => void) => found(left.splice(0, 2)) };
    },
  };
}

/** What was dropped; like a browser's, it can be looked at only until the drop is over. */
function transferOf(content: Readonly<Record<string, FakeEntry>>): DataTransfer {
  let isOver = false;
  queueMicrotask(() => {
    isOver = true;
  });
  const items = Object.entries(content).map(([name, value]) => ({
    kind: 'file',
    webkitGetAsEntry: () => (isOver ? null : entry(name, value)),
    getAsFile: () => (isOver ? null : value instanceof Blob ? Object.assign(value, { name }) : null),
  }));
  return { items: [{ kind: 'string' }, ...items] } as unknown as DataTransfer;
}

const places = [{ token: 't', path: '/work/Dropped/run', name: 'run' }];
const blob = (text: string) => new Blob([text]);

describe('what is dropped on the page', () => {
  it('leaves out of folders what no share has', async () => {
    answers = ['{"left":2}', '{"left":1}', JSON.stringify({ places })];
    const run = {
      '.DS_Store': blob('x'),
      '.git': { HEAD: blob('x') },
      'Thumbs.db': blob('x'),
      'a.txt': blob('abc'),
    };
    await bridge.drop(transferOf({ run, '.hidden': blob('x') }));
    expect(JSON.parse(sent[0]!.body as string)).toEqual({
      folders: ['run'],
      files: [
        { path: 'run/a.txt', size: 3 },
        { path: '.hidden', size: 1 },
      ],
    });
  });

  it('is listed, and then sent file by file', async () => {
    answers = ['{"left":3}', '{"left":2}', '{"left":1}', JSON.stringify({ places })];
    const run = {
      'Common.cfg': blob('co'),
      inner: { 'a.txt': blob('abc') },
      more: {},
      'PeerInfo.cfg': blob('p'),
    };
    const shares: number[] = [];
    const dropped = await bridge.drop(transferOf({ run }), share => shares.push(share));
    expect(dropped).toEqual(places);
    const [list, ...files] = sent;
    expect(list!.address).toMatch(/^http:\/\/127\.0\.0\.1:4000\/folder\/drop\/[0-9a-f]{32}$/);
    expect(JSON.parse(list!.body as string)).toEqual({
      folders: ['run'],
      files: [
        { path: 'run/Common.cfg', size: 2 },
        { path: 'run/inner/a.txt', size: 3 },
        { path: 'run/PeerInfo.cfg', size: 1 },
      ],
    });
    expect(files.map(({ address }) => address)).toEqual([0, 1, 2].map(place => `${list!.address}/${place}`));
    expect(await Promise.all(files.map(({ body }) => (body as Blob).text()))).toEqual(['co', 'abc', 'p']);
    expect(shares[0]).toBe(0);
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  });

  it('may be nothing', async () => {
    expect(await bridge.drop(transferOf({}))).toEqual([]);
    expect(sent).toEqual([]);
  });

  it('may be an empty folder, or a file with nothing in it', async () => {
    answers = ['{"left":1}', JSON.stringify({ places })];
    const shares: number[] = [];
    expect(
      await bridge.drop(transferOf({ run: {}, 'a.txt': blob('') }), share => shares.push(share)),
    ).toEqual(places);
    expect(shares.every(share => share >= 0 && share <= 1)).toBe(true);
  });

  it('is refused in the words of the app, and no more of it is sent', async () => {
    answers = ['{"left":2}', '{"message":"The disk is full."}'];
    const dropped = bridge.drop(transferOf({ 'a.txt': blob('a'), 'b.txt': blob('b') }));
    await expect(dropped).rejects.toMatchObject({
      refusal: { code: 'set-up', message: 'The disk is full.' },
    });
    expect(sent).toHaveLength(2);
  });

  it('is refused in a sentence when the app does not know the page any more', async () => {
    answers = ['This page opens only with the link'];
    await expect(bridge.drop(transferOf({ 'a.txt': blob('a') }))).rejects.toThrow('open its link again');
  });

  it('is not followed into folders without end', async () => {
    let deep: FakeEntry = { 'a.txt': blob('a') };
    for (let depth = 0; depth < 16; depth += 1) deep = { deep };
    await expect(bridge.drop(transferOf({ deep }))).rejects.toThrow('lies too deep');
    expect(sent).toEqual([]);
  });
});
