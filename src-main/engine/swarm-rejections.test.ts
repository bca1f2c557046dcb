import { afterEach, describe, expect, it } from 'vitest';
import { dialects, LabBench } from './testing/lab-bench.ts';

describe.each(dialects)('rejections, with %s', (_name, dialect) => {
  const bench = new LabBench(dialect);
  afterEach(() => expect(bench.clear()).toEqual([]));

  const reasons = (lab: ReturnType<LabBench['open']>) =>
    lab
      .peer('1001')
      .told('rejected')
      .map(({ reason }) => reason);

  it('of a peer that dials in a loop are told once a minute', () => {
    const lab = bench.open({ peers: 'Sd', totalLength: 640 });
    lab.start('1001');
    for (let i = 0; i < 50; i += 1) {
      lab.dial('1001').say('handshake 1009');
      lab.pass(100);
    }
    expect(reasons(lab)).toHaveLength(1);
    lab.pass(60_000);
    lab.dial('1001').say('handshake 1009');
    lab.pass(10);
    expect(reasons(lab)).toHaveLength(2);
  });

  it('of a peer that breaks off in a loop are told once a minute', () => {
    const lab = bench.open({ peers: 'Sd', totalLength: 640 });
    lab.start('1001');
    for (let i = 0; i < 50; i += 1) {
      lab.dial('1001').abort();
      lab.pass(100);
    }
    expect(reasons(lab)).toHaveLength(1);
  });

  it('of strangers that say nothing for ten seconds are told each', () => {
    const lab = bench.open({ peers: 'Sd', totalLength: 640 });
    lab.start('1001');
    for (let i = 0; i < 5; i += 1) lab.dial('1001');
    lab.pass(10_100);
    expect(reasons(lab)).toHaveLength(5);
  });

  it('are told at once when the reason is another', () => {
    const lab = bench.open({ peers: 'Sd', totalLength: 640 });
    lab.start('1001');
    for (const id of ['1008', '1009', '1008']) {
      lab.dial('1001').say(`handshake ${id}`);
      lab.pass(10);
    }
    expect(reasons(lab)).toEqual([expect.stringContaining('1008'), expect.stringContaining('1009')]);
  });
});
