import { describe, expect, it } from 'vitest';
import { drawRun, goodLogs } from '../testing/drawn-run.ts';
import { summariseRun } from './run-summary.ts';

describe('summariseRun', () => {
  it('tells what each peer did', () => {
    const [seed, first, second] = summariseRun(drawRun());
    expect(seed).toEqual({
      peer: '1001',
      role: 'seed',
      complete: true,
      downloaded: 0,
      pieceCount: 4,
      sources: [],
      durationMs: undefined,
      bytesPerSecond: undefined,
      chosenPreferred: 0,
      chosenOptimistic: 0,
      unchokesReceived: 0,
      chokesReceived: 0,
    });
    expect(first).toEqual({
      peer: '1002',
      role: 'downloader',
      complete: true,
      downloaded: 4,
      pieceCount: 4,
      sources: [
        { peer: '1001', pieces: 2 },
        { peer: '1003', pieces: 2 },
      ],
      durationMs: 40_000,
      bytesPerSecond: 35 / 40,
      chosenPreferred: 3,
      chosenOptimistic: 0,
      unchokesReceived: 3,
      chokesReceived: 1,
    });
    expect(second).toMatchObject({
      peer: '1003',
      durationMs: 14_000,
      bytesPerSecond: 35 / 14,
      chosenOptimistic: 1,
    });
  });

  it('counts a choice once, however often it is logged', () => {
    const lines = goodLogs['1001']!;
    const repeated = lines.flatMap(line => (line.includes('preferred') ? [line, line] : [line]));
    expect(summariseRun(drawRun({ logs: { ...goodLogs, 1001: repeated } }))).toEqual(summariseRun(drawRun()));
  });

  it('has a row for a peer without a log', () => {
    const { 1003: _, ...logs } = goodLogs;
    expect(summariseRun(drawRun({ logs }))[2]).toMatchObject({
      peer: '1003',
      complete: false,
      downloaded: 0,
      durationMs: undefined,
    });
  });

  it('gives no rate when the download took less than the log can show', () => {
    const lines = goodLogs['1003']!.map(line => line.replace(/^\d+/, '1'));
    expect(summariseRun(drawRun({ logs: { ...goodLogs, 1003: lines } }))[2]).toMatchObject({
      durationMs: 0,
      bytesPerSecond: undefined,
    });
  });
});
