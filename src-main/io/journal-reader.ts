import type { JournalEvent, JournalFact, PeerId } from '../../src-shared/journal.ts';
import { readJournalEvent } from '../../src-shared/journal-schema.ts';
import { inWords } from './file-failure.ts';
import { readLines } from './text-lines.ts';

/**
 * Journal files, as `--journal` writes them: JSON lines, several runs of one peer one after the other. Whatever is
 * wrong with a file, what can be read of it is read, and notices say what is missing.
 */

/** Room for the bitfield and the roster of the largest content. */
const maxLineLength = 8 * 1024 * 1024;
/** What has no beginning so far has none. */
const mostLinesBeforeStart = 1_000;
const mostNotices = 20;
/** Bits of all peers' bitfields together: 64 MiB, for each state that the screen keeps. */
const mostBits = 2 ** 29;
const dayMs = 86_400_000;
/** No run is looked at for longer; what happens over time takes memory. */
const longestMs = 31 * dayMs;

/** What a journal is about; all its runs must agree on it. */
type Started = Extract<JournalEvent, { kind: 'started' }>;

/** Makes events of the lines of one journal file. */
export class JournalLines {
  readonly #onEvent: (event: JournalEvent) => void;
  readonly #notices: string[] = [];
  #unsaid = 0;
  #line = 0;
  #started: Started | undefined;
  readonly #roster = new Set<PeerId>();
  /** A line that cannot be read: torn in the middle of a file, or cut off at its end. */
  #bad: { readonly line: number; readonly fault: string } | undefined;
  #badSinceLastEvent = 0;
  #eventsBeforeStart = 0;
  /** What this run's clock is behind that of the first one. */
  #offsetMs = 0;
  #lastAtMs = 0;
  #lastWallMs = 0;
  #nextSeq = 0;

