import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatBytes } from '../src-shared/units.ts';
import { measureCodec } from './codec-bench.ts';
import { benchPicker } from './picker-bench.ts';
import {
  measurePipe,
  measureSwarm,
  type TransferCase,
  type TransferResult,
  Workbench,
} from './transfer-bench.ts';

/**
 * `npm run bench`: transfers between processes, each right after a plain Node pipe, round after round, so that what
 * is compared ran on the same machine in the same minute; then picker and codec alone. Writes `bench/RESULTS.md`.
 */

const KiB = 1024;
const MiB = 1024 * KiB;
const pipeSize = 1024 * MiB;

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

/** A run of a case, and the pipe that ran right before it. */
interface Pair {
  readonly pipe: TransferResult;
  readonly swarm: TransferResult;
}

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    /** One round with little data, to see that it runs; its figures say nothing and are not kept. */
    quick: { type: 'boolean', default: false },
    /** Only the transfers with this in their name; not kept either. */
    only: { type: 'string', default: '' },
  },
});
const rounds = options.quick ? 1 : Number(options.rounds);
const scale = options.quick ? 1 / 64 : 1;
const wanted = targets.filter(target => nameOf(target).includes(options.only));
const print = (line: string) => void process.stdout.write(`${line}\n`);

const pairs = await measureTransfers();
const lines = ['| Picker and codec | |', '| --- | --- |', ...pickerRows(), ...codecRows()];
const report = [...heading(), ...transferTable(pairs), '', ...lines, ''].join('\n');
print(report);
if (!options.quick && options.only === '') writeFileSync(join('bench', 'RESULTS.md'), report);

async function measureTransfers(): Promise<Map<Target, Pair[]>> {
  const bench = await Workbench.open();
  const pairs = new Map<Target, Pair[]>(wanted.map(target => [target, []]));
  try {
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
  } finally {
    await bench.clear();
  }
  return pairs;
}

function heading(): string[] {
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model.trim()}, ${formatBytes(totalmem())}, ${process.platform}, Node ${process.version}`;
  return [
    '# Benchmark results',
    '',
    `${new Date().toISOString().slice(0, 10)}, ${machine}; ${rounds} rounds. Written by \`npm run bench\`.`,
    '',
    'Each process is its own, on loopback: one seed, the downloaders, all files on disk. Right before each run the same',
    'machine moved 1 GiB through a plain Node pipe (file to socket to file, 64 KiB at a time); the ratio is to that.',
    'Goodput is counted from the first connection to the last complete file, over all downloaders together. Median,',
    'with the least and the most in brackets. CPU is in seconds per GB delivered, start-up of the processes included.',
    '',
  ];
}

function transferTable(pairs: ReadonlyMap<Target, readonly Pair[]>): string[] {
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
    row(
      'Transfer',
      'Goodput, MB/s',
      'Ratio to the pipe',
      'To reach',
      'CPU seed, s/GB',
      'CPU others, s/GB',
      'Peak, MiB',
    ),
    row('---', '---', '---', '---', '---', '---', '---'),
    pipeRow,
    ...rows,
  ];
}

function pickerRows(): string[] {
  if (options.quick || options.only !== '') return [];
  return benchPicker(() => {}).flatMap(({ strategy, pieces, peers, decision, have, memoryMiB }) => {
    const name = `picker, ${strategy}, ${pieces.toLocaleString('en')} pieces, ${peers} peers`;
    const micros = ({ medianMicros, p99Micros }: typeof decision) =>
      `${medianMicros.toFixed(1)} µs median, ${p99Micros.toFixed(1)} µs p99`;
    return [
      row(`${name}: a decision`, micros(decision)),
      row(`${name}: a have`, micros(have)),
      row(`${name}: memory`, `${memoryMiB.toFixed(0)} MiB`),
    ];
  });
}

function codecRows(): string[] {
  const { havesPerSecond, pieceBytesPerSecond } = measureCodec();
  return [
    row('codec: have messages decoded', `${(havesPerSecond / 1e6).toFixed(1)} million/s`),
    ...[...pieceBytesPerSecond].map(([length, bytesPerSecond]) =>
      row(`codec: pieces of ${formatBytes(length)} decoded`, `${(bytesPerSecond / 1e9).toFixed(1)} GB/s`),
    ),
  ];
}

function nameOf({ transfer: { downloaders, fileSize, pieceSize } }: Target): string {
  return `1 to ${downloaders}, ${formatBytes(fileSize)}, pieces of ${formatBytes(pieceSize)}`;
}

function rate({ bytesPerSecond }: TransferResult): string {
  return (bytesPerSecond / 1e6).toFixed(0);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function spread(values: readonly number[], digits: number): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return `${median(values).toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
