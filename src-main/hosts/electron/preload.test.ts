import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { build } from 'vite';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Exposed } from '../../../src-shared/exposed.ts';
import { channels } from './channels.ts';

interface Chunk {
  readonly type: string;
  readonly fileName: string;
  readonly code: string;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
let output: readonly Chunk[] = [];

beforeAll(async () => {
  const built = await build({
    root,
    configFile: `${root}vite.preload.config.ts`,
    logLevel: 'silent',
    build: { write: false },
  });
  output = (built as unknown as { readonly output: readonly Chunk[] }).output;
});

/** Runs the built preload as its sandbox would: with `electron` and nothing else to require. */
function run() {
  const sent: unknown[][] = [];
  const required: string[] = [];
  let listener: (...args: unknown[]) => void = () => {};
  let world: Record<string, unknown> = {};
  const electron = {
    contextBridge: {
      exposeInMainWorld: (name: string, value: unknown) => {
        world = { ...world, [name]: value };
      },
    },
    ipcRenderer: {
      send: (...args: unknown[]) => sent.push(args),
      on: (channel: string, onMessage: (...args: unknown[]) => void) => {
        if (channel === channels.toScreen) listener = onMessage;
      },
      invoke: async (...args: unknown[]) => ({ invoked: args }),
    },
    webUtils: {
      getPathForFile: (file: { path?: string }) => {
        if (typeof file !== 'object') throw new TypeError('not a file');
        return file.path ?? '';
      },
    },
  };
  runInNewContext(output[0]!.code, {
    require: (name: string) => {
      required.push(name);
      return electron;
    },
    crypto: { randomUUID: () => 'page-1' },
  });
  const exposed = world.piecewise as Exposed<{ path?: string }>;
  return { world, exposed, sent, required, hear: (...args: unknown[]) => listener({}, ...args) };
}

describe('the built preload', () => {
  it('is one CommonJS file', () => {
    expect(output.map(({ type, fileName }) => [type, fileName])).toEqual([['chunk', 'preload.cjs']]);
    expect(output[0]!.code).not.toMatch(/^\s*(import|export)\b|\bimport\(/m);
  });

  it('requires electron and nothing else', () => {
    expect(run().required).toEqual(['electron']);
    expect(output[0]!.code.match(/\brequire\(/g)).toHaveLength(1);
  });

  it('exposes one frozen object of three functions', () => {
    const { world, exposed } = run();
    expect(Object.keys(world)).toEqual(['piecewise']);
    expect(Object.isFrozen(exposed)).toBe(true);
    expect(Object.entries(exposed).map(([name, value]) => [name, typeof value])).toEqual([
      ['send', 'function'],
      ['onMessage', 'function'],
      ['drop', 'function'],
    ]);
  });

  it('names its page first, then sends on one channel', () => {
    const { exposed, sent } = run();
    exposed.send({ type: 'ready', id: 1 });
    expect(sent).toEqual([
      [channels.opened, 'page-1'],
      [channels.toApp, { type: 'ready', id: 1 }],
    ]);
  });

  it('passes on messages to its own page, without the event', () => {
    const { exposed, hear } = run();
    const heard: unknown[][] = [];
    exposed.onMessage((...args) => heard.push(args));
    hear('page-0', { type: 'answer', id: 1, answer: 'of the page before' });
    hear('page-1', { type: 'answer', id: 1, answer: 'of this one' });
    expect(heard).toEqual([[{ type: 'answer', id: 1, answer: 'of this one' }]]);
  });

  it('hands over the paths of dropped files that have one', async () => {
    const { exposed } = run();
    expect(await exposed.drop([{ path: '/lab/a' }, {}, { path: '/lab/b' }])).toEqual({
      invoked: [channels.drop, ['/lab/a', '/lab/b']],
    });
  });

  it('hands over nothing when it is given a path instead of a file', () => {
    const { exposed } = run();
    expect(() => exposed.drop(['/etc/passwd'] as never)).toThrow('not a file');
  });
});