  constructor(onEvent: (event: JournalEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Sentences about what is missing or odd, each naming its line. */
  get notices(): readonly string[] {
    return this.#unsaid === 0 ? this.#notices : [...this.#notices, `… and ${this.#unsaid} more.`];
  }

  /** Whether the beginning of a run has been found. */
  get hasStarted(): boolean {
    return this.#started !== undefined;
  }

  /** Takes the next line; says whether those that follow are of any use. */
  take(text: string): boolean {
    this.#line += 1;
    if (text.trim() === '') return true;
    this.#tellBadLine('and is left out');
    const event = parse(text);
    const fault = 'fault' in event ? event.fault : this.#faultOf(event);
    if (fault !== undefined) {
      this.#bad = { line: this.#line, fault };
      this.#badSinceLastEvent += 1;
      return this.#started !== undefined || this.#line < mostLinesBeforeStart;
    }
    return this.#onGood(event as JournalEvent);
  }

  /** The file has ended. */
  finish(): void {
    this.#tellBadLine('; the journal was probably cut off there');
    if (this.#line === 0) this.#notice('The file is empty.');
    else if (this.#started === undefined && this.#eventsBeforeStart > 0) {
      this.#notice('The beginning of the run is missing, so that nobody can tell what was shared.');
    }
  }

  /** The file could not be read to its end. */
  fail(error: unknown): void {
    const why = error instanceof Error ? inWords(error) : String(error);
    this.#notice(`The file can be read only up to line ${this.#line}: ${why}.`);
  }

  #onGood(event: JournalEvent): boolean {
    if (event.kind === 'started') {
      if (!this.#begin(event)) return false;
    } else if (this.#started === undefined) {
      this.#eventsBeforeStart += 1;
      return this.#line < mostLinesBeforeStart;
    }
    const { seq } = event;
    const missing = seq - this.#nextSeq;
    if (missing > this.#badSinceLastEvent) {
      this.#notice(
        `Before line ${this.#line}, ${missing === 1 ? 'an event is' : `${missing} events are`} missing.`,
      );
    }
    this.#nextSeq = seq + 1;
    this.#badSinceLastEvent = 0;
    this.#lastAtMs = event.atMs + this.#offsetMs;
    this.#lastWallMs = event.wallMs;
    this.#onEvent(this.#offsetMs === 0 ? event : { ...event, atMs: this.#lastAtMs });
    return true;
  }

  /** Says whether this run belongs to what came before it. */
  #begin(event: Started): boolean {
    const { self, name, totalLength, pieceLength, roster } = event;
    const before = this.#started;
    if (before === undefined) {
      if (this.#eventsBeforeStart > 0) {
        this.#notice(`The lines before line ${this.#line} lack the beginning of their run and are left out.`);
      }
    } else if (before.self !== self) {
      return this.#endBefore(`peer ${self}, not of ${before.self}`);
    } else if (
      before.name !== name ||
      before.totalLength !== totalLength ||
      before.pieceLength !== pieceLength
    ) {
      return this.#endBefore('another file');
    } else {
      const gapMs = Math.max(0, event.wallMs - this.#lastWallMs);
      if (gapMs > dayMs)
        this.#notice(`At line ${this.#line} a pause of more than a day is shown as one day.`);
      this.#offsetMs = this.#lastAtMs + Math.min(gapMs, dayMs) - event.atMs;
    }
    this.#started = event;
    this.#roster.clear();
    for (const { peer } of roster) this.#roster.add(peer);
    this.#nextSeq = event.seq;
    return true;
  }

  #endBefore(what: string): false {
    this.#notice(`Line ${this.#line} begins a journal of ${what}; it and what follows are left out.`);
    return false;
  }

  #faultOf(event: JournalEvent): string | undefined {
    if (event.kind === 'started') return faultOfStart(event);
    if (this.#started === undefined) return undefined;
    if (event.seq < this.#nextSeq) return 'its number is that of an earlier event';
    const atMs = event.atMs + this.#offsetMs;
    if (atMs < this.#lastAtMs) return 'its time is before that of the line before it';
    if (atMs > longestMs) return 'its time is more than a month after the start';
    const stranger = peersOf(event).find(peer => !this.#roster.has(peer));
    if (stranger !== undefined) return `peer ${stranger} is not one of this swarm`;
    return faultOfPiece(event, this.#started);
  }

  #tellBadLine(consequence: string): void {
    if (this.#bad === undefined) return;
    const { line, fault } = this.#bad;
    this.#notice(
      `Line ${line} cannot be read (${fault})${consequence.startsWith(';') ? '' : ' '}${consequence}.`,
    );
    this.#bad = undefined;
  }

  #notice(sentence: string): void {
    if (this.#notices.length < mostNotices) this.#notices.push(sentence);
    else this.#unsaid += 1;
  }
}

/**
 * Reads a journal file of any size into `lines` while everything else goes on, until its end or until `isWanted` says
 * no. Never throws: `lines` has notices.
 */
export async function readJournal(path: string, lines: JournalLines, isWanted: () => boolean): Promise<void> {
  let ended = true;
  try {
    await readLines(
      path,
      line => {
        ended = isWanted() && lines.take(line);
        return ended;
      },
      maxLineLength,
    );
    if (ended) lines.finish();
  } catch (error) {
    lines.fail(error);
  }
}

function parse(text: string): JournalEvent | { readonly fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: 'it is not JSON' };
  }
  return readJournalEvent(value);
}

function faultOfStart({ self, totalLength, pieceLength, pieceCount, bitfield, roster }: Started) {
  if (pieceCount !== Math.ceil(totalLength / pieceLength)) return 'its sizes contradict each other';
  if (bitfield.length > hexLength(pieceCount)) return 'its bitfield is too long';
  const peers = new Set(roster.map(({ peer }) => peer));
  if (peers.size < roster.length) return 'its roster names a peer twice';
  if (!peers.has(self)) return 'its roster lacks the peer itself';
  if (roster.length * pieceCount > mostBits) return 'it has more peers and pieces than can be shown';
  return undefined;
}

function faultOfPiece(event: JournalFact, { pieceCount, pieceLength }: Started): string | undefined {
  if ('piece' in event && event.piece >= pieceCount) return `there is no piece ${event.piece}`;
  if ('count' in event && event.count > pieceCount) return 'it counts more pieces than there are';
  if ('length' in event && event.offset + event.length > pieceLength) return 'it is longer than a piece';
  if (event.kind === 'received-bitfield' && event.bitfield.length > hexLength(pieceCount)) {
    return 'its bitfield is too long';
  }
  return undefined;
}

function hexLength(pieceCount: number): number {
  return Math.ceil(pieceCount / 8) * 2;
}

/** Everybody whom an event names. */
function peersOf(event: JournalFact): readonly PeerId[] {
  switch (event.kind) {
    case 'started':
    case 'rejected':
    case 'completed':
    case 'storage-failed':
      return [];
    case 'note':
      return event.peer === undefined ? [] : [event.peer];
    case 'piece-failed':
      return event.peers;
    case 'preferred-changed':
      return event.preferred;
    case 'optimistic-changed':
      return [event.optimistic];
    case 'ended':
      return event.lost;
    case 'choke-decision': {
      const { candidates, preferred, unchoke, choke } = event.decision;
      return [...candidates.map(({ peer }) => peer), ...preferred, ...unchoke, ...choke];
    }
    case 'optimistic-decision': {
      const { candidates, optimistic, choke } = event.decision;
      return [...candidates, ...(optimistic === undefined ? [] : [optimistic]), ...choke];
    }
    default:
      return [event.peer];
  }
}
