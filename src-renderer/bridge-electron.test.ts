import { describe, expect, it } from 'vitest';
import type { ToApp, ToScreen } from '../src-shared/carrier.ts';
import type { RefusedError } from '../src-shared/contract.ts';
import type { Dropped } from '../src-shared/exposed.ts';
import { createElectronBridge } from './bridge-electron.ts';

function bridged(dropped: Dropped = { places: [] }) {
  const sent: ToApp[] = [];
  const droppedFiles: File[][] = [];
  let hear: (message: ToScreen) => void = () => {};
  const bridge = createElectronBridge({
    send: message => sent.push(message),
    onMessage: listener => {
      hear = listener;
    },
    drop: async files => {
      droppedFiles.push([...files]);
      return dropped;
    },
  });
  return { bridge, sent, droppedFiles, hear: (message: ToScreen) => hear(message) };
}

const transferOf = (...names: string[]) =>
  ({ files: names.map(name => new File([], name)) }) as unknown as DataTransfer;

describe('the bridge of the desktop app', () => {
  it('asks and is answered', async () => {
    const { bridge, sent, hear } = bridged();
    const answer = bridge.ask('choose', { what: 'folder' });
    expect(sent).toEqual([{ type: 'ask', id: 1, command: 'choose', question: { what: 'folder' } }]);
    hear({ type: 'answer', id: 1, answer: { places: [] } });
    expect(await answer).toEqual({ places: [] });
  });

  it('follows until it is told not to', () => {
    const { bridge, sent, hear } = bridged();
    const views: unknown[] = [];
    const stop = bridge.follow({ topic: 'home' }, view => views.push(view));
    hear({ type: 'update', id: 1, update: 'a view' });
    stop();
    hear({ type: 'update', id: 1, update: 'too late' });
    expect(views).toEqual(['a view']);
    expect(sent.map(({ type }) => type)).toEqual(['follow', 'ready', 'unfollow']);
  });

  it('hands over the files that were dropped', async () => {
    const place = { token: 't', path: '/lab/a', name: 'a' };
    const { bridge, droppedFiles } = bridged({ places: [place] });
    expect(await bridge.drop(transferOf('a', 'b'))).toEqual([place]);
    expect(droppedFiles[0]!.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('throws the refusal of what cannot be dropped', async () => {
    const refusal = { code: 'set-up', message: 'It does not exist.', problems: ['x'] } as const;
    const { bridge } = bridged({ refusal });
    const error = await bridge.drop(transferOf('a')).catch((thrown: RefusedError) => thrown);
    expect(error).toMatchObject({ name: 'RefusedError', refusal });
  });

  it('is open at once and never lost', () => {
    const states: string[] = [];
    bridged().bridge.onConnection(state => states.push(state))();
    expect(states).toEqual(['open']);
  });
});
