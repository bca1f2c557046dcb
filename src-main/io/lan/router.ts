import type { MappedProtocol } from '../../engine/lan/nat-pmp.ts';

/** A router that hands on what arrives at one of its ports, if it is asked to. */
export interface Router {
  readonly way: 'NAT-PMP' | 'UPnP';
  readonly host: string;
  /**
   * Hands on from this port or, if it is taken, another, for so long; asked again before that, renews it. Given up, it
   * either is taken back or still comes about and is answered for.
   * @throws RouterRefusal, or any error of the network
   */
  map(
    protocol: MappedProtocol,
    internalPort: number,
    externalPort: number,
    lifetimeSeconds: number,
    signal: AbortSignal,
  ): Promise<Mapping>;
  /** @throws RouterRefusal, or any error of the network */
  unmap(mapping: Mapping, signal: AbortSignal): Promise<void>;
  /** Its address towards the internet; undefined when it does not tell. */
  externalAddress(signal: AbortSignal): Promise<string | undefined>;
  /** Asks nothing any more. */
  close(): void;
}

export interface Mapping {
  readonly protocol: MappedProtocol;
  readonly internalPort: number;
  readonly externalPort: number;
  readonly lifetimeSeconds: number;
}

/** The router does not want to; the message says why: "it has no port left". */
export class RouterRefusal extends Error {
  override readonly name = 'RouterRefusal';
}
