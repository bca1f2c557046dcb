import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ChokeDecision, JournalEvent, OptimisticDecision, PeerId } from '../../src-shared/journal.ts';
import { unevenness } from './testing/chance.ts';
import { dialects, LabBench } from './testing/lab-bench.ts';
import type { LabPeer } from './testing/lab-peer.ts';
import type { LabOptions, VirtualLab } from './testing/virtual-lab.ts';

/** A decision, and what its peer knew then, recomputed from the messages on its links alone. */
interface Moment<Decision> {
  readonly atMs: number;
  readonly decision: Decision;
  /** Whose last word was that they are interested. */
  readonly interested: readonly PeerId[];
  readonly unchoked: readonly PeerId[];
  /** Bytes of pieces, each counted once, since the last rechoke. */
  readonly received: ReadonlyMap<PeerId, number>;
  /** Who was drawn last. */
  readonly optimistic: PeerId | undefined;
}

interface Decisions {
  readonly rechokes: Moment<ChokeDecision>[];
  readonly draws: Moment<OptimisticDecision>[];
}

function decisionsOf(peer: LabPeer): Decisions {
  const made: Decisions = { rechokes: [], draws: [] };
  const [interested, unchoked] = [new Set<PeerId>(), new Set<PeerId>()];
  const peerOn = new Map<number, PeerId>();
  const blocksHere = new Set<string>();
  let received = new Map<PeerId, number>();
  let optimistic: PeerId | undefined;
  const known = (atMs: number) => ({
    atMs,
    interested: [...interested].sort(),
    unchoked: [...unchoked].sort(),
    received,
    optimistic,
  });

  for (const event of peer.history) {
    if (event.kind === 'choke-decision') {
      made.rechokes.push({ decision: event.decision, ...known(event.atMs) });
      received = new Map();
    }
    if (event.kind === 'optimistic-decision') {
      made.draws.push({ decision: event.decision, ...known(event.atMs) });
      optimistic = event.decision.optimistic;
    }
    if (event.kind !== 'message') continue;
    const [name, which = ''] = event.words.split(' ');
    if (event.way === 'in' && name === 'handshake') peerOn.set(event.link, which);
    const other = peerOn.get(event.link);
    if (other === undefined) continue;
    if (event.way === 'out') {
      if (name === 'unchoke') unchoked.add(other);
      if (name === 'choke') unchoked.delete(other);
    } else {
      if (name === 'interested') interested.add(other);
      if (name === 'not') interested.delete(other);
      if (name !== 'piece' || blocksHere.has(which)) continue;
      blocksHere.add(which);
      const [piece, block = 0] = which.split('.').map(Number) as [number, number?];
      const bytes = peer.world.layout.blockLengthOf(piece, block);
      received.set(other, (received.get(other) ?? 0) + bytes);
    }
  }
  return made;
}

const gapsOf = (moments: readonly { readonly atMs: number }[]) =>
  moments.slice(1).map(({ atMs }, index) => atMs - moments[index]!.atMs);

