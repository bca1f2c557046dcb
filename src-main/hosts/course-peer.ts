import { basename, dirname, relative } from 'node:path';
import { formatLogLine } from '../../src-shared/course-log.ts';
import type { JournalEvent, Outcome, PeerId } from '../../src-shared/journal.ts';
import type { SwarmView } from '../../src-shared/view.ts';
import { BufferPool } from '../engine/buffer-pool.ts';
import {
  type CommonConfig,
  type ConfigProblem,
  checkSelf,
  formatProblem,
  type Parsed,
  type RosterEntry,
} from '../engine/course/config.ts';
import { courseDialect, courseLayout, defaultLostAfterMs } from '../engine/course/dialect.ts';
import type { Strategy } from '../engine/picker.ts';
import type { Link, PieceVerifier } from '../engine/ports.ts';
import { Swarm } from '../engine/swarm.ts';
import { systemClock } from '../io/clock.ts';
import { type OpenedStorage, openDiskStorage } from '../io/disk-storage.ts';
import { LineFile, setAside } from '../io/line-file.ts';
import { localLogTime } from '../io/log-time.ts';
import { ListenError, type Listening, listen, tcpDialer } from '../io/tcp.ts';
import { findSeedFile, logFile, preparePeerFolder, readCourseFolder } from '../io/working-folder.ts';

/** Puts one peer of a course swarm together: configuration, storage, network, log, engine. Every host starts here. */

export interface CoursePeerOptions {
  /** The working folder, with both configuration files. */
  readonly dir: string;
  readonly id: string;
  readonly strategy?: Strategy;
  /** Infinity, and so no limit, unless given. */
  readonly uploadBytesPerSecond?: number;
  /** How long vanished peers are waited for. */
  readonly lostAfterMs?: number;
  /** Every event, as JSON lines. */
  readonly journalFile?: string;
  /** Sees every event as it happens; must be quick. */
  readonly onEvent?: (event: JournalEvent) => void;
  /** Hears, in a sentence, that the log or the journal can no longer be written; standard error unless given. */
  readonly onComplaint?: (complaint: string) => void;
}

export interface CoursePeer {
  readonly self: PeerId;
  readonly fileName: string;
  /** Oddities of the configuration and what was found on disk, in words. */
  readonly notices: readonly string[];
  readonly listeningOn: readonly string[];
  view(): SwarmView;
  /** From now on, bytes per second; Infinity: no limit. */
  setUploadLimit(bytesPerSecond: number): void;
  /** Ends tidily; `ended` follows within about a second. */
  stop(): void;
  /** When everything is closed: sockets, files, log. */
  readonly ended: Promise<Outcome>;
}

