import type { JournalEvent, PeerId } from '../../src-shared/journal.ts';
import { GrowingNumbers } from './growing.ts';

/** Kinds of lines that the course's log has, as the screen filters them. */
export const logKinds = [
  'piece',
  'have',
  'choke',
  'unchoke',
  'preferred',
  'optimistic',
  'interest',
  'connection',
] as const;
export type LogKind = (typeof logKinds)[number];

/** Which events are lines of the log, and of which kind, without their text. */
export class LogIndex {
  /** The numbers of the events that have a line, ascending. */
  readonly seqs = new GrowingNumbers();
  /** Of each line, its kind's place in `logKinds`. */
  readonly #codes = new GrowingNumbers();
  readonly #byKind = logKinds.map(() => new GrowingNumbers());

  kindOfLine(line: number): LogKind {
    return logKinds[this.#codes.at(line)]!;
  }

  /** How many lines of a kind there are before an event. */
  countBefore(seq: number, kind: LogKind): number {
    return this.#byKind[logKinds.indexOf(kind)]!.countBelow(seq);
  }

  onEvent(event: JournalEvent): void {
    const kind = logKindOf(event);
    if (kind === undefined) return;
    const code = logKinds.indexOf(kind);
    this.seqs.push(event.seq);
    this.#codes.push(code);
    this.#byKind[code]!.push(event.seq);
  }
}

/** Undefined where the course's log has no line for it (course protocol, section 7). */
function logKindOf(event: JournalEvent): LogKind | undefined {
  switch (event.kind) {
    case 'received-have':
      return 'have';
    case 'piece-completed':
    case 'completed':
      return 'piece';
    case 'received-choke':
      return 'choke';
    case 'received-unchoke':
      return 'unchoke';
    case 'preferred-changed':
      return event.preferred.length > 0 ? 'preferred' : undefined;
    case 'optimistic-changed':
      return 'optimistic';
    case 'received-interested':
    case 'received-not-interested':
      return 'interest';
    case 'connected':
      return 'connection';
    default:
      return undefined;
  }
}

/** Whom a line of the log is about; undefined when it is about nobody, or several. */
export function logPeerOf(event: JournalEvent): PeerId | undefined {
  if (event.kind === 'optimistic-changed') return event.optimistic;
  return 'peer' in event ? event.peer : undefined;
}
