import type { MechanismView } from '../../src-shared/share.ts';
import { plural } from './common.ts';

type Mechanism = MechanismView['mechanism'];
type State = MechanismView['state'];

interface MechanismWords {
  readonly title: string;
  /** What it does, and what leaves the network. */
  readonly about: string;
  readonly found: (count: number) => string;
}

const peers = (count: number) => plural(count, 'peer', 'peers');
const computers = (count: number) => plural(count, 'computer', 'computers');

const mechanisms: Readonly<Record<Mechanism, MechanismWords>> = {
  listening: {
    title: 'Being reached',
    about: 'Other computers connect to this one at its port.',
    found: count => plural(count, 'connection', 'connections'),
  },
  'local-discovery': {
    title: 'Peers in the room',
    about:
      'Calls out the hash of each share on this network and hears who has it, too. Stays on this network.',
    found: peers,
  },
  catalogue: {
    title: 'Computers nearby',
    about:
      'Tells this computer’s name and shares to other Piecewise on this network, and lists theirs. Stays on this network.',
    found: computers,
  },
  typed: {
    title: 'Addresses entered by hand',
    about: 'Asks computers whose address you entered for their shares.',
    found: computers,
  },
  trackers: {
    title: 'Trackers of shares',
    about: 'Tells each share’s own trackers that it is here, wherever they are.',
    found: peers,
  },
  'own-tracker': {
    title: 'Tracker on this computer',
    about: 'Brings peers of other programs together at this computer’s address.',
    found: peers,
  },
  'peer-exchange': {
    title: 'Peers told by peers',
    about: 'Connected peers tell each other of further ones.',
    found: peers,
  },
  dht: {
    title: 'Distributed hash table',
    about: 'Asks strangers on the internet who has a share. Your address and the hashes leave the network.',
    found: count => plural(count, 'node', 'nodes'),
  },
  'port-mapping': {
    title: 'Port opened at the router',
    about: 'Asks the router to let the internet connect to this computer.',
    found: count => plural(count, 'router', 'routers'),
  },
};

const states: Readonly<Record<State, string>> = {
  off: 'Off',
  trying: 'Trying',
  working: 'Working',
  quiet: 'Nothing heard',
  failed: 'Not working',
};

export const networkTexts = {
  title: 'Network check',
  subtitle: 'Every way by which this computer finds others and is found, and what each has found so far.',
  loading: 'Asking what was found …',
  unavailable: 'This app cannot tell about the network.',
  sentence: {
    failed: (names: readonly string[]) => ({
      lead: names.length === 1 ? 'One way does not work' : `${names.length} ways do not work`,
      rest: `: ${names.map(name => name.charAt(0).toLowerCase() + name.slice(1)).join(', ')}; below is what to do`,
    }),
    found: (count: number) => ({
      lead: `${plural(count, 'other computer is', 'other computers are')} seen`,
      rest: '',
    }),
    alone: {
      lead: 'Nobody else is seen',
      rest: '; that is so when no other computer here runs Piecewise, or the network keeps them apart',
    },
  },
  here: 'This computer',
  name: 'Name',
  addresses: 'Addresses',
  port: 'Port',
  noAddress: 'No network is connected.',
  notListening: 'Nobody can connect to it at the moment.',
  ways: 'Ways of finding others',
  found: 'Found',
  last: 'Last',
  never: '–',
  now: 'now',
  ago: (time: string) => `${time} ago`,
  mechanisms,
  states,
  settings: 'Change in Settings',
  help: 'When computers do not see each other',
  helpItems: [
    'Is Piecewise running on both, and are both on the same network? A guest Wi-Fi usually keeps its computers apart.',
    'Does a firewall ask? Allow Piecewise on private networks; it needs its port, above, for incoming TCP.',
    'Still nothing? Enter the other computer’s address under Nearby: it shows this list of its addresses, too.',
    'A link works without any of this, as soon as one of the two reaches the other.',
  ],
  enter: 'Enter an address',
  pairs: (address: string, port: number | null) => (port === null ? address : `${address}:${port}`),
} as const;
