import { hostOf } from './hosts.ts';
import type { ChokeDecision, JournalEvent, OptimisticDecision, PeerId } from './journal.ts';
import type { NearbyMachine } from './share.ts';
import { type Neighbour, type SwarmState, shareDialect } from './swarm-state.ts';

/**
 * What peers are called. In the course an ID is the name. In a share it is only a number: a peer is called after its
 * computer, where that has a name, or else its address.
 */
export interface PeerNames {
  /** "lab-07", "10.14.3.21", "10.14.3.21:6882" where two peers share an address. */
  long(peer: PeerId): string;
  /** For narrow places: "lab-07", ".21", ":6882". */
  short(peer: PeerId): string;
}

/** The IDs themselves. */
export const idNames: PeerNames = { long: peer => peer, short: peer => peer };

/** A computer's name by its address, without port. */
export type ComputerNames = ReadonlyMap<string, string>;

export const noNames: ComputerNames = new Map();

/** Those of the computers nearby that have a name. */
export function computerNames(machines: readonly Pick<NearbyMachine, 'name' | 'address'>[]): ComputerNames {
  return new Map(
    machines
      .filter(({ name, address }) => name !== '' && name !== address)
      .map(({ name, address }) => [withoutPort(address), name]),
  );
}

/** Unlike a peer's, a computer's address may have no port, and no brackets then. */
function withoutPort(address: string): string {
  return address.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^([^:]*):\d{1,5}$/, '$1');
}

/** A neighbour that left so long ago, in milliseconds, is of no more concern in a share. */
const rememberedMs = 10_000;

/**
 * The neighbours worth showing: in the course all of the roster, in a share those that are connected, or were a moment
 * ago. Whom we only know of says nothing.
 */
export function shownNeighbours({ run, neighbours, atMs }: SwarmState): readonly Neighbour[] {
  const all = [...neighbours.values()];
  if (run?.dialect !== shareDialect) return all;
  return all.filter(
    ({ connectedAt, lastSeenAt }) =>
      connectedAt !== undefined || (lastSeenAt !== undefined && atMs - lastSeenAt < rememberedMs),
  );
}

/** What the peers of a moment are called. */
export function peerNamesOf(state: SwarmState, computers: ComputerNames = noNames): PeerNames {
  if (state.run?.dialect !== shareDialect) return idNames;
  const { self } = state.run;
  const peers = shownNeighbours(state).map(({ peer, address }) => ({ peer, address }));
  const addressOf = (peer: PeerId) => state.neighbours.get(peer)?.address;
  return namesFor(self, peers, computers, addressOf);
}

export interface AddressedPeer {
  readonly peer: PeerId;
  readonly address: string;
}

/** What to call peers at these addresses; `addressOf` knows those that are not among them. */
export function namesFor(
  self: PeerId,
  peers: readonly AddressedPeer[],
  computers: ComputerNames,
  addressOf: (peer: PeerId) => string | undefined,
): PeerNames {
  const hosts = new Map<string, number>();
  for (const { address } of peers) hosts.set(hostOf(address), (hosts.get(hostOf(address)) ?? 0) + 1);
  const isOneHost = hosts.size === 1 && peers.length > 1;
  const ipv4 = [...hosts.keys()].filter(isIpv4);
  // As much of the end of an address as tells it from the others.
  const octets =
    [1, 2, 3].find(count => new Set(ipv4.map(host => endOf(host, count))).size === ipv4.length) ?? 4;
  const known = new Map(peers.map(({ peer, address }) => [peer, address]));
  const of = (peer: PeerId) => known.get(peer) ?? addressOf(peer);
  return {
    long(peer) {
      if (peer === self) return selfName;
      const address = of(peer);
      if (address === undefined) return peer;
      const host = hostOf(address);
      const name = computers.get(host) ?? host;
      return (hosts.get(host) ?? 0) > 1 ? `${name}${portOf(address)}` : name;
    },
    short(peer) {
      if (peer === self) return selfName;
      const address = of(peer);
      if (address === undefined) return peer;
      const host = hostOf(address);
      if (isOneHost) return portOf(address) || host;
      const name = computers.get(host);
      if (name !== undefined) return name;
      if (!isIpv4(host)) return host;
      return octets === 4 ? host : endOf(host, octets);
    },
  };
}

const selfName = 'We';

function isIpv4(host: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(host);
}

/** ".3.21": the last parts of an address. */
function endOf(host: string, octets: number): string {
  return `.${host.split('.').slice(-octets).join('.')}`;
}

/** ":6882"; empty when there is none. */
function portOf(address: string): string {
  return /:\d{1,5}$/.exec(address)?.[0] ?? '';
}

/** The same event with other names for its peers, to be put into words. */
export function renamedEvent(event: JournalEvent, nameOf: (peer: PeerId) => string): JournalEvent {
  switch (event.kind) {
    case 'choke-decision':
      return { ...event, decision: renamedRechoke(event.decision, nameOf) };
    case 'optimistic-decision':
      return { ...event, decision: renamedDraw(event.decision, nameOf) };
    case 'preferred-changed':
      return { ...event, preferred: event.preferred.map(nameOf) };
    case 'optimistic-changed':
      return { ...event, optimistic: nameOf(event.optimistic) };
    case 'piece-failed':
      return { ...event, peers: event.peers.map(nameOf) };
    case 'ended':
      return { ...event, lost: event.lost.map(nameOf) };
    case 'started':
      return { ...event, self: nameOf(event.self) };
    default:
      return 'peer' in event && event.peer !== undefined ? { ...event, peer: nameOf(event.peer) } : event;
  }
}

/** The same rechoke with other names for its peers. */
export function renamedRechoke(decision: ChokeDecision, nameOf: (peer: PeerId) => string): ChokeDecision {
  return {
    ...decision,
    candidates: decision.candidates.map(candidate => ({ ...candidate, peer: nameOf(candidate.peer) })),
    preferred: decision.preferred.map(nameOf),
    unchoke: decision.unchoke.map(nameOf),
    choke: decision.choke.map(nameOf),
  };
}

function renamedDraw(decision: OptimisticDecision, nameOf: (peer: PeerId) => string): OptimisticDecision {
  return {
    ...decision,
    candidates: decision.candidates.map(nameOf),
    optimistic: decision.optimistic === undefined ? undefined : nameOf(decision.optimistic),
    choke: decision.choke.map(nameOf),
  };
}
