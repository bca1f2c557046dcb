import { createSocket } from 'node:dgram';
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

/** Collects what arrives, and lets a test wait for it. */
export class Arrivals<T> {
  readonly all: T[] = [];
  #waiting: (() => void)[] = [];

  readonly add = (arrival: T): void => {
    this.all.push(arrival);
    for (const wake of this.#waiting.splice(0)) wake();
  };

  /** The first that is as wished, whether it came already or is still to come. */
  async first(isWished: (arrival: T) => boolean): Promise<T> {
    for (let at = 0; ; ) {
      for (; at < this.all.length; at += 1) if (isWished(this.all[at]!)) return this.all[at]!;
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    }
  }
}
