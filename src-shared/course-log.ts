import type { Direction, JournalEvent, PeerId } from './journal.ts';

/**
 * The lines of `log_peer_<ID>.log` (course protocol, section 7): written exactly, read loosely, since every
 * implementation words and punctuates them a little differently.
 */

/**
 * The log line of an event, without its line end; undefined when section 7 has no line for it. `time` turns wall
 * time into the text at the start of the line, as `createLogTime` does.
 */
export function formatLogLine(
  self: PeerId,
  event: JournalEvent,
  time: (wallMs: number) => string,
): string | undefined {
  const sentence = sentenceOf(event);
  return sentence === undefined ? undefined : `${time(event.wallMs)}: Peer ${self} ${sentence}`;
}

function sentenceOf(fact: JournalEvent | LogFact): string | undefined {
  switch (fact.kind) {
    case 'received-have':
      return `received the 'have' message from ${fact.peer} for the piece ${fact.piece}.`;
    case 'piece-completed':
      return `has downloaded the piece ${fact.piece} from ${fact.peer}. Now the number of pieces it has is ${fact.count}.`;
    case 'received-interested':
      return `received the 'interested' message from ${fact.peer}.`;
    case 'received-not-interested':
      return `received the 'not interested' message from ${fact.peer}.`;
    case 'received-unchoke':
      return `is unchoked by ${fact.peer}.`;
    case 'received-choke':
      return `is choked by ${fact.peer}.`;
    case 'preferred-changed':
      return `has the preferred neighbors ${fact.preferred.join(',')}.`;
    case 'optimistic-changed':
      return `has the optimistically unchoked neighbor ${fact.optimistic}.`;
    case 'connected':
      return fact.direction === 'dialled'
        ? `makes a connection to Peer ${fact.peer}.`
        : `is connected from Peer ${fact.peer}.`;
    case 'completed':
      return 'has downloaded the complete file.';
    default:
      return undefined;
  }
}

const msPerDay = 24 * 60 * 60 * 1000;

/**
 * Writes wall time as `YYYY-MM-DD HH:MM:SS`. `offsetMs` says how far local time is ahead of UTC at a moment, in
 * milliseconds; it is asked once per second of the log, not once per line.
 */
export function createLogTime(offsetMs: (wallMs: number) => number): (wallMs: number) => string {
  let second = Number.NaN;
  let text = '';
  return wallMs => {
    const current = Math.floor(wallMs / 1000);
    if (current !== second) {
      second = current;
      text = formatLocalTime(current * 1000 + offsetMs(wallMs));
    }
    return text;
  };
}

/** Local time in milliseconds since 1970-01-01 00:00 local. */
function formatLocalTime(localMs: number): string {
  const day = Math.floor(localMs / msPerDay);
  const secondOfDay = Math.floor((localMs - day * msPerDay) / 1000);
  const { year, month, dayOfMonth } = dateOf(day);
  const date = [String(year).padStart(4, '0'), twoDigits(month), twoDigits(dayOfMonth)].join('-');
  const clock = [secondOfDay / 3600, (secondOfDay / 60) % 60, secondOfDay % 60].map(twoDigits).join(':');
  return `${date} ${clock}`;
}

function twoDigits(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}

/** The date of a day counted from 1970-01-01, in the Gregorian calendar. */
function dateOf(day: number): { year: number; month: number; dayOfMonth: number } {
  let year = 1970 + Math.floor(day / 365.2425);
  while (dayNumber(year, 1, 1) > day) year -= 1;
  while (dayNumber(year + 1, 1, 1) <= day) year += 1;
  let month = 1;
  while (month < 12 && dayNumber(year, month + 1, 1) <= day) month += 1;
  return { year, month, dayOfMonth: day - dayNumber(year, month, 1) + 1 };
}

