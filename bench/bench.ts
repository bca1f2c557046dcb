import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Clients } from '../e2e/interop/clients.ts';
import { formatBytes } from '../src-shared/units.ts';
import { openChromium } from './chromium.ts';
import { measureCodec } from './codec-bench.ts';
import { type FramesResult, measureFrames, neighbourCount } from './frames-bench.ts';
import { benchPicker } from './picker-bench.ts';
import { topOfProfile } from './profile.ts';
import { type Section, withSections } from './results.ts';
import {
  measureWatched,
  type WatchedCase,
  type WatchedResult,
  type Watching,
  watchings,
} from './screen-bench.ts';
import {
  type Contestant,
  contestants,
  findClients,
  measureShare,
  reasonNotToMeasure,
  type ShareResult,
} from './share-bench.ts';
import { type ShareRound, shareCases, shareName, shareRate, sharesTable } from './share-table.ts';
import { headRows, median, row, spread } from './table.ts';
import {
  measurePipe,
  measureSwarm,
  type TransferCase,
  type TransferResult,
  Workbench,
} from './transfer-bench.ts';

/**
 * `npm run bench`: transfers between processes, each right after a plain Node pipe, round after round, so that what
 * is compared ran on the same machine in the same minute; shares beside other BitTorrent clients; transfers with and
 * without a screen; the frames of the screen; then picker and codec alone. Writes `bench/RESULTS.md`.
 */

const KiB = 1024;
const MiB = 1024 * KiB;
const pipeSize = 1024 * MiB;
/** More than any run of shares takes: its files, and nine processes. */
const warmSize = 5120 * MiB;

interface Target {
  readonly transfer: TransferCase;
  /** The ratio to the pipe to reach, where there is one. */
  readonly ratio?: number;
}

const targets: readonly Target[] = [
  { transfer: { downloaders: 1, fileSize: 1024 * MiB, pieceSize: 32 * KiB }, ratio: 0.35 },
  { transfer: { downloaders: 1, fileSize: 1024 * MiB, pieceSize: 256 * KiB }, ratio: 0.6 },
  { transfer: { downloaders: 1, fileSize: 1024 * MiB, pieceSize: 1024 * KiB }, ratio: 0.8 },
  { transfer: { downloaders: 4, fileSize: 128 * MiB, pieceSize: 32 * KiB } },
  { transfer: { downloaders: 4, fileSize: 128 * MiB, pieceSize: 256 * KiB } },
  { transfer: { downloaders: 4, fileSize: 128 * MiB, pieceSize: 1024 * KiB } },
  { transfer: { downloaders: 8, fileSize: 128 * MiB, pieceSize: 32 * KiB } },
  { transfer: { downloaders: 8, fileSize: 128 * MiB, pieceSize: 256 * KiB }, ratio: 0.6 },
  { transfer: { downloaders: 8, fileSize: 128 * MiB, pieceSize: 1024 * KiB } },
];

/** A gigabit line, which is what a lab has. */
const gigabit = 117e6;
const watchedCases: readonly WatchedCase[] = [undefined, gigabit].flatMap(uploadLimit =>
  [32 * KiB, 256 * KiB].map(pieceSize => ({ fileSize: 512 * MiB, pieceSize, uploadLimit })),
);
const watchingNames: Readonly<Record<Watching, string>> = {
  plain: 'a peer alone',
  app: 'in the app, no screen',
  followed: 'followed by a screen without a picture',
  drawn: 'drawn in Chromium',
};

const introduction = [
  '# Benchmark results',
  '',
  'Written by `npm run bench`.',
  '',
  'Each process is its own, on loopback: one seed, the downloaders, all files on disk. Right before each run the same',
  'machine moved 1 GiB through a plain Node pipe (file to socket to file, 64 KiB at a time); the ratio is to that.',
  'Goodput is counted from the first connection to the last complete file, over all downloaders together. Median,',
  'with the least and the most in brackets. CPU is in seconds per GB delivered, start-up of the processes included.',
].join('\n');

const framesName = 'screen, frames';
/** Pieces of the run that is played, and how long frames are counted. */
const wholeFrames = { pieceCount: 5_000, quietMs: 30_000 };
const quickFrames = { pieceCount: 500, quietMs: 3_000 };

