import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dialects, LabBench } from './testing/lab-bench.ts';
import type { LabOptions, VirtualLab } from './testing/virtual-lab.ts';

const mostPeers = 7;
const forEachPeer = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.array(arbitrary, { minLength: mostPeers, maxLength: mostPeers });

/** What befalls a swarm. */
interface Mishaps {
  readonly deaths: readonly { readonly victim: number; readonly atMs: number; readonly awayMs: number }[];
  readonly breaks: readonly { readonly which: number; readonly atMs: number }[];
  readonly diskDelaysMs: readonly number[];
  readonly startGapsMs: readonly number[];
}

const mishaps: fc.Arbitrary<Mishaps> = fc.record({
  deaths: fc.array(
    fc.record({
      victim: fc.nat(mostPeers),
      atMs: fc.nat(15_000),
      awayMs: fc.integer({ min: 1, max: 20_000 }),
    }),
    { maxLength: 4 },
  ),
  breaks: fc.array(fc.record({ which: fc.nat(50), atMs: fc.nat(15_000) }), { maxLength: 6 }),
  diskDelaysMs: forEachPeer(fc.constantFrom(0, 1, 30, 400)),
  // All are there before the first could have ended.
  startGapsMs: forEachPeer(fc.nat(250)),
});

const swarms: fc.Arbitrary<LabOptions> = fc
  .record({
    letters: fc.array(fc.constantFrom('S', 'd', 'd', 'd'), { minLength: 1, maxLength: mostPeers - 1 }),
    seedAt: fc.nat(mostPeers - 1),
    pieces: fc.integer({ min: 1, max: 40 }),
    lastPiece: fc.integer({ min: 1, max: 64 }),
    rates: forEachPeer(fc.constantFrom(Number.POSITIVE_INFINITY, 1_000, 400, 200)),
    verify: fc.boolean(),
    seed: fc.nat(10_000),
    settings: fc.record({
      preferredSlots: fc.integer({ min: 1, max: 4 }),
      unchokingIntervalMs: fc.constantFrom(500, 2_000, 5_000),
      optimisticIntervalMs: fc.constantFrom(700, 3_000, 15_000),
      strategy: fc.constantFrom('random' as const, 'rarest' as const),
    }),
  })
  .map(({ letters, seedAt, pieces, lastPiece, rates, ...rest }) => ({
    peers: letters.toSpliced(seedAt % (letters.length + 1), 0, 'S').join(''),
    totalLength: (pieces - 1) * 64 + lastPiece,
    settingsOf: Object.fromEntries(
      rates.map((uploadBytesPerSecond, index) => [String(1001 + index), { uploadBytesPerSecond }]),
    ),
    ...rest,
  }));

/**
 * Lets a swarm live through it all; returns who came back complete after a death. Those may find that the others have
 * ended, and wait for them for ever, as a seed does that is started alone.
 */
function live(lab: VirtualLab, { deaths, breaks, diskDelaysMs, startGapsMs }: Mishaps): Set<string> {
  const cameBackComplete = new Set<string>();
  for (const [index, { peer }] of lab.roster.entries()) {
    lab.start(peer).storage.delayMs = diskDelaysMs[index]!;
    lab.pass(startGapsMs[index]!);
  }
  for (const { victim, atMs, awayMs } of deaths) {
    const { peer } = lab.roster[victim % lab.roster.length]!;
    lab.clock.after(atMs, () => {
      if (lab.peer(peer).outcome !== undefined) return; // ended, or dead already
      lab.peer(peer).kill();
      lab.clock.after(awayMs, () => {
        if (lab.start(peer).storage.have.isFull) cameBackComplete.add(peer);
      });
    });
  }
  for (const { which, atMs } of breaks) lab.clock.after(atMs, () => lab.network.breakOne(which));
  lab.pass(15_000 + 20_000 + 1);
  return cameBackComplete;
}

describe.each(dialects)('any swarm with %s', (_name, dialect) => {
  it('ends with everybody complete, whoever is killed and comes back, and nobody breaks the protocol', () => {
    fc.assert(
      fc.property(swarms, mishaps, (options, befalls) => {
        const bench = new LabBench(dialect);
        const lab = bench.open(options);
        const cameBackComplete = live(lab, befalls);
        const others = lab.all.filter(({ id }) => !cameBackComplete.has(id));
        lab.until(() => others.every(({ outcome }) => outcome !== undefined), 3_600_000);
        const ended = others.map(({ id, outcome }) => [id, outcome]);
        expect(ended).toEqual(others.map(({ id }) => [id, 'complete']));
        const incomplete = lab.all.filter(({ id }) => !lab.holdsContent(id));
        expect(incomplete.map(({ id }) => id)).toEqual([]);
        expect(bench.clear()).toEqual([]);
      }),
      { numRuns: 60, seed: 20_260_131 },
    );
  }, 60_000);
});
