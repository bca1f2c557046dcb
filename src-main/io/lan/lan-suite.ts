import { createSocket } from 'node:dgram';
import type { Clock } from '../../engine/ports.ts';
import { systemClock } from '../clock.ts';
import type { NetworkAddress } from './network-addresses.ts';

/** What tests of the local network share: the loop of this computer, where no other program is met. */

export const loopback: NetworkAddress = {
  interface: 'lo',
  address: '127.0.0.1',
  family: 'IPv4',
  isInternal: true,
  scope: 0,
};

/** A UDP port that nobody uses. */
export function freeUdpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

/** The machine's clock, so many times as fast. */
export function fastClock(times: number): Clock {
  return {
    now: () => systemClock.now() * times,
    wallNow: () => systemClock.wallNow(),
    after: (delayMs, fire) => systemClock.after(delayMs / times, fire),
  };
}

/** Collects what arrives, and lets a test wait for it. */
export class Arrivals<T> {
  readonly all: T[] = [];
  #waiting: (() => void)[] = [];

  readonly add = (arrival: T): void => {
    this.all.push(arrival);
    for (const wake of this.#waiting.splice(0)) wake();
  };

  /** Resolves when the latest is as wished. */
  async latest(isWished: (arrival: T) => boolean): Promise<T> {
    for (;;) {
      const latest = this.all.at(-1);
      if (latest !== undefined && isWished(latest)) return latest;
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    }
  }

  /** The first that is as wished, whether it came already or is still to come. */
  async first(isWished: (arrival: T) => boolean): Promise<T> {
    for (let at = 0; ; ) {
      for (; at < this.all.length; at += 1) if (isWished(this.all[at]!)) return this.all[at]!;
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    }
  }
}
