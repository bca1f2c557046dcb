import type { JournalEvent, PeerId } from '../../../src-shared/journal.ts';
import type { SwarmView } from '../../../src-shared/view.ts';
import { launchNodePeer, type PeerHandle } from '../app/launch-peer.ts';

/** A line that `piecewise peer --json` prints. */
export type PeerLine = { readonly event: JournalEvent } | { readonly view: SwarmView };

/** A peer that runs as an operating-system process of its own, watched through its lines of JSON. */
export class PeerProcess {
  readonly id: PeerId;
  /** The newest sample it sent. */
  view: SwarmView | undefined;
  /** What it said on standard error; all of it when it has ended. */
  complaints: readonly string[] = [];
  /** When it listens and has begun to dial; false when it ended before that. */
  readonly begun: Promise<boolean>;
  /** Its exit code; 1 when a signal ended it. */
  readonly ended: Promise<number>;
  readonly #handle: PeerHandle;

  /** Starts `piecewise peer ID` with these further arguments. */
  constructor(id: PeerId, args: readonly string[], onEvent: (event: JournalEvent) => void = () => {}) {
    this.id = id;
    this.#handle = launchNodePeer(process.argv[1]!)([id, '--json', ...args]);
    this.ended = this.#handle.ended.then(({ code, complaints }) => {
      this.complaints = complaints;
      return code ?? 1;
    });
    this.begun = new Promise(resolve => {
      this.#handle.events(text => {
        const line = JSON.parse(text) as PeerLine;
        if ('view' in line) this.view = line.view;
        else {
          if (line.event.kind === 'started') resolve(true);
          onEvent(line.event);
        }
      });
      this.ended.then(() => resolve(false));
    });
  }

  /** Ends it tidily. */
  stop(): void {
    this.#handle.send({ control: 'stop' });
  }
}
