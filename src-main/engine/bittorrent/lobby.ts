import type { Clock, Link, LinkHandler } from '../ports.ts';
import { hexText, latin1Bytes } from './bytes.ts';
import { isLoopback } from './compact.ts';
import { hostOf } from './remote.ts';
import { beginsAlike, diagnoseStart, handshakeStart, infoHashOffset } from './wire.ts';

/** A stranger has this long to say which share it wants. */
const patienceMs = 10_000;

const limits = {
  /** Links of strangers that have not said what they want; the one that has waited longest makes room for another. */
  undecided: 100,
  /** The same, of one host. */
  undecidedOfHost: 8,
  /** Links in all, those that were handed on included. */
  links: 600,
  /** The same, of one host: it may have many shares in common with us. */
  linksOfHost: 150,
} as const;

/** A refusal like one before is told no sooner: some dial a thousand times a second. */
const refusalSilenceMs = 60_000;
const refusalsRemembered = 1_000;

const httpStart = latin1Bytes('GET ');
const infoHashEnd = infoHashOffset + 20;

export interface LobbyOptions {
  readonly clock: Clock;
  /** Takes links whose other side asks for something by HTTP; left out, they are refused. */
  readonly onHttp?: (link: Link) => void;
  /** A link was closed here, and why; not told each time somebody tries in a loop. `remote`: "10.0.0.7:51413". */
  readonly onRefused: (remote: string, reason: string) => void;
}

/**
 * Where links to our one port arrive. Reads as much of each as says which share is meant (BEP 3: the info-hash of the
 * handshake), and hands it on with everything that was read; whatever is none of our business is closed.
 */
export class Lobby {
  readonly #options: LobbyOptions;
  readonly #swarms = new Map<string, (link: Link) => void>();
  /** Oldest first. */
  readonly #undecided = new Set<VisitorLink>();
  readonly #links = new Set<VisitorLink>();
  readonly #hosts = new Map<string, { undecided: number; links: number }>();
  readonly #refusals = new Map<string, number>();
  #isClosed = false;

  constructor(options: LobbyOptions) {
    this.#options = options;
  }

  /** Links of strangers that have not said what they want yet. */
  get undecided(): number {
    return this.#undecided.size;
  }

  /** Links that came through here and are not closed. */
  get links(): number {
    return this.#links.size;
  }

  /**
   * Hands on the links for one share from now on, at once and unopened; `infoHash` in lower-case hexadecimal digits.
   * Returns a function that stops it.
   */
  register(infoHash: string, accept: (link: Link) => void): () => void {
    this.#swarms.set(infoHash, accept);
    return () => {
      if (this.#swarms.get(infoHash) === accept) this.#swarms.delete(infoHash);
    };
  }

  /** Takes a link that was just accepted and is not open yet. */
  accept(link: Link): void {
    const host = hostOf(link.remote);
    const count = this.#hosts.get(host) ?? { undecided: 0, links: 0 };
    const reason = this.#isClosed ? 'the app is about to end' : this.#crowded(host, count);
    if (reason !== undefined) {
      this.#tell(link.remote, host, reason);
      link.abort();
      return;
    }
    if (this.#undecided.size >= limits.undecided) {
      const [longest] = this.#undecided;
      longest!.refuse('it said nothing, and others want its place');
    }
    this.#hosts.set(host, count);
    count.links += 1;
    count.undecided += 1;
    const visitor = new VisitorLink(link, this.#options.clock, {
      decide: start => this.#decide(start),
      onDecided: () => {
        count.undecided -= 1;
        this.#undecided.delete(visitor);
      },
      onRefused: reason => this.#tell(link.remote, host, reason),
      onGone: () => {
        count.links -= 1;
        this.#links.delete(visitor);
        if (count.links === 0) this.#hosts.delete(host);
      },
    });
    this.#undecided.add(visitor);
    this.#links.add(visitor);
    visitor.welcome();
  }