const daysBeforeMonth = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/** Days from 1970-01-01 to a date; months and days count from 1. */
function dayNumber(year: number, month: number, dayOfMonth: number): number {
  const leapDay = month > 2 && leapDaysBefore(year + 1) > leapDaysBefore(year) ? 1 : 0;
  const yearStart = 365 * (year - 1970) + leapDaysBefore(year) - leapDaysBefore(1970);
  return yearStart + daysBeforeMonth[month - 1]! + leapDay + dayOfMonth - 1;
}

function leapDaysBefore(year: number): number {
  const past = year - 1;
  return Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
}

/** A fact that a log line states, named as in the journal. */
export type LogFact =
  | { readonly kind: 'connected'; readonly peer: PeerId; readonly direction: Direction }
  | {
      readonly kind:
        | 'received-unchoke'
        | 'received-choke'
        | 'received-interested'
        | 'received-not-interested';
      readonly peer: PeerId;
    }
  | { readonly kind: 'received-have'; readonly peer: PeerId; readonly piece: number }
  | { readonly kind: 'preferred-changed'; readonly preferred: readonly PeerId[] }
  /** Undefined when the line says that there is none. */
  | { readonly kind: 'optimistic-changed'; readonly optimistic: PeerId | undefined }
  /** `count` is undefined when the second sentence is missing. */
  | {
      readonly kind: 'piece-completed';
      readonly peer: PeerId;
      readonly piece: number;
      readonly count: number | undefined;
    }
  | { readonly kind: 'completed' };

/** A log line as read. */
export interface LogLine {
  readonly self: PeerId;
  readonly fact: LogFact;
  /** Undefined when the line has no time that can be read. */
  readonly time: LogTime | undefined;
  /** The line is letter for letter what `formatLogLine` and `createLogTime` write. */
  readonly strict: boolean;
}

export interface LogTime {
  /**
   * By the log's own clock, in milliseconds: since 1970-01-01 00:00 in the log's time zone when `dated`, else since
   * midnight (or noon, when a 12-hour time does not say which).
   */
  readonly ms: number;
  readonly dated: boolean;
}

/** A preferred list of thousands fits; nothing longer is a line of section 7. */
const maxLineLength = 64 * 1024;

/**
 * Reads a line of anybody's log; undefined when it is none of section 7. Numbers are taken as the words place them:
 * that an implementation prints the piece where the peer belongs shows only beside the roster. Never throws.
 */
export function parseLogLine(line: string): LogLine | undefined {
  if (line.length > maxLineLength) return undefined;
  const head = headPattern.exec(line) ?? bareHeadPattern.exec(line);
  if (!head) return undefined;
  const sentence = line.slice(head.index + head[0].length);
  for (const { pattern, read } of forms) {
    const found = pattern.exec(sentence);
    if (!found) continue;
    const self = peerId(head[1]!);
    const fact = read(found.groups ?? {});
    const stamp = readStamp(line.slice(0, head.index));
    const strict = stamp.strict && line.endsWith(`: Peer ${self} ${sentenceOf(fact)}`);
    return { self, fact, time: stamp.time, strict: strict && head.index === strictStampLength };
  }
  return undefined;
}

/** The subject of every line. What stands before it is the time, and perhaps what a logging library adds. */
const headPattern = /peer[\s:#_-]{0,8}[[({<]{0,2}\s{0,8}(\d{1,15})\s{0,8}[\])}>]{0,2}[:,]?\s{1,8}(?=[a-z])/i;

/** The same without the word, which some leave out; then the brackets must be there. */
const bareHeadPattern = /(?<=[\s:\]-])\[\s{0,8}(\d{1,15})\s{0,8}\][:,]?\s{1,8}(?=[a-z])/i;

/**
 * Builds a pattern for what follows "Peer <self> ". A space stands for any white space, `ID` for a peer with or
 * without the word and brackets, `PIECE` and `COUNT` for numbers, `Q` for any quotes or none. Every repetition is
 * bounded or can match in one way only: lines may be hostile, and matching must take linear time.
 */
