import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  activityOf,
  firstState,
  nextState,
  type ShareEvent,
  type ShareState,
  wantsTurn,
  workOf,
} from './share-states.ts';

const through = (state: ShareState, ...events: readonly ShareEvent[]) => events.reduce(nextState, state);
const checked: ShareEvent = { type: 'checked', isComplete: false };
const turn: ShareEvent = { type: 'turn', hasTurn: true };

describe('a share', () => {
  it('that is made of files is hashed, opened, and seeds in its turn', () => {
    let state = firstState('hashing');
    expect(workOf(state)).toBe('hash');
    state = through(state, { type: 'hashed' });
    expect([activityOf(state), workOf(state)]).toEqual(['checking', 'check']);
    state = through(state, { type: 'checked', isComplete: true });
    expect([activityOf(state), workOf(state), wantsTurn(state)]).toEqual(['queued', 'none', 'seed']);
    expect(activityOf(through(state, turn))).toBe('seeding');
  });

  it('of a magnet link asks for its metadata, checks what is there, and downloads in its turn', () => {
    let state = firstState('metadata');
    expect([workOf(state), wantsTurn(state)]).toEqual(['fetch-metadata', undefined]);
    state = through(state, { type: 'metadata-known' }, checked);
    expect([activityOf(state), wantsTurn(state)]).toEqual(['queued', 'download']);
    state = through(state, turn);
    expect([activityOf(state), workOf(state)]).toEqual(['downloading', 'transfer']);
    expect(activityOf(through(state, { type: 'progress', isComplete: true }))).toBe('seeding');
  });

  it('does nothing while it is paused, and goes on where it was', () => {
    const running = through(firstState('checking'), checked, turn);
    const paused = through(running, { type: 'paused' });
    expect([activityOf(paused), workOf(paused), wantsTurn(paused)]).toEqual(['paused', 'none', undefined]);
    expect(activityOf(through(paused, { type: 'resumed' }))).toBe('downloading');
  });

  it('reads every piece again when that is asked for, but not before there is anything to read', () => {
    const running = through(firstState('checking'), checked, turn);
    const rechecking = through(running, { type: 'recheck' });
    expect(rechecking).toMatchObject({ stage: 'checking', mustRecheck: true });
    expect(through(rechecking, checked).mustRecheck).toBe(false);
    const magnet = firstState('metadata');
    expect(through(magnet, { type: 'recheck' })).toBe(magnet);
  });

  it('waits for room and stays active; whatever else fails waits for its user', () => {
    const running = through(firstState('checking'), checked, turn);
    const short = through(running, { type: 'short', problem: 'no room' });
    expect([activityOf(short), short.shortage]).toEqual(['downloading', 'no room']);
    expect(through(short, { type: 'room' }).shortage).toBeNull();
    const failed = through(short, { type: 'failed', problem: 'the disk is broken' });
    expect([activityOf(failed), workOf(failed), failed.shortage]).toEqual(['failed', 'none', null]);
    expect(activityOf(through(failed, { type: 'resumed' }))).toBe('downloading');
  });
});

const anyEvent: fc.Arbitrary<ShareEvent> = fc.oneof(
  fc.constantFrom<ShareEvent>(
    { type: 'hashed' },
    { type: 'metadata-known' },
    { type: 'paused' },
    { type: 'resumed' },
    { type: 'recheck' },
    { type: 'room' },
    { type: 'short', problem: 'no room' },
    { type: 'failed', problem: 'it failed' },
  ),
  fc.record({ type: fc.constant('checked' as const), isComplete: fc.boolean() }),
  fc.record({ type: fc.constant('progress' as const), isComplete: fc.boolean() }),
  fc.record({ type: fc.constant('turn' as const), hasTurn: fc.boolean() }),
);

it('transfers only what is checked, in its turn, and neither paused nor failed, whatever has happened', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('hashing', 'metadata', 'checking', 'ready' as const),
      fc.array(anyEvent, { maxLength: 30 }),
      (stage, events) => {
        const state = through(firstState(stage), ...events);
        const isFree = !state.isPaused && state.failure === null;
        expect(workOf(state) === 'transfer').toBe(state.stage === 'ready' && state.hasTurn && isFree);
        expect(wantsTurn(state) !== undefined).toBe(state.stage === 'ready' && isFree);
        // From wherever it is, the user gets it going again.
        const going = through(
          state,
          { type: 'resumed' },
          { type: 'hashed' },
          { type: 'metadata-known' },
          checked,
          turn,
        );
        expect(workOf(going)).toBe('transfer');
      },
    ),
  );
});
