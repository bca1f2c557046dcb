import type { LabPlan, PlanMachine } from '../../../src-shared/lab.ts';
import { ipBytes, ipText, isLoopback } from '../bittorrent/compact.ts';

/** A plan to begin with, for people to change. */

/** Of no particular network, for a computer that is in none. */
const exampleAddress = '192.168.1.101';
const firstId = 1001;
const firstPort = 6008;

/**
 * A plan without mistakes: the first machine at this computer's own address with one peer, which has the file, and two
 * peers on each other machine, at the addresses that follow.
 */
export function samplePlan(machines: number, ownAddress: string): LabPlan {
  const isOfNetwork = ipBytes(ownAddress)?.length === 4 && !isLoopback(ownAddress);
  const addresses = addressesFrom(isOfNetwork ? ownAddress : exampleAddress);
  let nextId = firstId;
  return Array.from({ length: machines }, (_, index): PlanMachine => {
    const peers = Array.from({ length: index === 0 ? 1 : 2 }, (_, place) => ({
      id: String(nextId++),
      port: String(firstPort + place),
      hasFile: index === 0,
    }));
    return { name: `Machine ${machineLabel(index)}`, host: addresses.next().value, peers };
  });
}

/** An address and those after it, without the first and the last of a network of 256. */
function* addressesFrom(address: string): Generator<string, never> {
  let [a, b, c, d] = ipBytes(address) as unknown as [number, number, number, number];
  for (;;) {
    yield ipText(Uint8Array.of(a, b, c, d));
    d = d < 254 ? d + 1 : 1;
    if (d === 1) c = (c + 1) % 256;
  }
}

/** What machines without names are called, by index: A to Z, then numbers. */
export function machineLabel(index: number): string {
  return index < 26 ? String.fromCodePoint(65 + index) : String(index + 1);
}
