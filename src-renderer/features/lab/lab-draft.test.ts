import { describe, expect, it } from 'vitest';
import { readSavedLab } from '../../../src-shared/lab.ts';
import { defaultSettings } from '../../../src-shared/settings.ts';
import { labPlan } from '../../testing/lab-scenes.ts';
import { place } from '../../testing/scenes.ts';
import { type Draft, draftOf } from './draft.ts';
import { draftFromSaved, isThisComputer, keyedProblems, labDraftOf } from './lab-draft.ts';
import { createLabStore } from './lab-store.ts';

function draft(change: Partial<Draft> = {}): Draft {
  return { ...draftOf({ plan: labPlan(2), common: null }, defaultSettings), ...change };
}

describe('a draft as it is typed', () => {
  it('becomes one that the app takes, without the keys', () => {
    const { lab, problems } = labDraftOf(draft({ fileSize: '1 MiB', pieceSize: '16k', fileName: ' a.bin ' }));
    expect(problems).toEqual({});
    expect(lab).toMatchObject({
      plan: labPlan(2),
      fileName: 'a.bin',
      fileSize: 1_048_576,
      pieceSize: 16_384,
    });
  });

  it.each<[Partial<Draft>, keyof Draft]>([
    [{ fileSize: 'much' }, 'fileSize'],
    [{ fileSize: '2000 TiB' }, 'fileSize'],
    [{ pieceSize: '0' }, 'pieceSize'],
    [{ pieceSize: '2 GiB' }, 'pieceSize'],
    [{ preferredNeighbours: '-1' }, 'preferredNeighbours'],
    [{ unchokingSeconds: '0' }, 'unchokingSeconds'],
    [{ optimisticSeconds: '1.5' }, 'optimisticSeconds'],
    [{ fileName: ' ' }, 'fileName'],
    [{ command: '' }, 'command'],
  ])('says of %j what is wrong, and still lets the plan be checked', (change, field) => {
    const { lab, problems } = labDraftOf(draft(change));
    expect(Object.keys(problems)).toEqual([field]);
    expect(readSavedLab(JSON.stringify({ draft: lab, file: null }))).not.toBeNull();
  });
});

describe('a problem', () => {
  it('stays with its peer when that moves, errors first', () => {
    const { machines } = draft();
    const problems = keyedProblems(
      [
        { place: {}, message: 'doubtful', isError: false },
        { place: { machine: 1, peer: 1, field: 'port' }, message: 'wrong', isError: true },
      ],
      machines,
    );
    expect(problems).toEqual([
      {
        id: '1',
        machine: machines[1]!.key,
        peer: machines[1]!.peers[1]!.key,
        field: 'port',
        message: 'wrong',
        isError: true,
      },
      { id: '0', machine: null, peer: null, field: null, message: 'doubtful', isError: false },
    ]);
  });
});

describe('this computer', () => {
  const about = { addresses: ['10.14.3.21', 'fd00::21'], computer: 'Lab-01' };
  it.each([
    ['10.14.3.21', true],
    ['FD00::21', true],
    ['lab-01', true],
    ['10.14.3.22', false],
    ['localhost', false],
    ['', false],
  ])('is %s: %s', (host, isHere) => {
    expect(isThisComputer(host, [{ host }, { host: '10.14.3.99' }], about)).toBe(isHere);
  });

  it('is localhost where everybody is', () => {
    expect(isThisComputer('127.0.0.1', [{ host: '127.0.0.1' }, { host: 'localhost' }], about)).toBe(true);
  });
});

class MemoryInTest {
  readonly kept = new Map<string, string>();
  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }
  setItem(key: string, text: string): void {
    this.kept.set(key, text);
  }
  removeItem(key: string): void {
    this.kept.delete(key);
  }
}

describe('the plan', () => {
  it('is there again the next time, with the file that was chosen', () => {
    const memory = new MemoryInTest();
    const before = draft({ file: place('slides.pdf'), command: 'java peerProcess', scripts: 'unix' });
    createLabStore(memory).getState().begin(before, []);
    const after = createLabStore(memory).getState().history?.present;
    expect(after).toEqual(before);
  });

  it('is not there again when it was put away', () => {
    const memory = new MemoryInTest();
    const store = createLabStore(memory);
    store.getState().begin(draft(), []);
    store.getState().discard();
    expect(createLabStore(memory).getState().history).toBeNull();
  });

  it.each(['', 'nonsense', '{}', '{"draft":{"plan":[{"name":7}]},"file":null}'])(
    'is none where "%s" was kept',
    text => {
      const memory = new MemoryInTest();
      memory.setItem('lab', text);
      expect(createLabStore(memory).getState().history).toBeNull();
    },
  );

  it('that replaces another one can be taken back', () => {
    const store = createLabStore();
    const first = draft();
    store.getState().begin(first, []);
    store.getState().begin(draft({ fileName: 'other.bin' }), ['doubtful']);
    store.getState().undo();
    expect(store.getState().history?.present).toBe(first);
  });

  it('comes back from what was kept of a wrong one', () => {
    const { lab } = labDraftOf(draft({ pieceSize: 'none' }));
    expect(draftFromSaved({ draft: lab, file: null }).machines).toHaveLength(2);
  });
});
