import type { PeerSource } from '../../engine/bittorrent/peer-book.ts';
import type { Address } from '../../engine/ports.ts';

/** Of each share; beyond it the oldest are forgotten. */
const mostAddresses = 2_000;

/** Who may name peers of a private share (BEP 27). */
export function mayName(source: PeerSource): boolean {
  return source === 'tracker' || source === 'typed';
}

/** Where peers of one share may be, kept from one run of it to the next. */
export class KnownPeers {
  readonly #known = new Map<string, { readonly address: Address; readonly source: PeerSource }>();

  /** Returns those that are new. */
  add(addresses: readonly Address[], source: PeerSource): readonly Address[] {
    return addresses.filter(address => {
      const key = `${address.host} ${address.port}`;
      if (this.#known.has(key)) return false;
      if (this.#known.size >= mostAddresses) this.#forgetOldest();
      this.#known.set(key, { address, source });
      return true;
    });
  }

  forget(addresses: readonly Address[]): void {
    for (const { host, port } of addresses) this.#known.delete(`${host} ${port}`);
  }

  /** The share turned out to be private: what others than its trackers and its user have named is forgotten. */
  makePrivate(): void {
    for (const [key, { source }] of this.#known) if (!mayName(source)) this.#known.delete(key);
  }

  /** Not one that our user named: anybody of the network can name any number of others. */
  #forgetOldest(): void {
    for (const [key, { source }] of this.#known) {
      if (source === 'typed') continue;
      this.#known.delete(key);
      return;
    }
  }

  get all(): readonly Address[] {
    return Array.from(this.#known.values(), ({ address }) => address);
  }

  bySource(): ReadonlyMap<PeerSource, readonly Address[]> {
    const sorted = new Map<PeerSource, Address[]>();
    for (const { address, source } of this.#known.values()) {
      const others = sorted.get(source);
      if (others === undefined) sorted.set(source, [address]);
      else others.push(address);
    }
    return sorted;
  }
}
