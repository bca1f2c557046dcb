import { whyText } from '../../../../src-shared/captions.ts';
import { hostLabels, hostOf } from '../../../../src-shared/hosts.ts';
import type { PeerId } from '../../../../src-shared/journal.ts';
import { idNames, type PeerNames, shownNeighbours } from '../../../../src-shared/peer-names.ts';
import { type Neighbour, type SwarmState, shareDialect } from '../../../../src-shared/swarm-state.ts';
import { percentOf } from '../graph/graph-view.ts';
import type { WantedCounts } from './wanted.ts';

/** One neighbour as the table shows it; plain values, so that a row is drawn again only when one of them changed. */
export interface NeighbourRow {
  readonly peer: PeerId;
  /** What it is called; and in a narrow column. */
  readonly name: string;
  readonly shortName: string;
  /** Where it runs, shortened: its host, or, where all have the same host, its port. Of a share, what it runs. */
  readonly place: string;
  readonly address: string;
  /** Place in the roster. */
  readonly order: number;
  readonly presence: 'here' | 'not-started' | 'left';
  readonly pieces: number;
  readonly percent: number;
  readonly chokesUs: boolean;
  /** Pieces it has that we lack. */
  readonly wanted: number;
  /** Bytes per second. */
  readonly down: number;
  /** Pieces asked of it and not yet here: how many, and the first. */
  readonly inFlight: number;
  readonly firstInFlight: number | undefined;
  readonly serving: 'preferred' | 'optimistic' | 'choked';
  readonly isInterested: boolean;
  readonly up: number;
  /** Since when we serve or choke it; when it left. Milliseconds since the epoch. */
  readonly sinceWallMs: number | undefined;
  readonly why: string;
  readonly shortWhy: string;
  /** Of a share's peer, as other clients show them, and in words; empty otherwise. */
  readonly flags: string;
  readonly flagWords: string;
  /** How we learnt of it. */
  readonly source: string;
}

/** What the app knows of a share's peer beside its tape. */
export type PeerDetails = ReadonlyMap<
  PeerId,
  { readonly flags: string; readonly flagWords: readonly string[]; readonly source: string }
>;

const noDetails: PeerDetails = new Map();

/** In the order of the roster. */
export function rowsOf(
  state: SwarmState,
  wanted: WantedCounts,
  names: PeerNames = idNames,
  details: PeerDetails = noDetails,
): readonly NeighbourRow[] {
  const isShare = state.run?.dialect === shareDialect;
  const places = isShare ? undefined : placesOf(state);
  return shownNeighbours(state).map((neighbour, order) =>
    rowOf(neighbour, order, state, wanted, names, details, places),
  );
}

/** How many characters the longest peer and its place have together. */
export function longestPeer(rows: readonly Pick<NeighbourRow, 'name' | 'place'>[]): number {
  return rows.reduce((longest, { name, place }) => Math.max(longest, name.length + place.length), 0);
}

function placesOf({ neighbours, selfAddress }: SwarmState): (address: string) => string {
  const hosts = [selfAddress, ...Array.from(neighbours.values(), ({ address }) => address)].map(hostOf);
  const labels = hostLabels(hosts);
  return labels.size === 1
    ? address => address.slice(address.lastIndexOf(':'))
    : address => labels.get(hostOf(address)) ?? '';
}

function rowOf(
  neighbour: Neighbour,
  order: number,
  state: SwarmState,
  wanted: WantedCounts,
  names: PeerNames,
  details: PeerDetails,
  /** Undefined in a share. */
  placeOf: ((address: string) => string) | undefined,
): NeighbourRow {
  const { peer, address, pieces, connectedAt, lastSeenAt, requested, role, trouble } = neighbour;
  const { atMs, startedWallMs } = state;
  const isHere = connectedAt !== undefined;
  const since = isHere ? (neighbour.roleSince ?? connectedAt) : lastSeenAt;
  const why = whyText(neighbour, state);
  const [firstInFlight] = requested;
  const known = details.get(peer);
  return {
    peer,
    name: names.long(peer),
    shortName: names.short(peer),
    place: placeOf?.(address) ?? neighbour.client,
    address,
    order,
    presence: isHere ? 'here' : lastSeenAt === undefined ? 'not-started' : 'left',
    pieces: pieces.count,
    percent: percentOf(pieces.count, state.pieces.length),
    chokesUs: neighbour.peerChoking,
    wanted: isHere ? wanted.of(neighbour, state) : 0,
    down: isHere ? neighbour.received.rate(atMs) : 0,
    inFlight: requested.size,
    firstInFlight,
    serving: neighbour.amChoking ? 'choked' : (role ?? 'preferred'),
    isInterested: neighbour.peerInterested,
    up: isHere ? neighbour.sent.rate(atMs) : 0,
    sinceWallMs: since === undefined ? undefined : startedWallMs + since,
    why: isHere || trouble === undefined ? why.long : `${why.long}: ${trouble}`,
    shortWhy: why.short,
    flags: known?.flags ?? '',
    flagWords: known?.flagWords.join(', ') ?? '',
    source: known?.source ?? '',
  };
}

