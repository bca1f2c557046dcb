import type { Address, Clock, Dialer, DialFailure, Link, LinkHandler } from '../ports.ts';

/** A network in virtual time: every byte arrives `latencyMs` after it was sent, in order. */
export class MemoryNetwork {
  readonly #clock: Clock;
  readonly #latencyMs: number;
  readonly #listeners = new Map<string, (link: Link) => void>();
  readonly #links = new Set<MemoryLink>();
  /** Hosts that never answer whoever dials them. */
  readonly deadHosts = new Set<string>();
  /** How often each address was dialled: "10.0.0.1:6881". */
  readonly dials = new Map<string, number>();

  constructor(clock: Clock, latencyMs = 1) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
  }

  /** Links that one side or the other still holds open. */
  get openLinks(): number {
    return this.#links.size;
  }

  /** Links that one side does not read from. */
  get pausedLinks(): number {
    return [...this.#links].filter(link => link.isPaused).length;
  }

  /** Breaks one of the connections there are: both sides see an error, and what is under way is lost. */
  breakOne(which: number): void {
    const links = [...this.#links];
    const link = links[which % links.length];
    link?.other?.break();
    link?.break();
  }

  /** Returns a function that stops listening. */
  listen(address: Address, onLink: (link: Link) => void): () => void {
    this.#listeners.set(keyOf(address), onLink);
    return () => this.#listeners.delete(keyOf(address));
  }

  /** A dialer whose links are said to come from `self`. */
  dialerOf(self: Address): Dialer {
    return { dial: (address, done) => this.#dial(self, address, done) };
  }

  #dial(self: Address, address: Address, done: (result: Link | DialFailure) => void): () => void {
    this.dials.set(keyOf(address), (this.dials.get(keyOf(address)) ?? 0) + 1);
    if (this.deadHosts.has(address.host)) return () => {};
    return this.#clock.after(this.#latencyMs, () => {
      const listener = this.#listeners.get(keyOf(address));
      if (listener === undefined) return done({ failed: `connection refused by ${keyOf(address)}` });
      const near = new MemoryLink(this.#clock, this.#latencyMs, keyOf(address), link =>
        this.#links.delete(link),
      );
      const far = new MemoryLink(this.#clock, this.#latencyMs, keyOf(self), link => this.#links.delete(link));
      near.other = far;
      far.other = near;
      this.#links.add(near).add(far);
      listener(far);
      done(near);
    });
  }
}

function keyOf({ host, port }: Address): string {
  return `${host}:${port}`;
}

/** What one `send` put on its way: unsent until the other side reads it, as if no buffer lay between. */
interface Parcel {
  readonly bytes: Uint8Array;
  readonly onSent: (() => void) | undefined;
}

type Delivery = Parcel | 'end' | { readonly closed: string | undefined };

class MemoryLink implements Link {
  readonly remote: string;
  other: MemoryLink | undefined;
  readonly #clock: Clock;
  readonly #latencyMs: number;
  readonly #onGone: (link: MemoryLink) => void;
  #handler: LinkHandler | undefined;
  /** Where the next bytes go; asked for after the last ones, as sockets do. */
  #window: Uint8Array | undefined;
  #isPaused = false;
  #isFinished = false;
  #isClosed = false;
  #hasEnded = false;
  #inbox: Delivery[] = [];
  readonly #unsent = new Set<Parcel>();

  constructor(clock: Clock, latencyMs: number, remote: string, onGone: (link: MemoryLink) => void) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
    this.remote = remote;
    this.#onGone = onGone;
  }

  get unsentBytes(): number {
    let bytes = 0;
    for (const parcel of this.#unsent) bytes += parcel.bytes.length;
    return bytes;
  }

  open(handler: LinkHandler): void {
    this.#handler = handler;
    this.#drain();
  }

  send(parts: readonly Uint8Array[], onSent?: () => void): void {
    const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    const parcel = { bytes, onSent };
    this.#unsent.add(parcel);
    if (this.#isClosed || this.#isFinished) this.onTaken(parcel);
    else this.#post(parcel);
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  sendSoon(frame: Uint8Array): void {
    this.send([frame]);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#clock.after(0, () => this.#drain());
  }

  finish(): void {
    if (this.#isFinished || this.#isClosed) return;
    this.#isFinished = true;
    this.#post('end');
    this.#closeWhenBothEnded();
  }

  abort(): void {
    if (this.#isClosed) return;
    this.#post({ closed: 'connection reset' });
    this.#clock.after(0, () => this.#close(undefined));
  }

  break(): void {
    this.#close('connection reset');
  }

  #post(delivery: Delivery): void {
    this.#clock.after(this.#latencyMs, () => this.other?.receive(delivery));
  }

  private receive(delivery: Delivery): void {
    this.#inbox.push(delivery);
    this.#drain();
  }

  #drain(): void {
    while (this.#handler !== undefined && !this.#isClosed && this.#inbox.length > 0) {
      const [next] = this.#inbox;
      if (this.#isPaused && isParcel(next!)) return;
      this.#inbox.shift();
      this.#deliver(next!);
    }
  }

  #deliver(delivery: Delivery): void {
    if (isParcel(delivery)) {
      this.#handIn(delivery.bytes);
      this.other?.onTaken(delivery);
      return;
    }
    if (delivery !== 'end') return this.#close(delivery.closed);
    this.#hasEnded = true;
    this.#handler?.onEnd();
    this.#closeWhenBothEnded();
  }

  /** Into the windows there are, one after the other. */
  #handIn(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.#isClosed; ) {
      const place = this.#window ?? new Uint8Array(bytes.length - at);
      const part = bytes.subarray(at, at + place.length);
      place.set(part);
      at += part.length;
      this.#handler?.onBytes(place.subarray(0, part.length));
      this.#window = this.#handler?.window?.();
    }
  }

  /** What was sent before the end goes first. */
  #closeWhenBothEnded(): void {
    if (this.#hasEnded && this.#isFinished && this.#unsent.size === 0)
      this.#clock.after(0, () => this.#close(undefined));
  }

  #close(error: string | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#onGone(this);
    for (const parcel of this.#unsent) this.onTaken(parcel);
    this.#handler?.onClosed(error);
  }

  private onTaken(parcel: Parcel): void {
    this.#unsent.delete(parcel);
    this.#closeWhenBothEnded();
    if (parcel.onSent !== undefined) this.#clock.after(0, parcel.onSent);
  }
}

function isParcel(delivery: Delivery): delivery is Parcel {
  return typeof delivery === 'object' && 'bytes' in delivery;
}
