import type { Direction } from '../../src-shared/journal.ts';
import type { DialTarget } from './dialect.ts';
import type { Peer } from './peer.ts';
import type { Link } from './ports.ts';
import type { Codec, MessageDecoder, OutgoingMessage } from './wire/message.ts';

/** A message under way for this long must have brought `stallBytes`, or its sender only holds a place. */
const stallMs = 9_500;
const stallBytes = 512;

/** One link and what travels on it, from the first byte of the handshake to the last. */
export class Connection {
  readonly link: Link;
  readonly direction: Direction;
  /** Whom we dialled; undefined for a link that was accepted. */
  readonly target: DialTarget | undefined;
  readonly decoder: MessageDecoder;
  readonly openedAt: number;
  /** The neighbour, from the end of the handshake on. */
  peer: Peer | undefined;
  /** `finishing`: we have half-closed and discard what still comes. */
  phase: 'handshaking' | 'open' | 'finishing' | 'closed' = 'handshaking';
  /** Since when it is `finishing`. */
  finishingSince = Number.POSITIVE_INFINITY;
  lastHeardAt: number;
  /** Something was sent since somebody last looked. */
  hasSpoken = false;
  callOffHandshakeTimeout: () => void = () => {};
  readonly #codec: Codec;
  #paused = false;
  #watch: { since: number; bytes: number } | undefined;

  constructor(link: Link, direction: Direction, target: DialTarget | undefined, codec: Codec, now: number) {
    this.link = link;
    this.direction = direction;
    this.target = target;
    this.#codec = codec;
    this.decoder = codec.createDecoder();
    this.openedAt = now;
    this.lastHeardAt = now;
  }

  send(message: OutgoingMessage, onSent?: () => void): void {
    this.hasSpoken = true;
    this.link.send(this.#codec.encode(message), onSent);
  }

  /** Messages that leave in one write; `onSent` when the network has taken the last of them. */
  sendAll(messages: readonly OutgoingMessage[], onSent?: () => void): void {
    this.hasSpoken = true;
    const parts: Uint8Array[] = [];
    for (const message of messages) parts.push(...this.#codec.encode(message));
    this.link.send(joinedIfSmall(parts), onSent);
  }

  /** Says something when nothing was said since the last call. */
  keepAlive(): void {
    if (!this.hasSpoken) this.link.send(this.#codec.encode({ type: 'keep-alive' }));
    this.hasSpoken = false;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.link.pause();
  }

  resume(now: number): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#watch = undefined; // the silence was ours
    this.lastHeardAt = now;
    this.link.resume();
  }

  /** Whether the other side has said nothing for so long, although we listened. */
  isSilent(now: number, silenceMs: number): boolean {
    return !this.#paused && now - this.lastHeardAt >= silenceMs;
  }

  /** Told of bytes after the decoder took them. */
  onBytes(count: number, now: number): void {
    this.lastHeardAt = now;
    if (this.decoder.pendingBytes === 0) this.#watch = undefined;
    else if (this.#watch === undefined) this.#watch = { since: now, bytes: 0 };
    else this.#watch.bytes += count;
  }

  /** Whether the other side has been dribbling one message for too long. Starts a new watch when not. */
  isStalled(now: number): boolean {
    if (this.#watch === undefined || this.#paused || now - this.#watch.since < stallMs) return false;
    if (this.#watch.bytes < stallBytes) return true;
    this.#watch = { since: now, bytes: 0 };
    return false;
  }
}

/** Up to this length, one copy costs less than a write of several parts. */
const smallWrite = 16 * 1024;

function joinedIfSmall(parts: readonly Uint8Array[]): readonly Uint8Array[] {
  let length = 0;
  for (const part of parts) length += part.length;
  if (parts.length <= 1 || length > smallWrite) return parts;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return [joined];
}
