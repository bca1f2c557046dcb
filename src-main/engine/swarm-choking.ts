import type { PeerId } from '../../src-shared/journal.ts';
import { drawOptimistic, planUnchokes } from './choker.ts';
import type { Peer } from './peer.ts';
import type { SwarmContext } from './swarm-context.ts';

/** Runs the rounds and carries the choker's decisions out. Owns who is preferred and who is optimistic. */
export class Choking {
  readonly #context: SwarmContext;
  /** Told of every peer that is choked, so that what it asked for is forgotten. */
  readonly #onChoke: (peer: Peer) => void;
  #round = 0;
  #lastRechokeAt: number | undefined;
  #preferred: readonly PeerId[] = [];
  /** The set as the journal last told it; somebody may have left since. */
  #told: readonly PeerId[] = [];
  /** Whether there was anybody to choose from in the last round. */
  #hadCandidates = false;
  #optimistic: PeerId | undefined;
  /** The same as the last draw that was told left it. */
  #toldOptimistic: PeerId | undefined;
  #nextRechokeAt: number | undefined;
  #nextOptimisticAt: number | undefined;
  readonly #callOff = new Map<'rechoke-due' | 'optimistic-due', () => void>();

  constructor(context: SwarmContext, onChoke: (peer: Peer) => void) {
    this.#context = context;
    this.#onChoke = onChoke;
  }

  get preferred(): readonly PeerId[] {
    return this.#preferred;
  }

  get optimistic(): PeerId | undefined {
    return this.#optimistic;
  }

  /** On the engine's clock; undefined before the first round. */
  get nextRechokeAt(): number | undefined {
    return this.#nextRechokeAt;
  }

  get nextOptimisticAt(): number | undefined {
    return this.#nextOptimisticAt;
  }

  /** The first round comes as soon as the first neighbour is interested; the intervals run from there. */
  onInterested(peer: Peer): void {
    if (this.#lastRechokeAt === undefined) {
      this.rechoke();
      this.#drawOptimisticLater();
    } else if (this.#context.dialect.rules.fillsPlacesAtOnce) this.#fillPlace(peer);
  }

  rechoke(): void {
    const { peers, settings, ports, have, record } = this.#context;
    const now = ports.clock.now();
    this.#round += 1;
    const decision = planUnchokes(
      {
        peers: [...peers.values()],
        round: this.#round,
        slots: settings.preferredSlots,
        complete: have.isFull,
        optimistic: this.#optimistic,
        intervalMs:
          this.#lastRechokeAt === undefined ? settings.unchokingIntervalMs : now - this.#lastRechokeAt,
      },
      ports.random,
    );
    this.#lastRechokeAt = now;
    for (const peer of peers.values()) peer.receivedBytes = 0;

    if (this.#isWorthTelling || this.#hadCandidates) record({ kind: 'choke-decision', decision });
    this.#hadCandidates = decision.candidates.length > 0;
    this.#preferred = decision.preferred;
    if (!sameMembers(decision.preferred, this.#told)) {
      this.#told = decision.preferred;
      record({ kind: 'preferred-changed', preferred: decision.preferred });
    }
    for (const id of decision.choke) this.#choke(id);
    for (const id of decision.unchoke) this.#unchoke(id, 'preferred');
    for (const id of decision.preferred) this.#relabel(id, 'preferred');
    if (this.#optimistic !== undefined && !decision.preferred.includes(this.#optimistic)) {
      this.#relabel(this.#optimistic, 'optimistic');
    }
    this.#nextRechokeAt = this.#schedule('rechoke-due', settings.unchokingIntervalMs);
  }

  drawOptimistic(): void {
    const { peers, ports, record } = this.#context;
    const decision = drawOptimistic(
      { peers: [...peers.values()], current: this.#optimistic, preferred: this.#preferred },
      ports.random,
    );
    if (this.#isWorthTelling || decision.optimistic !== this.#toldOptimistic) {
      this.#toldOptimistic = decision.optimistic;
      record({ kind: 'optimistic-decision', decision });
    }
    if (!decision.kept && decision.optimistic !== undefined) {
      this.#optimistic = decision.optimistic;
      record({ kind: 'optimistic-changed', optimistic: decision.optimistic });
      for (const id of decision.choke) this.#choke(id);
      this.#unchoke(decision.optimistic, 'optimistic');
    }
    this.#drawOptimisticLater();
  }

  /** A share may run for weeks while nobody wants anything: its journal has that once. */
  get #isWorthTelling(): boolean {
    const { peers, dialect } = this.#context;
    if (dialect.rules.tellsEveryRound) return peers.size > 0;
    for (const { peerInterested } of peers.values()) if (peerInterested) return true;
    return false;
  }

  onPeerGone(peer: Peer): void {
    this.#preferred = this.#preferred.filter(id => id !== peer.id);
    if (this.#optimistic === peer.id) this.#optimistic = undefined;
  }

  /** Nobody has to be choked for it. */
  #fillPlace(peer: Peer): void {
    if (!peer.amChoking || this.#preferred.length >= this.#context.settings.preferredSlots) return;
    this.#preferred = [...this.#preferred, peer.id];
    this.#told = this.#preferred;
    this.#context.record({ kind: 'preferred-changed', preferred: this.#preferred });
    this.#unchoke(peer.id, 'preferred');
  }

  stop(): void {
    for (const callOff of this.#callOff.values()) callOff();
    this.#callOff.clear();
  }

  #drawOptimisticLater(): void {
    this.#nextOptimisticAt = this.#schedule('optimistic-due', this.#context.settings.optimisticIntervalMs);
  }

  #schedule(type: 'rechoke-due' | 'optimistic-due', delayMs: number): number {
    const { clock } = this.#context.ports;
    this.#callOff.set(
      type,
      clock.after(delayMs, () => this.#context.post({ type })),
    );
    return clock.now() + delayMs;
  }

  #choke(id: PeerId): void {
    const peer = this.#context.peers.get(id);
    if (peer === undefined || peer.amChoking) return;
    peer.amChoking = true;
    peer.unchoked = undefined;
    peer.send({ type: 'choke' });
    this.#context.record({ kind: 'sent-choke', peer: id });
    this.#onChoke(peer);
  }

  #unchoke(id: PeerId, as: 'preferred' | 'optimistic'): void {
    const peer = this.#context.peers.get(id);
    if (peer === undefined || !peer.amChoking) return;
    peer.amChoking = false;
    peer.unchoked = { as, since: this.#context.ports.clock.now() };
    peer.send({ type: 'unchoke' });
    this.#context.record({ kind: 'sent-unchoke', peer: id, role: as });
  }

  /** An unchoked peer may pass from optimistic to preferred and back without a message. */
  #relabel(id: PeerId, as: 'preferred' | 'optimistic'): void {
    const peer = this.#context.peers.get(id);
    if (peer?.unchoked === undefined || peer.unchoked.as === as) return;
    peer.unchoked = { as, since: peer.unchoked.since };
  }
}

function sameMembers(a: readonly PeerId[], b: readonly PeerId[]): boolean {
  return a.length === b.length && a.every(id => b.includes(id));
}
