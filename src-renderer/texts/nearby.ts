import { listed } from '../../src-shared/listed.ts';
import { formatBytes } from '../../src-shared/units.ts';
import { plural } from './common.ts';
import { filesOf, grouped } from './shares.ts';

/** What other computers of the room share. */
export const nearbyTexts = {
  title: 'Nearby',
  summary: (shares: number, machines: number) =>
    `${plural(shares, 'share', 'shares')} on ${plural(machines, 'computer', 'computers')}`,
  noShares: 'no shares yet',
  what: (size: number, files: number) =>
    files > 1 ? `${formatBytes(size)} in ${filesOf(files)}` : formatBytes(size),
  /** Who has it: whole ones by name, then how many have part of it. */
  whoHas: (
    whole: readonly string[],
    inPart: readonly { readonly name: string; readonly progress: number }[],
  ) => {
    if (whole.length === 0 && inPart.length === 1) {
      return `; ${inPart[0]!.name} has ${percent(inPart[0]!.progress)} of it`;
    }
    if (whole.length === 0) return `; ${inPart.length} computers have part of it`;
    const all = whole.length === 1 ? ` from ${whole[0]}` : ` from ${listed(whole)}`;
    const part = inPart.length === 0 ? '' : `, ${inPart.length} more in part`;
    return `${all}${part}`;
  },
  who: (name: string, progress: number) =>
    progress >= 1 ? `${name}: all of it` : `${name}: ${percent(progress)}`,
  fetch: 'Fetch',
  fetchNamed: (name: string) => `Fetch ${name}`,
  listed: 'On your list',
  listedNamed: (name: string) => `${name} is on your list; go there`,
  go: 'Go there',
  find: 'Find a share',
  more: (count: number) => `${grouped(count)} more; find them by their name.`,
  noneFound: (text: string) => `No share is called "${text}".`,
  emptyTitle: 'Nobody else is seen',
  emptyText:
    'Other computers that run Piecewise on this network appear here by themselves, with what they share. Where the network keeps them apart, enter an address.',
  off: 'Looking round is switched off in Settings. Computers whose address you enter are shown all the same.',
  others: (names: readonly string[]) =>
    `${listed(names)} ${names.length === 1 ? 'runs' : 'run'} Piecewise and ${names.length === 1 ? 'shares' : 'share'} nothing yet.`,
  check: 'Network check',
  enter: 'Enter an address',
  typed: 'Entered by hand',
  remove: (name: string) => `Take ${name} off`,
  add: {
    title: 'Enter the address of a computer',
    text: 'For a computer that is not seen by itself: it must run Piecewise, and its shares appear under Nearby.',
    label: 'Address',
    placeholder: '10.14.3.7, lab-07 or lab-07:6881',
    hint: 'A name or an address, with a port if it is not the usual one.',
    problem: 'A host name or address without spaces, such as lab-07, 10.14.3.7:6881 or [fe80::1]:6881.',
    button: 'Add',
  },
} as const;

function percent(share: number): string {
  return `${Math.floor(Math.min(1, Math.max(0, share)) * 100)} %`;
}