function loose(sentence: string): RegExp {
  const number = (name: string) => String.raw`[[({<"']{0,2}\s{0,8}(?<${name}>\d{1,15})\s{0,8}[\])}>"']{0,2}`;
  const source = sentence
    .replaceAll('ID', String.raw`[[({<]?(?:peer[\s:#_-]{0,3})?${number('peer')}`)
    .replaceAll('PIECE', String.raw`piece(?: index| number| no\.?)?[\s:#=]{0,8}${number('piece')}`)
    .replaceAll('COUNT', number('count'))
    .replaceAll('Q', String.raw`[^\w\s]{0,3}`)
    .replaceAll(' ', String.raw`\s{1,8}`);
  return new RegExp(String.raw`^${source}[\s.,;!\])}>"']*$`, 'i');
}

const received = '(?:has )?rec(?:ei|ie)v(?:ed|es|e) (?:the |an? )?';
const choked = '(?<un>un-?)?choc?ked';
const neighbours = String.raw`neigh[a-z]{2,8}(?:\(s\))?`;
/** Matched whole or not at all (a look-ahead never backtracks), since the end of a line may repeat its characters. */
const peerList = String.raw`(?=(?<peers>(?:[\s\d,;[\](){}<>.=:"']|peers?|none|null|empty|and)*))\k<peers>`;
const counted = String.raw`(?:[\s.,;!]{0,8}now,? the number of pieces(?: it)?(?: now)?(?: has)?(?: is)?[\s:=]{0,8}COUNT)?`;

type Groups = Readonly<Record<string, string | undefined>>;

/** Every line of section 7, the most frequent first, some with the peer and the piece in either order. */
const forms: readonly { readonly pattern: RegExp; readonly read: (groups: Groups) => LogFact }[] = [
  { pattern: loose(`${received}QhaveQ (?:message )?from ID,? for (?:the )?PIECE`), read: readHave },
  { pattern: loose(`${received}QhaveQ (?:message )?for (?:the )?PIECE,? from ID`), read: readHave },
  {
    pattern: loose(`${received}Q(?<not>not[\\s_-]?)?interestedQ (?:message )?from ID`),
    read: ({ not, peer }) => ({
      kind: not ? 'received-not-interested' : 'received-interested',
      peer: peerId(peer!),
    }),
  },
  { pattern: loose(`has downloaded (?:the )?PIECE,? from ID${counted}`), read: readPiece },
  { pattern: loose(`has downloaded from ID,? (?:the )?PIECE${counted}`), read: readPiece },
  {
    pattern: loose(`(?:is|was|has been|gets|got) (?:now )?${choked} by ID`),
    read: ({ un, peer }) => ({ kind: un ? 'received-unchoke' : 'received-choke', peer: peerId(peer!) }),
  },
  {
    pattern: loose(`ha[sv]e? (?:selected )?(?:the )?preferred ${neighbours}(?: are| is| -)?${peerList}`),
    read: ({ peers }) => ({
      kind: 'preferred-changed',
      preferred: (peers!.match(/\d{1,15}/g) ?? []).map(peerId),
    }),
  },
  {
    pattern: loose(
      `ha[sv]e? (?:the |an? )?optimistic(?:ally)?(?: |-)${choked} ${neighbours}(?:[\\s:=]{1,3}ID|${peerList})`,
    ),
    read: ({ peer }) => ({ kind: 'optimistic-changed', optimistic: peer && peerId(peer) }),
  },
  {
    pattern: loose('(?:makes?|made|is making|established) (?:an? |the )?(?:tcp )?connection (?:to|with) ID'),
    read: ({ peer }) => ({ kind: 'connected', peer: peerId(peer!), direction: 'dialled' }),
  },
  {
    pattern: loose('(?:is|was|has been|gets|got) connected (?:from|by) ID'),
    read: ({ peer }) => ({ kind: 'connected', peer: peerId(peer!), direction: 'accepted' }),
  },
  {
    pattern: loose('has (?:[a-z]{1,12} )?downloaded (?:the )?(?:complete|entire|whole) file\\b.{0,300}'),
    read: () => ({ kind: 'completed' }),
  },
];

