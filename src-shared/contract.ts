import * as v from 'valibot';
import { limit, seconds, strategy, wholeNumber } from './amounts.ts';
import type { PeerId } from './journal.ts';
import { type LabAnswers, labQuestions } from './lab.ts';
import { type Settings, settingName, settingsPatch } from './settings.ts';
import {
  type ShareAnswers,
  type ShareSummary,
  type ShareUpdates,
  shareQuestions,
  shareTopics,
  type TorrentView,
} from './share.ts';
import type { Situation } from './situation.ts';
import type { TapePage } from './tape.ts';

/**
 * Everything that passes between the screen and the app: commands (ask and answer) and topics (a whole view first,
 * then changes, at most ten a second). What the screen sends is checked here at run time; it never names a path, only
 * tokens for places that the app has shown or that the user dropped or chose.
 */

const token = v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/, 'is not a token'));
const id = token;
const peerId = v.pipe(v.string(), v.regex(/^[1-9]\d{0,9}$/, 'is not a peer ID'));
const host = v.pipe(v.string(), v.regex(/^[\w.:-]{1,253}$/, 'is not a host name or address'));
const port = wholeNumber(1, 65_535);

/** What each command must be asked with. */
export const questions = {
  about: v.strictObject({}),
  /** Shows the system's own dialog; `unavailable` where `About.choosing` is `browse`. */
  choose: v.strictObject({ what: v.picklist(['file', 'folder', 'journal', 'torrent', 'plan', 'zip']) }),
  /** Lists a folder that the app may show; null for the first one. */
  browse: v.strictObject({ folder: v.nullable(token) }),
  /** What has been dropped or chosen. */
  look: v.strictObject({ place: token }),
  startCourse: v.strictObject({ folder: token, peer: peerId }),
  /** Writes `Common.cfg` and `PeerInfo.cfg` for a file, and puts the file where this computer's seed has it. */
  makeCourse: v.strictObject({
    file: token,
    pieceSize: wholeNumber(1, 2 ** 30),
    preferredNeighbours: wholeNumber(1, 1000),
    unchokingSeconds: seconds,
    optimisticSeconds: seconds,
    peers: v.pipe(
      v.array(v.strictObject({ peer: peerId, host, port, seed: v.boolean() })),
      v.minLength(2),
      v.maxLength(1000),
    ),
  }),
  startDemo: v.strictObject({
    peers: wholeNumber(2, 30),
    seeds: wholeNumber(1, 30),
    /** Of the peers, how many wait to be started by hand. */
    late: wholeNumber(0, 29),
    size: wholeNumber(1, 2 ** 34),
    pieceSize: wholeNumber(1, 2 ** 30),
    preferredNeighbours: wholeNumber(1, 1000),
    unchokingSeconds: seconds,
    optimisticSeconds: seconds,
    strategy,
    /** `paced` leaves time to watch. */
    uploadLimit: v.union([limit, v.literal('paced')]),
  }),
  openJournal: v.strictObject({ file: token }),
  /** Ends a swarm's peers tidily; its tapes stay to be looked at. */
  stopSwarm: v.strictObject({ swarm: id }),
  /** Takes a swarm off the list, stopping it first. No file is touched but those that a demo made up for itself. */
  removeSwarm: v.strictObject({ swarm: id }),
  /** Writes a tape as a journal file beside the swarm's other files. */
  saveJournal: v.strictObject({ swarm: id, peer: peerId }),
  /** Shows a swarm's folder in the system's file manager; `unavailable` where there is none. */
  revealFolder: v.strictObject({ swarm: id }),
  /** For a peer that this app runs. */
  limitPeer: v.strictObject({ swarm: id, peer: peerId, uploadBytesPerSecond: limit }),
  /** Demo only: ends one peer without a word, as a crash would. */
  killPeer: v.strictObject({ swarm: id, peer: peerId }),
  /** Demo only: starts a peer that waits, was killed or has ended. */
  startPeer: v.strictObject({ swarm: id, peer: peerId }),
  /** Where new course swarms are written; null for the usual folder. `unavailable` where the start decides it. */
  chooseWorkFolder: v.strictObject({ place: v.nullable(token) }),
  changeSettings: settingsPatch,
  /** Takes back what the user has changed of these. */
  resetSettings: v.strictObject({ names: v.pipe(v.array(settingName), v.maxLength(200)) }),
  ...shareQuestions,
  ...labQuestions,
} as const;

export type CommandName = keyof typeof questions;
export type Question<C extends CommandName> = v.InferOutput<(typeof questions)[C]>;

