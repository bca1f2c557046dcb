import { describe, expect, it } from 'vitest';
import { TurnedAway } from './turned-away.ts';

describe('whoever is turned away', () => {
  const at = { seq: 1, atMs: 0, wallMs: 0 };
  const open = () => {
    let now = 0;
    const all = new TurnedAway(() => now);
    const wait = (ms: number) => {
      now += ms;
    };
    return { all, wait };
  };
  const asksForEncryption = '10.0.0.7:51413: it may want an encrypted connection';

  it('is told once, when it has not come otherwise in a while', () => {
    const { all, wait } = open();
    all.onEvent({ ...at, kind: 'rejected', remote: '10.0.0.9:6881', reason: 'it is ourselves' });
    all.onEvent({ ...at, kind: 'rejected', remote: '10.0.0.9:6881', reason: 'connection refused' });
    expect(all.due(asksForEncryption)).toEqual([]);
    wait(5_000);
    expect(all.due(asksForEncryption)).toEqual([
      'No connection with 10.0.0.9:6881: connection refused.',
      'No connection with 10.0.0.7:51413: it may want an encrypted connection.',
    ]);
    all.onEvent({ ...at, kind: 'rejected', remote: '10.0.0.9:6881', reason: 'no answer' });
    wait(5_000);
    expect(all.due(asksForEncryption)).toEqual([]);
  });

  it('is not told when it comes on a second try', () => {
    const { all, wait } = open();
    expect(all.due(asksForEncryption)).toEqual([]);
    all.onEvent({ ...at, kind: 'connected', peer: '2', direction: 'accepted', remote: '10.0.0.7:51414' });
    wait(5_000);
    expect(all.due('10.0.0.7:51415: another reason')).toEqual([]);
    wait(5_000);
    expect(all.due(undefined)).toEqual([]);
  });

  it('takes no memory without end', () => {
    const { all, wait } = open();
    for (let n = 0; n < 3_000; n += 1)
      all.onEvent({ ...at, kind: 'rejected', remote: `10.0.${n >> 8}.${n & 255}:1`, reason: 'no answer' });
    wait(5_000);
    expect(all.due(undefined)).toHaveLength(1_000);
  });
});
