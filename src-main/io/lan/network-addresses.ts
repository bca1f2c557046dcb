import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

/** One address of this computer. */
export interface NetworkAddress {
  /** As the system calls it: "eth0", "Wi-Fi". */
  readonly interface: string;
  readonly address: string;
  readonly family: 'IPv4' | 'IPv6';
  /** Only this computer reaches it. */
  readonly isInternal: boolean;
  /** What a link-local IPv6 address is completed with on Windows; 0 elsewhere. */
  readonly scope: number;
}

/** Bridges, tunnels and adapters of virtual machines: others of the room are seldom behind them. */
const virtualInterface =
  /^(docker|br-|veth|virbr|vmnet|vbox|vboxnet|lxc|lxd|cni|flannel|cali|tun|tap|wg|utun|tailscale|zt|ppp|awdl|llw|ham)\d*|virtual|vethernet|hyper-v|vmware|loopback|bluetooth/i;

/**
 * Every address of every interface that is up, the likeliest to be reached by others of the room first: cables and
 * wireless before virtual networks, IPv4 before IPv6, link-local ones after them, this computer's own loop last.
 */
export function networkAddresses(
  found: NodeJS.Dict<readonly NetworkInterfaceInfo[]> = interfacesNow(),
): NetworkAddress[] {
  const addresses = Object.entries(found).flatMap(([name, infos]) =>
    (infos ?? []).map(info => ({
      interface: name,
      address: info.address,
      family: info.family,
      isInternal: info.internal,
      scope: info.family === 'IPv6' ? (info.scopeid ?? 0) : 0,
    })),
  );
  return addresses
    .map((address, order) => ({ address, order, rank: rankOf(address) }))
    .sort((a, b) => a.rank - b.rank || a.order - b.order)
    .map(({ address }) => address);
}

let lastFound: NodeJS.Dict<readonly NetworkInterfaceInfo[]> = {};

/** A system that has no descriptor left cannot tell; then it is as it was. */
function interfacesNow(): NodeJS.Dict<readonly NetworkInterfaceInfo[]> {
  try {
    lastFound = networkInterfaces();
  } catch {
    // Asked again before long.
  }
  return lastFound;
}

/** An address that means something only together with the interface it is on. */
export function isLinkLocal(address: string): boolean {
  return /^(169\.254\.|fe[89ab][\da-f]:)/i.test(address);
}

/** From where an address can be reached: other computers, this and virtual ones, one link only, this computer only. */
export type Reach = 'network' | 'virtual' | 'link' | 'self';

export function reachOf({ interface: name, address, isInternal }: NetworkAddress): Reach {
  if (isInternal) return 'self';
  if (virtualInterface.test(name)) return 'virtual';
  return isLinkLocal(address) ? 'link' : 'network';
}

function rankOf({ interface: name, address, family, isInternal }: NetworkAddress): number {
  if (isInternal) return 8 + (family === 'IPv4' ? 0 : 1);
  const place = isLinkLocal(address) ? 2 : 0;
  return place + (family === 'IPv4' ? 0 : 1) + (virtualInterface.test(name) ? 4 : 0);
}