/** What each command answers. */
export interface Answers extends ShareAnswers, LabAnswers {
  about: About;
  choose: { readonly places: readonly Place[] };
  browse: Listing;
  look: Found;
  startCourse: { readonly swarm: string };
  makeCourse: { readonly folder: Place };
  startDemo: { readonly swarm: string };
  openJournal: { readonly swarm: string };
  stopSwarm: Done;
  removeSwarm: Done;
  saveJournal: { readonly file: Place };
  revealFolder: Done;
  limitPeer: Done;
  killPeer: Done;
  startPeer: Done;
  chooseWorkFolder: Settings;
  chooseDownloadFolder: Settings;
  changeSettings: Settings;
  resetSettings: Settings;
}
export type Answer<C extends CommandName> = Answers[C];
export type Done = Readonly<Record<string, never>>;

/** What can be followed. A topic that takes a key follows one thing of many. */
export const topics = {
  home: v.strictObject({ topic: v.literal('home') }),
  settings: v.strictObject({ topic: v.literal('settings') }),
  /** What the app asks of the screen: a menu entry chosen, a file handed over by a second start. */
  wishes: v.strictObject({ topic: v.literal('wishes') }),
  /** One peer's tape. */
  tape: v.strictObject({ topic: v.literal('tape'), swarm: id, peer: peerId }),
  ...shareTopics,
} as const;

const anyTopic = v.variant('topic', [
  topics.home,
  topics.settings,
  topics.wishes,
  topics.tape,
  topics.share,
  topics.nearby,
  topics.network,
]);
export type Topic = v.InferOutput<typeof anyTopic>;

export interface Updates extends ShareUpdates {
  home: HomeView;
  settings: Settings;
  wishes: Wish;
  tape: TapeUpdate;
}
export type Update<T extends Topic> = Updates[T['topic']];

/** Why a command was not done. Nothing has changed. */
export interface Refusal {
  readonly code: /** The question itself is wrong: a programmer's mistake, or somebody's mischief. */
    | 'bad-question'
    /** A swarm, peer or token that is not, or no longer, there. */
    | 'unknown'
    /** This host cannot do that. */
    | 'unavailable'
    /** The configuration, the address or the disk stands in the way: `problems` say what to do. */
    | 'set-up'
    /** It failed in a way nobody planned; the app's own log says more. */
    | 'failed';
  readonly message: string;
  readonly problems: readonly string[];
}

/** A refusal as it is thrown, on either side. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly refusal: Refusal;

  constructor(code: Refusal['code'], message: string, problems: readonly string[] = []) {
    super(message);
    this.refusal = { code, message, problems };
  }
}

export interface About {
  readonly version: string;
  /** This computer's name. */
  readonly computer: string;
  /** Its own addresses, the likeliest to be reached by others first. */
  readonly addresses: readonly string[];
  readonly platform: string;
  /** Whether `choose` opens the system's dialog, or the screen shows `browse`. */
  readonly choosing: 'dialog' | 'browse';
  /** The usual folder for new course swarms; for display only. */
  readonly workFolder: string;
  /** The usual folder for fetched shares; likewise. */
  readonly downloadFolder: string;
  /** What the lab presets, and the file that says so; null where there is none. */
  readonly preset: { readonly file: string; readonly values: Partial<Settings> } | null;
}

/** A file or folder that the user chose, dropped or was shown. */
export interface Place {
  readonly token: string;
  /** As the user knows it; for display only. */
  readonly path: string;
  readonly name: string;
}

export interface Listing {
  readonly folder: Place;
  /** Null at the first folder. */
  readonly parent: string | null;
  readonly entries: readonly (Place & { readonly kind: 'file' | 'folder'; readonly size: number })[];
  /** There were too many entries to list. */
  readonly cut: boolean;
}

/** What a place turned out to be. */
export type Found =
  | CourseFolder
  | {
      readonly kind: 'file';
      readonly place: Place;
      readonly size: number;
      /** About 1,500 pieces, a power of two from 16 KiB on. */
      readonly suggestedPieceSize: number;
      /** Free ports of this computer, for a roster. */
      readonly suggestedPorts: readonly number[];
    }
  /** Any other folder: it can be shared. `message` says why it is no working folder of the course. */
  | {
      readonly kind: 'folder';
      readonly place: Place;
      readonly message: string;
      /** Of all files in it, links left out; null when it was too much to count in a moment. */
      readonly size: number | null;
      readonly fileCount: number | null;
      /** About 1,500 pieces; null when the size is. */
      readonly suggestedPieceSize: number | null;
    }
  | { readonly kind: 'journal'; readonly place: Place; readonly size: number }
  | { readonly kind: 'torrent'; readonly place: Place; readonly torrent: TorrentView }
  /** A lab's plan, as a JSON file. */
  | { readonly kind: 'lab-plan'; readonly place: Place }
  /** A folder with one of `Common.cfg` and `PeerInfo.cfg`, a device, something that is gone: said in a sentence. */
  | { readonly kind: 'nothing'; readonly place: Place; readonly message: string };

