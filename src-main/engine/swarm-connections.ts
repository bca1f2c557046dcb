import type { PeerId } from '../../src-shared/journal.ts';
import { Connection } from './connection.ts';
import type { DialTarget } from './dialect.ts';
import type { Link } from './ports.ts';
import type { SwarmContext } from './swarm-context.ts';
import type { Handshake } from './wire/message.ts';

/** A7 asks for at least this long; hostile connections may not cost more. */
const handshakeTimeoutMs = 10_000;
/** To one that left knowing that both sides are complete (A23): it has ended, or may be started again some time. */
const doneRedialMs = 10_000;
/** An older connection silent for this long no longer counts as working when its peer connects again (A8, A25). */
const deadSilenceMs = 10_000;
/** A rejection like one before is told no sooner: some dial again a thousand times a second. */
const rejectionSilenceMs = 60_000;
/** Who holds its connection longer than this floods nothing, and is told of each time. */
const quickRejectionMs = 1_000;
const rejectionsRemembered = 1_000;

type Dial =
  | { readonly state: 'dialling'; readonly giveUp: () => void }
  | { readonly state: 'linked' }
  | { readonly state: 'waiting'; readonly until: number };

/** Opens connections, keeps them honest and lets them go. Knows no message but the handshake. */
export class Connections {
  readonly #context: SwarmContext;
  readonly #open = new Set<Connection>();
  readonly #dials = new Map<DialTarget, Dial>();
  readonly #lastFailure = new Map<DialTarget, string>();
  /** How often in a row each failed or was lost. */
  readonly #failures = new Map<DialTarget, number>();
  #dialling = 0;
  /** When each rejection was told last, by where it came from and why. */
  readonly #rejections = new Map<string, number>();
  /** Whom we told in a bitfield that we are complete: a last have may be lost with its link. */
  readonly #informed = new Set<PeerId>();

  constructor(context: SwarmContext) {
    this.#context = context;
  }

  /** Links that are not closed yet, neighbours or not. */
  get count(): number {
    return this.#open.size;
  }

  *[Symbol.iterator](): Generator<Connection> {
    yield* this.#open;
  }

