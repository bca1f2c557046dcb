import * as v from 'valibot';
import { seconds, wholeNumber } from './amounts.ts';

/**
 * A whole lab: which peers of a course swarm run on which machine, the folder each machine is given, and what the
 * machines' logs show afterwards. `contract.ts` puts what passes between screen and app beside the rest.
 */

const token = v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/, 'is not a token'));
const line = v.pipe(v.string(), v.maxLength(300));

/** One peer as a plan writes it: texts, so that a plan can be shown, checked and mended while it is still wrong. */
const planPeer = v.strictObject({ id: line, port: line, hasFile: v.boolean() });
const planMachine = v.strictObject({
  name: line,
  host: line,
  peers: v.pipe(v.array(planPeer), v.maxLength(1000)),
});

/** A plan: the machines, and on each of them its peers, in the order in which they start. */
export const labPlan = v.pipe(v.array(planMachine), v.maxLength(1000));
export type LabPlan = v.InferOutput<typeof labPlan>;
export type PlanMachine = LabPlan[number];
export type PlanPeer = PlanMachine['peers'][number];

/**
 * Where something in a plan is; without `machine` the plan as a whole is meant, without `peer` the machine. The last
 * three fields are of the draft around it; `common` is all that `Common.cfg` says.
 */
export interface PlanPlace {
  /** By index, from 0. */
  readonly machine?: number;
  readonly peer?: number;
  readonly field?: 'name' | 'host' | 'id' | 'port' | 'hasFile' | 'fileName' | 'common' | 'command';
}

export interface PlanProblem {
  readonly place: PlanPlace;
  /** A sentence its reader can act on. */
  readonly message: string;
  /** What is only doubtful does not keep a lab from being built. */
  readonly isError: boolean;
}

/** For which systems start scripts are written. */
export const scriptKinds = ['unix', 'windows', 'both'] as const;

/** Everything a lab is built from, the file aside. */
export const labDraft = v.strictObject({
  plan: labPlan,
  /** What each peer is started with, before its ID: "java peerProcess". Null: Piecewise. */
  command: v.nullable(v.pipe(v.string(), v.maxLength(500))),
  scripts: v.picklist(scriptKinds),
  fileName: v.pipe(v.string(), v.maxLength(300)),
  fileSize: wholeNumber(0, 2 ** 40),
  pieceSize: wholeNumber(1, 2 ** 30),
  preferredNeighbours: wholeNumber(0, 1000),
  unchokingSeconds: seconds,
  optimisticSeconds: seconds,
});
export type LabDraft = v.InferOutput<typeof labDraft>;

/** A draft as the screen keeps it for the next time, with the file that was chosen. */
const savedLab = v.strictObject({
  draft: labDraft,
  file: v.nullable(v.strictObject({ token, path: v.string(), name: v.string() })),
});
export type SavedLab = v.InferOutput<typeof savedLab>;

