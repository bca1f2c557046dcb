import { formatBytes } from '../src-shared/units.ts';
import {
  type Contestant,
  contestants,
  reasonNotToMeasure,
  type ShareBenchOptions,
  type ShareResult,
  versionsOf,
} from './share-bench.ts';
import { headRows, median, row, spread } from './table.ts';
import type { TransferCase } from './transfer-bench.ts';
import type { ThreadSeconds } from './usage.ts';

/** The cases of the shares, and what they come to. */

const KiB = 1024;
const MiB = 1024 * KiB;

const largePieces: TransferCase = { downloaders: 1, fileSize: 1024 * MiB, pieceSize: 1024 * KiB };
const smallPieces: TransferCase = { downloaders: 1, fileSize: 1024 * MiB, pieceSize: 16 * KiB };
const oneToFour: TransferCase = { downloaders: 4, fileSize: 256 * MiB, pieceSize: 1024 * KiB };
const oneToEight: TransferCase = { downloaders: 8, fileSize: 256 * MiB, pieceSize: 1024 * KiB };

export const shareCases: readonly TransferCase[] = [largePieces, smallPieces, oneToFour, oneToEight];

/** A round of a case: the pipe, then each contestant, one right after the other. */
export type ShareRound = Map<Contestant | 'pipe', ShareResult>;

type Results = ReadonlyMap<TransferCase, readonly ShareRound[]>;

interface Target {
  readonly what: string;
  /** One figure a round. */
  readonly figures: readonly number[];
  readonly least?: number;
  readonly most?: number;
}

export function shareName({ downloaders, fileSize, pieceSize }: TransferCase): string {
  return `share, 1 to ${downloaders}, ${formatBytes(fileSize)}, pieces of ${formatBytes(pieceSize)}`;
}

export function shareRate(result: ShareResult): string {
  return `${(result.bytesPerSecond / 1e6).toFixed(0)} MB/s ${cpuOf(result).toFixed(2)} s/GB`;
}

export function sharesTable(results: Results, options: ShareBenchOptions): string[] {
  if (results.size === 0) return [];
  return [
    `Shares over BitTorrent, plain TCP, no limits, each peer a process: Piecewise beside ${versionsOf(options)}. In each`,
    'round one right after the other, in turns from the front and from the back, after a plain pipe; ratios are within a',
    'round. Goodput as above; CPU is counted from when all were ready and at rest, so without start-up and without hashing',
    "the seed's file. Before each run as much memory as any takes was written and freed: a virtual machine's host takes back",
    'what lies idle. libtorrent maps its files into memory, which its peak includes.',
    ...contestants.flatMap(name => {
      const reason = reasonNotToMeasure(options, name);
      return reason === undefined ? [] : [`Not measured: ${reason}.`];
    }),
    '',
    ...headRows(
      'Share',
      'Goodput, MB/s',
      'Ratio to libtorrent',
      'Ratio to aria2',
      'Ratio to the pipe',
      'CPU in all, s/GB',
      'CPU seed, s/GB',
      'CPU others, s/GB',
      'Peak, MiB',
    ),
    ...[...results].flatMap(([share, rounds]) => shareRows(share, rounds)),
    '',
    ...targetRows(results),
    '',
    'Where our CPU time goes, in s/GB: medians, by thread. "node" are Node\'s own: compiler, garbage collector, pool.',
    '',
    ...headRows('Share', 'Side', 'Loop', 'Disk reader', 'Hash and write', 'Node'),
    ...ours.flatMap(name => [...results].flatMap(([share, rounds]) => threadRows(share, rounds, name))),
    '',
  ];
}

