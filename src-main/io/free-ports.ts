import { createServer } from 'node:net';

/** Below those that systems take for outgoing connections: nobody comes between us and a peer that starts late. */
const lowestPort = 20_000;
const portCount = 12_000;
/** As many as one process takes in a row, mostly, before those of the next process begin. */
const portsOfProcess = 16;

/**
 * Ports that others of this machine hardly take at the same time: a process begins where its number says, and gives
 * each of them out once before it begins anew.
 */
export class PortRange {
  readonly #lowest: number;
  readonly #count: number;
  #next: number;

  constructor(lowest: number, count: number, pid = process.pid) {
    this.#lowest = lowest;
    this.#count = count;
    this.#next = (pid * portsOfProcess) % count;
  }

  /** @throws Error when nobody listens on fewer of them than `count`, on that address */
  async take(count: number, address: string): Promise<number[]> {
    const ports: number[] = [];
    for (let tried = 0; ports.length < count; tried += 1) {
      if (tried === this.#count) throw new Error(`${address} has fewer than ${count} free ports`);
      const port = this.#lowest + this.#next;
      this.#next = (this.#next + 1) % this.#count;
      if (await isPortFree(port, address)) ports.push(port);
    }
    return ports;
  }
}

const ofThisProcess = new PortRange(lowestPort, portCount);

/**
 * TCP ports of one address that nobody uses at the moment, all different, for peers that listen later. Whoever listens
 * first has them, but they are not given out again meanwhile: not by this process, nor most likely by another one.
 * @throws Error when hardly any port of this machine is free
 */
export function freePorts(count: number, address: string): Promise<number[]> {
  return ofThisProcess.take(count, address);
}

/** Free ports from `first` on, as people like to write them down; fewer than `count` when few are free. */
export async function freePortsFrom(first: number, count: number): Promise<number[]> {
  const ports: number[] = [];
  const last = Math.min(65_535, first + 20 * count);
  for (let port = first; port <= last && ports.length < count; port += 1) {
    if (await isPortFree(port)) ports.push(port);
  }
  return ports;
}

/** Whether nobody listens on a port: of one address of this computer, or of all. */
export function isPortFree(port: number, host?: string): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => server.close(() => resolve(true)));
  });
}
