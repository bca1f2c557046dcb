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

/** Section 9, 3: how long the other side has to close its half. */
export const closingMs = 5_000;

/** A neighbour lost sooner than this may well turn us away each time. */
const steadyMs = 30_000;

type Dial =
  | { readonly state: 'dialling'; readonly since: number; readonly giveUp: () => void }
  | { readonly state: 'linked' }
  | { readonly state: 'waiting'; readonly until: number };

/** Opens connections, keeps them honest and lets them go. Knows no message but the handshake. */
export class Connections {
  readonly #context: SwarmContext;
  readonly #open = new Set<Connection>();
  readonly #dials = new WeakMap<DialTarget, Dial>();
  readonly #lastFailure = new WeakMap<DialTarget, string>();
  /** How often in a row each failed or was lost. */
  readonly #failures = new WeakMap<DialTarget, number>();
  readonly #dialling = new Set<DialTarget>();
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

  /**
   * Dials everybody who is due, all at once: no connection waits for another (A8). Where not so many may be dialled at a
   * time, first those that have failed the least, or many dead addresses would keep the others from their turn.
   */
  dialWhoeverIsDue(): void {
    const { dialect, ports } = this.#context;
    const now = ports.clock.now();
    const due = dialect.membership.dialTargets.filter(target => this.#isDue(target, now));
    const room = dialect.rules.dialsAtOnce - this.#dialling.size;
    const failuresOf = (target: DialTarget) => this.#failures.get(target) ?? 0;
    if (due.length > room) due.sort((a, b) => failuresOf(a) - failuresOf(b));
    for (const target of due.slice(0, room)) this.#dial(target);
  }

  #isDue(target: DialTarget, now: number): boolean {
    const dial = this.#dials.get(target);
    if (dial?.state === 'dialling' || dial?.state === 'linked') return false;
    if (target.peer !== undefined && this.#context.peers.has(target.peer)) return false;
    return dial === undefined || now >= dial.until;
  }

  /** Waits no longer for those who do not answer at all. */
  giveUpDials(now: number): void {
    const { dialTimeoutMs } = this.#context.dialect.rules;
    for (const target of [...this.#dialling]) {
      const dial = this.#dials.get(target);
      if (dial?.state !== 'dialling' || now - dial.since < dialTimeoutMs) continue;
      dial.giveUp();
      this.onDialFailed(target, `no answer within ${dialTimeoutMs / 1000} s`);
    }
  }

  onDialled(target: DialTarget, link: Link): void {
    this.#dialling.delete(target);
    this.#dials.set(target, { state: 'linked' });
    this.#lastFailure.delete(target);
    this.#begin(link, 'dialled', target);
  }

  onDialFailed(target: DialTarget, reason: string): void {
    this.#dialling.delete(target);
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
    const now = this.#context.ports.clock.now();
    connection.phase = 'finishing';
    connection.finishingSince = now;
    connection.resume(now);
    connection.link.finish();
  }

  onClosed(connection: Connection): void {
    connection.callOffHandshakeTimeout();
    connection.phase = 'closed';
    connection.decoder.close();
    this.#open.delete(connection);
    const { target, peer, openedAt } = connection;
    if (target === undefined) return;
    const wasSteady = peer !== undefined && this.#context.ports.clock.now() - openedAt >= steadyMs;
    this.#redialLater(target, wasSteady);
  }

  /** Says something on every connection that has been quiet. */
  keepAlive(): void {
    for (const connection of this.#open) if (connection.phase === 'open') connection.keepAlive();
  }

  /** Those that have said nothing for so long that nobody can be there. */
  silent(now: number): Connection[] {
    const { silenceMs } = this.#context.dialect.rules;
    return [...this.#open].filter(
      connection => connection.phase === 'open' && connection.isSilent(now, silenceMs),
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

  /** Those that do not close although both sides have ended: they do not read what is still on its way to them. */
  unclosed(now: number): Connection[] {
    return [...this.#open].filter(({ finishingSince }) => now - finishingSince >= closingMs);
  }

  stopDialling(): void {
    for (const target of this.#dialling) {
      const dial = this.#dials.get(target);
      if (dial?.state === 'dialling') dial.giveUp();
    }
    this.#dialling.clear();
  }

  #dial(target: DialTarget): void {
    const { ports, post } = this.#context;
    let isGivenUp = false;
    const cancel = ports.dialer.dial(target.address, result => {
      if (isGivenUp) {
        if (!('failed' in result)) result.abort(); // it came after all
      } else if ('failed' in result) post({ type: 'dial-failed', target, reason: result.failed });
      else post({ type: 'dialled', target, link: result });
    });
    const giveUp = () => {
      isGivenUp = true;
      cancel();
    };
    this.#dialling.add(target);
    this.#dials.set(target, { state: 'dialling', since: ports.clock.now(), giveUp });
  }

  /** One that was steady is as good as one that was never tried: many of those would keep it waiting. */
  #redialLater(target: DialTarget, wasSteady = false): void {
    const { dialect, ports } = this.#context;
    const { peer } = target;
    const isDone = peer !== undefined && this.#informed.has(peer) && dialect.membership.isComplete(peer);
    const failures = wasSteady ? 0 : (this.#failures.get(target) ?? 0) + 1;
    this.#failures.set(target, failures);
    const until = ports.clock.now() + (isDone ? doneRedialMs : dialect.rules.redialMs(Math.max(1, failures)));
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
