import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Place, Refusal } from '../../../src-shared/contract.ts';
import { type LabFolder, type LabReport, readSavedLab } from '../../../src-shared/lab.ts';
import type { Draft, PeerPlace } from './draft.ts';
import { beginHistory, type History, record, redo, undo } from './draft-history.ts';
import { draftFromSaved, type KeyedProblem, labDraftOf } from './lab-draft.ts';

/** What the app has said of a draft. */
export interface Preview {
  /** Which one; the draft may have changed meanwhile. */
  readonly draft: Draft;
  readonly problems: readonly KeyedProblem[];
  readonly folders: readonly LabFolder[];
  readonly shown: LabFolder | null;
}

/** The lab that is planned, and what came of its run; stays while other pages are shown. */
export interface LabState {
  /** Null until a plan was begun. */
  readonly history: History<Draft> | null;
  /** Sentences about what was opened. */
  readonly notices: readonly string[];
  readonly preview: Preview | null;
  /** Why there is no preview. */
  readonly refusal: Refusal | null;
  /** The machine whose files are shown, by key; null for the first. */
  readonly shownMachine: number | null;
  /** The peer that the pointer drags, by key, and where it would come to stand. */
  readonly dragged: { readonly peer: number; readonly to: PeerPlace | null } | null;
  /** The peer for which another machine is being chosen, by key. */
  readonly moving: number | null;
  /** What is shown beside the machines. */
  readonly part: 'fields' | 'files';
  /** What has just moved, in words that are read out. */
  readonly said: string;
  /** The folders and zips that are to be held against each other. */
  readonly gathered: readonly Place[];
  readonly report: { readonly report: LabReport; readonly html: Place } | null;

  begin(draft: Draft, notices: readonly string[]): void;
  /** Changes with the same mark one after the other, letters of one field, are undone together. */
  change(change: (draft: Draft) => Draft, mark?: string): void;
  undo(): void;
  redo(): void;
  /** Puts the plan away. */
  discard(): void;
  gather(places: readonly Place[]): void;
  letGo(place: Place): void;
}

export type LabStore = StoreApi<LabState>;

/** Where the plan is kept for the next time; tests and pictures do without. */
export type Memory = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const memoryKey = 'lab';

export function createLabStore(memory?: Memory): LabStore {
  const saved = readSavedLab(memory?.getItem(memoryKey) ?? '');
  const store = createStore<LabState>()((set, get) => ({
    history: saved === null ? null : beginHistory(draftFromSaved(saved)),
    notices: [],
    preview: null,
    refusal: null,
    shownMachine: null,
    dragged: null,
    moving: null,
    part: 'fields',
    said: '',
    gathered: [],
    report: null,

    begin(draft, notices) {
      const { history } = get();
      // What was planned before can be had back.
      const next = history === null ? beginHistory(draft) : record(history, draft);
      set({ history: next, notices, shownMachine: null, preview: null, refusal: null });
    },
    change(change, mark) {
      const { history } = get();
      if (history !== null) set({ history: record(history, change(history.present), mark ?? null) });
    },
    undo() {
      const { history } = get();
      set({ history: (history === null ? null : undo(history)) ?? history });
    },
    redo() {
      const { history } = get();
      set({ history: (history === null ? null : redo(history)) ?? history });
    },
    discard() {
      set({ history: null, notices: [], preview: null, refusal: null, shownMachine: null });
    },
    gather(places) {
      const { gathered } = get();
      const added = places.filter(({ token }) => !gathered.some(other => other.token === token));
      set({ gathered: [...gathered, ...added] });
    },
    letGo(place) {
      set({ gathered: get().gathered.filter(({ token }) => token !== place.token) });
    },
  }));
  store.subscribe((state, before) => {
    if (state.history?.present !== before.history?.present) keep(memory, state.history?.present);
  });
  return store;
}

function keep(memory: Memory | undefined, draft: Draft | undefined): void {
  if (memory === undefined) return;
  try {
    if (draft === undefined) memory.removeItem(memoryKey);
    else memory.setItem(memoryKey, JSON.stringify({ draft: labDraftOf(draft).lab, file: draft.file }));
  } catch {
    // A browser that keeps nothing, or has no room: the plan lives as long as the page.
  }
}
