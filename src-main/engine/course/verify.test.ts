import { describe, expect, it } from 'vitest';
import { type DrawnLogs, type DrawnRun, drawnRoster, drawRun, goodLogs } from '../testing/drawn-run.ts';
import type { Check, Finding, Verdict } from './findings.ts';
import { verifyRun } from './verify.ts';

function findingsOf(run: DrawnRun, verdict: Verdict): Finding[] {
  return verifyRun(drawRun(run)).filter(finding => finding.verdict === verdict);
}

function textsOf(run: DrawnRun, verdict: Verdict): string[] {
  return findingsOf(run, verdict).map(({ check, text }) => `${check}: ${text}`);
}

/** The good logs with one line in place of another; '' for none. */
function changed(self: string, from: string, to: string, logs: DrawnLogs = goodLogs): DrawnLogs {
  const lines = logs[self] ?? [];
  if (!lines.includes(from)) throw new Error(`log ${self} has no line "${from}"`);
  return { ...logs, [self]: lines.flatMap(line => (line === from ? (to === '' ? [] : [to]) : [line])) };
}

/** The good logs with lines added after one of a peer's. */
function added(self: string, after: string, lines: readonly string[], logs: DrawnLogs = goodLogs): DrawnLogs {
  const before = logs[self]?.indexOf(after) ?? -1;
  if (before < 0) throw new Error(`log ${self} has no line "${after}"`);
  return { ...logs, [self]: logs[self]!.toSpliced(before + 1, 0, ...lines) };
}

const piece0 = '3 has downloaded the piece 0 from 1001. Now the number of pieces it has is 1.';
const piece2 = '28 has downloaded the piece 2 from 1001. Now the number of pieces it has is 3.';
const piece3 = '40 has downloaded the piece 3 from 1003. Now the number of pieces it has is 4.';
const complete = '40 has downloaded the complete file.';
const last = "60 received the 'not interested' message from 1001.";

describe('a run without fault', () => {
  it('shows nothing but what is in order, in every check', () => {
    const findings = verifyRun(drawRun());
    expect(findings.map(({ check, verdict }) => `${check} ${verdict}`)).toEqual(
      [
        'files',
        'connections',
        'preferred',
        'optimistic',
        'chokes',
        'haves',
        'pieces',
        'completion',
        'logs',
      ].map(check => `${check} ok`),
    );
  });
});