/** Reads what was kept; null when it is none, or none any more. */
export function readSavedLab(text: string): SavedLab | null {
  try {
    const result = v.safeParse(savedLab, JSON.parse(text));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

/** What the screen asks about labs. */
export const labQuestions = {
  /** A sample plan, its first machine at this computer's own address. */
  sampleLab: v.strictObject({ machines: wholeNumber(1, 200) }),
  /** Reads a plan, or a `PeerInfo.cfg` with the `Common.cfg` beside it; `set-up` names what is wrong, with its line. */
  openLab: v.strictObject({ file: token }),
  /** What is wrong with a draft, and what it would become; of one machine, by index, every file's text. Writes nothing. */
  previewLab: v.strictObject({ draft: labDraft, machine: wholeNumber(0, 999) }),
  /** Writes a folder for each machine, or a zip of them, below a place; null for the usual folder. */
  exportLab: v.strictObject({
    draft: labDraft,
    /** The file to share; null for a random one of the draft's size. */
    file: v.nullable(token),
    into: v.nullable(token),
    as: v.picklist(['folders', 'zip']),
  }),
  /** Gathers the folders of a lab after its run, and holds all their logs and files against the protocol. */
  collectLab: v.strictObject({ folders: v.pipe(v.array(token), v.minLength(1), v.maxLength(1000)) }),
  /** Shows what was exported, or a report, in the system's file manager; `unavailable` where there is none. */
  revealPlace: v.strictObject({ place: token }),
} as const;

export interface LabAnswers {
  sampleLab: OpenedLab;
  openLab: OpenedLab;
  previewLab: LabPreview;
  exportLab: { readonly place: LabPlace };
  collectLab: { readonly report: LabReport; readonly html: LabPlace };
  revealPlace: Readonly<Record<string, never>>;
}

/** As `Place` of the contract. */
interface LabPlace {
  readonly token: string;
  readonly path: string;
  readonly name: string;
}

export interface OpenedLab {
  readonly plan: LabPlan;
  /** What a `Common.cfg` beside a `PeerInfo.cfg` says. */
  readonly common: Pick<
    LabDraft,
    'fileName' | 'fileSize' | 'pieceSize' | 'preferredNeighbours' | 'unchokingSeconds' | 'optimisticSeconds'
  > | null;
  /** Sentences about what is doubtful. */
  readonly notices: readonly string[];
}

export interface LabPreview {
  /** In the order of the plan. */
  readonly problems: readonly PlanProblem[];
  /** A folder for each machine, without the texts of the files; none while there are errors. */
  readonly folders: readonly LabFolder[];
  /** The folder that was asked for, with them. */
  readonly shown: LabFolder | null;
}

export interface LabFolder {
  /** Safe on every system: "machine-a". */
  readonly name: string;
  /** By index into the plan. */
  readonly machine: number;
  readonly files: readonly LabFile[];
}

export interface LabFile {
  /** Below the machine's folder, with `/`. */
  readonly path: string;
  /** Null: the shared file itself, or a text that is left out. */
  readonly text: string | null;
  readonly size: number;
  readonly isExecutable: boolean;
}

/** What the folders of a lab show together. */
export interface LabReport {
  readonly verdict: LabVerdict;
  /** One sentence that says how it went. */
  readonly conclusion: string;
  readonly fileName: string;
  readonly fileSize: number;
  readonly pieceCount: number;
  /** The rest of what `Common.cfg` says. */
  readonly settings: Pick<
    LabDraft,
    'pieceSize' | 'preferredNeighbours' | 'unchokingSeconds' | 'optimisticSeconds'
  >;
  /** When the first and the last line were logged, "2026-01-31 14:05:00", by the first machine's clock; null: unknown. */
  readonly ran: { readonly from: string; readonly to: string } | null;
  /** Every machine's folder, every peer's log and every peer's copy of the file is here. */
  readonly isWhole: boolean;
  readonly machines: readonly ReportMachine[];
  readonly peers: readonly ReportPeer[];
  readonly findings: readonly ReportFinding[];
  /** What was doubtful about the folders themselves: one given twice, a log that is missing. */
  readonly notices: readonly string[];
  /** The same report as one printable HTML file, for display. */
  readonly htmlPath: string;
}

export type LabVerdict = 'contradiction' | 'warning' | 'not-shown' | 'ok';

export interface ReportMachine {
  readonly name: string;
  readonly host: string;
  readonly peers: readonly string[];
  /** The folder it was gathered from; null: it was not among those given. */
  readonly folder: string | null;
  /** How far its clock is ahead of the first machine's, as the logs show it, to a second or two; null: unknown. */
  readonly clockAheadMs: number | null;
}

export interface ReportPeer {
  readonly peer: string;
  readonly role: 'seed' | 'downloader';
  /** Its log is here. */
  readonly hasLog: boolean;
  /** It began with the file, or its log says that it downloaded all of it. */
  readonly complete: boolean;
  /** Of its copy of the file; null where there is none, or none of the right size. */
  readonly sha256: string | null;
  readonly downloaded: number;
  readonly sources: readonly { readonly peer: string; readonly pieces: number }[];
  readonly durationMs: number | null;
  readonly bytesPerSecond: number | null;
  /** How often another peer newly took it among its preferred neighbours, and as its optimistic one. */
  readonly chosenPreferred: number;
  readonly chosenOptimistic: number;
  readonly unchokesReceived: number;
  readonly chokesReceived: number;
}

export interface ReportFinding {
  readonly check: string;
  readonly verdict: LabVerdict;
  readonly peers: readonly string[];
  readonly text: string;
  /** Lines of logs, the machine's folder included in the file's name. */
  readonly evidence: readonly { readonly file: string; readonly line: number; readonly text: string }[];
}