function readHave({ peer, piece }: Groups): LogFact {
  return { kind: 'received-have', peer: peerId(peer!), piece: Number(piece) };
}

function readPiece({ peer, piece, count }: Groups): LogFact {
  return {
    kind: 'piece-completed',
    peer: peerId(peer!),
    piece: Number(piece),
    count: count === undefined ? undefined : Number(count),
  };
}

/** A peer ID as the journal writes it, without leading zeros. */
function peerId(digits: string): PeerId {
  return digits.startsWith('0') ? String(Number(digits)) : digits;
}

interface Stamp {
  readonly text: string;
  readonly time: LogTime | undefined;
  readonly strict: boolean;
}

const strictStamp = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d: $/;
const strictStampLength = 'YYYY-MM-DD HH:MM:SS: '.length;

/** The last one read: lines come in bursts that share their second. */
let lastStamp: Stamp = { text: '', time: undefined, strict: false };

function readStamp(text: string): Stamp {
  if (text !== lastStamp.text) {
    lastStamp = { text, time: readTime(text.slice(0, 200)), strict: strictStamp.test(text) };
  }
  return lastStamp;
}

function readTime(text: string): LogTime | undefined {
  const clock = readClock(text);
  if (clock === undefined) return undefined;
  const day = readDay(text);
  return day === undefined ? { ms: clock, dated: false } : { ms: day * msPerDay + clock, dated: true };
}

const clockPattern = /(?<![\d:])(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,3})\d{0,6})?)?\s{0,2}([ap])?/i;

/** Milliseconds since midnight. */
function readClock(text: string): number | undefined {
  const match = clockPattern.exec(text);
  if (!match) return undefined;
  const [, hour, minute, second = '0', fraction = '0', half] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const hours = half ? (Number(hour) % 12) + (half.toLowerCase() === 'p' ? 12 : 0) : Number(hour);
  const seconds = (hours * 60 + Number(minute)) * 60 + Number(second);
  return seconds * 1000 + Number(fraction.padEnd(3, '0'));
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const yearFirst = /(?<!\d)(\d{4})[-/.:](\d{1,2})[-/.:](\d{1,2})(?!\d)/;
const yearLast = /(?<!\d)(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d\d)(?!\d)/;
const monthThenDay = new RegExp(`\\b(${monthNames.join('|')})[a-z]{0,6}[. ,-]{1,3}(\\d{1,2})\\b(?!:)`, 'i');
const dayThenMonth = new RegExp(`\\b(\\d{1,2})[. -]{1,3}(${monthNames.join('|')})`, 'i');
const fourDigitYear = /(?<!\d)((?:19|20)\d\d)(?!\d)/;

/** Days since 1970-01-01; undefined without a date. Of 03/04/2026 the month comes first, as the course's country has it. */
function readDay(text: string): number | undefined {
  let match = yearFirst.exec(text);
  if (match) return dayOf(Number(match[1]), Number(match[2]), Number(match[3]));
  match = yearLast.exec(text);
  if (match) {
    const [first, second, year] = [Number(match[1]), Number(match[2]), Number(match[3])];
    const century = year < 100 ? 2000 : 0;
    return dayOf(century + year, first > 12 ? second : first, first > 12 ? first : second);
  }
  const year = Number(fourDigitYear.exec(text)?.[1]);
  match = monthThenDay.exec(text);
  if (match) return dayOf(year, monthNumber(match[1]!), Number(match[2]));
  match = dayThenMonth.exec(text);
  return match ? dayOf(year, monthNumber(match[2]!), Number(match[1])) : undefined;
}

function monthNumber(name: string): number {
  return monthNames.indexOf(name.toLowerCase()) + 1;
}

function dayOf(year: number, month: number, dayOfMonth: number): number | undefined {
  if (Number.isNaN(year) || month < 1 || month > 12 || dayOfMonth < 1 || dayOfMonth > 31) return undefined;
  return dayNumber(year, month, dayOfMonth);
}
