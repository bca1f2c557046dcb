import type { Direction, PeerId } from '../../../src-shared/journal.ts';
import type { DialTarget, Fate, Membership, Newcomer } from '../dialect.ts';
import type { Handshake } from '../wire/message.ts';
import { peerIdFromAsciiDigits, peerIdReadBackwards } from './wire.ts';

/** A line of `PeerInfo.cfg`. */
export interface RosterPeer {
  readonly peer: PeerId;
  readonly host: string;
  readonly port: number;
  /** hasFile: it starts with the whole file. */
  readonly seed: boolean;
}

type Presence =
  /** It has not connected yet: somebody may still start it. */
  | { readonly state: 'unseen' }
  | { readonly state: 'connected' }
  | { readonly state: 'away'; readonly since: number };

interface Member {
  readonly entry: RosterPeer;
  presence: Presence;
  complete: boolean;
}

/** The fixed set of peers of a course swarm, and what is known of each. */
export class Roster implements Membership {
  readonly roster: Membership['roster'];
  readonly dialTargets: readonly DialTarget[];
  readonly #self: PeerId;
  readonly #lostAfterMs: number;
  readonly #others: ReadonlyMap<PeerId, Member>;

  /**
   * `lostAfterMs`: how long a peer that vanished may stay away before the swarm ends without it (A24).
   * @throws RangeError when `self` is not listed.
   */
  constructor(entries: readonly RosterPeer[], self: PeerId, lostAfterMs: number) {
    const own = entries.findIndex(entry => entry.peer === self);
    if (own < 0) throw new RangeError(`peer ${self} is not listed`);
    this.#self = self;
    this.roster = entries.map(({ peer, host, port, seed }) => ({ peer, address: `${host}:${port}`, seed }));
    this.#lostAfterMs = lostAfterMs;
    // Everybody dials those listed before them (section 5, 1); "before" is the order of the lines.
    this.dialTargets = entries
      .slice(0, own)
      .map(({ peer, host, port }) => ({ peer, address: { host, port } }));
    this.#others = new Map(
      entries
        .filter(entry => entry.peer !== self)
        .map(entry => [entry.peer, { entry, presence: { state: 'unseen' }, complete: entry.seed }]),
    );
  }

  identify({ peer }: Handshake, { direction, target }: Newcomer): PeerId | { readonly refused: string } {
    const refused = this.refuse(peer, direction, target);
    return refused === undefined ? peer : { refused };
  }

  /** Only one side of two ever dials: a second connection is a mistake (A8). */
  prefersNewer(): boolean {
    return false;
  }

  /** Says why a handshake is refused; undefined lets the peer in. */
  refuse(peer: PeerId, _direction: Direction, target: DialTarget | undefined): string | undefined {
    if (peer === this.#self) return `its handshake has our own peer ID, ${peer}`;
    if (target !== undefined && peer !== target.peer) {
      return `peer ${target.peer} was dialled, but the handshake says ${peer}${this.#readingOf(peer)}`;
    }
    return this.#others.has(peer)
      ? undefined
      : `its peer ID ${peer} is not in PeerInfo.cfg${this.#readingOf(peer)}`;
  }

  describe(): undefined {
    return undefined;
  }

  isSeed(peer: PeerId): boolean {
    return this.#others.get(peer)?.entry.seed === true;
  }

  onConnected(peer: PeerId): void {
    this.#member(peer).presence = { state: 'connected' };
  }

  onDisconnected(peer: PeerId, now: number): void {
    this.#member(peer).presence = { state: 'away', since: now };
  }

  /** There are no hashes to tell a wrong piece by, and everybody must get the file. */
  ban(): void {}

  onComplete(peer: PeerId): void {
    this.#member(peer).complete = true;
  }

  onIncomplete(peer: PeerId): void {
    this.#member(peer).complete = false;
  }

  isComplete(peer: PeerId): boolean {
    return this.#member(peer).complete;
  }

  fate(selfComplete: boolean, now: number, idleSince: number = now): Fate {
    const others = [...this.#others.values()];
    const isLost = ({ presence }: Member) =>
      presence.state === 'away' && now - presence.since >= this.#lostAfterMs;
    if (!selfComplete) {
      // Those still here cannot help either when none of them has had anything for us in all that time.
      const isIdle = now - idleSince >= this.#lostAfterMs;
      const isNoHelp = (member: Member) =>
        isLost(member) || (isIdle && member.presence.state === 'connected');
      return others.some(isLost) && others.every(isNoHelp) ? 'peers-lost' : 'going-on';
    }
    const incomplete = others.filter(member => !member.complete);
    if (incomplete.length === 0) return 'everyone-complete';
    return incomplete.every(isLost) ? 'peers-lost' : 'going-on';
  }

  missing(): PeerId[] {
    return [...this.#others.values()]
      .filter(member => !member.complete && member.presence.state !== 'connected')
      .map(member => member.entry.peer);
  }

  /** A5, A6: strict implementations drop these peers too, but here their author learns why. */
  #readingOf(peer: PeerId): string {
    if (this.#isListed(peer)) return '';
    const digits = peerIdFromAsciiDigits(peer);
    if (digits !== undefined && this.#isListed(digits)) {
      return `; its four bytes are the ASCII digits of ${digits}: send the ID as a 4-byte big-endian integer`;
    }
    const backwards = peerIdReadBackwards(peer);
    if (!this.#isListed(backwards)) return '';
    return `; read backwards it is ${backwards}, so it seems to be sent in little-endian; the course uses big-endian`;
  }

  #isListed(peer: PeerId): boolean {
    return peer === this.#self || this.#others.has(peer);
  }

  #member(peer: PeerId): Member {
    const member = this.#others.get(peer);
    if (member === undefined) throw new RangeError(`peer ${peer} is not listed`);
    return member;
  }
}
