import type { PeerId } from '../../../src-shared/journal.ts';
import { nearestWord } from '../nearest-word.ts';

/**
 * The course's two configuration files, `Common.cfg` and `PeerInfo.cfg` (course protocol, section 3): read
 * tolerantly, written strictly. One pass finds everything that is wrong, each with its file and line.
 */

/** `Common.cfg`: what all peers of a swarm agree on. Sizes in bytes. */
export interface CommonConfig {
  readonly preferredNeighbours: number;
  readonly unchokingIntervalMs: number;
  readonly optimisticIntervalMs: number;
  readonly fileName: string;
  readonly fileSize: number;
  readonly pieceSize: number;
}

/** One peer of `PeerInfo.cfg`; `line` is where it stands, counted from 1. */
export interface RosterEntry {
  readonly peer: PeerId;
  readonly host: string;
  readonly port: number;
  readonly seed: boolean;
  readonly line: number;
}

/** Something wrong (`error`) or doubtful (`notice`), in a sentence its reader can act on. */
export interface ConfigProblem {
  readonly file: string;
  readonly line?: number;
  readonly message: string;
  readonly severity: 'error' | 'notice';
}

/** What was read, or everything that is in the way, notices included. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly notices: readonly ConfigProblem[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** More pieces than this would cost every peer hundreds of megabytes of bookkeeping. */
export const maxPieceCount = 2 ** 24;

/** The longest piece whose message still fits the 4-byte length: type and index take 5 bytes (section 2.2). */
export const maxPieceSize = 2 ** 32 - 1 - 5;

/** Above this some implementations stall (A27). */
const advisedPieceSize = 64 * 1024;

/** Four bytes of the handshake (section 2.1). */
export const maxPeerId = 2 ** 32 - 1;

/** File systems allow 255; partial, resume and lock files add their endings, a process ID included. */
const maxFileNameBytes = 230;

/** Windows takes these for devices in any folder, whatever extension follows. */
const windowsDevice = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)/i;

/** What a host name or an address consists of, zones of IPv6 addresses included. */
export const hostCharacters = /^[\p{L}\p{M}\p{N}._:%-]+$/u;

interface NumberRule {
  readonly wanted: string;
  readonly min: number;
  readonly max: number;
  readonly reasonForMax: string;
}

const inexact = 'larger numbers cannot be held exactly';
const seconds: NumberRule = {
  wanted: 'a whole number of seconds, 1 or more',
  min: 1,
  max: Math.floor(Number.MAX_SAFE_INTEGER / 1000),
  reasonForMax: inexact,
};

const numberRules = {
  NumberOfPreferredNeighbors: {
    wanted: 'a whole number, 0 or more',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    reasonForMax: inexact,
  },
  UnchokingInterval: seconds,
  OptimisticUnchokingInterval: seconds,
  FileSize: {
    wanted: 'a whole number of bytes, 0 or more',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    reasonForMax: inexact,
  },
  PieceSize: {
    wanted: 'a whole number of bytes, 1 or more',
    min: 1,
    max: maxPieceSize,
    reasonForMax: 'a longer piece does not fit the 4-byte length of a message',
  },
} satisfies Record<string, NumberRule>;

/** Every key with an example value, in the order in which they are written. */
const exampleValues = {
  NumberOfPreferredNeighbors: '2',
  UnchokingInterval: '5',
  OptimisticUnchokingInterval: '15',
  FileName: 'TheFile.dat',
  FileSize: '10000232',
  PieceSize: '32768',
};

type Key = keyof typeof exampleValues;
const keys = Object.keys(exampleValues) as Key[];

/**
 * Reads `Common.cfg`. A line that begins with `#` is a comment; a `#` further on is part of the value, since a
 * file name may contain one. The value of `FileName` is the rest of its line, spaces inside included.
 */
export function parseCommon(text: string, file = 'Common.cfg'): Parsed<CommonConfig> {
  const report = new Report(file);
  const settings = readSettings(text, report);
  const numberOf = (key: keyof typeof numberRules) => readNumber(key, settings.get(key), report);
  const config: CommonConfig = {
    preferredNeighbours: numberOf('NumberOfPreferredNeighbors'),
    unchokingIntervalMs: numberOf('UnchokingInterval') * 1000,
    optimisticIntervalMs: numberOf('OptimisticUnchokingInterval') * 1000,
    fileName: readFileName(settings.get('FileName'), report),
    fileSize: numberOf('FileSize'),
    pieceSize: numberOf('PieceSize'),
  };
  judgeTogether(config, settings, report);
  return report.conclude(config);
}

