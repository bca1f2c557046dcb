import { afterEach, describe, expect, it } from 'vitest';
import type { JournalEvent, PeerId } from '../../src-shared/journal.ts';
import { type Situation, situationOf } from '../../src-shared/situation.ts';
import { type Neighbour, pieceState, SwarmState } from '../../src-shared/swarm-state.ts';
import type { NeighbourView, SwarmView } from '../../src-shared/view.ts';
import { LabBench } from './testing/lab-bench.ts';
import type { LabPeer } from './testing/lab-peer.ts';
import type { VirtualLab } from './testing/virtual-lab.ts';

/** What the screen folds from journals is what the engines themselves say, at any moment of whole runs. */

const bench = new LabBench();

afterEach(() => {
  expect(bench.clear()).toEqual([]);
});

/** Folds a peer's journal as it grows. */
class Follower {
  readonly state = new SwarmState();
  readonly #peer: LabPeer;
  readonly #from: readonly JournalEvent[];
  #next = 0;

  /** `from`: what the peer wrote down in lives before this one, of the same journal. */
  constructor(peer: LabPeer, from: readonly JournalEvent[] = []) {
    this.#peer = peer;
    this.#from = from;
    for (const event of from) this.state.apply(event);
  }

  /** The state now; `atMs` since the start of the peer. */
  at(atMs: number): SwarmState {
    const { events } = this.#peer;
    for (; this.#next < events.length; this.#next += 1) this.state.apply(events[this.#next]!);
    this.state.advance(atMs);
    expect(this.state.length).toBe(this.#from.length + events.length);
    return this.state;
  }
}

/** The engine's own view, in the shape that both can be put into. */
function toldBy(view: SwarmView, state: SwarmState) {
  return {
    haveCount: view.haveCount,
    haveBytes: view.haveBytes,
    downloadedBytes: view.downloadedBytes,
    uploadedBytes: view.uploadedBytes,
    down: Math.round(view.downBytesPerSecond),
    up: Math.round(view.upBytesPerSecond),
    nextRoundInMs: view.phase.name === 'ended' ? null : (view.nextRechokeInMs ?? null),
    outcome: view.phase.name === 'ended' ? view.phase.outcome : null,
    neighbours: view.neighbours.map(neighbour => toldOf(neighbour, state)),
  };
}

function toldOf({ peer, address, complete, link }: NeighbourView, { pieces }: SwarmState) {
  return {
    peer,
    address,
    complete,
    link: link && {
      haveCount: link.haveCount,
      amChoking: link.amChoking,
      amInterested: link.amInterested,
      peerChoking: link.peerChoking,
      peerInterested: link.peerInterested,
      role: link.unchoked?.as,
      down: Math.round(link.downBytesPerSecond),
      up: Math.round(link.upBytesPerSecond),
      // That a second copy of a piece is still on its way concerns nobody.
      requested: link.requested.filter(piece => pieces[piece] === pieceState.requested).sort(byNumber),
    },
  };
}

function folded(state: SwarmState) {
  const situation: Situation = situationOf(state)!;
  return {
    haveCount: situation.haveCount,
    haveBytes: situation.haveBytes,
    downloadedBytes: situation.downloadedBytes,
    uploadedBytes: situation.uploadedBytes,
    down: Math.round(situation.downBytesPerSecond),
    up: Math.round(situation.upBytesPerSecond),
    nextRoundInMs: situation.nextRoundInMs,
    outcome: situation.outcome,
    neighbours: [...state.neighbours.values()].map(neighbour => foldedOf(neighbour, state.atMs)),
  };
}

function foldedOf(neighbour: Neighbour, atMs: number) {
  const { peer, address, complete, connectedAt, pieces, amChoking, amInterested } = neighbour;
  const { peerChoking, peerInterested, role, received, sent, requested } = neighbour;
  return {
    peer,
    address,
    complete,
    link:
      connectedAt === undefined
        ? undefined
        : {
            haveCount: pieces.count,
            amChoking,
            amInterested,
            peerChoking,
            peerInterested,
            role,
            down: Math.round(received.rate(atMs)),
            up: Math.round(sent.rate(atMs)),
            requested: [...requested].sort(byNumber),
          },
  };
}

const byNumber = (a: number, b: number) => a - b;

/** What happens from outside, by the time at which it does. */
type Script = Readonly<Record<number, () => unknown>>;

/** Compares all peers that run, every so often, to the end of the swarm. Returns how often it compared. */
function compareAll(lab: VirtualLab, stepMs: number, script: Script): number {
  const followers = new Map<LabPeer, { follower: Follower; startedAt: number }>();
  let compared = 0;
  const steps = Object.entries(script).map(([at, act]) => ({ at: Number(at), act }));
  while (steps.length > 0 || lab.all.some(({ outcome }) => outcome === undefined)) {
    if (steps[0]?.at === lab.clock.now()) steps.shift()!.act();
    for (const peer of lab.all) {
      // A piece counts once it is written; at once, so that both sides count it in the same moment.
      peer.storage.delayMs = 0;
      if (peer.outcome === 'killed') continue;
      const startedAt = followers.get(peer)?.startedAt ?? lab.clock.now();
      const follower = followers.get(peer)?.follower ?? new Follower(peer);
      followers.set(peer, { follower, startedAt });
      const state = follower.at(lab.clock.now() - startedAt);
      expect(folded(state), `${peer.id} at ${lab.clock.now()}`).toEqual(toldBy(peer.swarm.view(), state));
      expect(situationOf(state)!.unavailable).toEqual(unavailableIn(state));
      compared += 1;
    }
    expect(lab.clock.now()).toBeLessThan(95_000);
    lab.pass(Math.min(stepMs, (steps[0]?.at ?? Number.POSITIVE_INFINITY) - lab.clock.now()));
  }
  return compared;
}

/** Counted anew from the neighbours, piece by piece. */
function unavailableIn({ pieces, neighbours }: SwarmState): Situation['unavailable'] {
  const connected = [...neighbours.values()].filter(({ connectedAt }) => connectedAt !== undefined);
  const unavailable = Array.from(pieces.keys()).filter(
    piece => pieces[piece] !== pieceState.have && !connected.some(other => other.pieces.has(piece)),
  );
  return { count: unavailable.length, first: unavailable.slice(0, 3) };
}

const slow = { uploadBytesPerSecond: 640 };

describe('the state folded from a journal', () => {
  it.each(['random', 'rarest'] as const)(
    'is what the engine says all through a run that picks %s',
    strategy => {
      const lab = bench.open({ peers: 'Sddddd', totalLength: 6_390, settings: { ...slow, strategy } });
      const compared = compareAll(lab, 137, { 0: () => lab.startAll() });
      expect(compared).toBeGreaterThan(500);
      expect(lab.all.map(({ outcome }) => outcome)).toEqual(Array(6).fill('complete'));
    },
  );

  it('is what the engine says while peers come late, die and come back', () => {
    const lab = bench.open({ peers: 'SdddSd', settings: slow, seed: 5 });
    const compared = compareAll(lab, 211, {
      0: () => ['1001', '1002', '1003'].map(id => lab.start(id)),
      9000: () => ['1004', '1005', '1006'].map(id => lab.start(id)),
      12000: () => lab.peer('1003').kill(),
      13000: () => lab.peer('1001').kill(),
      16000: () => lab.start('1001'),
      17000: () => lab.start('1003'),
      18000: () => lab.peer('1004').swarm.stop(),
      20000: () => lab.start('1004'),
    });
    expect(compared).toBeGreaterThan(500);
  });

  it('is what the engine says when a complete peer comes back with an empty disk', () => {
    const lab = bench.open({ peers: 'Sddd', settings: slow });
    compareAll(lab, 173, {
      0: () => ['1001', '1003'].map(id => lab.start(id)),
      14000: () => expect(lab.peer('1003').swarm.view().haveCount).toBe(100),
      14500: () => lab.start('1002'),
      16000: () => lab.peer('1003').kill(),
      16250: () => lab.wipe('1003'),
      18000: () => lab.start('1003'),
      19000: () => expect(lab.peer('1002').swarm.view().neighbours[1]).toMatchObject({ complete: false }),
      22000: () => lab.start('1004'),
    });
    expect(lab.peer('1003').outcome).toBe('complete');
  });

  it('begins anew where a journal goes on with a second run', () => {
    const lab = bench.open({ peers: 'Sdd', settings: slow });
    lab.startAll().pass(10_000);
    const firstLife = lab.peer('1002');
    firstLife.kill();
    lab.pass(2_000);
    const again = lab.start('1002');
    const follower = new Follower(again, firstLife.events);
    lab.pass(300);
    const state = follower.at(300);
    expect(folded(state).neighbours.map(({ peer }: { peer: PeerId }) => peer)).toEqual(['1001', '1003']);
    expect(state.haveCount).toBe(again.swarm.view().haveCount);
    expect([state.atMs, state.lastDraw, state.received.total]).toEqual([300, undefined, 0]);
  });
});

describe('with several blocks a piece', () => {
  it('agrees with the engine on pieces, flags and roles', () => {
    const lab = bench.open({ peers: 'Sddd', blocksPerPiece: 4, verify: true, settings: slow });
    lab.startAll();
    const followers = lab.all.map(peer => new Follower(peer));
    let compared = 0;
    while (lab.all.some(({ outcome }) => outcome === undefined)) {
      for (const [index, peer] of lab.all.entries()) {
        const now = lab.clock.now();
        const state = followers[index]!.at(now);
        const flags = ({ neighbours, haveCount }: ReturnType<typeof folded>) => [
          haveCount,
          neighbours.map(({ link }) => link && { ...link, down: 0, requested: [] }),
        ];
        expect(flags(folded(state))).toEqual(flags(toldBy(peer.swarm.view(), state)));
        compared += 1;
      }
      lab.pass(149);
    }
    expect(compared).toBeGreaterThan(200);
  });
});
