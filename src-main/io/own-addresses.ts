import { hostname } from 'node:os';
import { isLinkLocal, networkAddresses } from './lan/network-addresses.ts';

/** This computer's addresses in its networks, the likeliest to be reached by others first. */
export function ownAddresses(): string[] {
  const reachable = networkAddresses().filter(
    ({ isInternal, address }) => !isInternal && !isLinkLocal(address),
  );
  return reachable.length > 0 ? reachable.map(({ address }) => address) : ['127.0.0.1'];
}

/** Whether an address is one that this computer has, the loop included. */
export function hasAddress(address: string): boolean {
  return /^127(\.\d{1,3}){3}$/.test(address) || networkAddresses().some(own => own.address === address);
}

/** Whether a host of a roster names the computer that reads it, and so a different one on each. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);
}

/** Whether a host is this computer, by an address or by its name, with or without a domain. */
export function isOwnHost(host: string): boolean {
  const wanted = host.toLowerCase();
  const isOwn = networkAddresses().some(
    ({ address, isInternal }) => !isInternal && address.toLowerCase() === wanted,
  );
  if (isOwn) return true;
  const name = hostname().toLowerCase();
  const isAddress = /^[\d.]+$|:/.test(wanted);
  return !isAddress && (wanted === name || firstLabel(wanted) === firstLabel(name));
}

/** Which of these hosts is this computer, by index; undefined when none is. */
export function ownIndex(hosts: readonly string[]): number | undefined {
  const index = hosts.findIndex(isOwnHost);
  return index < 0 ? undefined : index;
}

function firstLabel(name: string): string {
  return name.split('.', 1)[0]!;
}
