// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { type Rendered, render } from '../testing/render.tsx';
import { answers, place } from '../testing/scenes.ts';
import { magnetOf } from '../testing/share-scenes.ts';
import { DropTarget } from './drop-target.tsx';
import { onPasted } from './keys.ts';
import { fulfil } from './wishes.ts';

const magnet = magnetOf('a.iso');

function transfer(data: Readonly<Record<string, string>>, files = 0): DataTransfer {
  return {
    types: files > 0 ? ['Files'] : Object.keys(data),
    files: Array.from({ length: files }, () => ({ name: 'dropped.bin' })),
    getData: (type: string) => data[type] ?? '',
  } as unknown as DataTransfer;
}

function paste(page: Rendered, data: DataTransfer, target: EventTarget = document.body): boolean {
  let isTaken = false;
  const event = {
    clipboardData: data,
    target,
    defaultPrevented: false,
    preventDefault: () => {
      isTaken = true;
    },
  } as unknown as ClipboardEvent;
  onPasted(page.store, event);
  return isTaken;
}

describe('what is pasted', () => {
  it('opens a magnet link, and leaves other text alone', async () => {
    const page = await render(<input />);
    expect(paste(page, transfer({ 'text/plain': 'hello' }))).toBe(false);
    expect(paste(page, transfer({ 'text/plain': ` ${magnet}\n` }))).toBe(true);
    expect(page.store.getState().dialog).toEqual({ kind: 'magnet', link: magnet });
    await page.unmount();
  });

  it('belongs to the text it is pasted into, or to the dialog that is open', async () => {
    const page = await render(<input />);
    expect(paste(page, transfer({ 'text/plain': magnet }), page.find('input'))).toBe(false);
    await page.during(() => page.store.getState().openDialog({ kind: 'demo' }));
    expect(paste(page, transfer({ 'text/plain': magnet }))).toBe(false);
    await page.unmount();
  });

  it('is shared when it is files', async () => {
    const page = await render(<input />, { answers, dropped: [place('a.bin', 'file')] });
    expect(paste(page, transfer({}, 1))).toBe(true);
    await page.during(() => {});
    expect(page.store.getState().dialog).toMatchObject({ kind: 'share' });
    await page.unmount();
  });
});

describe('what is dropped', () => {
  const drop = (data: DataTransfer) => {
    const event = new Event('drop', { cancelable: true }) as Event & { dataTransfer: DataTransfer };
    event.dataTransfer = data;
    window.dispatchEvent(event);
    return event.defaultPrevented;
  };

  it('may be a link', async () => {
    const page = await render(<DropTarget />);
    await page.during(() => {
      expect(drop(transfer({ 'text/uri-list': magnet }))).toBe(true);
    });
    expect(page.store.getState().dialog).toEqual({ kind: 'magnet', link: magnet });
    await page.unmount();
  });

  it('is said to be none of ours when it is another link', async () => {
    const page = await render(<DropTarget />);
    await page.during(() => {
      drop(transfer({ 'text/uri-list': 'https://example.org/' }));
    });
    expect(page.store.getState()).toMatchObject({ dialog: null, toasts: [{ tone: 'error' }] });
    await page.unmount();
  });
});

describe('a wish of the app', () => {
  it('opens a magnet link that was clicked', async () => {
    const page = await render(null);
    await page.during(() => fulfil(page.store, { kind: 'magnet', link: magnet }));
    expect(page.store.getState().dialog).toEqual({ kind: 'magnet', link: magnet });
    await page.unmount();
  });

  it('goes to the network check, to what is nearby, and lets a .torrent be chosen', async () => {
    const page = await render(null, { answers });
    await page.during(() => fulfil(page.store, { kind: 'go', to: 'network' }));
    expect(page.store.getState().route).toEqual({ page: 'network' });
    await page.during(() => fulfil(page.store, { kind: 'go', to: 'nearby' }));
    expect(page.store.getState().route).toEqual({ page: 'home' });
    await page.during(() => fulfil(page.store, { kind: 'go', to: 'open-torrent' }));
    expect(page.bridge.asked).toContainEqual({ command: 'choose', question: { what: 'torrent' } });
    await page.unmount();
  });
});