describe.each(dialects)('choking, with %s', (_name, dialect) => {
  const bench = new LabBench(dialect);
  afterEach(() => expect(bench.clear()).toEqual([]));

  const open = (options: Partial<LabOptions> = {}) =>
    bench.open({ peers: 'Sdddd', totalLength: 10 * 64, ...options });
  const interestedIn = (lab: VirtualLab, id: string) =>
    lab.meet('1001', id).say(`handshake ${id}`, 'bitfield none', 'interested');

  describe('over a hundred intervals among eight peers with different upload rates', () => {
    const downloaders = [1002, 1003, 1004, 1005, 1006, 1007, 1008].map(String);
    const decisions = new Map<PeerId, Decisions>();
    const rechokesOf = (ids: readonly PeerId[]) => ids.flatMap(id => decisions.get(id)!.rechokes);

    beforeAll(() => {
      const lab = bench.open({
        peers: 'Sddddddd',
        pieceLength: 200,
        totalLength: 200 * 3_000, // more than anybody can download in that time
        settingsOf: Object.fromEntries([
          ['1001', { uploadBytesPerSecond: 800 }],
          ...downloaders.map((id, index) => [id, { uploadBytesPerSecond: 200 + index * 100 }]),
        ]),
      });
      lab.startAll().pass(520_000);
      for (const peer of lab.all) decisions.set(peer.id, decisionsOf(peer));
    }, 60_000);

    it('everybody decides at both of its intervals exactly', () => {
      for (const { rechokes, draws } of decisions.values()) {
        expect(rechokes.length).toBeGreaterThan(100);
        expect(new Set(gapsOf(rechokes))).toEqual(new Set([5_000]));
        expect(draws.length).toBeGreaterThan(33);
        expect(new Set(gapsOf(draws))).toEqual(new Set([15_000]));
        expect(draws[0]!.atMs - rechokes[0]!.atMs).toBe(15_000);
      }
    });

    it('all who are interested are candidates, with what they really gave since the last rechoke', () => {
      const rechokes = rechokesOf([...decisions.keys()]);
      const seen = rechokes.map(({ decision }) =>
        decision.candidates.map(({ peer, receivedBytes }) => `${peer} gave ${receivedBytes}`).sort(),
      );
      const known = rechokes.map(({ interested, received }) =>
        interested.map(id => `${id} gave ${received.get(id) ?? 0}`),
      );
      expect(seen).toEqual(known);
    });

    it('downloaders prefer the two that gave most', () => {
      const shares = rechokesOf(downloaders).map(({ decision, interested, received }) => {
        const given = interested.map(id => received.get(id) ?? 0).sort((a, b) => b - a);
        const givenByPreferred = decision.preferred.map(id => received.get(id) ?? 0);
        return { rule: decision.rule, best: given.slice(0, 2), givenByPreferred };
      });
      expect(shares).toEqual(shares.map(({ best }) => ({ rule: 'rates', best, givenByPreferred: best })));
    });

    it('who gives more is preferred more often', () => {
      const preferred = rechokesOf(downloaders).flatMap(({ decision }) => decision.preferred);
      const times = (id: PeerId) => preferred.filter(each => each === id).length;
      expect(times('1008')).toBeGreaterThan(1.5 * times('1002'));
    });

    it('the seed prefers each of them equally often', () => {
      const rechokes = rechokesOf(['1001']).slice(1);
      expect(new Set(rechokes.map(({ decision }) => decision.rule))).toEqual(new Set(['random']));
      const preferred = rechokes.flatMap(({ decision }) => decision.preferred);
      expect(unevenness(downloaders.map(id => preferred.filter(each => each === id).length))).toBeLessThan(1);
    });

    it('only changes are told: to those newly preferred, and to those neither preferred nor optimistic now', () => {
      const rechokes = rechokesOf([...decisions.keys()]);
      const told = rechokes.map(({ decision: { choke, unchoke } }) => [choke.toSorted(), unchoke.toSorted()]);
      const due = rechokes.map(({ decision: { preferred }, unchoked, optimistic }) => [
        unchoked.filter(id => !preferred.includes(id) && id !== optimistic),
        preferred.filter(id => !unchoked.includes(id)).sort(),
      ]);
      expect(told).toEqual(due);
    });

    it('the optimistic neighbour is drawn among the choked and interested, and kept when there are none', () => {
      const draws = [...decisions.values()].flatMap(each => each.draws);
      const eligible = draws.map(({ interested, unchoked }) =>
        interested.filter(id => !unchoked.includes(id)),
      );
      expect(draws.map(({ decision }) => decision.candidates.toSorted())).toEqual(eligible);
      expect(draws.map(({ decision }) => decision.kept)).toEqual(eligible.map(ids => ids.length === 0));
      const wrong = draws.filter(({ decision: { kept, candidates, optimistic }, optimistic: earlier }) =>
        kept ? optimistic !== earlier : !candidates.includes(optimistic!),
      );
      expect(wrong).toEqual([]);
    });
  });

  it('begins as soon as the first neighbour is interested, and goes on by its two intervals from there', () => {
    const lab = open();
    const stranger = lab.meet('1001', '1002').say('handshake 1002', 'bitfield none');
    lab.pass(12_345);
    const seed = lab.peer('1001');
    expect(seed.told('choke-decision')).toEqual([]);
    stranger.say('interested');
    lab.pass(31_000);
    const [interest] = seed.told('received-interested');
    const sinceInterest = ({ atMs }: JournalEvent) => atMs - interest!.atMs;
    expect(seed.told('choke-decision').map(sinceInterest)).toEqual([
      0, 5_000, 10_000, 15_000, 20_000, 25_000, 30_000,
    ]);
    expect(seed.told('optimistic-decision').map(sinceInterest)).toEqual([15_000, 30_000]);
    expect(seed.told('sent-unchoke').map(sinceInterest)).toEqual([0]);
  });

  it('tells once that nobody is left to decide about, and goes on by its intervals when somebody is', () => {
    const lab = open({ settings: { preferredSlots: 1 } });
    const strangers = ['1002', '1003'].map(id => interestedIn(lab, id));
    const seed = lab.peer('1001');
    lab.until(() => seed.told('optimistic-changed').length > 0);
    for (const stranger of strangers) stranger.abort();
    const leftAt = seed.told('optimistic-decision')[0]!.atMs;
    lab.pass(600_000);
    const afterwards = ({ atMs }: JournalEvent) => atMs > leftAt;
    const rechokes = () => seed.told('choke-decision').filter(afterwards);
    expect([rechokes().length, seed.told('optimistic-decision').filter(afterwards).length]).toEqual([1, 1]);
    interestedIn(lab, '1004');
    lab.pass(5_000);
    const [first, next] = rechokes();
    expect(next).toMatchObject({ decision: { preferred: ['1004'] } });
    const roundsBetween = next!.decision.round - first!.decision.round;
    expect(next!.atMs - first!.atMs).toBe(roundsBetween * 5_000);
  });

  it('keeps to intervals of its own length each', () => {
    const lab = open({ settings: { unchokingIntervalMs: 700, optimisticIntervalMs: 1_100 } });
    interestedIn(lab, '1002');
    lab.pass(11_100);
    const seed = lab.peer('1001');
    expect([seed.told('choke-decision').length, seed.told('optimistic-decision').length]).toEqual([16, 10]);
  });

  it('says nothing while nothing changes', () => {
    const lab = open();
    const stranger = interestedIn(lab, '1002');
    lab.pass(100_000);
    expect(stranger.heard).toEqual(['handshake 1001', 'bitfield all', 'not interested', 'unchoke']);
    expect(lab.peer('1001').told('preferred-changed')).toMatchObject([{ preferred: ['1002'] }]);
    expect(lab.peer('1001').told('optimistic-changed')).toEqual([]);
  });

  it('chokes who lost interest at the next rechoke, and says that nobody is preferred (A20)', () => {
    const lab = open();
    const stranger = interestedIn(lab, '1002');
    lab.pass(1_000);
    stranger.say('not interested');
    lab.pass(3_000);
    expect(stranger.heardOf('choke')).toEqual([]);
    lab.pass(60_000);
    expect(stranger.heardOf('choke')).toEqual(['choke']);
    expect(
      lab
        .peer('1001')
        .told('preferred-changed')
        .map(({ preferred }) => preferred),
    ).toEqual([['1002'], []]);
  });

  it('tells of the set again when a preferred neighbour has left and the rest stay', () => {
    const lab = open({ settings: { preferredSlots: 2, unchokingIntervalMs: 1_000 } });
    const [, leaving] = ['1002', '1003'].map(id => interestedIn(lab, id));
    lab.pass(1_500);
    leaving!.abort();
    lab.pass(2_000);
    const told = lab.peer('1001').told('preferred-changed');
    expect(told.map(({ preferred }) => [...preferred].sort())).toEqual([
      ['1002'],
      ['1002', '1003'],
      ['1002'],
    ]);
  });

  it('keeps its optimistic neighbour without a word when nobody else is choked and interested (A22)', () => {
    const lab = open({ settings: { preferredSlots: 0 } });
    const stranger = interestedIn(lab, '1002');
    const seed = lab.peer('1001');
    lab.pass(76_000);
    expect(seed.told('optimistic-changed')).toMatchObject([{ optimistic: '1002' }]);
    expect(seed.told('optimistic-decision').slice(1)).toMatchObject(
      Array(4).fill({ decision: { candidates: [], kept: true, optimistic: '1002', choke: [] } }),
    );
    expect(stranger.heard.slice(3)).toEqual(['unchoke']);
  });

  it('forgets its optimistic neighbour when that one leaves, even if it comes back', () => {
    const lab = open({ settings: { preferredSlots: 0 } });
    const stranger = interestedIn(lab, '1002');
    lab.until(() => stranger.heardOf('unchoke').length > 0);
    stranger.abort();
    lab.pass(100);
    lab.meet('1001', '1002').say('handshake 1002', 'bitfield none');
    lab.pass(15_000);
    const last = lab.peer('1001').told('optimistic-decision').at(-1)!;
    expect(last.decision).toMatchObject({ candidates: [], kept: true, optimistic: undefined });
  });

  it('chokes the optimistic neighbour it replaces, unless that one is preferred by now', () => {
    const lab = open({ settings: { preferredSlots: 1 } });
    for (const id of ['1002', '1003', '1004', '1005']) interestedIn(lab, id);
    lab.pass(600_000);
    const seed = lab.peer('1001');
    const events = seed.events;
    let preferred: readonly PeerId[] = [];
    let optimistic: PeerId | undefined;
    let [chokedAtSwitch, keptAtSwitch] = [0, 0];
    for (const [index, event] of events.entries()) {
      if (event.kind === 'choke-decision') preferred = event.decision.preferred;
      if (event.kind !== 'optimistic-decision' || event.decision.kept) continue;
      if (optimistic !== undefined) {
        const isPreferred = preferred.includes(optimistic);
        expect(event.decision.choke).toEqual(isPreferred ? [] : [optimistic]);
        const sent = events.slice(index, index + 3).some(next => next.kind === 'sent-choke');
        expect(sent).toBe(!isPreferred);
        if (isPreferred) keptAtSwitch += 1;
        else chokedAtSwitch += 1;
      }
      optimistic = event.decision.optimistic;
    }
    expect(chokedAtSwitch).toBeGreaterThan(5);
    expect(keptAtSwitch).toBeGreaterThan(2);
  });

  it('draws every choked and interested neighbour equally often', () => {
    const lab = open({ peers: 'Sddddd', settings: { preferredSlots: 0, optimisticIntervalMs: 1_000 } });
    for (const id of ['1002', '1003', '1004', '1005', '1006']) interestedIn(lab, id);
    lab.pass(400_000);
    const drawn = lab
      .peer('1001')
      .told('optimistic-changed')
      .map(({ optimistic }) => optimistic);
    const counts = [1002, 1003, 1004, 1005, 1006].map(id => drawn.filter(each => each === String(id)).length);
    expect(drawn.length).toBeGreaterThan(390);
    expect(unevenness(counts)).toBeLessThan(1);
  });

  it('spends no place on a complete neighbour, whatever it says (A10)', () => {
    const lab = open({ settings: { preferredSlots: 1 } });
    const liar = lab.meet('1001', '1002').say('handshake 1002', 'bitfield all', 'interested');
    lab.pass(60_000);
    expect(liar.heardOf('unchoke')).toEqual([]);
    expect(lab.peer('1001').told('choke-decision')).toEqual([]);
    const other = interestedIn(lab, '1003');
    lab.pass(100);
    expect(other.heardOf('unchoke')).toEqual(['unchoke']);
    const finished = lab.meet('1001', '1004').say('handshake 1004', 'bitfield *********.', 'interested');
    lab.pass(60_000);
    expect(finished.heardOf('unchoke')).not.toEqual([]);
    finished.say('have 9'); // and no 'not interested'
    lab.pass(5_000);
    const chosen = lab.peer('1001').told('choke-decision').at(-1)!.decision.candidates;
    expect(chosen.map(({ peer }) => peer)).toEqual(['1003']);
  });

  it('gives the place of a neighbour that left to another at the next rechoke', () => {
    const lab = open({ settings: { preferredSlots: 1 } });
    const second = interestedIn(lab, '1002');
    lab.pass(100);
    const third = interestedIn(lab, '1003');
    lab.pass(1_000);
    second.abort();
    lab.pass(3_000);
    expect(third.heardOf('unchoke')).toEqual([]);
    lab.pass(1_000);
    expect(third.heardOf('unchoke')).toEqual(['unchoke']);
  });

  it('goes by chance, not by rates, from the moment everything is here', () => {
    const lab = open({ peers: 'Sddd', totalLength: 64 * 40, settings: { uploadBytesPerSecond: 320 } });
    lab.startAll();
    expect(lab.runToEnd()).toBe(true);
    for (const peer of lab.all.slice(1)) {
      const last = peer.told('piece-completed').at(-1)!;
      const rules = (isAfter: boolean) =>
        peer
          .told('choke-decision')
          .filter(({ seq }) => seq > last.seq === isAfter)
          .map(({ decision }) => decision.rule);
      expect(new Set(rules(false))).toEqual(new Set(['rates']));
      expect(rules(true).filter(rule => rule === 'rates')).toEqual([]);
    }
  });
});
