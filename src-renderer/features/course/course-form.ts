import type { Question } from '../../../src-shared/contract.ts';
import type { Settings } from '../../../src-shared/settings.ts';
import { formatBytes, parseSize } from '../../../src-shared/units.ts';
import { courseTexts } from '../../texts/course.ts';

/** The form that makes a course swarm of a file: what is typed, what is wrong with it, and the question it makes. */

export interface PeerRow {
  /** Tells rows apart while their texts change. */
  readonly key: number;
  readonly peer: string;
  readonly host: string;
  readonly port: string;
  readonly seed: boolean;
}

export interface CourseForm {
  readonly pieceSize: string;
  readonly preferredNeighbours: string;
  readonly unchokingSeconds: string;
  readonly optimisticSeconds: string;
  readonly peers: readonly PeerRow[];
}

export type RowProblems = Readonly<Partial<Record<'peer' | 'host' | 'port', string>>>;

export interface CourseProblems {
  readonly fields: Readonly<Partial<Record<Exclude<keyof CourseForm, 'peers'>, string>>>;
  /** Of the rows by key. */
  readonly rows: ReadonlyMap<number, RowProblems>;
  /** Of all peers together. */
  readonly peers: string | null;
}

/** The same form, checked: either a question or problems. */
export type Checked =
  | { readonly question: Omit<Question<'makeCourse'>, 'file'>; readonly pieceCount: number }
  | { readonly problems: CourseProblems; readonly count: number; readonly pieceCount: number | null };

const problems = courseTexts.problems;
const mostPieceSize = 2 ** 30;
/** As `Common.cfg` allows. */
const mostPieces = 2 ** 24;
const mostPeers = 1000;
const mostSeconds = 86_400;
const firstPort = 6001;

export interface Suggestion {
  readonly pieceSize: number;
  readonly ports: readonly number[];
  /** Of this computer; undefined when it has none. */
  readonly address: string | undefined;
}

/** This computer as the seed, and a second peer on it, so that it can be tried at once. */
export function newCourseForm(
  { pieceSize, ports, address = 'localhost' }: Suggestion,
  settings: Pick<Settings, 'preferredNeighbours' | 'unchokingSeconds' | 'optimisticSeconds'>,
): CourseForm {
  const port = (index: number) => String(ports[index] ?? firstPort + index);
  return {
    pieceSize: sizeText(pieceSize),
    preferredNeighbours: String(settings.preferredNeighbours),
    unchokingSeconds: String(Math.max(1, Math.round(settings.unchokingSeconds))),
    optimisticSeconds: String(Math.max(1, Math.round(settings.optimisticSeconds))),
    peers: [
      { key: 0, peer: '1001', host: address, port: port(0), seed: true },
      { key: 1, peer: '1002', host: address, port: port(1), seed: false },
    ],
  };
}

/** Adds a peer after the last one, at the same host with another port. */
export function addPeer(form: CourseForm, ports: readonly number[]): CourseForm {
  const last = form.peers.at(-1);
  const ids = form.peers.map(({ peer }) => Number(peer)).filter(Number.isSafeInteger);
  const taken = new Set(form.peers.map(({ port }) => port));
  const next = ports.map(String).find(port => !taken.has(port)) ?? portAfter(taken);
  const row: PeerRow = {
    key: Math.max(-1, ...form.peers.map(({ key }) => key)) + 1,
    peer: String(Math.max(1000, ...ids) + 1),
    host: last?.host ?? '',
    port: next,
    seed: false,
  };
  return { ...form, peers: [...form.peers, row] };
}

export function changePeer(form: CourseForm, key: number, change: Partial<PeerRow>): CourseForm {
  return { ...form, peers: form.peers.map(row => (row.key === key ? { ...row, ...change } : row)) };
}

export function removePeer(form: CourseForm, key: number): CourseForm {
  return { ...form, peers: form.peers.filter(row => row.key !== key) };
}

/** How many pieces a file of a size makes; null while the piece size is none. */
export function pieceCountOf(pieceSize: string, fileSize: number): number | null {
  const bytes = parseSize(pieceSize);
  return bytes === undefined || bytes < 1 ? null : Math.ceil(fileSize / bytes);
}