/** Writes `Common.cfg` as strict parsers want it: this key order, single spaces, no newline at the end. */
export function formatCommon(config: CommonConfig): string {
  const values: Record<Key, string | number> = {
    NumberOfPreferredNeighbors: config.preferredNeighbours,
    UnchokingInterval: config.unchokingIntervalMs / 1000,
    OptimisticUnchokingInterval: config.optimisticIntervalMs / 1000,
    FileName: config.fileName,
    FileSize: config.fileSize,
    PieceSize: config.pieceSize,
  };
  return keys.map(key => `${key} ${values[key]}`).join('\n');
}

/** Reads `PeerInfo.cfg`: `peerID host port hasFile` per line. A `#` after white space begins a comment. */
export function parsePeerInfo(text: string, file = 'PeerInfo.cfg'): Parsed<readonly RosterEntry[]> {
  const report = new Report(file);
  const lines = contentLines(text);
  if (lines.length === 0) {
    report.error('The file lists no peers; it needs a line "peerID host port hasFile" for each.');
  }
  const roster = lines.flatMap(line => readPeer(line, report));
  reportSharedIds(roster, report);
  reportSharedAddresses(roster, report);
  noticeDisorder(roster, report);
  return report.conclude(roster);
}

/** Writes `PeerInfo.cfg` as strict parsers want it: single spaces, no newline at the end. */
export function formatPeerInfo(roster: readonly Omit<RosterEntry, 'line'>[]): string {
  return roster.map(({ peer, host, port, seed }) => `${peer} ${host} ${port} ${seed ? 1 : 0}`).join('\n');
}

/** Finds ourselves in the roster by the peer ID we were started with. */
export function checkSelf(
  roster: readonly RosterEntry[],
  id: string,
  file = 'PeerInfo.cfg',
): Parsed<RosterEntry> {
  const self = roster.find(({ peer }) => peer === String(wholeNumber(id, 1, maxPeerId)));
  if (self) return { ok: true, value: self, notices: [] };
  const listed = firstFew(roster.map(({ peer }) => peer));
  const message = `Peer ${quote(id)} is not listed; the file lists ${listed}.`;
  return { ok: false, problems: [{ file, message, severity: 'error' }] };
}

/** What is wrong with the two files taken together: a file that nobody has can never spread. */
export function checkSwarm(
  common: CommonConfig,
  roster: readonly RosterEntry[],
  file = 'PeerInfo.cfg',
): ConfigProblem[] {
  if (common.fileSize === 0 || roster.some(({ seed }) => seed)) return [];
  return [
    { file, message: 'No peer has the file; at least one line must end in hasFile 1.', severity: 'error' },
  ];
}

/** `Common.cfg:3: UnchokingInterval must be …`; a notice says that it is one. */
export function formatProblem({ file, line, message, severity }: ConfigProblem): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return severity === 'error' ? `${place}: ${message}` : `${place}: notice: ${message}`;
}

/**
 * What keeps a name from being a plain file name on every system, as the end of a sentence; undefined when
 * nothing does. Peers of one swarm run on different systems, so the strictest one decides.
 */
export function fileNameFault(name: string): string | undefined {
  if (name === '') return 'must not be empty';
  if (/[/\\]/.test(name) || name === '.' || name === '..') {
    return 'must be a plain file name inside the peer\'s folder, without "/", "\\" or ".."';
  }
  if (/[<>:"|?*\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(name)) {
    return 'must not contain < > : " | ? * or control characters, which Windows forbids';
  }
  if (name !== name.trim()) return 'must not begin or end with white space';
  if (name.endsWith('.')) return 'must not end in a full stop, which Windows drops';
  if (windowsDevice.test(name)) return 'must not be a name that Windows keeps for a device';
  if (utf8Length(name) > maxFileNameBytes) return `must not be longer than ${maxFileNameBytes} bytes`;
  return undefined;
}

/** Collects what is wrong with one file. */
class Report {
  readonly #file: string;
  readonly #problems: ConfigProblem[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  error(message: string, line?: number): void {
    this.#add({ file: this.#file, message, severity: 'error' }, line);
  }

  notice(message: string, line?: number): void {
    this.#add({ file: this.#file, message, severity: 'notice' }, line);
  }

  /** Hands out the value only when no error was reported; the problems come in the order of their lines. */
  conclude<T>(value: T): Parsed<T> {
    const lineOf = ({ line = Number.MAX_SAFE_INTEGER }: ConfigProblem) => line;
    const problems = this.#problems.toSorted((a, b) => lineOf(a) - lineOf(b));
    const failed = problems.some(({ severity }) => severity === 'error');
    return failed ? { ok: false, problems } : { ok: true, value, notices: problems };
  }

  #add(problem: ConfigProblem, line: number | undefined): void {
    this.#problems.push(line === undefined ? problem : { ...problem, line });
  }
}

