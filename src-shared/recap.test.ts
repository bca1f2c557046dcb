import { describe, expect, it } from 'vitest';
import { ShareLab } from '../src-main/engine/testing/share-lab.ts';
import type { JournalEvent, JournalFact } from './journal.ts';
import { recapOf } from './recap.ts';
import { pieceState, SwarmState } from './swarm-state.ts';

/** The journal of one downloader among others, from its start until it seeds to somebody who came late. */
function shareJournal(): readonly JournalEvent[] {
  const lab = new ShareLab({ latencyMs: 20, totalLength: 60 * 65_536 });
  const [seed, one, two] = [lab.seed(), lab.start(), lab.start()];
  lab.introduce(seed, one, two);
  lab.until(() => one.isComplete() && two.isComplete());
  const late = lab.start();
  lab.introduce(one, late);
  lab.until(() => late.isComplete());
  for (const peer of [seed, two, late]) peer.share.stop();
  lab.clock.advance(5_000);
  one.share.stop();
  lab.clock.advance(5_000);
  return one.events;
}

function folded(facts: readonly JournalFact[], events: readonly JournalEvent[]): SwarmState {
  const state = new SwarmState();
  const atMs = events[0]?.atMs ?? 0;
  for (const [seq, fact] of facts.entries()) state.apply({ ...fact, seq, atMs, wallMs: 0 });
  for (const event of events) state.apply(event);
  return state;
}

/** What is known of the present. */
function present(state: SwarmState) {
  return {
    haveCount: state.haveCount,
    // A piece that is being verified is told of only when it is written.
    pieces: state.pieces.map(piece => (piece === pieceState.verifying ? pieceState.missing : piece)),
    copies: state.copies,
    unavailableCount: state.unavailableCount,
    preferred: state.preferred,
    optimistic: state.optimistic,
    round: state.lastRechoke?.decision.round,
    outcome: state.outcome,
    neighbours: [...state.neighbours.values()]
      .filter(({ connectedAt }) => connectedAt !== undefined)
      .map(neighbour => ({
        peer: neighbour.peer,
        address: neighbour.address,
        client: neighbour.client,
        pieces: neighbour.pieces.toHex(),
        complete: neighbour.complete,
        flags: [
          neighbour.amChoking,
          neighbour.amInterested,
          neighbour.peerChoking,
          neighbour.peerInterested,
          neighbour.role,
        ],
        requested: [...neighbour.requested],
      })),
  };
}

describe('a recap', () => {
  const events = shareJournal();

  it('is nothing before the first event', () => {
    expect(recapOf(new SwarmState())).toEqual([]);
  });

  it('leads to the same present from any moment of a share on, and to its end', () => {
    expect(events.length).toBeGreaterThan(200);
    const end = present(folded([], events));
    for (let cut = 1; cut < events.length; cut += 7) {
      const before = folded([], events.slice(0, cut));
      const recap = recapOf(before);
      const now = present(folded(recap, events.slice(cut, cut)));
      expect(now).toEqual({ ...present(before), outcome: undefined });
      expect(present(folded(recap, events.slice(cut)))).toEqual(end);
    }
  });
});
