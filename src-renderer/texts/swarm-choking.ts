import { plural } from './common.ts';

export const chokingTexts = {
  title: 'Rates and choking',
  preferred: 'Preferred, rank',
  optimistic: 'Optimistic',
  waiting: 'Choked, interested',
  servesUs: 'Serves us',
  down: 'Down',
  up: 'Up',
  notStarted: 'not started',
  left: 'left',
  empty: 'Nobody has been served yet.',
  label: 'Rates over time, and whom we serve',
  help: 'Left and right step through time, up and down from neighbour to neighbour, plus and minus zoom, 0 shows all, Enter opens the round.',
  twin: 'What we do for each neighbour',
  twinHead: ['Peer', 'We', 'It', 'We sent', 'It sent'],
  rates: (down: string, up: string) => `Down ${down}, up ${up}`,
  role: {
    'not-started': 'not started',
    'not-connected': 'not connected',
    preferred: 'preferred',
    optimistic: 'optimistic',
    waiting: 'choked, interested',
    choked: 'choked, not interested',
  },
  serves: 'serves us',
  chokesUs: 'chokes us',
  rank: (rank: number) => `${ordinal(rank)} by rate`,
  drawn: 'drawn at random',
  at: (time: string, round: number | undefined) => (round === undefined ? time : `${time}, round ${round}`),
  lane: (peer: string, parts: readonly string[]) => `${peer}: ${parts.join(', ')}`,
  exchanged: (received: string, sent: string) => `It sent ${received}, we sent ${sent}`,
  showAll: 'Show all',
  zoomedTo: (from: string, to: string) => `From ${from} to ${to}`,
} as const;

export const decisionTexts = {
  label: 'Decision record',
  ranking: 'Ranking',
  previous: 'Previous round',
  next: 'Next round',
  none: 'No round yet',
  firstAfter: (interval: string) =>
    `The first choke round comes as soon as a neighbour is interested in us; then there is one every ${interval}.`,
  heading: (round: number, time: string) => `Round ${round}, ${time}`,
  byRates: (count: number, unit: string) =>
    count === 0 ? 'Nobody was interested in us' : `${count} interested, ranked by ${unit} they sent us`,
  atRandom: (count: number) =>
    count === 0 ? 'Nobody was interested in us' : `${count} interested, drawn at random`,
  random: 'We are complete: nobody sends to us.',
  cut: (slots: number) => `cut-off after ${slots}`,
  room: (count: number, slots: number) =>
    count === slots
      ? `As many as there are places: all are preferred.`
      : `Fewer than the ${slots} places: all are preferred.`,
  outcome: { preferred: 'preferred', optimistic: 'optimistic', choked: 'choked' },
  tiedAtTheCut: (peers: readonly string[]) =>
    `${and(peers)} sent equally much; lots were drawn for the last place.`,
  otherTies: 'Those with equal rates are in drawn order.',
  drawn: (peer: string, from: readonly string[]) =>
    from.length < 2 ? `${peer}, the only one to draw from` : `${peer}, drawn from ${from.join(', ')}`,
  nowPreferred: ', now preferred',
  noDraw: 'No optimistic neighbour yet',
  unranked: 'Not ranked: ',
  why: (peers: readonly string[], why: 'not-started' | 'not-connected' | 'complete' | 'not-interested') => {
    const one = peers.length === 1;
    switch (why) {
      case 'complete':
        return `${and(peers)} ${one ? 'is' : 'are'} complete`;
      case 'not-interested':
        return `${and(peers)} ${one ? 'is' : 'are'} not interested`;
      case 'not-connected':
        return `${and(peers)} ${one ? 'is' : 'are'} not connected`;
      case 'not-started':
        return `${and(peers)} ${one ? 'has' : 'have'} not started`;
    }
  },
} as const;

const mostNamed = 12;

function and(peers: readonly string[]): string {
  if (peers.length > mostNamed) {
    return `${peers.slice(0, mostNamed).join(', ')} and ${plural(peers.length - mostNamed, 'other', 'others')}`;
  }
  const last = peers.at(-1) ?? '';
  return peers.length < 2 ? last : `${peers.slice(0, -1).join(', ')} and ${last}`;
}

/** "1st", "2nd", "3rd", "11th". */
export function ordinal(place: number): string {
  const isTeen = place % 100 >= 11 && place % 100 <= 13;
  const ending = isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][place % 10] ?? 'th');
  return `${place}${ending}`;
}