/** A run of a case, and the pipe that ran right before it. */
interface Pair {
  readonly pipe: TransferResult;
  readonly swarm: TransferResult;
}

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    /** One case of each kind with little data, to see that it runs; its figures say nothing and are not kept. */
    quick: { type: 'boolean', default: false },
    /** Only what has this in their name; not kept either, unless asked for. */
    only: { type: 'string', default: '' },
    /** The program of another Node, such as the app's, in which our peers of shares are measured, too. */
    'other-node': { type: 'string' },
    /** With `only`: what was measured takes its sections' places in the results, which should be measured whole. */
    keep: { type: 'boolean', default: false },
    /**
     * A folder for CPU profiles, for a browser's developer tools: of our peers in each share's last round, and of the
     * swarm's page. Profiled rounds are slower.
     */
    profile: { type: 'string' },
  },
});
const rounds = options.quick ? 1 : Number(options.rounds);
const scale = options.quick ? 1 / 64 : 1;
const framesCase = options.quick ? quickFrames : wholeFrames;
/** Of cases of one kind, those to measure. */
const chosen = <T>(cases: readonly T[], name: (one: T) => string): T[] =>
  cases.filter(one => name(one).includes(options.only)).slice(0, options.quick ? 1 : undefined);
const wanted = chosen(targets, nameOf);
const print = (line: string) => void process.stdout.write(`${line}\n`);

const bench = await Workbench.open();
const wantedShares = chosen(shareCases, shareName);
const clients = wantedShares.length > 0 ? findClients() : undefined;
const measured = contestants.filter(
  name => clients !== undefined && reasonNotToMeasure(shareOptions(clients), name) === undefined,
);
if (options.profile !== undefined) mkdirSync(options.profile, { recursive: true });
const wantedWatched = chosen(watchedCases, watchedName);
const drawsSomething = wantedWatched.length > 0 || framesName.includes(options.only);
const browser = drawsSomething ? await openChromium() : undefined;
if (drawsSomething && browser === undefined) print('There is no Chromium here: nothing is drawn.');
try {
  const transfers = transferTable(await measureTransfers());
  const shares =
    clients === undefined ? [] : sharesTable(await measureShares(clients), shareOptions(clients));
  const watched = watchedTable(await measureWatchedTransfers());
  const frames = framesTable(await measureFramesIfWanted());
  const sections = [
    section('Transfers', transfers),
    section('Shares', shares),
    section('Watched transfers', watched),
    section('Frames', frames),
    section('Picker and codec', [...pickerRows(), ...codecRows()]),
  ].flat();
  print(withSections(introduction, sections));
  if (!options.quick && (options.only === '' || options.keep)) {
    const path = join('bench', 'RESULTS.md');
    const before = options.keep && existsSync(path) ? readFileSync(path, 'utf8') : introduction;
    writeFileSync(path, withSections(before, sections));
  }
} finally {
  await browser?.close();
  await bench.clear();
}

