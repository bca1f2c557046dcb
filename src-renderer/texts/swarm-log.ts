import type { LogKind } from '../history/log-index.ts';

const kinds: Readonly<Record<LogKind, string>> = {
  piece: 'Pieces',
  have: 'Have',
  choke: 'Choke',
  unchoke: 'Unchoke',
  preferred: 'Preferred',
  optimistic: 'Optimistic',
  interest: 'Interest',
  connection: 'Connect',
  note: 'Notes',
};

export const logTexts = {
  title: 'Log',
  ofShare: 'what happened, as it was noted down',
  kinds,
  find: 'Find',
  findLabel: 'Find in the log',
  filterLabel: 'Kinds of lines',
  newest: 'Newest line',
  copy: 'Copy lines',
  copied: (count: number) => `${group(count)} ${count === 1 ? 'line' : 'lines'} copied`,
  notCopied: 'The browser does not let the lines onto the clipboard.',
  count: (shown: number, all: number) => `${group(shown)} of ${group(all)} lines`,
  following: 'following',
  heldAt: (time: string) => `up to ${time}`,
  reading: (share: number) => `reading, ${Math.floor(share * 100)} %`,
  about: (peer: string) => `about ${peer}`,
  none: 'No line passes the filter.',
  empty: 'No line has been written yet.',
  help: 'Arrow keys move, Enter takes every panel to that moment.',
} as const;

function group(count: number): string {
  return count.toLocaleString('en-GB').replaceAll(',', '\u2009');
}
