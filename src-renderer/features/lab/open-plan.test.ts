import { describe, expect, it } from 'vitest';
import type { Found, Place } from '../../../src-shared/contract.ts';
import { RefusedError } from '../../../src-shared/contract.ts';
import { defaultSettings } from '../../../src-shared/settings.ts';
import { createAppStore } from '../../store/app-store.ts';
import { createFakeBridge } from '../../testing/fake-bridge.ts';
import { labAnswers, labPlan } from '../../testing/lab-scenes.ts';
import { place } from '../../testing/scenes.ts';
import { openPlaces } from '../course/open.ts';
import { draftOf } from './draft.ts';

/** What becomes of things that are dropped while a page is shown. */

function start(hash: string, found: Partial<Record<string, Found['kind']>> = {}) {
  const look = ({ place: token }: { readonly place: string }): Found => {
    const at: Place = { ...place(token), token };
    const kind = found[token] ?? 'file';
    if (kind === 'lab-plan') return { kind, place: at };
    if (kind === 'nothing') return { kind, place: at, message: 'It is gone.' };
    return { kind: 'file', place: at, size: 2048, suggestedPieceSize: 16_384, suggestedPorts: [] };
  };
  const bridge = createFakeBridge({ answers: { ...labAnswers, look } });
  const store = createAppStore(bridge, { hash, prefersDark: false, setHash: () => {} });
  return { bridge, store, lab: store.getState().lab };
}

const plan = () => draftOf({ plan: labPlan(3), common: null }, defaultSettings);

describe('a plan that is dropped', () => {
  it.each(['#/', '#/lab', '#/settings'])('at %s is opened, and its page is shown', async hash => {
    const { store, lab } = start(hash, { 'plan-json': 'lab-plan' });
    await openPlaces(store, [place('plan.json')]);
    expect(lab.getState().history?.present.machines).toHaveLength(2);
    expect(store.getState()).toMatchObject({ route: { page: 'lab', part: 'plan' }, dialog: null });
  });

  it('over another one says that this can be undone', async () => {
    const { store, lab } = start('#/lab', { 'plan-json': 'lab-plan' });
    lab.getState().begin(plan(), []);
    await openPlaces(store, [place('plan.json')]);
    expect(store.getState().toasts[0]?.title).toContain('Undo brings back');
    lab.getState().undo();
    expect(lab.getState().history?.present.machines).toHaveLength(3);
  });

  it('is the roster where both configuration files are', async () => {
    const { store, bridge } = start('#/lab');
    await openPlaces(store, [place('Common.cfg'), place('PeerInfo.cfg')]);
    expect(bridge.asked.at(-1)).toEqual({ command: 'openLab', question: { file: 'PeerInfo-cfg' } });
  });

  it('and is wrong is refused in a dialog, and the plan stays', async () => {
    const { store, lab } = start('#/lab', { 'plan-json': 'lab-plan' });
    const before = plan();
    lab.getState().begin(before, []);
    store.getState().bridge.ask = async command => {
      if (command === 'look') return { kind: 'lab-plan', place: place('plan.json') } as never;
      throw new RefusedError('set-up', 'It is no plan.', ['plan.json:3: an unknown key']);
    };
    await openPlaces(store, [place('plan.json')]);
    expect(store.getState().dialog).toMatchObject({
      kind: 'refused',
      refusal: { problems: ['plan.json:3: an unknown key'] },
    });
    expect(lab.getState().history?.present).toBe(before);
  });
});

describe('any other file that is dropped on the page of the lab', () => {
  it('becomes the one to share', async () => {
    const { store, lab } = start('#/lab');
    lab.getState().begin(plan(), []);
    await openPlaces(store, [place('slides.pdf')]);
    expect(lab.getState().history?.present).toMatchObject({
      fileSize: '2 KiB',
      file: { token: 'slides-pdf' },
    });
    expect(store.getState().dialog).toBeNull();
  });

  it('is refused while there is no plan, or when it is gone', async () => {
    const without = start('#/lab');
    await openPlaces(without.store, [place('slides.pdf')]);
    const gone = start('#/lab', { 'slides-pdf': 'nothing' });
    gone.lab.getState().begin(plan(), []);
    await openPlaces(gone.store, [place('slides.pdf')]);
    for (const { store } of [without, gone]) {
      expect(store.getState().toasts[0]).toMatchObject({
        tone: 'error',
        title: expect.stringContaining('slides.pdf'),
      });
    }
  });
});

describe('what is dropped after the run', () => {
  it('is put on the list, all at once, and the last report goes', async () => {
    const { store, lab, bridge } = start('#/lab/report');
    await openPlaces(store, [place('machine-a'), place('machine-b.zip')]);
    expect(lab.getState().gathered.map(({ name }) => name)).toEqual(['machine-a', 'machine-b.zip']);
    expect(lab.getState().report).toBeNull();
    expect(bridge.asked).toEqual([]);
  });
});