/** A working folder of the course. */
export interface CourseFolder {
  readonly kind: 'course-folder';
  readonly place: Place;
  readonly common: ConfigFile<CommonView>;
  readonly roster: ConfigFile<readonly RosterView[]>;
  /** The peer of the roster that runs at an address of this computer; the first of several that is free. */
  readonly guess: PeerId | null;
}

/** One configuration file: its text as it stands there, what it says, and what is wrong with which line. */
export interface ConfigFile<T> {
  readonly lines: readonly string[];
  /** Null when there are errors. */
  readonly value: T | null;
  readonly problems: readonly {
    readonly line: number | null;
    readonly message: string;
    readonly isError: boolean;
  }[];
}

export interface CommonView {
  readonly preferredNeighbours: number;
  readonly unchokingIntervalMs: number;
  readonly optimisticIntervalMs: number;
  readonly fileName: string;
  readonly fileSize: number;
  readonly pieceSize: number;
  readonly pieceCount: number;
}

export interface RosterView {
  readonly peer: PeerId;
  readonly host: string;
  readonly port: number;
  readonly seed: boolean;
  /** Its host is an address or name of this computer. */
  readonly isHere: boolean;
  /** Already running in this app. */
  readonly isRunning: boolean;
}

/** Everything that Home and the side bar show. Small, sent whole. */
export interface HomeView {
  readonly swarms: readonly SwarmSummary[];
  /** Working folders started before, the newest first, that are not on the list now. */
  readonly recent: readonly (Place & { readonly peer: PeerId })[];
  /** What the user should know of the app itself: files of its own that were damaged. */
  readonly notices: readonly string[];
}

export interface SwarmSummary {
  readonly swarm: string;
  readonly kind: 'course' | 'demo' | 'replay' | 'share';
  /** The shared file's name; of a replay the journal's. */
  readonly name: string;
  /** Where its files are, for display. */
  readonly folder: string;
  /** The tapes that can be followed, in the order of the roster. A course swarm or replay has one. */
  readonly peers: readonly PeerSummary[];
  /** Whose view is shown first. */
  readonly firstPeer: PeerId;
  /** Anything that the user should know: oddities of the configuration, where a journal was cut off. */
  readonly notices: readonly string[];
  /** Of a share; null for the other kinds. */
  readonly share: ShareSummary | null;
}

export interface PeerSummary {
  readonly peer: PeerId;
  readonly status: 'waiting' | 'starting' | 'running' | 'ended' | 'killed' | 'failed';
  /** Why it failed. */
  readonly problem: string | null;
  /** Null before its first event. */
  readonly situation: Situation | null;
  /** Null: no limit. */
  readonly uploadBytesPerSecond: number | null;
}

export type Wish =
  | {
      readonly kind: 'go';
      readonly to:
        | 'home'
        | 'nearby'
        | 'network'
        | 'lab'
        | 'settings'
        | 'open-folder'
        | 'open-file'
        | 'open-journal'
        | 'open-torrent'
        | 'palette'
        | 'present';
    }
  | { readonly kind: 'open'; readonly places: readonly Place[] }
  /** A magnet link that was clicked or handed over. */
  | { readonly kind: 'magnet'; readonly link: string };

/** A tape grows. The first update begins at row 0; a reader that is behind gets one full page after the other. */
export interface TapeUpdate {
  readonly page: TapePage;
  /** Rows on the tape; when `page` ends before it, more is on the way. */
  readonly total: number;
  /** The peer's own clock now, milliseconds since its start; null when it has ended or is a replay. */
  readonly nowMs: number | null;
  /** Where the course's log is, for display; empty for a replay. */
  readonly logFile: string;
}

/** Reads a question. @throws RefusedError `bad-question`, which names what is wrong and where. */
export function readQuestion<C extends CommandName>(command: C, question: unknown): Question<C> {
  return read(questions[command], question, `the question "${command}"`) as Question<C>;
}

/** @throws RefusedError `bad-question` */
export function readTopic(topic: unknown): Topic {
  return read(anyTopic, topic, 'the topic');
}

export function isCommand(command: unknown): command is CommandName {
  return typeof command === 'string' && Object.hasOwn(questions, command);
}

function read<S extends v.GenericSchema>(schema: S, input: unknown, what: string): v.InferOutput<S> {
  const result = v.safeParse(schema, input, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const place = v.getDotPath(issue);
  throw new RefusedError(
    'bad-question',
    `${what} is wrong${place ? ` at ${place}` : ''}: ${issue.message}`.slice(0, 300),
  );
}