interface Line {
  readonly line: number;
  readonly text: string;
}

/** The trimmed lines that say something, counted from 1. A byte order mark counts as white space. */
function contentLines(text: string): Line[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((content, index) => ({ line: index + 1, text: content.trim() }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'));
}

interface Setting {
  readonly line: number;
  readonly value: string;
}

function readSettings(text: string, report: Report): Map<Key, Setting> {
  const settings = new Map<Key, Setting>();
  const lines = contentLines(text);
  for (const { line, text: content } of lines) {
    const [name] = content.split(/\s/, 1) as [string];
    const key = keys.find(known => known === name);
    const earlier = key && settings.get(key);
    if (!key) {
      report.notice(unknownKey(name), line);
    } else if (earlier) {
      report.error(`${key} is already given in line ${earlier.line}; keep one of the two.`, line);
    } else {
      settings.set(key, { line, value: content.slice(name.length).trim() });
    }
  }
  if (lines.length === 0) {
    report.error(`The file is empty; it needs a line each for ${keys.join(', ')}.`);
  } else {
    for (const key of keys) if (!settings.has(key)) report.error(missingKey(key));
  }
  return settings;
}

function missingKey(key: Key): string {
  return `${key} is missing; add a line such as "${key} ${exampleValues[key]}".`;
}

function unknownKey(name: string): string {
  const meant = closestKey(name);
  const ignored = `The key ${quote(name)} is unknown and ignored`;
  return meant ? `${ignored}; did you mean ${meant}, a space and its value?` : `${ignored}.`;
}

/**
 * A number that is missing or wrong becomes NaN. It was reported, so it never leaves this module, and no later
 * check finds fault with it, since every comparison with NaN is false.
 */
function readNumber(key: keyof typeof numberRules, setting: Setting | undefined, report: Report): number {
  if (!setting) return Number.NaN;
  const { line, value } = setting;
  const { wanted, min, max, reasonForMax } = numberRules[key];
  const number = wholeNumber(value, min, max);
  if (!Number.isNaN(number)) return number;
  if (value === '') {
    report.error(`${key} has no value; it must be ${wanted}.`, line);
  } else if (isDigits(value) && Number(value) > max) {
    report.error(`${key} must be at most ${max} (${reasonForMax}); it is ${quote(value)}.`, line);
  } else {
    const hint = value.includes('#') ? ' A comment needs a line of its own.' : '';
    report.error(`${key} must be ${wanted}; it is ${quote(value)}.${hint}`, line);
  }
  return number;
}

function readFileName(setting: Setting | undefined, report: Report): string {
  if (!setting) return '';
  const { line, value } = setting;
  const fault = fileNameFault(value);
  if (value === '') {
    report.error('FileName has no value; it must be the name of the file to share.', line);
  } else if (fault) {
    report.error(`FileName ${fault}; it is ${quote(value)}.`, line);
  } else if (/\s/.test(value)) {
    const doubt = 'has spaces; some implementations read only the first word';
    report.notice(`FileName ${quote(value)} ${doubt}.`, line);
  }
  return value;
}

function judgeTogether(config: CommonConfig, settings: ReadonlyMap<Key, Setting>, report: Report): void {
  const { preferredNeighbours, fileSize, pieceSize } = config;
  if (preferredNeighbours === 0) {
    const consequence = 'only the optimistically unchoked neighbour will be served';
    report.notice(
      `NumberOfPreferredNeighbors is 0: ${consequence}.`,
      settings.get('NumberOfPreferredNeighbors')?.line,
    );
  }
  const pieceSizeLine = settings.get('PieceSize')?.line;
  if (pieceSize > advisedPieceSize) {
    const doubt = 'some implementations stall on messages that long';
    report.notice(`PieceSize ${pieceSize} is above ${advisedPieceSize}; ${doubt}.`, pieceSizeLine);
  }
  const pieceCount = Math.ceil(fileSize / pieceSize);
  if (pieceCount > maxPieceCount) {
    const limit = `the file would have ${pieceCount} pieces and may have ${maxPieceCount}`;
    const remedy = `make it ${Math.ceil(fileSize / maxPieceCount)} or more`;
    report.error(
      `PieceSize ${pieceSize} is too small for FileSize ${fileSize}: ${limit}; ${remedy}.`,
      pieceSizeLine,
    );
  }
}

/** The entry of one line, or none when it has too few or too many columns. Wrong numbers become NaN, as above. */
function readPeer({ line, text }: Line, report: Report): RosterEntry[] {
  const comment = text.search(/\s#/);
  const columns = (comment < 0 ? text : text.slice(0, comment).trimEnd()).split(/\s+/);
  const [id, host, port, hasFile] = columns as [string, string, string, string];
  if (columns.length !== 4) {
    const found = `this line has ${columns.length}: ${quote(text)}`;
    report.error(`A peer needs 4 columns, "peerID host port hasFile"; ${found}.`, line);
    return [];
  }
  const entry = {
    peer: String(wholeNumber(id, 1, maxPeerId)),
    host,
    port: wholeNumber(port, 1, 65535),
    seed: hasFile === '1',
    line,
  };
  if (entry.peer === invalidId) {
    report.error(`The peer ID must be a whole number from 1 to ${maxPeerId}; it is ${quote(id)}.`, line);
  }
  if (!hostCharacters.test(host)) {
    report.error(`The host must be a name or an address such as 127.0.0.1; it is ${quote(host)}.`, line);
  }
  if (Number.isNaN(entry.port)) {
    report.error(`The port must be a whole number from 1 to 65535; it is ${quote(port)}.`, line);
  }
  if (hasFile !== '0' && hasFile !== '1') {
    report.error(`hasFile must be 0 or 1; it is ${quote(hasFile)}.`, line);
  }
  return [entry];
}

/** What a peer ID that is no number becomes; already reported. */
const invalidId = String(Number.NaN);

function reportSharedIds(roster: readonly RosterEntry[], report: Report): void {
  const valid = roster.filter(({ peer }) => peer !== invalidId);
  for (const [entry, first] of repeats(valid, ({ peer }) => peer)) {
    const taken = `Peer ID ${entry.peer} is already taken in line ${first.line}`;
    report.error(`${taken}; every peer needs its own.`, entry.line);
  }
}

function reportSharedAddresses(roster: readonly RosterEntry[], report: Report): void {
  const valid = roster.filter(({ port }) => !Number.isNaN(port));
  for (const [entry, first] of repeats(valid, ({ host, port }) => `${host.toLowerCase()} ${port}`)) {
    const taken = `${quote(entry.host)} with port ${entry.port} is already taken in line ${first.line}`;
    report.error(`${taken}; give one of the two peers another port.`, entry.line);
  }
}

/** Section 5.2: "earlier" means earlier in the file to us and a smaller ID to some others. */
function noticeDisorder(roster: readonly RosterEntry[], report: Report): void {
  const step = roster.findIndex((entry, index) => Number(entry.peer) < Number(roster[index - 1]?.peer));
  const later = roster[step];
  const earlier = roster[step - 1];
  if (!later || !earlier) return;
  const reason = 'some implementations decide by ID who connects to whom';
  report.notice(
    `Peer ${later.peer} comes after peer ${earlier.peer}; keep the IDs ascending, since ${reason}.`,
    later.line,
  );
}

/** Each entry whose key an earlier one has, with the first that has it. */
function* repeats(
  roster: readonly RosterEntry[],
  keyOf: (entry: RosterEntry) => string,
): Generator<[entry: RosterEntry, first: RosterEntry]> {
  const firsts = new Map<string, RosterEntry>();
  for (const entry of roster) {
    const first = firsts.get(keyOf(entry));
    if (first) yield [entry, first];
    else firsts.set(keyOf(entry), entry);
  }
}

function isDigits(text: string): boolean {
  return /^[0-9]+$/.test(text);
}

/** The number that decimal digits spell, leading zeros allowed, or NaN outside the range. */
export function wholeNumber(text: string, min: number, max: number): number {
  const number = isDigits(text) ? Number(text) : Number.NaN;
  return number >= min && number <= max ? number : Number.NaN;
}

/** The key a misspelt name is a few letters away from: "FileSize=5" is FileSize. */
function closestKey(name: string): Key | undefined {
  const [word = ''] = /^\w{0,40}/.exec(name) ?? [];
  return nearestWord(word, keys);
}

/** Quotes what a file says: short, and without characters that would move a terminal's cursor. */
export function quote(text: string): string {
  const start = [...text.slice(0, 120)].slice(0, 60);
  const shown = start.join('').length < text.length ? [...start, '…'] : start;
  const escaped = shown.map(letter =>
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(letter) ? escapeOf(letter) : letter,
  );
  return `"${escaped.join('')}"`;
}

function escapeOf(letter: string): string {
  return `\\u{${letter.codePointAt(0)!.toString(16)}}`;
}

function firstFew(items: readonly string[]): string {
  const shown = items.slice(0, 10).join(', ');
  return items.length > 10 ? `${shown} and ${items.length - 10} more` : shown;
}

/** The bytes a text takes on disk. */
function utf8Length(text: string): number {
  let length = 0;
  for (const letter of text) {
    const code = letter.codePointAt(0)!;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
}
