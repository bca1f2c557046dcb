import {
  type NetworkAddress,
  networkAddresses,
  type Reach,
  reachOf,
} from '../../io/lan/network-addresses.ts';
import { exitCode } from './exit-codes.ts';
import { type Output, table } from './terminal.ts';

const inWords: Readonly<Record<Reach, string>> = {
  network: 'another network of this computer, or another address in the same one',
  virtual: 'of a virtual network or a tunnel: seldom reached from outside this computer',
  link: 'given by the computer to itself: only on the same cable, and not always the same',
  self: 'this computer only',
};

/** `piecewise addresses`: this computer's addresses. Returns the exit code. */
export function addressesCommand(
  { json }: { readonly json: boolean },
  out: Output,
  addresses: readonly NetworkAddress[] = networkAddresses(),
): number {
  // The first is the likeliest; where even that is virtual, nobody outside may reach any of them.
  const likeliest = addresses.find(address => reachOf(address) === 'network');
  if (json) {
    const listed = addresses.map(address => ({
      address: address.address,
      interface: address.interface,
      family: address.family,
      reach: reachOf(address),
      isLikeliest: address === likeliest,
    }));
    out.write(`${JSON.stringify(listed, undefined, 2)}\n`);
    return exitCode.ok;
  }
  const rows = addresses.map(address => [
    address.address,
    address.interface,
    address === likeliest ? 'others can probably reach this one' : inWords[reachOf(address)],
  ]);
  out.write(`${table(rows).join('\n')}\n`);
  if (likeliest === undefined) out.write('This computer is in no network: others reach none of these.\n');
  return exitCode.ok;
}
