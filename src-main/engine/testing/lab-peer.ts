import { Bitfield } from '../../../src-shared/bitfield.ts';
import type { JournalEvent, JournalFact, Outcome, PeerId } from '../../../src-shared/journal.ts';
import type { Layout } from '../content/layout.ts';
import type { RosterPeer } from '../course/roster.ts';
import type { Dialect } from '../dialect.ts';
import type { Clock, Dialer, Link, PieceVerifier } from '../ports.ts';
import { Swarm } from '../swarm.ts';
import type { SwarmPorts, SwarmSettings } from '../swarm-context.ts';
import type { MemoryNetwork } from './memory-network.ts';
import { MemoryStorage } from './memory-storage.ts';
import { TappedLink, type TappedMessage } from './tapped-link.ts';
import type { WireWords } from './wire-words.ts';

/** Where a peer of the lab lives. */
export interface LabPeerWorld {
  readonly layout: Layout;
  readonly network: MemoryNetwork;
  readonly clock: Clock;
  readonly dialect: Dialect;
  readonly settings: SwarmSettings;
  readonly pool: SwarmPorts['pool'];
  readonly random: SwarmPorts['random'];
  readonly verifier: PieceVerifier;
  /** Notes every message on its links. */
  readonly tap: WireWords | undefined;
  readonly onOver: () => void;
}

/** What happened at a peer: a fact of its journal, or a message on one of its links. */
export type LabEvent = JournalEvent | ({ readonly kind: 'message' } & TappedMessage);

/** One peer of the lab: its swarm, what it wrote down, and how to pull its plug. */
export class LabPeer {
  readonly id: PeerId;
  readonly storage: MemoryStorage;
  readonly swarm: Swarm;
  readonly world: LabPeerWorld;
  /** The journal. */
  readonly events: JournalEvent[] = [];
  /** The journal, with the messages of a tapped lab in between. */
  readonly history: LabEvent[] = [];
  /** Undefined while it runs. */
  outcome: Outcome | 'killed' | undefined;
  /** Timers it left running when it ended. */
  forgottenTimers = 0;
  readonly #links = new Set<Link>();
  readonly #callOffTimers = new Set<() => void>();
  readonly #stopListening: () => void;

  constructor(entry: RosterPeer, world: LabPeerWorld, content: Uint8Array, have: Bitfield) {
    const { layout, clock, network, dialect, settings, verifier, pool, random } = world;
    const address = { host: entry.host, port: entry.port };
    this.world = world;
    this.id = entry.peer;
    this.storage = new MemoryStorage({ layout, clock, content, have });
    const found = Bitfield.from(this.storage.have.toBytes(), layout.pieceCount);
    this.swarm = new Swarm(
      entry.peer,
      { name: 'thefile', layout, have: found },
      dialect,
      settings,
      {
        dialer: this.#mortalDialer(network.dialerOf(address)),
        storage: this.storage,
        verifier,
        clock: this.#mortalClock(clock),
        random,
        journal: event => this.#note(event),
        pool,
      },
      outcome => this.#end(outcome),
    );
    this.#stopListening = network.listen(address, link => this.swarm.accept(this.#hold(link)));
    this.swarm.start();
  }

  /** The facts of one kind, in order. */
  told<Kind extends JournalFact['kind']>(kind: Kind): Extract<JournalEvent, { kind: Kind }>[] {
    return this.events.filter((event): event is Extract<JournalEvent, { kind: Kind }> => event.kind === kind);
  }

  /** What it noted of oddities. */
  get notes(): string[] {
    return this.told('note').map(note => note.text);
  }

  /** `kill -9`: links break, nothing is said, nothing more happens here. */
  kill(): void {
    this.#end('killed');
    for (const callOff of this.#callOffTimers) callOff();
    for (const link of this.#links) link.abort();
  }

  #end(outcome: Outcome | 'killed'): void {
    if (this.outcome !== undefined) return; // what is under way at a death still happens
    this.outcome = outcome;
    if (outcome !== 'killed') this.forgottenTimers = this.#callOffTimers.size;
    this.#stopListening();
    this.world.onOver();
  }

  #note(event: LabEvent): void {
    if (this.outcome === 'killed') return;
    this.history.push(event);
    if (event.kind !== 'message') this.events.push(event);
  }

  #hold(link: Link): Link {
    const { tap } = this.world;
    const number = this.#links.size;
    this.#links.add(link);
    if (tap === undefined) return link;
    return new TappedLink(link, tap, (way, words) =>
      this.#note({ kind: 'message', link: number, way, words }),
    );
  }

  #mortalDialer(dialer: Dialer): Dialer {
    return {
      dial: (address, done) =>
        dialer.dial(address, result => {
          if ('failed' in result) done(result);
          else if (this.outcome === 'killed') result.abort();
          else done(this.#hold(result));
        }),
    };
  }

  /** The clock of a peer that can be killed: its timers die with it. */
  #mortalClock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      wallNow: () => clock.wallNow(),
      after: (delayMs, fire) => {
        if (this.outcome === 'killed') return () => {};
        const callOff = clock.after(delayMs, () => {
          this.#callOffTimers.delete(callOff);
          fire();
        });
        this.#callOffTimers.add(callOff);
        return () => {
          this.#callOffTimers.delete(callOff);
          callOff();
        };
      },
    };
  }
}
