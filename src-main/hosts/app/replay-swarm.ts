import { basename, dirname } from 'node:path';
import { RefusedError } from '../../../src-shared/contract.ts';
import type { PeerId } from '../../../src-shared/journal.ts';
import { JournalLines, readJournal } from '../../io/journal-reader.ts';
import { type ListedSwarm, RecordedPeer } from './listed-swarm.ts';

/** A journal file as a swarm on the list: a tape that grows as quickly as the file can be read, and no engine. */
class ReplaySwarm implements ListedSwarm {
  readonly kind = 'replay';
  readonly id: string;
  readonly name: string;
  readonly folder: string;
  readonly firstPeer: PeerId;
  readonly peers: readonly [RecordedPeer];
  readonly #lines: JournalLines;
  readonly #stop: () => Promise<void>;

  constructor(id: string, path: string, peer: RecordedPeer, lines: JournalLines, stop: () => Promise<void>) {
    this.id = id;
    this.name = basename(path);
    this.folder = dirname(path);
    this.firstPeer = peer.peer;
    this.peers = [peer];
    this.#lines = lines;
    this.#stop = stop;
  }

  get notices(): readonly string[] {
    return this.#lines.notices;
  }

  stop(): Promise<void> {
    return this.#stop();
  }

  limitPeer(): void {
    throw notRunning();
  }

  killPeer(): void {
    throw notRunning();
  }

  startPeer(): void {
    throw notRunning();
  }
}

/**
 * Opens a journal file. The swarm is there as soon as the beginning of its run is found; the rest follows.
 * @throws RefusedError `set-up` when nothing of the file can be shown
 */
export function openReplay(id: string, path: string): Promise<ListedSwarm> {
  return new Promise((resolve, reject) => {
    let peer: RecordedPeer | undefined;
    let isWanted = true;
    const lines = new JournalLines(event => {
      if (event.kind === 'started' && peer === undefined) {
        peer = new RecordedPeer(event.self, '');
        peer.status = 'starting';
        resolve(new ReplaySwarm(id, path, peer, lines, stop));
      }
      peer?.record(event);
    });
    const reading = readJournal(path, lines, () => isWanted).then(() => {
      if (peer !== undefined) peer.status = 'ended';
      else reject(notAJournal(basename(path), lines.notices));
    });
    const stop = () => {
      isWanted = false;
      return reading;
    };
  });
}

function notAJournal(name: string, notices: readonly string[]): RefusedError {
  const message = `${name} is not a journal, or nothing of it can be read. Choose a file that a swarm's page has saved.`;
  return new RefusedError('set-up', message, notices);
}

function notRunning(): RefusedError {
  return new RefusedError('unavailable', 'This is a recorded run; its peers do not run any more.');
}