/** Each plants one fault: where it is seen, what the finding says, and which lines show it. */
const faults: readonly [
  sentence: string,
  logs: DrawnLogs,
  check: Check,
  text: RegExp,
  lines: readonly string[],
][] = [
  [
    'a connection dialled by the earlier peer',
    changed('1001', '0 is connected from Peer 1002.', '0 makes a connection to Peer 1002.'),
    'connections',
    /1001 dials peer 1002, which is listed after it/,
    ['log_peer_1001.log:1'],
  ],
  [
    'a connection that one side does not log',
    changed('1002', '1 is connected from Peer 1003.', ''),
    'connections',
    /1002 does not log the connection that peer 1003 logs/,
    ['log_peer_1003.log:2'],
  ],
  [
    'more preferred neighbours than there are places',
    changed('1003', '7 has the preferred neighbors 1002.', '7 has the preferred neighbors 1002,1001.'),
    'preferred',
    /1003 has 2 preferred neighbours; NumberOfPreferredNeighbors is 1/,
    ['log_peer_1003.log:7'],
  ],
  [
    'a preferred neighbour that is the peer itself',
    changed('1003', '7 has the preferred neighbors 1002.', '7 has the preferred neighbors 1003.'),
    'preferred',
    /1003 chooses itself/,
    ['log_peer_1003.log:7'],
  ],
  [
    'a preferred neighbour that is not in the roster',
    added('1003', '7 is unchoked by 1002.', ['12 has the preferred neighbors 1004.']),
    'preferred',
    /1003 chooses a peer not in PeerInfo.cfg, 1004/,
    ['log_peer_1003.log:9'],
  ],
  [
    'preferred neighbours that change too soon',
    added('1001', '27 has the preferred neighbors 1002.', ['28 has the preferred neighbors 1003.']),
    'preferred',
    /1001 makes 2 choices within 1 s; the interval is 5 s/,
    ['log_peer_1001.log:15', 'log_peer_1001.log:16'],
  ],
  [
    'an optimistic neighbour that changes too soon',
    added('1001', '2 has the optimistically unchoked neighbor 1003.', [
      '6 has the optimistically unchoked neighbor 1002.',
    ]),
    'optimistic',
    /1001 makes 2 choices within 4 s; the interval is 10 s/,
    ['log_peer_1001.log:6', 'log_peer_1001.log:7'],
  ],
  [
    'an optimistic neighbour that is not in the roster',
    added('1001', '27 has the preferred neighbors 1002.', [
      '32 has the optimistically unchoked neighbor 999.',
    ]),
    'optimistic',
    /1001 chooses a peer not in PeerInfo.cfg, 999/,
    ['log_peer_1001.log:16'],
  ],
  [
    'an unchoke by a peer that never chose this one',
    changed(
      '1002',
      '7 has the preferred neighbors 1003.',
      '',
      changed(
        '1003',
        '8 has downloaded the piece 0 from 1002. Now the number of pieces it has is 2.',
        '8 has downloaded the piece 0 from 1001. Now the number of pieces it has is 2.',
      ),
    ),
    'chokes',
    /1003 is unchoked by 1002, which has never named it/,
    ['log_peer_1003.log:8'],
  ],
  [
    'a chosen peer that is never unchoked',
    changed('1003', '7 is unchoked by 1002.', ''),
    'chokes',
    /1002 chooses 1003, which logs no unchoke by 1002 at all/,
    ['log_peer_1002.log:7'],
  ],
  [
    'a peer chosen no longer that is not choked',
    changed('1002', '12 is choked by 1001.', ''),
    'chokes',
    /1001 no longer chooses 1002, which logs no choke by 1001/,
    ['log_peer_1001.log:5', 'log_peer_1001.log:11'],
  ],
  [
    "a 'have' for a piece that does not exist",
    added('1001', "28 received the 'have' message from 1002 for the piece 2.", [
      "29 received the 'have' message from 1002 for the piece 4.",
    ]),
    'haves',
    /1001 received a 'have' for a piece that does not exist; there are 4/,
    ['log_peer_1001.log:17'],
  ],
  [
    'a download of a piece that does not exist',
    changed('1002', piece2, piece2.replace('piece 2', 'piece 4')),
    'pieces',
    /1002 downloads a piece that does not exist/,
    ['log_peer_1002.log:16'],
  ],
  [
    'a piece downloaded twice',
    changed('1002', piece2, piece2.replace('piece 2', 'piece 1')),
    'pieces',
    /1002 downloads piece 1 twice/,
    ['log_peer_1002.log:9', 'log_peer_1002.log:16'],
  ],
  [
    'a count that skips a number',
    changed('1002', piece2, piece2.replace('has is 3', 'has is 4')),
    'pieces',
    /1002 goes from 2 to 4/,
    ['log_peer_1002.log:9', 'log_peer_1002.log:16'],
  ],
  [
    'a count above the number of pieces',
    changed('1002', piece3, piece3.replace('has is 4', 'has is 5'), changed('1002', complete, '')),
    'pieces',
    /1002 counts 5 pieces of 4/,
    ['log_peer_1002.log:17'],
  ],
  [
    'a seed that downloads',
    added('1001', '12 has the preferred neighbors 1003.', [
      '13 has downloaded the piece 0 from 1002. Now the number of pieces it has is 1.',
    ]),
    'pieces',
    /1001 has the file from the start and yet downloads/,
    ['log_peer_1001.log:12'],
  ],
  [
    'a piece from a peer that did not have it yet',
    changed(
      '1003',
      '14 has downloaded the piece 2 from 1001. Now the number of pieces it has is 3.',
      '14 has downloaded the piece 2 from 1002. Now the number of pieces it has is 3.',
    ),
    'pieces',
    /1003 downloads piece 2 from 1002, which completes it later/,
    ['log_peer_1003.log:11', 'log_peer_1002.log:16'],
  ],
  [
    'a completion that is logged twice',
    added('1002', complete, ['41 has downloaded the complete file.']),
    'completion',
    /1002 logs the complete file more than once/,
    ['log_peer_1002.log:18', 'log_peer_1002.log:19'],
  ],
  [
    'a completion before the last piece',
    changed('1002', piece3, '', added('1002', complete, [piece3])),
    'completion',
    /1002/,
    ['log_peer_1002.log:17', 'log_peer_1002.log:18'],
  ],
  [
    'a completion with a piece missing',
    changed('1002', piece3, ''),
    'completion',
    /1002 logs the complete file with 3 of 4 pieces/,
    ['log_peer_1002.log:16', 'log_peer_1002.log:17'],
  ],
  [
    'a completion that is not logged',
    changed('1002', complete, ''),
    'completion',
    /1002 has 4 of 4 pieces and does not log the complete file/,
    ['log_peer_1002.log:17'],
  ],
  [
    'a completion of a seed',
    added('1001', '1 is connected from Peer 1003.', ['1 has downloaded the complete file.']),
    'completion',
    /1001 has the file from the start and yet logs/,
    ['log_peer_1001.log:3'],
  ],
  [
    'a neighbour that is not in the roster',
    added('1001', '1 is connected from Peer 1003.', ['2 is connected from Peer 1004.']),
    'logs',
    /1 of 21 lines in log_peer_1001.log name/,
    ['log_peer_1001.log:3'],
  ],
];

