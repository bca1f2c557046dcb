import type { PeerSummary, SwarmSummary } from '../../../src-shared/contract.ts';
import type { JournalEvent, PeerId } from '../../../src-shared/journal.ts';
import { type ComputerNames, noNames } from '../../../src-shared/peer-names.ts';
import type { ShareSummary } from '../../../src-shared/share.ts';
import { situationOf } from '../../../src-shared/situation.ts';
import { SwarmState } from '../../../src-shared/swarm-state.ts';
import { Tape } from '../../../src-shared/tape.ts';

/**
 * A swarm on the app's list. Whatever stands behind it (a peer in this process, the processes of a demo, a journal
 * file), the screen sees tapes that grow.
 */
export interface ListedSwarm {
  readonly id: string;
  readonly kind: SwarmSummary['kind'];
  readonly name: string;
  /** Absolute path of the folder with its files. */
  readonly folder: string;
  readonly firstPeer: PeerId;
  readonly notices: readonly string[];
  /** In the order of the roster. */
  readonly peers: readonly RecordedPeer[];
  /** What Home shows of it, where that is more than `summaryOf` tells. */
  summary?(): SwarmSummary;
  /** Ends everything tidily, within seconds; a second call waits for the same end. */
  stop(): Promise<void>;
  /** Taken off the list, or the app closes: stops, and clears away what only the list needed. */
  dispose?(): Promise<void>;
  /** @throws RefusedError `unknown` or `unavailable` */
  limitPeer(peer: PeerId, uploadBytesPerSecond: number | null): void;
  killPeer(peer: PeerId): void;
  startPeer(peer: PeerId): void;
}

/** What Home shows of a swarm. */
export function summaryOf(swarm: ListedSwarm, share: ShareSummary | null = null): SwarmSummary {
  const { id, kind, name, folder, firstPeer, notices, peers } = swarm;
  const summaries = peers.map(peer => peer.summary());
  return { swarm: id, kind, name, folder, peers: summaries, firstPeer, notices: [...notices], share };
}

/** One peer's tape, and its state folded along. */
export class RecordedPeer {
  readonly peer: PeerId;
  /** Path of the course's log, for display; empty when there is none. */
  readonly logFile: string;
  status: PeerSummary['status'] = 'waiting';
  problem: string | null = null;
  uploadBytesPerSecond: number | null = null;
  tape = new Tape();
  state = new SwarmState();
  /** Counts the tapes: a peer that is started again begins a new one. */
  edition = 0;
  /** Names of the computers that its neighbours may be on. */
  computers: () => ComputerNames = () => noNames;
  /** The run's clock, milliseconds since its start; null when it does not run. */
  nowMs: () => number | null = () => null;

  constructor(peer: PeerId, logFile: string) {
    this.peer = peer;
    this.logFile = logFile;
  }

  record(event: JournalEvent): void {
    this.tape.append(event);
    this.state.apply(event);
  }

  /** Begins a new tape, for another run of the same peer. */
  renew(): void {
    this.tape = new Tape();
    this.state = new SwarmState();
    this.edition += 1;
  }

  summary(): PeerSummary {
    const { peer, status, problem, state, uploadBytesPerSecond } = this;
    const now = this.nowMs();
    if (now !== null) state.advance(now);
    return { peer, status, problem, situation: situationOf(state, this.computers()), uploadBytesPerSecond };
  }
}
