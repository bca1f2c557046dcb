import { describe, expect, it } from 'vitest';
import { type DrawnRun, drawnRoster, drawRun, goodLogs } from '../testing/drawn-run.ts';
import { type GatheredMachine, reportLab } from './lab-report.ts';
import { verifyRun } from './verify.ts';

const machines: readonly GatheredMachine[] = [
  { name: 'Machine A', host: '10.0.0.1', peers: ['1001'], folder: 'machine-a' },
  { name: 'Machine B', host: '10.0.0.2', peers: ['1002', '1003'], folder: 'machine-b' },
];

/** Each peer at its machine's address. */
const roster = drawnRoster.map((entry, index) => ({ ...entry, host: index === 0 ? '10.0.0.1' : '10.0.0.2' }));

function report(drawn: DrawnRun = {}, given = machines) {
  const run = drawRun({ roster, ...drawn });
  return reportLab(run, verifyRun(run), given, []);
}

/** The lines of a log as a clock writes them that is some seconds ahead. */
function later(self: string, seconds: number): readonly string[] {
  return goodLogs[self]!.map(line => line.replace(/^\d+/, second => String(Number(second) + seconds)));
}

describe('reportLab', () => {
  it('tells of a good run that all is in order', () => {
    expect(report()).toMatchObject({
      verdict: 'ok',
      conclusion: 'All 3 peers on 2 machines hold the same file, and nothing contradicts the protocol.',
      isWhole: true,
      fileName: 'thefile',
      fileSize: 35,
      pieceCount: 4,
      settings: { pieceSize: 10, preferredNeighbours: 1, unchokingSeconds: 5, optimisticSeconds: 10 },
      ran: { from: '2026-01-31 14:05:00', to: '2026-01-31 14:06:00' },
      peers: [
        { peer: '1001', role: 'seed', hasLog: true, complete: true, sha256: 'a1b2', durationMs: null },
        { peer: '1002', sources: [{ peer: '1001' }, { peer: '1003' }], durationMs: 40_000 },
        { peer: '1003', downloaded: 4 },
      ],
    });
  });

  it('counts contradictions and says who left them', () => {
    const lines = goodLogs['1002']!.map(line => line.replace('has is 4', 'has is 7'));
    const { verdict, conclusion } = report({ logs: { ...goodLogs, 1002: lines } });
    expect(verdict).toBe('contradiction');
    expect(conclusion).toBe(
      'All 3 peers on 2 machines hold the same file, but 2 findings contradict the protocol, in what peer 1002 left.',
    );
  });

  it('is not whole without a machine, and names it', () => {
    const { 1002: _, 1003: __, ...logs } = goodLogs;
    const files = {
      1002: { state: 'unreadable', path: 'peer_1002/thefile', fault: 'is in none of the folders' },
      1003: { state: 'unreadable', path: 'peer_1003/thefile', fault: 'is in none of the folders' },
    } as const;
    const without = report({ logs, files }, [machines[0]!, { ...machines[1]!, folder: null }]);
    expect(without).toMatchObject({
      verdict: 'not-shown',
      isWhole: false,
      conclusion:
        'The folder of Machine B (peers 1002 and 1003) is missing; nothing in the rest contradicts the protocol.',
      machines: [{ clockAheadMs: 0 }, { clockAheadMs: null }],
    });
    expect(without.findings.some(({ verdict }) => verdict === 'contradiction')).toBe(false);
  });

  it('is not whole without a log or a copy', () => {
    const { 1003: _, ...logs } = goodLogs;
    const files = { 1002: { state: 'missing', path: 'machine-b/peer_1002/thefile', folder: false } } as const;
    expect(report({ logs, files }).conclusion).toBe(
      'The log of peer 1003 and the copy of the file of peer 1002 are missing; nothing in the rest contradicts the protocol.',
    );
  });

  it('finds what is odd worth telling, though nothing contradicts', () => {
    const logs = { ...goodLogs, 1001: goodLogs['1001']!.toSpliced(3, 0, '1 says hello.') };
    expect(report({ logs })).toMatchObject({
      verdict: 'warning',
      conclusion:
        'All 3 peers on 2 machines hold the same file, and nothing contradicts the protocol; 1 thing is odd.',
    });
  });

  it('measures the clocks of machines by the moments their peers connected', () => {
    const logs = { ...goodLogs, 1002: later('1002', 90), 1003: later('1003', 90) };
    const { machines: found, ran, verdict } = report({ logs });
    expect(found.map(({ clockAheadMs }) => clockAheadMs)).toEqual([0, 90_000]);
    expect(ran).toEqual({ from: '2026-01-31 14:05:00', to: '2026-01-31 14:06:00' });
    expect(verdict).toBe('ok');
  });

  it('quotes a line once, however often it shows the same', () => {
    const logs = {
      ...goodLogs,
      1001: goodLogs['1001']!.toSpliced(
        15,
        0,
        '28 has the preferred neighbors 1003.',
        '29 has the preferred neighbors 1002.',
      ),
    };
    for (const { evidence } of report({ logs }).findings) {
      const places = evidence.map(({ file, line }) => `${file}:${line}`);
      expect(places).toEqual([...new Set(places)]);
    }
  });
});