function shareRows(share: TransferCase, rounds: readonly ShareRound[]): string[] {
  return contestants.flatMap(name => {
    const results = rounds.flatMap(round => round.get(name) ?? []);
    if (results.length === 0) return [];
    const cell = (pick: (result: ShareResult) => number, digits = 2) => spread(results.map(pick), digits);
    return row(
      `${shareName(share)}: ${name}`,
      cell(result => result.bytesPerSecond / 1e6, 0),
      ...(['libtorrent', 'aria2', 'pipe'] as const).map(base => {
        const ratios = ratiosOf(rounds, name, base, rate);
        return ratios.length === 0 ? '' : spread(ratios, 2);
      }),
      cell(cpuOf),
      cell(result => result.seedCpuPerGB),
      cell(result => result.downloaderCpuPerGB),
      String(Math.round(Math.max(...results.map(peak)))),
    );
  });
}

const ours = ['Piecewise', 'Piecewise in another Node'] as const;

function targetRows(results: Results): string[] {
  return [
    ...headRows('Target for a share', 'Reached', 'To reach', ''),
    ...ours
      .flatMap(name => targetsOf(results, name))
      .filter(({ figures }) => figures.length > 0)
      .map(targetRow),
  ];
}

function targetsOf(results: Results, own: (typeof ours)[number]): Target[] {
  const targets: Target[] = [];
  for (const [share, rounds] of results) {
    const name = `${shareName(share)}: ${own}`;
    if (share !== smallPieces) {
      const least = share.downloaders === 1 ? 1 : 0.9;
      const figures = ratiosOf(rounds, own, 'libtorrent', rate);
      targets.push({ what: `${name}: goodput, to libtorrent's`, figures, least });
    }
    if (share === largePieces) {
      const figures = ratiosOf(rounds, own, 'aria2', rate);
      targets.push({ what: `${name}: goodput, to aria2's`, figures, least: 1.5 });
    }
    if (share === smallPieces) {
      const large = results.get(largePieces) ?? [];
      const figures = rounds.flatMap((round, i) => {
        const [small, whole] = [round.get(own), large[i]?.get(own)];
        return small && whole ? [small.bytesPerSecond / whole.bytesPerSecond] : [];
      });
      targets.push({ what: `${name}: goodput, to that in pieces of 1 MiB`, figures, least: 0.7 });
    }
    const figures = ratiosOf(rounds, own, 'libtorrent', cpuOf);
    targets.push({ what: `${name}: CPU, to libtorrent's`, figures, most: 1.2 });
    const peaks = rounds.flatMap(round => round.get(own) ?? []).map(peak);
    targets.push({ what: `${name}: peak, MiB`, figures: peaks, most: 200 });
  }
  return targets;
}

function targetRow({ what, figures, least, most }: Target): string {
  const is = median(figures);
  const isReached = is >= (least ?? is) && is <= (most ?? is);
  const bound = least === undefined ? `at most ${most}` : `at least ${least}`;
  return row(what, spread(figures, most === 200 ? 0 : 2), bound, isReached ? 'reached' : 'missed');
}

function threadRows(share: TransferCase, rounds: readonly ShareRound[], own: Contestant): string[] {
  const runs = rounds.flatMap(round => round.get(own)?.threads ?? []);
  if (runs.length === 0) return [];
  return (['seed', 'downloaders'] as const).map(side => {
    const cell = (name: keyof ThreadSeconds) => median(runs.map(run => run[side][name])).toFixed(2);
    const cells = (['main', 'reader', 'writer', 'node'] as const).map(cell);
    return row(`${shareName(share)}: ${own}`, side, ...cells);
  });
}

function ratiosOf(
  rounds: readonly ShareRound[],
  name: Contestant,
  base: Contestant | 'pipe',
  pick: (result: ShareResult) => number,
): number[] {
  return rounds.flatMap(round => {
    const [own, other] = [round.get(name), round.get(base)];
    return own && other ? [pick(own) / pick(other)] : [];
  });
}

function rate({ bytesPerSecond }: ShareResult): number {
  return bytesPerSecond;
}

function cpuOf({ seedCpuPerGB, downloaderCpuPerGB }: ShareResult): number {
  return seedCpuPerGB + downloaderCpuPerGB;
}

function peak({ peakBytes }: ShareResult): number {
  return peakBytes / MiB;
}
