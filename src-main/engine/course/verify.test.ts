import { describe, expect, it } from 'vitest';
import { type DrawnLogs, type DrawnRun, drawnRoster, drawRun, goodLogs } from '../testing/drawn-run.ts';
import type { Check, Finding, Verdict } from './findings.ts';
import type { SharedFile } from './finished-run.ts';
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

const piece2 = '28 has downloaded the piece 2 from 1001. Now the number of pieces it has is 3.';
const piece3 = '40 has downloaded the piece 3 from 1003. Now the number of pieces it has is 4.';
const complete = '40 has downloaded the complete file.';

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
    changed('1001', '2 has the preferred neighbors 1002.', '2 has the preferred neighbors 1003,1002.'),
    'preferred',
    /1001 has 2 preferred neighbours; NumberOfPreferredNeighbors is 1/,
    ['log_peer_1001.log:5'],
  ],
  [
    'a preferred neighbour that is the peer itself',
    added('1001', "15 received the 'not interested' message from 1003.", [
      '17 has the preferred neighbors 1001.',
    ]),
    'preferred',
    /1001 chooses itself/,
    ['log_peer_1001.log:15'],
  ],
  [
    'a preferred neighbour that is not in the roster',
    added('1001', "15 received the 'not interested' message from 1003.", [
      '17 has the preferred neighbors 1004.',
    ]),
    'preferred',
    /1001 chooses a peer not in PeerInfo.cfg, 1004/,
    ['log_peer_1001.log:15'],
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
    added('1002', complete, [piece3], changed('1002', piece3, '')),
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
  ['exactly', line => line],
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

describe.each(styles)('logs written %s', (name, style) => {
  it('show no contradiction when there is none', () => {
    expect(textsOf({ style }, 'contradiction')).toEqual([]);
    const warned = findingsOf({ style }, 'warning').map(({ check }) => check);
    expect(warned).toEqual(name === 'exactly' ? [] : ['logs', 'logs', 'logs']);
  });

  it.each(faults)('contradict the protocol by %s', (_, logs, check, text, lines) => {
    const [found, ...others] = findingsOf({ logs, style }, 'contradiction');
    expect(others).toEqual([]);
    expect(found?.check).toBe(check);
    expect(found?.text).toMatch(text);
    expect(found?.evidence.map(({ file, line }) => `${file}:${line}`)).toEqual(lines);
  });
});

describe('preferred neighbours', () => {
  it('are not listed twice', () => {
    const logs = changed(
      '1001',
      '2 has the preferred neighbors 1002.',
      '2 has the preferred neighbors 1002,1002.',
    );
    expect(textsOf({ logs, common: { preferredNeighbours: 2 } }, 'contradiction')).toEqual([
      'preferred: Peer 1001 lists a preferred neighbour twice.',
    ]);
  });

  it('may be logged on every interval though nothing changed', () => {
    const logs = added('1001', '12 has the preferred neighbors 1003.', [
      '17 has the preferred neighbors 1003.',
      '22 has the preferred neighbors 1003.',
    ]);
    expect(textsOf({ logs }, 'warning')).toEqual([]);
  });

  it('may come late by a second, and the next ones on time', () => {
    const logs = changed(
      '1001',
      '12 has the preferred neighbors 1003.',
      '13 has the preferred neighbors 1003.',
    );
    expect(textsOf({ logs }, 'contradiction')).toEqual([]);
    expect(textsOf({ logs }, 'warning')).toEqual([]);
  });

  it('that change off the beat are worth a warning', () => {
    const logs = changed(
      '1001',
      '27 has the preferred neighbors 1002.',
      '24 has the preferred neighbors 1002.',
    );
    expect(textsOf({ logs }, 'contradiction')).toEqual([]);
    expect(textsOf({ logs }, 'warning')[0]).toMatch(
      /^preferred: Peer 1001 chooses after 12 s, which is no multiple/,
    );
  });

  it('chosen soon after a round that was late are worth a warning', () => {
    const logs = changed(
      '1001',
      '27 has the preferred neighbors 1002.',
      '24 has the preferred neighbors 1002.',
    );
    const both = added(
      '1001',
      '24 has the preferred neighbors 1002.',
      ['25 has the preferred neighbors 1003.'],
      logs,
    );
    expect(textsOf({ logs: both }, 'contradiction')).toEqual([]);
    expect(textsOf({ logs: both }, 'warning')).toContain(
      'preferred: Peer 1001 chooses anew after 1 s; the interval is 5 s.',
    );
  });

  it('without a single line are not shown', () => {
    const logs = changed('1003', '7 has the preferred neighbors 1002.', '');
    expect(textsOf({ logs }, 'not-shown')).toEqual([
      'preferred: log_peer_1003.log has no line about preferred neighbours.',
    ]);
  });
});

describe('what a lost connection, a restart or other clocks may explain', () => {
  it('is a second connection', () => {
    const logs = added('1002', '7 is unchoked by 1003.', ['7 is connected from Peer 1003.']);
    expect(textsOf({ logs }, 'contradiction')).toEqual([]);
    expect(textsOf({ logs }, 'warning')).toEqual(['connections: Peer 1002 connects with peer 1003 again.']);
  });

  it('is a second connection dialled by the other side', () => {
    const logs = added('1002', '7 is unchoked by 1003.', ['7 makes a connection to Peer 1003.']);
    expect(textsOf({ logs }, 'contradiction')).toEqual([]);
  });

  it('is a piece downloaded again and a count that begins again', () => {
    const logs = added('1002', '7 is unchoked by 1003.', [
      '7 makes a connection to Peer 1001.',
      '8 has downloaded the piece 0 from 1001. Now the number of pieces it has is 1.',
    ]);
    expect(textsOf({ logs }, 'contradiction')).toEqual([]);
    expect(textsOf({ logs }, 'warning')).toContain(
      'pieces: Peer 1002 downloads piece 0 twice; it may have been restarted in between.',
    );
  });

  it('is a resumed peer that does not begin to count at one', () => {
    const first = '3 has downloaded the piece 0 from 1001. Now the number of pieces it has is 1.';
    expect(textsOf({ logs: changed('1002', first, '') }, 'contradiction')).toEqual([]);
    expect(textsOf({ logs: changed('1002', first, '') }, 'warning')).toEqual([
      'pieces: The first count of peer 1002 is 2; it seems to have resumed an earlier download.',
    ]);
  });

  it('is a run on several machines with clocks an hour and a minute apart', () => {
    const roster = drawnRoster.map(entry => ({ ...entry, host: `lab-${entry.peer}` }));
    const style = (line: string, self: string) => (self === '1003' ? line.replace(' 14:0', ' 15:1') : line);
    expect(verifyRun(drawRun({ roster, style })).filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
    for (const [, logs, check] of faults.filter(([, , check]) => check === 'chokes')) {
      const found = findingsOf({ roster, style, logs }, 'warning').map(finding => finding.check);
      expect(found).toContain(check);
      expect(textsOf({ roster, style, logs }, 'contradiction')).toEqual([]);
    }
  });

  it('is not a piece that was never downloaded by the peer it came from', () => {
    const roster = drawnRoster.map(entry => ({ ...entry, host: `lab-${entry.peer}` }));
    const logs = changed('1002', piece2, piece2.replace('piece 2', 'piece 1'));
    expect(textsOf({ roster, logs }, 'contradiction')).toEqual([
      'pieces: Peer 1002 downloads piece 1 twice.',
    ]);
  });
});

describe('what is not here', () => {
  it('is told, and contradicts nothing', () => {
    const { 1003: _, ...logs } = goodLogs;
    expect(textsOf({ logs }, 'contradiction')).toEqual([]);
    expect(textsOf({ logs }, 'not-shown')).toEqual([
      'pieces: Whether 1003 had what 1002 downloaded from it; its log is not here.',
      'logs: log_peer_1003.log is missing.',
    ]);
  });

  it('is no evidence in a log that ends early', () => {
    const logs = { ...goodLogs, 1003: goodLogs['1003']!.slice(0, 6), 1002: goodLogs['1002']!.slice(0, 5) };
    expect(textsOf({ logs }, 'contradiction')).toEqual([]);
    expect(textsOf({ logs }, 'warning').filter(text => text.startsWith('completion'))).toHaveLength(2);
  });

  it('is no evidence in a log that words it in a way nobody knows', () => {
    const lines = goodLogs['1003']!.map(line => line.replace('is unchoked by', 'has good news from'));
    const logs = { ...goodLogs, 1003: lines };
    expect(textsOf({ logs }, 'contradiction')).toEqual([]);
  });

  it('is no evidence in a log that words only one of the two connection lines its own way', () => {
    const logs = changed('1002', '0 makes a connection to Peer 1001.', '0 reaches Peer 1001.');
    expect(textsOf({ logs }, 'contradiction')).toEqual([]);
    expect(textsOf({ logs }, 'warning')).toContain(
      'connections: Peer 1002 does not log the connection that peer 1001 logs.',
    );
  });

  it('is a log without any time that can be read', () => {
    const style = (line: string) => line.slice('2026-01-31 14:05:09: '.length);
    expect(textsOf({ style }, 'contradiction')).toEqual([]);
    expect(textsOf({ style }, 'not-shown').some(text => text.includes('cannot be compared'))).toBe(true);
  });
});

describe('odd but harmless lines', () => {
  it("are a missing 'have'", () => {
    const logs = changed('1001', "28 received the 'have' message from 1002 for the piece 2.", '');
    expect(textsOf({ logs }, 'warning')).toEqual(["haves: Peer 1001 logs no 'have' from 1002 for piece 2."]);
    expect(textsOf({ logs }, 'contradiction')).toEqual([]);
  });

  it("are no 'have' that was sent before a neighbour connected again", () => {
    const logs = changed(
      '1001',
      "14 received the 'have' message from 1003 for the piece 2.",
      '16 is connected from Peer 1003.',
    );
    expect(textsOf({ logs }, 'warning')).toEqual(['connections: Peer 1001 connects with peer 1003 again.']);
  });

  it('are a download from a peer that sent no unchoke', () => {
    const logs = changed(
      '1002',
      '40 has downloaded the piece 3 from 1003. Now the number of pieces it has is 4.',
      '40 has downloaded the piece 3 from 1003. Now the number of pieces it has is 4.',
      changed(
        '1002',
        '7 is unchoked by 1003.',
        '',
        changed('1003', '7 has the preferred neighbors 1002.', ''),
      ),
    );
    expect(textsOf({ logs }, 'contradiction')).toEqual([]);
    expect(textsOf({ logs }, 'warning')).toEqual([
      'pieces: Peer 1002 downloads from a peer that has not unchoked it. (2 times)',
    ]);
  });

  it('are counts whose lines changed places', () => {
    const logs = changed(
      '1003',
      '14 has downloaded the piece 2 from 1001. Now the number of pieces it has is 3.',
      '15 has downloaded the piece 3 from 1001. Now the number of pieces it has is 4.',
      changed(
        '1003',
        '15 has downloaded the piece 3 from 1001. Now the number of pieces it has is 4.',
        '15 has downloaded the piece 2 from 1001. Now the number of pieces it has is 3.',
      ),
    );
    expect(textsOf({ logs }, 'contradiction')).toEqual([]);
    expect(textsOf({ logs }, 'warning')).toContain(
      'pieces: The count of peer 1003 goes from 2 to 4; lines seem to have changed places.',
    );
  });

  it('are lines of other kinds', () => {
    const logs = added('1002', complete, ['41 requests the piece 5.', '42 is tired.']);
    const found = findingsOf({ logs }, 'warning');
    expect(found.map(({ check, text }) => `${check}: ${text}`)).toEqual([
      'logs: 2 of 22 lines in log_peer_1002.log are none of section 7.',
    ]);
    expect(found[0]!.evidence).toEqual([19, 20].map(line => ({ file: 'log_peer_1002.log', line })));
  });
});

describe('files', () => {
  const present = { state: 'present' as const, path: 'peer_1002/thefile', bytes: 35, sha256: 'a1b2' };

  it.each<[string, DrawnRun, Verdict, string]>([
    [
      'that differ',
      { files: { 1002: { ...present, sha256: 'c3d4' } } },
      'contradiction',
      'files: peer_1002/thefile differs from peer_1001/thefile.',
    ],
    [
      'of the wrong size',
      { files: { 1002: { state: 'wrong-size', path: 'peer_1002/thefile', bytes: 30 } } },
      'contradiction',
      'files: peer_1002/thefile has 30 bytes; FileSize is 35.',
    ],
    [
      'that are missing',
      { files: { 1002: { state: 'missing', path: 'peer_1002/thefile', folder: true } } },
      'contradiction',
      'files: peer_1002/thefile is missing, although its log has the complete file.',
    ],
    [
      'that a seed does not have',
      { files: { 1001: { state: 'missing', path: 'peer_1001/thefile', folder: true } } },
      'contradiction',
      'files: peer_1001/thefile is missing, although PeerInfo.cfg says that it is there from the start.',
    ],
    [
      'that were not collected from another machine',
      {
        roster: drawnRoster.map(entry => ({ ...entry, host: `lab-${entry.peer}` })),
        files: { 1002: { state: 'missing', path: 'peer_1002/thefile', folder: false } },
      },
      'not-shown',
      'files: peer_1002/thefile is missing.',
    ],
    [
      'that cannot be read',
      { files: { 1002: { state: 'unreadable', path: 'peer_1002/thefile', fault: 'cannot be read: no' } } },
      'not-shown',
      'files: peer_1002/thefile cannot be read: no.',
    ],
  ])('%s are told', (_, run, verdict, text) => {
    expect(textsOf(run, verdict)).toEqual([text]);
  });

  const missing = (self: string) =>
    ({ [self]: { state: 'missing', path: `peer_${self}/thefile`, folder: true } }) as const;
  const aboutFiles = (run: DrawnRun) =>
    verifyRun(drawRun(run)).flatMap(({ check, verdict, text }) =>
      check === 'files' ? [`${verdict}: ${text}`] : [],
    );

  it('of a peer that was killed before it had them are missing for good reason', () => {
    const logs = { ...goodLogs, 1002: goodLogs['1002']!.slice(0, 9) };
    expect(aboutFiles({ logs, files: missing('1002') })).toEqual([
      'warning: Peer 1002 never wrote its copy: its log ends without the complete file.',
    ]);
    expect(textsOf({ logs, files: missing('1002') }, 'contradiction')).toEqual([]);
  });

  it.each<[string, SharedFile, string]>([
    [
      'have another size',
      { state: 'wrong-size', path: 'peer_1002/thefile', bytes: 30 },
      'peer_1002/thefile has 30 bytes; FileSize is 35.',
    ],
    ['differ', { ...present, sha256: 'c3d4' }, 'peer_1002/thefile differs from peer_1001/thefile.'],
  ])('of a peer that was killed before it had them may %s', (_, file, text) => {
    const logs = { ...goodLogs, 1002: goodLogs['1002']!.slice(0, 9) };
    expect(aboutFiles({ logs, files: { 1002: file } })).toEqual([
      `warning: ${text} The log of peer 1002 ends without the complete file.`,
    ]);
    expect(textsOf({ logs, files: { 1002: file } }, 'contradiction')).toEqual([]);
  });

  it.each(['1001', '1002'])('of peer %s, which never ran for all we know, contradict nothing', self => {
    const logs = Object.fromEntries(Object.entries(goodLogs).filter(([peer]) => peer !== self));
    expect(aboutFiles({ logs, files: missing(self) })).toEqual([
      `warning: peer_${self}/thefile is missing, and log_peer_${self}.log is missing.`,
    ]);
    expect(textsOf({ logs, files: missing(self) }, 'contradiction')).toEqual([]);
  });
});
