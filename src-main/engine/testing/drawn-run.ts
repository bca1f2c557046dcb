import type { PeerId } from '../../../src-shared/journal.ts';
import type { CommonConfig, RosterEntry } from '../course/config.ts';
import { type FinishedRun, isOneMachine, pieceCountOf, type SharedFile } from '../course/finished-run.ts';
import { factsPerRun, LogFacts } from '../course/log-facts.ts';

/** A finished run drawn as text, to plant a fault in: three peers, of which 1001 is the seed, and four pieces. */

export const drawnCommon: CommonConfig = {
  preferredNeighbours: 1,
  unchokingIntervalMs: 5000,
  optimisticIntervalMs: 10_000,
  fileName: 'thefile',
  fileSize: 35,
  pieceSize: 10,
};

export const drawnRoster: readonly RosterEntry[] = [
  { peer: '1001', host: 'localhost', port: 6001, seed: true, line: 1 },
  { peer: '1002', host: '127.0.0.1', port: 6002, seed: false, line: 2 },
  { peer: '1003', host: 'localhost', port: 6003, seed: false, line: 3 },
];

/** Lines by peer: the second since the start, and the sentence after "Peer <ID>". */
export type DrawnLogs = Readonly<Record<PeerId, readonly string[]>>;

/** A run without fault. The last lines, at 60, show that all were still there. */
export const goodLogs: DrawnLogs = {
  1001: [
    '0 is connected from Peer 1002.',
    '1 is connected from Peer 1003.',
    "1 received the 'interested' message from 1002.",
    "1 received the 'interested' message from 1003.",
    '2 has the preferred neighbors 1002.',
    '2 has the optimistically unchoked neighbor 1003.',
    "3 received the 'have' message from 1002 for the piece 0.",
    "3 received the 'have' message from 1003 for the piece 1.",
    "8 received the 'have' message from 1003 for the piece 0.",
    "8 received the 'have' message from 1002 for the piece 1.",
    '12 has the preferred neighbors 1003.',
    "14 received the 'have' message from 1003 for the piece 2.",
    "15 received the 'have' message from 1003 for the piece 3.",
    "15 received the 'not interested' message from 1003.",
    '27 has the preferred neighbors 1002.',
    "28 received the 'have' message from 1002 for the piece 2.",
    "40 received the 'have' message from 1002 for the piece 3.",
    "40 received the 'not interested' message from 1002.",
    "60 received the 'not interested' message from 1002.",
    "60 received the 'not interested' message from 1003.",
  ],
  1002: [
    '0 makes a connection to Peer 1001.',
    '1 is connected from Peer 1003.',
    '2 is unchoked by 1001.',
    '3 has downloaded the piece 0 from 1001. Now the number of pieces it has is 1.',
    "3 received the 'have' message from 1003 for the piece 1.",
    "3 received the 'interested' message from 1003.",
    '7 has the preferred neighbors 1003.',
    '7 is unchoked by 1003.',
    '8 has downloaded the piece 1 from 1003. Now the number of pieces it has is 2.',
    "8 received the 'have' message from 1003 for the piece 0.",
    '12 is choked by 1001.',
    "14 received the 'have' message from 1003 for the piece 2.",
    "15 received the 'have' message from 1003 for the piece 3.",
    "15 received the 'not interested' message from 1003.",
    '27 is unchoked by 1001.',
    '28 has downloaded the piece 2 from 1001. Now the number of pieces it has is 3.',
    '40 has downloaded the piece 3 from 1003. Now the number of pieces it has is 4.',
    '40 has downloaded the complete file.',
    "60 received the 'not interested' message from 1001.",
    "60 received the 'not interested' message from 1003.",
  ],
  1003: [
    '1 makes a connection to Peer 1001.',
    '1 makes a connection to Peer 1002.',
    '2 is unchoked by 1001.',
    '3 has downloaded the piece 1 from 1001. Now the number of pieces it has is 1.',
    "3 received the 'have' message from 1002 for the piece 0.",
    "3 received the 'interested' message from 1002.",
    '7 has the preferred neighbors 1002.',
    '7 is unchoked by 1002.',
    '8 has downloaded the piece 0 from 1002. Now the number of pieces it has is 2.',
    "8 received the 'have' message from 1002 for the piece 1.",
    '14 has downloaded the piece 2 from 1001. Now the number of pieces it has is 3.',
    '15 has downloaded the piece 3 from 1001. Now the number of pieces it has is 4.',
    '15 has downloaded the complete file.',
    "28 received the 'have' message from 1002 for the piece 2.",
    "40 received the 'have' message from 1002 for the piece 3.",
    "60 received the 'not interested' message from 1001.",
    "60 received the 'not interested' message from 1002.",
  ],
};

/** The text of a log as its peer would have written it: the run starts at 14:05:00 on the last of January 2026. */
export function logText(self: PeerId, lines: readonly string[]): string {
  return lines.map(line => `${writtenLine(self, line)}\n`).join('');
}

function writtenLine(self: PeerId, line: string): string {
  const [, second = '0', sentence = ''] = /^(\d+) (.*)$/s.exec(line) ?? [];
  const clock = [14 * 3600 + 5 * 60 + Number(second)].flatMap(time => [
    Math.floor(time / 3600) % 24,
    Math.floor(time / 60) % 60,
    time % 60,
  ]);
  return `2026-01-31 ${clock.map(part => String(part).padStart(2, '0')).join(':')}: Peer ${self} ${sentence}`;
}

/** The good file: `drawnCommon.fileSize` bytes. */
export const drawnContent = 'abcdefghijklmnopqrstuvwxyzabcdefghi';

export interface DrawnRun {
  readonly logs?: DrawnLogs;
  /** Rewrites each line of a log the way another implementation would. */
  readonly style?: (line: string, self: PeerId) => string;
  readonly roster?: readonly RosterEntry[];
  readonly common?: Partial<CommonConfig>;
  /** Instead of the good file of these peers. */
  readonly files?: Readonly<Record<PeerId, SharedFile>>;
}

/** The good run, but for what is given. */
export function drawRun({
  logs = goodLogs,
  style = line => line,
  roster = drawnRoster,
  common: changes = {},
  files = {},
}: DrawnRun = {}): FinishedRun {
  const common = { ...drawnCommon, ...changes };
  const peers = new Set(roster.map(({ peer }) => peer));
  const budget = { facts: factsPerRun };
  const read = ([self, lines]: [PeerId, readonly string[]]): [PeerId, LogFacts] => {
    const facts = new LogFacts({
      file: `log_peer_${self}.log`,
      self,
      peers,
      pieceCount: pieceCountOf(common),
      budget,
    });
    for (const line of lines) facts.add(style(writtenLine(self, line), self));
    return [self, facts];
  };
  const present = ({ peer }: RosterEntry): [PeerId, SharedFile] => [
    peer,
    files[peer] ?? { state: 'present', path: `peer_${peer}/thefile`, bytes: common.fileSize, sha256: 'a1b2' },
  ];
  return {
    common,
    roster,
    oneMachine: isOneMachine(roster),
    logs: new Map(Object.entries(logs).map(read)),
    logFaults: new Map(roster.filter(({ peer }) => !logs[peer]).map(({ peer }) => [peer, 'is missing'])),
    files: new Map(roster.map(present)),
  };
}
