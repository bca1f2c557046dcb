import { hostname, networkInterfaces } from 'node:os';

/** This computer's addresses in its networks, the likeliest to be reached by others first. */
export function ownAddresses(): string[] {
  const found = Object.values(networkInterfaces()).flatMap(list => list ?? []);
  const reachable = found.filter(({ internal, address }) => !internal && !isLinkLocal(address));
  const ofFamily = (wanted: string) => reachable.filter(({ family }) => family === wanted);
  const addresses = [...ofFamily('IPv4'), ...ofFamily('IPv6')].map(({ address }) => address);
  return addresses.length > 0 ? addresses : ['127.0.0.1'];
}

/** Whether a host of a roster names the computer that reads it, and so a different one on each. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);
}

/** Whether a host is this computer, by an address or by its name, with or without a domain. */
export function isOwnHost(host: string): boolean {
  const wanted = host.toLowerCase();
  const own = Object.values(networkInterfaces()).flatMap(list => list ?? []);
  if (own.some(({ address, internal }) => !internal && address.toLowerCase() === wanted)) return true;
  const name = hostname().toLowerCase();
  const isAddress = /^[\d.]+$|:/.test(wanted);
  return !isAddress && (wanted === name || firstLabel(wanted) === firstLabel(name));
}

function firstLabel(name: string): string {
  return name.split('.', 1)[0]!;
}

function isLinkLocal(address: string): boolean {
  return /^(169\.254\.|fe80:)/i.test(address);
}
