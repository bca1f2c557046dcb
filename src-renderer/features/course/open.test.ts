import { describe, expect, it } from 'vitest';
import { type Found, RefusedError } from '../../../src-shared/contract.ts';
import { createAppStore } from '../../store/app-store.ts';
import { createFakeBridge, type FakeOptions, fakeAbout } from '../../testing/fake-bridge.ts';
import { answers, courseFolder, place } from '../../testing/scenes.ts';
import { torrentFound } from '../../testing/share-scenes.ts';
import { choosePlace, openPlace, openPlaces } from './open.ts';

function start(options: FakeOptions = {}) {
  const bridge = createFakeBridge({ ...options, answers: { ...answers, ...options.answers } });
  const store = createAppStore(bridge, { hash: '', prefersDark: false, setHash: () => {} });
  return { bridge, store };
}

const lookAtParts = ({ place: token }: { readonly place: string }): Found =>
  token.startsWith('a-file')
    ? { kind: 'file', place: place(token), size: 10, suggestedPieceSize: 16_384, suggestedPorts: [] }
    : {
        kind: 'folder',
        place: place(token),
        message: '',
        size: 100,
        fileCount: 3,
        suggestedPieceSize: 16_384,
      };

describe('opening a place', () => {
  it('shows a course folder', async () => {
    const { store } = start();
    await openPlace(store, place('folder'));
    expect(store.getState().dialog).toEqual({ kind: 'course-folder', found: courseFolder });
  });

  it('replays a journal at once', async () => {
    const { store } = start();
    await openPlace(store, place('journal'));
    expect(store.getState()).toMatchObject({ dialog: null, route: { page: 'swarm', swarm: 'replay' } });
  });

  it('asks for the folder when a configuration file alone is opened', async () => {
    const { store } = start();
    await openPlaces(store, [
      { ...place('Common.cfg'), token: 'file' },
      { ...place('PeerInfo.cfg'), token: 'file' },
    ]);
    expect(store.getState().dialog).toMatchObject({
      kind: 'nothing',
      found: { place: { name: 'Common.cfg' } },
    });
    expect(store.getState().toasts).toEqual([]);
  });

  it('offers a file or folder to be shared, a file with the way to a course swarm', async () => {
    const { store } = start();
    await openPlace(store, place('file'));
    expect(store.getState().dialog).toMatchObject({
      kind: 'share',
      offer: { fileCount: 1, size: 1_402_331_113, courseFile: { kind: 'file' } },
    });
  });

  it('offers several files and folders to be shared together, with their sizes', async () => {
    const { store } = start({ answers: { look: lookAtParts } });
    await openPlaces(store, [place('a file'), place('a folder')]);
    expect(store.getState()).toMatchObject({
      dialog: { kind: 'share', offer: { size: 110, fileCount: 4, courseFile: null } },
      toasts: [],
    });
  });

  it('does not look at very many one by one', async () => {
    const { store, bridge } = start({ answers: { look: lookAtParts } });
    const many = Array.from({ length: 500 }, (_, at) => place(`a file ${at}`));
    await openPlaces(store, many);
    expect(bridge.asked).toHaveLength(1);
    expect(store.getState().dialog).toMatchObject({ kind: 'share', offer: { size: null, places: many } });
  });

  it('opens the first of several by itself when it is no file to share, and says so', async () => {
    const { store } = start();
    await openPlaces(store, [place('folder'), place('file')]);
    expect(store.getState().dialog).toMatchObject({ kind: 'course-folder' });
    expect(store.getState().toasts[0]?.title).toContain('1 more was dropped');
  });

  it('shows what a .torrent holds, or goes to the share that it is already', async () => {
    const { store } = start({ answers: { look: () => torrentFound } });
    await openPlace(store, place('week-07.torrent'));
    expect(store.getState().dialog).toEqual({ kind: 'torrent', found: torrentFound });
    const listed = { ...torrentFound, torrent: { ...torrentFound.torrent, listedAs: 'week' } };
    const again = start({ answers: { look: () => listed } });
    await openPlace(again.store, place('week-07.torrent'));
    expect(again.store.getState()).toMatchObject({ dialog: null, route: { page: 'swarm', swarm: 'week' } });
    expect(again.store.getState().toasts[0]?.title).toContain('on your list already');
  });

  it('says in a dialog what was refused', async () => {
    const { store } = start();
    await openPlace(store, place('gone'));
    expect(store.getState().dialog).toMatchObject({ kind: 'refused', refusal: { code: 'unknown' } });
  });

  it('forgets the result when the user has closed the dialog meanwhile', async () => {
    let answer = () => {};
    const { store } = start({
      answers: {
        look: () =>
          new Promise(resolve => {
            answer = () => resolve(courseFolder);
          }),
      },
    });
    const opened = openPlace(store, place('folder'));
    expect(store.getState().dialog).toMatchObject({ kind: 'looking', name: 'folder' });
    store.getState().closeDialog();
    answer();
    await opened;
    expect(store.getState().dialog).toBeNull();
  });
});

describe('choosing a place', () => {
  it('opens what the system dialog gave, and nothing when it was cancelled', async () => {
    const { store } = start();
    await choosePlace(store, 'folder');
    expect(store.getState().dialog).toMatchObject({ kind: 'course-folder' });
    const cancelled = start({ answers: { choose: () => ({ places: [] }) } });
    await choosePlace(cancelled.store, 'folder');
    expect(cancelled.store.getState().dialog).toBeNull();
  });

  it('shows the page’s own list where the app has no dialog', async () => {
    const { store, bridge } = start();
    store.setState({ about: { ...fakeAbout, choosing: 'browse' } });
    await choosePlace(store, 'journal');
    expect(store.getState().dialog).toEqual({ kind: 'browse', what: 'journal' });
    expect(bridge.asked).toEqual([]);
  });

  it('finds out which of the two there is when the app has not said so yet', async () => {
    const { store } = start({ about: { choosing: 'browse' } });
    await choosePlace(store, 'journal');
    expect(store.getState()).toMatchObject({ dialog: { kind: 'browse', what: 'journal' }, toasts: [] });
  });

  it('says so when there is no dialog at all', async () => {
    const { store } = start({
      answers: {
        choose: () => {
          throw new RefusedError('unavailable', 'There is no dialog.');
        },
      },
    });
    await choosePlace(store, 'file');
    expect(store.getState().toasts).toMatchObject([{ tone: 'error', title: 'There is no dialog.' }]);
  });
});