  /** Dials everybody who is due, all at once: no connection waits for another (A8). */
  dialWhoeverIsDue(): void {
    const { dialect, ports, peers } = this.#context;
    const now = ports.clock.now();
    for (const target of dialect.membership.dialTargets) {
      if (this.#dialling >= dialect.rules.dialsAtOnce) return;
      const dial = this.#dials.get(target);
      if (dial?.state === 'dialling' || dial?.state === 'linked') continue;
      if (target.peer !== undefined && peers.has(target.peer)) continue;
      if (dial?.state === 'waiting' && now < dial.until) continue;
      this.#dial(target);
    }
  }

  onDialled(target: DialTarget, link: Link): void {
    this.#dialling -= 1;
    this.#dials.set(target, { state: 'linked' });
    this.#lastFailure.delete(target);
    this.#begin(link, 'dialled', target);
  }

  onDialFailed(target: DialTarget, reason: string): void {
    this.#dialling -= 1;
    this.#redialLater(target);
    if (this.#lastFailure.get(target) === reason) return;
    this.#lastFailure.set(target, reason);
    const address = `${target.address.host}:${target.address.port}`;
    if (target.peer === undefined) this.#context.record({ kind: 'rejected', remote: address, reason });
    else this.#context.record({ kind: 'dial-failed', peer: target.peer, address, reason });
  }

  onAccepted(link: Link): void {
    this.#begin(link, 'accepted', undefined);
  }

  /** Who a connection whose handshake came becomes, or why it may not become a neighbour. */
  identify(connection: Connection, handshake: Handshake): PeerId | { readonly refused: string } {
    const { dialect, peers, ports } = this.#context;
    const { direction, target, link } = connection;
    const peer = dialect.membership.identify(handshake, { direction, target, remote: link.remote });
    if (typeof peer !== 'string') return peer;
    const older = peers.get(peer)?.connection;
    if (older === undefined || ports.clock.now() - older.lastHeardAt >= deadSilenceMs) return peer;
    if (dialect.membership.prefersNewer(peer, older.direction, direction)) return peer;
    return { refused: `peer ${peer} is already connected; the older connection stays` };
  }

  /** The target has become a neighbour: whatever went wrong before is forgotten. */
  onAdmitted({ target }: Connection): void {
    if (target !== undefined) this.#failures.delete(target);
  }

  /** The neighbour got a bitfield that says we are complete. */
  onInformed(peer: PeerId): void {
    this.#informed.add(peer);
  }

  /** Ends a connection that never became a neighbour, and says why. */
  reject(connection: Connection, reason: string): void {
    if (connection.phase === 'closed') return;
    this.recordRejection(connection, reason);
    this.abort(connection);
  }

  /** Says why a connection never became a neighbour, but not each of the times somebody tries in a loop. */
  recordRejection(connection: Connection, reason: string): void {
    const { ports, record } = this.#context;
    const { remote } = connection.link;
    // Every connection that is accepted comes from another port.
    const place = connection.direction === 'dialled' ? remote : remote.slice(0, remote.lastIndexOf(':'));
    const rejection = `${place}: ${reason}`;
    const now = ports.clock.now();
    const toldAt = this.#rejections.get(rejection) ?? Number.NEGATIVE_INFINITY;
    if (now - toldAt < rejectionSilenceMs && now - connection.openedAt < quickRejectionMs) return;
    if (this.#rejections.size === rejectionsRemembered) this.#rejections.clear();
    this.#rejections.set(rejection, now);
    record({ kind: 'rejected', remote, reason });
  }

  abort(connection: Connection): void {
    if (connection.phase === 'closed') return;
    this.onClosed(connection);
    connection.link.abort();
  }

  /** Half-closes (section 9, 3): a close with unread input would make the other side lose our last messages. */
  finish(connection: Connection): void {
    if (connection.phase !== 'handshaking' && connection.phase !== 'open') return;
    connection.callOffHandshakeTimeout();
    connection.phase = 'finishing';
    connection.resume();
    connection.link.finish();
  }

  onClosed(connection: Connection): void {
    connection.callOffHandshakeTimeout();
    connection.phase = 'closed';
    connection.decoder.close();
    this.#open.delete(connection);
    if (connection.target !== undefined) this.#redialLater(connection.target);
  }

  /** Says something on every connection that has been quiet. */
  keepAlive(): void {
    for (const connection of this.#open) if (connection.phase === 'open') connection.keepAlive();
  }

  /** Those that have said nothing for so long that nobody can be there. */
  silent(now: number): Connection[] {
    const { silenceMs } = this.#context.dialect.rules;
    return [...this.#open].filter(
      ({ phase, lastHeardAt }) => phase === 'open' && now - lastHeardAt >= silenceMs,
    );
  }

  /** Those that dribble a message to hold their place. */
  stalled(now: number): Connection[] {
    return [...this.#open].filter(connection => connection.phase === 'open' && connection.isStalled(now));
  }

  /** Those that let pile up what they are sent. */
  unread(): Connection[] {
    const { mostUnreadBytes } = this.#context.dialect.rules;
    return [...this.#open].filter(
      ({ phase, link }) => phase === 'open' && link.unsentBytes > mostUnreadBytes,
    );
  }

  stopDialling(): void {
    for (const dial of this.#dials.values()) if (dial.state === 'dialling') dial.giveUp();
    this.#dials.clear();
    this.#dialling = 0;
  }

  #dial(target: DialTarget): void {
    const { ports, post } = this.#context;
    const giveUp = ports.dialer.dial(target.address, result => {
      if ('failed' in result) post({ type: 'dial-failed', target, reason: result.failed });
      else post({ type: 'dialled', target, link: result });
    });
    this.#dialling += 1;
    this.#dials.set(target, { state: 'dialling', giveUp });
  }

  #redialLater(target: DialTarget): void {
    const { dialect, ports } = this.#context;
    const { peer } = target;
    const isDone = peer !== undefined && this.#informed.has(peer) && dialect.membership.isComplete(peer);
    const failures = (this.#failures.get(target) ?? 0) + 1;
    this.#failures.set(target, failures);
    const until = ports.clock.now() + (isDone ? doneRedialMs : dialect.rules.redialMs(failures));
    this.#dials.set(target, { state: 'waiting', until });
  }

  /** Speaks first in both roles (A7): a peer that waits for us and one that does not are both served. */
  #begin(link: Link, direction: Connection['direction'], target: DialTarget | undefined): void {
    const { dialect, ports, post } = this.#context;
    const connection = new Connection(link, direction, target, dialect.codec, ports.clock.now());
    this.#open.add(connection);
    link.open({
      window: () => (connection.phase === 'open' ? connection.decoder.window : undefined),
      onBytes: bytes => post({ type: 'received', connection, bytes }),
      onEnd: () => post({ type: 'link-ended', connection }),
      onClosed: error => post({ type: 'link-closed', connection, error }),
    });
    connection.send(dialect.handshake);
    connection.callOffHandshakeTimeout = ports.clock.after(handshakeTimeoutMs, () =>
      post({ type: 'handshake-overdue', connection }),
    );
  }
}