/** Checks everything that is typed, with the limits of the contract and of `Common.cfg`. */
export function checkCourseForm(form: CourseForm, fileSize: number): Checked {
  const fields: Partial<Record<Exclude<keyof CourseForm, 'peers'>, string>> = {};
  const pieceSize = parseSize(form.pieceSize);
  const pieceCount = pieceCountOf(form.pieceSize, fileSize);
  if (pieceSize === undefined || pieceSize < 1 || pieceSize > mostPieceSize) {
    fields.pieceSize = problems.pieceSize;
  } else if (pieceCount !== null && pieceCount > mostPieces) {
    fields.pieceSize = problems.tooManyPieces(sizeText(2 ** Math.ceil(Math.log2(fileSize / mostPieces))));
  }
  const preferredNeighbours = wholeNumberOf(form.preferredNeighbours, 1, 1000);
  if (preferredNeighbours === null) fields.preferredNeighbours = problems.wholeNumber(1, 1000);
  const unchokingSeconds = wholeNumberOf(form.unchokingSeconds, 1, mostSeconds);
  if (unchokingSeconds === null) fields.unchokingSeconds = problems.seconds;
  const optimisticSeconds = wholeNumberOf(form.optimisticSeconds, 1, mostSeconds);
  if (optimisticSeconds === null) fields.optimisticSeconds = problems.seconds;

  const rows = new Map<number, RowProblems>();
  form.peers.forEach((row, index) => {
    const found = problemsOfRow(row, form.peers.slice(0, index));
    if (Object.keys(found).length > 0) rows.set(row.key, found);
  });
  const peers = problemOfPeers(form.peers);
  const count =
    Object.keys(fields).length +
    [...rows.values()].reduce((sum, row) => sum + Object.keys(row).length, 0) +
    (peers === null ? 0 : 1);
  if (
    count > 0 ||
    pieceSize === undefined ||
    preferredNeighbours === null ||
    unchokingSeconds === null ||
    optimisticSeconds === null
  ) {
    return { problems: { fields, rows, peers }, count, pieceCount };
  }
  return {
    question: {
      pieceSize,
      preferredNeighbours,
      unchokingSeconds,
      optimisticSeconds,
      peers: form.peers.map(row => ({
        peer: row.peer.trim(),
        host: row.host.trim(),
        port: Number(row.port),
        seed: row.seed,
      })),
    },
    pieceCount: pieceCount ?? 0,
  };
}

/** A whole number as it is typed; null when it is none or out of bounds. */
export function wholeNumberOf(text: string, least: number, most: number): number | null {
  if (!/^\d{1,15}$/.test(text.trim())) return null;
  const number = Number(text);
  return number >= least && number <= most ? number : null;
}

function problemsOfRow(row: PeerRow, before: readonly PeerRow[]): RowProblems {
  const found: { peer?: string; host?: string; port?: string } = {};
  const peer = row.peer.trim();
  const host = row.host.trim();
  const place = (other: PeerRow) => `${other.host.trim().toLowerCase()} ${Number(other.port)}`;
  if (!/^[1-9]\d{0,9}$/.test(peer)) found.peer = problems.id;
  else if (before.some(other => other.peer.trim() === peer)) found.peer = problems.sameId(peer);
  if (!/^[\w.:-]{1,253}$/.test(host)) found.host = problems.host;
  if (wholeNumberOf(row.port, 1, 65_535) === null) found.port = problems.port;
  else if (found.host === undefined && before.some(other => place(other) === place(row))) {
    found.port = problems.samePlace(host, row.port.trim());
  }
  return found;
}

function problemOfPeers(peers: readonly PeerRow[]): string | null {
  if (peers.length < 2) return problems.tooFewPeers;
  if (peers.length > mostPeers) return problems.tooManyPeers;
  return peers.some(({ seed }) => seed) ? null : problems.noSeed;
}

/** "32 KiB" rather than "32.0 KiB": as somebody would type it. */
export function sizeText(bytes: number): string {
  const text = formatBytes(bytes).replace('.0 ', ' ');
  return parseSize(text) === bytes ? text : String(bytes);
}

function portAfter(taken: ReadonlySet<string>): string {
  let port = firstPort;
  while (taken.has(String(port))) port += 1;
  return String(port);
}