/** The peer cannot start: every reason, each naming its file and line or its address. */
export class SetUpError extends Error {
  override readonly name = 'SetUpError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** The course protocol has no hashes: any piece of the right size is taken (section 1). */
const takesEverything: PieceVerifier = { verify: (_piece, _bytes, done) => done(true) };

/** @throws SetUpError */
export async function startCoursePeer(options: CoursePeerOptions): Promise<CoursePeer> {
  const { dir, id } = options;
  const setUp = orThrow(await readCourseFolder(dir));
  const own = orThrow(checkSelf(setUp.value.roster, id));
  const { common, roster } = setUp.value;
  const pool = new BufferPool();
  const opened = await openStorage(dir, common, own.value, pool);
  const isResuming = !own.value.seed && opened.have.count > 0;

  let listening: Listening | undefined;
  let sinks: Sinks | undefined;
  const waiting: Link[] = [];
  try {
    let accept = (link: Link): void => {
      waiting.push(link);
    };
    // First of all: where another process has this ID and its address, it is also the one that writes this log.
    listening = await listen(own.value, link => accept(link));
    sinks = await openSinks(options, own.value.peer, isResuming);
    const { record } = sinks;
    const { promise, resolve } = withResolvers<Outcome>();
    const swarm = new Swarm(
      own.value.peer,
      { name: common.fileName, layout: courseLayout(common), have: opened.have },
      courseDialect(common, roster, own.value.peer, pool, options.lostAfterMs ?? defaultLostAfterMs),
      {
        preferredSlots: common.preferredNeighbours,
        unchokingIntervalMs: common.unchokingIntervalMs,
        optimisticIntervalMs: common.optimisticIntervalMs,
        strategy: options.strategy ?? 'random',
        uploadBytesPerSecond: options.uploadBytesPerSecond ?? Number.POSITIVE_INFINITY,
      },
      {
        dialer: tcpDialer,
        storage: opened.storage,
        verifier: takesEverything,
        clock: systemClock,
        random: Math.random,
        journal: record,
        pool,
      },
      resolve,
    );
    accept = link => swarm.accept(link);
    swarm.start();
    for (const link of waiting) swarm.accept(link);
    const { close } = sinks;
    const open = listening;
    return {
      self: own.value.peer,
      fileName: common.fileName,
      notices: [...[...setUp.notices, ...own.notices].map(formatProblem), ...opened.notes],
      listeningOn: listening.addresses,
      view: () => swarm.view(),
      setUploadLimit: bytesPerSecond => swarm.setUploadLimit(bytesPerSecond),
      stop: () => swarm.stop(),
      ended: promise.then(async outcome => {
        open.close();
        await close();
        return outcome;
      }),
    };
  } catch (error) {
    listening?.close();
    for (const link of waiting) link.abort();
    await sinks?.close();
    await new Promise<void>(closed => opened.storage.close(closed));
    if (error instanceof ListenError) throw new SetUpError([`peer ${id} cannot listen: ${error.message}`]);
    throw error;
  }
}

async function openStorage(
  dir: string,
  common: CommonConfig,
  own: RosterEntry,
  pool: BufferPool,
): Promise<OpenedStorage> {
  const place = own.seed ? await findSeedFile(dir, own.peer, common) : await preparePeerFolder(dir, own.peer);
  const { path } = orThrow(place).value;
  const opened = await openDiskStorage({
    workingFolder: dir,
    folder: relative(dir, own.seed ? dirname(path) : path),
    name: common.fileName,
    files: [{ path: common.fileName, length: common.fileSize }],
    role: own.seed ? 'seed' : 'downloader',
    layout: courseLayout(common),
    pool,
  });
  if ('failed' in opened) throw new SetUpError([opened.failed]);
  return opened;
}

interface Sinks {
  readonly record: (event: JournalEvent) => void;
  readonly close: () => Promise<void>;
}

/** The course log and, where asked for, the journal. A resumed run goes on in its log; a new one keeps the old log aside. */
async function openSinks(
  { dir, journalFile, onEvent, onComplaint = toStandardError }: CoursePeerOptions,
  self: PeerId,
  isResuming: boolean,
): Promise<Sinks> {
  const logPath = logFile(dir, self).path;
  if (!isResuming) await setAside(logPath);
  const complain = (file: string) => (error: Error) =>
    onComplaint(`${file} is not written any further: ${error.message}`);
  const openFile = (path: string) =>
    LineFile.open(path, isResuming ? 'append' : 'anew', complain(basename(path))).catch((error: Error) => {
      throw new SetUpError([`${basename(path)} cannot be written: ${error.message}`]);
    });
  const log = await openFile(logPath);
  const journal = journalFile === undefined ? undefined : await openFile(journalFile);
  return {
    record(event) {
      const line = isLogged(event) ? formatLogLine(self, event, localLogTime) : undefined;
      if (line !== undefined) log.write(line);
      journal?.write(JSON.stringify(event));
      onEvent?.(event);
    },
    async close() {
      await log.close();
      await journal?.close();
    },
  };
}

function toStandardError(complaint: string): void {
  process.stderr.write(`${complaint}\n`);
}

/** An empty set of preferred neighbours has nothing to list (A20). */
function isLogged(event: JournalEvent): boolean {
  return event.kind !== 'preferred-changed' || event.preferred.length > 0;
}

function orThrow<T>(parsed: Parsed<T>): { readonly value: T; readonly notices: readonly ConfigProblem[] } {
  if (!parsed.ok) throw new SetUpError(parsed.problems.map(formatProblem));
  return parsed;
}

/** `Promise.withResolvers`, which Node 20 lacks. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>(settle => {
    resolve = settle;
  });
  return { promise, resolve };
}
