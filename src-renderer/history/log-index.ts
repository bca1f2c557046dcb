import type { JournalEvent, PeerId } from '../../src-shared/journal.ts';
import { GrowingNumbers } from './growing.ts';

/** Kinds of lines of a log, as the screen filters them. */
export const logKinds = [
  'piece',
  'have',
  'choke',
  'unchoke',
  'preferred',
  'optimistic',
  'interest',
  'connection',
  /** Only a share's log has them. */
  'note',
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

  onEvent(event: JournalEvent, isShare: boolean): void {
    const kind = isShare ? (shareKindOf(event) ?? logKindOf(event)) : logKindOf(event);
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

/** What only a share's log has a line for; its words are in `share-log.ts`. */
function shareKindOf({ kind }: JournalEvent): LogKind | undefined {
  switch (kind) {
    case 'piece-failed':
    case 'peer-completed':
      return 'piece';
    case 'disconnected':
    case 'rejected':
    case 'dial-failed':
      return 'connection';
    case 'started':
    case 'note':
    case 'storage-failed':
    case 'ended':
      return 'note';
    default:
      return undefined;
  }
}

/** Whom a line of the log is about; undefined when it is about nobody, or several. */
export function logPeerOf(event: JournalEvent): PeerId | undefined {
  if (event.kind === 'optimistic-changed') return event.optimistic;
  return 'peer' in event ? event.peer : undefined;
}
