import { createLogTime, formatLogLine } from '../../../../src-shared/course-log.ts';
import type { JournalEvent, PeerId } from '../../../../src-shared/journal.ts';
import { shareLogSentence } from '../../../../src-shared/share-log.ts';
import { GrowingNumbers } from '../../../history/growing.ts';
import type { SwarmHistory } from '../../../history/history.ts';
import { type LogKind, logPeerOf } from '../../../history/log-index.ts';

/** Which lines of the log are shown. */
export interface LogFilter {
  readonly kinds: ReadonlySet<LogKind>;
  /** Only lines about this neighbour. */
  readonly peer: PeerId | undefined;
  /** Only lines with this text, whatever its case; '' for all. */
  readonly text: string;
}

const linesBetweenLooksAtTheClock = 256;

/**
 * The lines that pass a filter, found piece by piece: half a million of them are read while the screen goes on. Grows
 * with the history.
 */
export class FilteredLog {
  readonly filter: LogFilter;
  readonly #history: SwarmHistory;
  /** Places in the log's index of lines. */
  readonly #found = new GrowingNumbers();
  readonly #needle: string;
  readonly #nameOf: (peer: PeerId) => string;
  #read = 0;

  /** `nameOf`: what a share's peers are called. */
  constructor(history: SwarmHistory, filter: LogFilter, nameOf: (peer: PeerId) => string = peer => peer) {
    this.#history = history;
    this.#nameOf = nameOf;
    this.filter = filter;
    this.#needle = filter.text.toLowerCase();
  }

  get length(): number {
    return this.#found.length;
  }

  /** There are lines that have not been looked at. */
  get isReading(): boolean {
    return this.#read < this.#history.log.seqs.length;
  }

  /** The share looked at, from 0 to 1. */
  get progress(): number {
    const all = this.#history.log.seqs.length;
    return all === 0 ? 1 : this.#read / all;
  }

  lineAt(index: number): string {
    return this.#lineOf(this.#history.tape.event(this.seqAt(index)));
  }

  #lineOf(event: JournalEvent): string {
    const { isShare, run } = this.#history;
    return isShare ? shareLineOf(event, this.#nameOf) : lineOf(run?.self ?? '', event);
  }

  seqAt(index: number): number {
    return this.#history.log.seqs.at(this.#found.at(index));
  }

  kindAt(index: number): LogKind {
    return this.#history.log.kindOfLine(this.#found.at(index));
  }

  /** How many of the lines are of events before `seq`. */
  countBefore(seq: number): number {
    return this.#found.countBelow(this.#history.log.seqs.countBelow(seq));
  }

  /** Looks at further lines until `isTimeUp`, which is asked now and then. */
  read(isTimeUp: () => boolean): void {
    const { log, tape } = this.#history;
    const all = log.seqs.length;
    while (this.#read < all) {
      const line = this.#read;
      this.#read += 1;
      const seq = log.seqs.at(line);
      if (this.filter.kinds.has(log.kindOfLine(line)) && this.#passes(() => tape.event(seq))) {
        this.#found.push(line);
      }
      if (this.#read % linesBetweenLooksAtTheClock === 0 && isTimeUp()) return;
    }
  }

  #passes(read: () => JournalEvent): boolean {
    const { peer } = this.filter;
    if (peer === undefined && this.#needle === '') return true;
    const event = read();
    if (peer !== undefined && !isAbout(event, peer)) return false;
    return this.#needle === '' || this.#lineOf(event).toLowerCase().includes(this.#needle);
  }
}

/** The line exactly as the log file has it. */
export function lineOf(self: PeerId, event: JournalEvent): string {
  return formatLogLine(self, event, localLogTime) ?? '';
}

/** A line of a share's log, which is no file: what happened, with the names that its peers have now. */
export function shareLineOf(event: JournalEvent, nameOf: (peer: PeerId) => string): string {
  return `${localLogTime(event.wallMs)}: ${shareLogSentence(event, nameOf) ?? ''}`;
}

/** Length of the time at the start of a line, with its colon. */
export const logTimeLength = 'YYYY-MM-DD HH:MM:SS:'.length;

const localLogTime = createLogTime(wallMs => -new Date(wallMs).getTimezoneOffset() * 60_000);

function isAbout(event: JournalEvent, peer: PeerId): boolean {
  if (event.kind === 'preferred-changed') return event.preferred.includes(peer);
  return event.kind === 'piece-failed' ? event.peers.includes(peer) : logPeerOf(event) === peer;
}