  /** Closes what was not handed on; accepts nothing any more. */
  close(): void {
    this.#isClosed = true;
    for (const visitor of [...this.#undecided]) visitor.refuse('the app is about to end');
  }

  #crowded(host: string, count: { readonly undecided: number; readonly links: number }): string | undefined {
    if (this.#links.size >= limits.links) return `there are ${limits.links} connections already`;
    if (isLoopback(host)) return undefined;
    if (count.links >= limits.linksOfHost) return `${limits.linksOfHost} connections came from there already`;
    if (count.undecided < limits.undecidedOfHost) return undefined;
    return `${limits.undecidedOfHost} connections from there have not said yet what they want`;
  }

  /** Who takes a link that begins like this; undefined when more must be read, a sentence when nobody does. */
  #decide(start: Uint8Array): ((link: Link) => void) | string | undefined {
    if (beginsAlike(start, handshakeStart)) {
      if (start.length < infoHashEnd) return undefined;
      const infoHash = hexText(start.subarray(infoHashOffset, infoHashEnd));
      return this.#swarms.get(infoHash) ?? `it wants ${infoHash}, which is not shared here, or is paused`;
    }
    if (this.#options.onHttp !== undefined && beginsAlike(start, httpStart)) {
      return start.length < httpStart.length ? undefined : this.#options.onHttp;
    }
    return diagnoseStart(start);
  }

  #tell(remote: string, host: string, reason: string): void {
    const refusal = `${host}: ${reason}`;
    const now = this.#options.clock.now();
    const toldAt = this.#refusals.get(refusal) ?? Number.NEGATIVE_INFINITY;
    if (now - toldAt < refusalSilenceMs) return;
    if (this.#refusals.size >= refusalsRemembered) this.#refusals.clear();
    this.#refusals.set(refusal, now);
    this.#options.onRefused(remote, reason);
  }
}

interface VisitorEvents {
  /** Who takes the link, a sentence when nobody does, undefined when more must be read. */
  decide(start: Uint8Array): ((link: Link) => void) | string | undefined;
  /** It is no stranger any more, one way or the other. */
  onDecided(): void;
  onRefused(reason: string): void;
  onGone(): void;
}

/** Reads the beginning of a link; then is that link, from its first byte on, for somebody else. */
class VisitorLink implements Link, LinkHandler {
  readonly remote: string;
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #events: VisitorEvents;
  #phase: 'undecided' | 'handed on' | 'through' | 'gone' = 'undecided';
  #callOff: () => void = () => {};
  /** Whoever it was handed on to, once it has opened it. */
  #handler: LinkHandler | undefined;
  /** Received and not handed on yet. */
  #held: Uint8Array = new Uint8Array(0);
  #hasEnded = false;
  /** Whether the one it was handed on to wants to read. */
  #isPaused = false;
  #isAborted = false;
  /** How the link ended, until that is told. */
  #end: { readonly error: string | undefined } | undefined;

  constructor(link: Link, clock: Clock, events: VisitorEvents) {
    this.remote = link.remote;
    this.#link = link;
    this.#clock = clock;
    this.#events = events;
  }

  welcome(): void {
    this.#callOff = this.#clock.after(patienceMs, () => this.refuse(this.#silence()));
    this.#link.open(this);
  }

  refuse(reason: string): void {
    if (this.#phase !== 'undecided') return;
    this.#decided('gone');
    this.#events.onRefused(reason);
    this.#events.onGone();
    this.#link.abort();
  }

  get unsentBytes(): number {
    return this.#link.unsentBytes;
  }

  /** What was read before comes on the clock's next turn, as if it came just now. */
  open(handler: LinkHandler): void {
    this.#handler = handler;
    this.#clock.after(0, () => this.#replay());
  }

  send(parts: readonly Uint8Array[], onSent?: () => void): void {
    this.#link.send(parts, onSent);
  }

  sendSoon(frame: Uint8Array): void {
    this.#link.sendSoon(frame);
  }

  pause(): void {
    this.#isPaused = true;
    this.#link.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#phase === 'through') this.#link.resume();
    else this.#clock.after(0, () => this.#replay());
  }

  finish(): void {
    this.#link.finish();
  }

  abort(): void {
    this.#isAborted = true;
    this.#link.abort();
  }

  window(): Uint8Array | undefined {
    return this.#phase === 'through' ? this.#handler!.window?.() : undefined;
  }

  onBytes(bytes: Uint8Array): void {
    if (this.#phase === 'through') return this.#handler!.onBytes(bytes);
    if (this.#phase === 'gone') return;
    this.#held = joined(this.#held, bytes);
    if (this.#phase === 'undecided') this.#decide();
  }

  onEnd(): void {
    this.#hasEnded = true;
    if (this.#phase === 'through') this.#handler!.onEnd();
    else if (this.#phase === 'undecided') this.refuse(this.#departure());
  }

  onClosed(error?: string): void {
    if (this.#phase === 'gone') return;
    const wasUndecided = this.#phase === 'undecided';
    if (wasUndecided) this.#decided('gone');
    this.#phase = 'gone';
    this.#end = { error };
    this.#events.onGone();
    if (wasUndecided) this.#events.onRefused(this.#departure());
    else this.#tellEnd();
  }

  /** At once, or when it is opened. */
  #tellEnd(): void {
    if (this.#handler === undefined || this.#end === undefined) return;
    const { error } = this.#end;
    this.#end = undefined;
    this.#handler.onClosed(error);
  }

  #decide(): void {
    const decision = this.#events.decide(this.#held);
    if (decision === undefined) return;
    if (typeof decision === 'string') return this.refuse(decision);
    this.#decided('handed on');
    this.#link.pause();
    decision(this);
  }

  #decided(phase: 'handed on' | 'gone'): void {
    this.#phase = phase;
    this.#callOff();
    this.#events.onDecided();
  }

  #replay(): void {
    if (this.#phase === 'gone') return this.#tellEnd();
    if (this.#phase === 'through' || this.#isPaused || this.#isAborted) return;
    this.#phase = 'through';
    const held = this.#held;
    this.#held = new Uint8Array(0);
    this.#handler!.onBytes(held);
    if (this.#hasEnded) this.#handler!.onEnd();
    if (!this.#isPaused) this.#link.resume();
  }

  #silence(): string {
    const { length } = this.#held;
    const said = length === 0 ? 'nothing' : `only ${length} bytes`;
    return `it said ${said} in ${patienceMs / 1000} seconds, where a handshake was expected`;
  }

  #departure(): string {
    const { length } = this.#held;
    return `it left after ${length === 1 ? 'one byte' : `${length} bytes`}, before it said which share it wants`;
  }
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}