/** How other implementations write the same lines. */
const styles: readonly [name: string, style: NonNullable<DrawnRun['style']>][] = [
  ['exact', line => line],
  [
    'with brackets, a 12-hour time and no full stop',
    line =>
      line
        .replace(/^2026-01-31 (\d\d)(.*?): /, (_, hour, rest) => `[01/31/2026 0${hour - 12}${rest} PM] `)
        .replace(/(Peer|by|from|neighbor) (\d+)/g, '$1 [$2]')
        .replace(/neighbors (\S+)\./, 'neighbors [$1]')
        .replace(/\.$/, ''),
  ],
  [
    'undated, with "Peer" before every ID and the typing errors of the wild',
    line =>
      line
        .replace(/^2026-01-31 (\d\d)(.*?): /, (_, hour, rest) => `0${hour - 12}${rest} - `)
        .replace(/(by|from|neighbor) (?=\d)/g, '$1 Peer ')
        .replace('unchoked by', 'unchocked by')
        .replace('has the preferred', 'has preferred')
        .replace(/piece (\d)/, 'piece   $1')
        .replace(/'(have|interested|not interested)'/, '‘$1’'),
  ],
  [
    'with the peer and the piece in each other’s place',
    line =>
      line
        .replace(/from (\d+) for the piece (\d+)/, 'from $2 for the piece $1')
        .replace(/piece (\d+) from (\d+)/, 'piece $2 from $1'),
  ],
];

describe.each(styles)('logs that are %s', (_, style) => {
  it('show no contradiction when there is none', () => {
    expect(textsOf({ style }, 'contradiction')).toEqual([]);
    expect(findingsOf({ style }, 'warning').map(({ check }) => check)).toEqual(
      style('x') === style('y')
        ? []
        : expect.toSatisfy((checks: Check[]) => checks.every(check => check === 'logs')),
    );
  });

  it.each(faults)('contradict the protocol by %s', (_, logs, check, text, lines) => {
    const [found, ...others] = findingsOf({ logs, style }, 'contradiction');
    expect(others).toEqual([]);
    expect(found?.check).toBe(check);
    expect(found?.text).toMatch(text);
    expect(found?.evidence.map(({ file, line }) => `${file}:${line}`)).toEqual(lines);
  });
});
