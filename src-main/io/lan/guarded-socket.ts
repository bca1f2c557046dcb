import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { EventEmitter } from 'node:events';
import { decode } from '../../engine/bittorrent/bencode.ts';
import type { Clock } from '../../engine/ports.ts';

/** Longer messages are nobody's: they would not pass an Ethernet whole. */
const longestMessage = 1_500;
/** What a flood brings beyond so many in a second is not looked at. */
const heardPerSecond = 500;

/**
 * The UDP socket of the DHT library, with a guard before it: only bencoded dictionaries get through, within limits, and
 * whatever the library throws at one of them ends there. The library's own decoder takes anything.
 */
export class GuardedSocket extends EventEmitter {
  readonly #socket: Socket = createSocket('udp4');
  readonly #clock: Clock;
  #window = { startsAt: 0, heard: 0 };
  #refused = 0;

  constructor(clock: Clock) {
    super();
    this.#clock = clock;
    this.#socket.on('message', (bytes, from) => this.#hear(bytes, from));
    for (const event of ['error', 'listening', 'close'])
      this.#socket.on(event, (...values) => this.emit(event, ...values));
  }

  /** Messages that did not get through. */
  get refused(): number {
    return this.#refused;
  }

  bind(...place: [port: number, address?: string]): void {
    this.#socket.bind(...place);
  }

  address() {
    return this.#socket.address();
  }

  send(
    bytes: Uint8Array,
    offset: number,
    length: number,
    port: number,
    host: string,
    done: (error: Error | null) => void,
  ): void {
    try {
      this.#socket.send(bytes, offset, length, port, host, done);
    } catch (error) {
      // Strangers name ports and hosts that there are not.
      done(error as Error);
    }
  }

  close(): void {
    try {
      this.#socket.close();
    } catch {
      this.emit('close');
    }
  }

  #hear(bytes: Buffer, from: RemoteInfo): void {
    const now = this.#clock.now();
    if (now - this.#window.startsAt >= 1_000) this.#window = { startsAt: now, heard: 0 };
    this.#window.heard += 1;
    if (this.#window.heard > heardPerSecond || !isMessage(bytes)) {
      this.#refused += 1;
      return;
    }
    try {
      this.emit('message', bytes, from);
    } catch {
      this.#refused += 1;
    }
  }
}

function isMessage(bytes: Buffer): boolean {
  // In JavaScript objects this key is not one like others.
  if (bytes.length > longestMessage || bytes.includes('__proto__')) return false;
  try {
    return decode(bytes) instanceof Map;
  } catch {
    return false;
  }
}