async function measureTransfers(): Promise<Map<Target, Pair[]>> {
  const pairs = new Map<Target, Pair[]>(wanted.map(target => [target, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const target of wanted) {
      const pipe = await measurePipe(bench, pipeSize * scale);
      const swarm = await measureSwarm(bench, {
        ...target.transfer,
        fileSize: target.transfer.fileSize * scale,
      });
      pairs.get(target)!.push({ pipe, swarm });
      const ratio = (swarm.bytesPerSecond / pipe.bytesPerSecond).toFixed(2);
      print(
        `round ${round}  ${nameOf(target)}  ${rate(swarm)} MB/s, pipe ${rate(pipe)} MB/s, ratio ${ratio}`,
      );
    }
  }
  return pairs;
}

async function measureShares(clients: Clients): Promise<Map<TransferCase, ShareRound[]>> {
  const results = new Map<TransferCase, ShareRound[]>(wantedShares.map(share => [share, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const share of wantedShares) {
      await bench.warm(warmSize * scale);
      const run: ShareRound = new Map([['pipe', await measurePipe(bench, pipeSize * scale)]]);
      // Who comes first finds another machine than who comes last.
      for (const name of round % 2 === 1 ? measured : measured.toReversed()) {
        await bench.warm(warmSize * scale);
        const result = await measureShareOnce(clients, name, share).catch((error: Error) => {
          if (name.startsWith('Piecewise')) throw error;
          print(`round ${round}  ${name} did not finish: ${error.message.split('\n', 1)}`);
        });
        if (result) run.set(name, result);
      }
      results.get(share)!.push(run);
      const figures = Array.from(run, ([name, result]) => `${name} ${shareRate(result)}`);
      print(`round ${round}  ${shareName(share)}  ${figures.join(', ')}`);
    }
  }
  return results;
}

function shareOptions(clients: Clients) {
  return { clients, otherNode: options['other-node'] };
}

async function measureShareOnce(
  clients: Clients,
  name: Contestant,
  share: TransferCase,
): Promise<ShareResult> {
  const scaled = { ...share, fileSize: share.fileSize * scale };
  if (options.profile === undefined || name !== 'Piecewise') {
    return measureShare(bench, name, scaled, shareOptions(clients));
  }
  const file = (side: string) =>
    join(options.profile!, `${shareName(share).replaceAll(/[^\w.]+/g, '-')}-${side}.cpuprofile`);
  const profiles = { seed: file('seed'), downloader: file('downloader') };
  const result = await measureShare(bench, name, scaled, { ...shareOptions(clients), profiles });
  for (const path of [profiles.seed, profiles.downloader]) {
    print(path);
    for (const line of topOfProfile(readFileSync(path, 'utf8'))) print(`  ${line}`);
  }
  return result;
}

type Watched = Map<WatchedCase, Map<Watching, WatchedResult>[]>;

async function measureWatchedTransfers(): Promise<Watched> {
  const results: Watched = new Map(wantedWatched.map(watched => [watched, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const watched of wantedWatched.flatMap(timesPerRound)) {
      const run = await measureInTurn(watched);
      results.get(watched)!.push(run);
      const figures = Array.from(
        run,
        ([watching, result]) => `${watching} ${rate(result)} MB/s ${result.cpuPerGB.toFixed(2)} s/GB`,
      );
      print(`round ${round}  ${watchedName(watched)}  ${figures.join(', ')}`);
    }
  }
  return results;
}

/** Without a limit a run is over in a second or two, and differs more from the next one. */
function timesPerRound(watched: WatchedCase): WatchedCase[] {
  return new Array<WatchedCase>(watched.uploadLimit === undefined && !options.quick ? 3 : 1).fill(watched);
}

async function measureInTurn(watched: WatchedCase): Promise<Map<Watching, WatchedResult>> {
  const run = new Map<Watching, WatchedResult>();
  for (const watching of watchings) {
    if (watching === 'drawn' && browser === undefined) continue;
    const scaled = { ...watched, fileSize: watched.fileSize * scale };
    run.set(watching, await measureWatched(bench, scaled, watching, browser));
  }
  return run;
}

async function measureFramesIfWanted(): Promise<FramesResult | undefined> {
  if (!framesName.includes(options.only) || browser === undefined) return undefined;
  const profile = options.profile === undefined ? undefined : join(options.profile, 'screen.cpuprofile');
  return measureFrames(bench.dir, browser, framesCase, profile);
}

/** Nothing when nothing was measured. */
function section(title: string, lines: readonly string[]): Section[] {
  if (lines.length === 0) return [];
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model.trim()}, ${formatBytes(totalmem())}, ${process.platform}, Node ${process.version}`;
  const measured = `${new Date().toISOString().slice(0, 10)}, ${machine}; ${rounds} rounds.`;
  return [{ title, lines: [measured, '', ...lines] }];
}

function transferTable(pairs: ReadonlyMap<Target, readonly Pair[]>): string[] {
  if (pairs.size === 0) return [];
  const rows = [...pairs].map(([target, runs]) => {
    const ratios = runs.map(({ pipe, swarm }) => swarm.bytesPerSecond / pipe.bytesPerSecond);
    const of = (pick: (result: TransferResult) => number) => runs.map(({ swarm }) => pick(swarm));
    return row(
      nameOf(target),
      spread(
        of(result => result.bytesPerSecond / 1e6),
        0,
      ),
      spread(ratios, 2),
      target.ratio === undefined
        ? ''
        : `${target.ratio} ${median(ratios) >= target.ratio ? 'reached' : 'missed'}`,
      spread(
        of(result => result.seedCpuPerGB),
        2,
      ),
      spread(
        of(result => result.downloaderCpuPerGB),
        2,
      ),
      String(Math.round(Math.max(...of(result => result.peakBytes)) / MiB)),
    );
  });
  const pipes = [...pairs.values()].flatMap(runs => runs.map(({ pipe }) => pipe));
  const pipeRow = row(
    'plain pipe, 1 to 1, 1 GiB',
    spread(
      pipes.map(pipe => pipe.bytesPerSecond / 1e6),
      0,
    ),
    '1',
    '',
    spread(
      pipes.map(pipe => pipe.seedCpuPerGB),
      2,
    ),
    spread(
      pipes.map(pipe => pipe.downloaderCpuPerGB),
      2,
    ),
    String(Math.round(Math.max(...pipes.map(pipe => pipe.peakBytes)) / MiB)),
  );
  return [
    ...headRows(
      'Transfer',
      'Goodput, MB/s',
      'Ratio to the pipe',
      'To reach',
      'CPU seed, s/GB',
      'CPU others, s/GB',
      'Peak, MiB',
    ),
    pipeRow,
    ...rows,
  ];
}

function watchedTable(results: Watched): string[] {
  if (results.size === 0) return [];
  const rows = [...results].flatMap(([watched, runs]) =>
    watchings.flatMap(watching => {
      const of = (pick: (result: WatchedResult) => number) =>
        runs.flatMap(run => (run.has(watching) ? [pick(run.get(watching)!)] : []));
      const ratioTo = (other: Watching) =>
        runs.flatMap(run => {
          const [result, base] = [run.get(watching), run.get(other)];
          return result && base ? [result.bytesPerSecond / base.bytesPerSecond] : [];
        });
      const rates = of(({ bytesPerSecond }) => bytesPerSecond / 1e6);
      if (rates.length === 0) return [];
      return row(
        `${watchedName(watched)}: ${watchingNames[watching]}`,
        spread(rates, 0),
        watching === 'plain' ? '1' : spread(ratioTo('plain'), 3),
        watching === 'plain' || watching === 'app' ? '' : spread(ratioTo('app'), 3),
        spread(
          of(({ cpuPerGB }) => cpuPerGB),
          2,
        ),
        String(Math.round(Math.max(...of(result => result.peakBytes)) / MiB)),
      );
    }),
  );
  return [
    'What a screen costs: one seed, one downloader, watched in four ways one right after the other. CPU and memory are',
    'those of the process with the downloader, CPU from when it listened on.',
    ...(browser === undefined ? ['There was no Chromium, so nothing was drawn.'] : []),
    '',
    ...headRows(
      'Watched transfer',
      'Goodput, MB/s',
      'Ratio to a peer alone',
      'Ratio to no screen',
      'CPU, s/GB',
      'Peak, MiB',
    ),
    ...rows,
    '',
  ];
}

function framesTable(result: FramesResult | undefined): string[] {
  if (result === undefined) return [];
  const { rows, frames, work, busy } = result;
  const ms = ({ median, p95, most }: FramesResult['frames']) =>
    `${median.toFixed(1)} ms median, ${p95.toFixed(1)} ms p95, ${most.toFixed(1)} ms most`;
  const name = `swarm's page, ${neighbourCount} neighbours, ${framesCase.pieceCount.toLocaleString('en')} pieces, ${rows.toLocaleString('en')} events`;
  return [
    "The swarm's page playing a recorded run at its own speed, 1920 × 1080, ten updates a second, drawn by the processor.",
    '',
    ...headRows('Frames', ''),
    row(`${name}: from frame to frame`, ms(frames)),
    row(`${name}: work of the main thread in 100 ms`, ms(work)),
    row(`${name}: share of time the main thread works`, `${(busy * 100).toFixed(0)} %`),
    '',
  ];
}

function pickerRows(): string[] {
  if (options.quick || options.only !== '') return [];
  const rows = benchPicker(() => {}).flatMap(({ strategy, pieces, peers, decision, have, memoryMiB }) => {
    const name = `picker, ${strategy}, ${pieces.toLocaleString('en')} pieces, ${peers} peers`;
    const micros = ({ medianMicros, p99Micros }: typeof decision) =>
      `${medianMicros.toFixed(1)} µs median, ${p99Micros.toFixed(1)} µs p99`;
    return [
      row(`${name}: a decision`, micros(decision)),
      row(`${name}: a have`, micros(have)),
      row(`${name}: memory`, `${memoryMiB.toFixed(0)} MiB`),
    ];
  });
  return [...headRows('Picker', ''), ...rows, ''];
}

function codecRows(): string[] {
  if (!'codec'.includes(options.only)) return [];
  const { havesPerSecond, pieceBytesPerSecond } = measureCodec();
  return [
    ...headRows('Codec', ''),
    row('codec: have messages decoded', `${(havesPerSecond / 1e6).toFixed(1)} million/s`),
    ...[...pieceBytesPerSecond].map(([length, bytesPerSecond]) =>
      row(`codec: pieces of ${formatBytes(length)} decoded`, `${(bytesPerSecond / 1e9).toFixed(1)} GB/s`),
    ),
  ];
}

function nameOf({ transfer: { downloaders, fileSize, pieceSize } }: Target): string {
  return `1 to ${downloaders}, ${formatBytes(fileSize)}, pieces of ${formatBytes(pieceSize)}`;
}

function watchedName({ fileSize, pieceSize, uploadLimit }: WatchedCase): string {
  const limit = uploadLimit === undefined ? 'no limit' : `${uploadLimit / 1e6} MB/s`;
  return `screen, ${formatBytes(fileSize)}, pieces of ${formatBytes(pieceSize)}, ${limit}`;
}

function rate({ bytesPerSecond }: { readonly bytesPerSecond: number }): string {
  return (bytesPerSecond / 1e6).toFixed(0);
}
