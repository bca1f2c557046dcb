import type { ShareActivity } from '../../../src-shared/share.ts';

/** The states of one share and how it gets from one to the next: pure, so that every way through them can be tried. */

export interface ShareState {
  /** What has to be done before pieces can travel: `ready` when nothing has. */
  readonly stage: 'hashing' | 'metadata' | 'checking' | 'ready';
  readonly isPaused: boolean;
  /** The queue lets it transfer. */
  readonly hasTurn: boolean;
  /** Every file that is wanted is here. */
  readonly isComplete: boolean;
  /** At the next check every piece is read again, whatever the state file says. */
  readonly mustRecheck: boolean;
  /** Why nothing is fetched although it could be, in a sentence: no room. It goes on by itself. */
  readonly shortage: string | null;
  /** What went wrong, in a sentence. It goes on when the user says so. */
  readonly failure: string | null;
}

export type ShareEvent =
  /** The metainfo is made: its files are read already. */
  | { readonly type: 'hashed' }
  /** The metainfo came from peers. */
  | { readonly type: 'metadata-known' }
  | { readonly type: 'checked'; readonly isComplete: boolean }
  | { readonly type: 'turn'; readonly hasTurn: boolean }
  /** Files were completed, or others became wanted. */
  | { readonly type: 'progress'; readonly isComplete: boolean }
  | { readonly type: 'paused' }
  | { readonly type: 'resumed' }
  /** Asked for by the user, or because a file is no longer what was verified. */
  | { readonly type: 'recheck' }
  | { readonly type: 'short'; readonly problem: string }
  | { readonly type: 'room' }
  | { readonly type: 'failed'; readonly problem: string };

/** What should be under way in a state; the share starts it and stops whatever else is. */
export type ShareWork = 'hash' | 'fetch-metadata' | 'check' | 'transfer' | 'none';

/** A share that has just been added or read from disk. */
export function firstState(
  stage: ShareState['stage'],
  {
    isPaused = false,
    isComplete = false,
  }: { readonly isPaused?: boolean; readonly isComplete?: boolean } = {},
): ShareState {
  return {
    stage,
    isPaused,
    hasTurn: false,
    isComplete,
    mustRecheck: false,
    shortage: null,
    failure: null,
  };
}

export function nextState(state: ShareState, event: ShareEvent): ShareState {
  switch (event.type) {
    case 'hashed':
      return state.stage === 'hashing' ? { ...state, stage: 'checking' } : state;
    case 'metadata-known':
      return state.stage === 'metadata' ? { ...state, stage: 'checking' } : state;
    case 'checked':
      if (state.stage !== 'checking') return state;
      return { ...state, stage: 'ready', mustRecheck: false, isComplete: event.isComplete };
    case 'turn':
      return { ...state, hasTurn: event.hasTurn };
    case 'progress':
      return { ...state, isComplete: event.isComplete, shortage: event.isComplete ? null : state.shortage };
    case 'paused':
      return { ...state, isPaused: true, shortage: null };
    case 'resumed':
      return { ...state, isPaused: false, shortage: null, failure: null };
    case 'recheck':
      if (state.stage === 'hashing' || state.stage === 'metadata') return state;
      return { ...state, stage: 'checking', mustRecheck: true, shortage: null, failure: null };
    case 'short':
      return { ...state, shortage: event.problem };
    case 'room':
      return { ...state, shortage: null };
    case 'failed':
      return { ...state, failure: event.problem, shortage: null };
  }
}

export function activityOf(state: ShareState): ShareActivity {
  if (state.failure !== null) return 'failed';
  if (state.isPaused) return 'paused';
  if (state.stage !== 'ready') return state.stage;
  if (!state.hasTurn) return 'queued';
  return state.isComplete ? 'seeding' : 'downloading';
}

export function workOf(state: ShareState): ShareWork {
  switch (activityOf(state)) {
    case 'hashing':
      return 'hash';
    case 'metadata':
      return 'fetch-metadata';
    case 'checking':
      return 'check';
    case 'downloading':
    case 'seeding':
      return 'transfer';
    case 'queued':
    case 'paused':
    case 'failed':
      return 'none';
  }
}

/** As which of the two it wants its turn; undefined when it does not. */
export function wantsTurn(state: ShareState): 'download' | 'seed' | undefined {
  if (state.failure !== null || state.isPaused || state.stage !== 'ready') return undefined;
  return state.isComplete ? 'seed' : 'download';
}
