import { plural } from './common.ts';

export const neighboursTexts = {
  title: 'Neighbours',
  summary: (connected: number, all: number, preferred: number, hasOptimistic: boolean) => {
    const here = connected === all ? `${connected} connected` : `${connected} of ${all} connected`;
    const served = [
      ...(preferred > 0 ? [`${preferred} preferred`] : []),
      ...(hasOptimistic ? ['1 optimistic'] : []),
    ].join(' and ');
    return `${here}; we serve ${served === '' ? 'nobody' : served}`;
  },
  rateUnits: (down: string, up: string) =>
    down === up ? `rates in ${down}` : `down in ${down}, up in ${up}`,
  sortedBy: (column: string) => `Sorted by ${column.toLowerCase()}`,
  hint: 'Arrow up and down move, Enter puts a neighbour in focus everywhere.',
  empty: 'Nothing has happened yet.',
  alone: 'There is no other peer in the roster.',
  aloneInShare: 'No peer is connected at the moment; the network check tells what was tried.',

  peer: 'Peer',
  client: 'Client',
  flags: 'Flags',
  source: 'Found by',
  pieces: 'Pieces',
  servesUs: 'They serve us?',
  down: 'Down',
  inFlight: 'Asked for',
  weServe: 'We serve them?',
  up: 'Up',
  since: 'Since',
  why: 'Why we choke or serve it',
  shortWhy: 'Why',
  withUnit: (name: string, unit: string) => `${name}, ${unit}`,

  percent: (percent: number) => `${percent} %`,
  unchoked: 'Unchoked',
  choked: 'Choked',
  preferred: 'Preferred',
  optimistic: 'Optimistic',
  notConnected: 'Not connected',
  wanted: (count: number) => (count === 0 ? 'none wanted' : `${short(count)} wanted`),
  interested: 'interested',
  notInterested: 'not interested',
  none: 'none',
  piecesInFlight: (first: number, count: number) => (count === 1 ? String(first) : `${first} +${count - 1}`),
  piecesInFlightLabel: (first: number, count: number) =>
    count === 1 ? `piece ${first}` : `piece ${first} and ${plural(count - 1, 'other', 'others')}`,
} as const;

/** "9999", "12k": room is short. */
export function short(count: number): string {
  return count < 10_000 ? String(count) : `${Math.floor(count / 1000)}k`;
}