/** `client`, `flags` and `source` are of a share's peers only. */
export const columns = [
  'peer',
  'client',
  'pieces',
  'serves-us',
  'down',
  'in-flight',
  'we-serve',
  'up',
  'since',
  'flags',
  'source',
  'why',
] as const;
export type Column = (typeof columns)[number];

export interface Sorting {
  readonly column: Column;
  readonly direction: 'ascending' | 'descending';
}

export const rosterOrder: Sorting = { column: 'peer', direction: 'ascending' };

/** The same column turns round; another begins with what one looks for in it: the most, the latest, or A. */
export function sortedBy(column: Column, before: Sorting): Sorting {
  if (column === before.column) {
    return { column, direction: before.direction === 'ascending' ? 'descending' : 'ascending' };
  }
  const isText = ['peer', 'client', 'flags', 'source', 'why'].includes(column);
  return { column, direction: isText ? 'ascending' : 'descending' };
}

/** The peers in the order that was asked for; equal ones, and those without a value at the end, as in the roster. */
export function ordered(rows: readonly NeighbourRow[], { column, direction }: Sorting): readonly PeerId[] {
  const sign = direction === 'ascending' ? 1 : -1;
  return rows
    .map(row => ({ row, key: keyOf(row, column) }))
    .sort((a, b) => {
      if (a.key === undefined || b.key === undefined) {
        return Number(a.key === undefined) - Number(b.key === undefined) || a.row.order - b.row.order;
      }
      const difference =
        typeof a.key === 'string' ? a.key.localeCompare(String(b.key)) : a.key - Number(b.key);
      return sign * difference || a.row.order - b.row.order;
    })
    .map(({ row }) => row.peer);
}

const servingRank = { choked: 0, optimistic: 1, preferred: 2 } as const;

function keyOf(row: NeighbourRow, column: Column): number | string | undefined {
  const isHere = row.presence === 'here';
  switch (column) {
    case 'peer':
      return row.order;
    case 'client':
      return row.place === '' ? undefined : row.place;
    case 'flags':
      return row.flags === '' ? undefined : row.flags;
    case 'source':
      return row.source === '' ? undefined : row.source;
    case 'pieces':
      return row.pieces;
    case 'serves-us':
      return isHere ? (row.chokesUs ? 0 : 1e9) + row.wanted : undefined;
    case 'down':
      return isHere ? row.down : undefined;
    case 'in-flight':
      return isHere ? row.inFlight : undefined;
    case 'we-serve':
      return isHere ? servingRank[row.serving] * 2 + Number(row.isInterested) : undefined;
    case 'up':
      return isHere ? row.up : undefined;
    case 'since':
      return row.sinceWallMs;
    case 'why':
      return row.why;
  }
}

/** One unit for a whole column, so that its figures stand under each other. */
export interface RateUnit {
  readonly name: 'KB/s' | 'MB/s' | 'GB/s';
  readonly text: (bytesPerSecond: number) => string;
}

/** The unit in which the largest of some rates has at most three figures before the point. Nothing is "0" in any. */
export function rateUnitFor(largest: number): RateUnit {
  const [name, divisor, decimals] =
    largest < 999_500
      ? (['KB/s', 1e3, 0] as const)
      : largest < 999_950_000
        ? (['MB/s', 1e6, 1] as const)
        : (['GB/s', 1e9, 2] as const);
  return { name, text: rate => (rate === 0 ? '0' : (rate / divisor).toFixed(decimals)) };
}
