import { describe, expect, it } from 'vitest';
import { violationsOf } from './invariants.ts';
import { dialects } from './lab-bench.ts';
import type { LabEvent } from './lab-peer.ts';
import { VirtualLab } from './virtual-lab.ts';

describe.each(dialects)('a history with %s', (_name, dialect) => {
  const lab = new VirtualLab({ peers: 'Sddd', totalLength: 64 * 10, tapped: true, ...dialect });
  lab.startAll().runToEnd();
  const { id, world, history } = lab.peer('1003');

  const first = (kind: LabEvent['kind'], words = '') =>
    history.findIndex(event => event.kind === kind && (event.kind !== 'message' || isSaid(event, words)));
  const isSaid = (event: LabEvent, words: string) =>
    event.kind === 'message' && `${event.way} ${event.words}`.startsWith(words);
  const doctored = (at: number, ...instead: readonly LabEvent[]) =>
    violationsOf({ id, world, history: history.toSpliced(at, 1, ...instead) });
  const twice = (at: number) => doctored(at, history[at]!, history[at]!);

  it('of a peer of the lab shows no violation', () => {
    expect(violationsOf({ id, world, history })).toEqual([]);
  });

  it.each([
    ['a have', 'out have', /announced twice/],
    ['an unchoke', 'out unchoke', /unchoke changes nothing/],
    ['interest', 'out interested', /interest in \d+ is repeated/],
    ['a bitfield', 'out bitfield', /is not where it belongs/],
  ])('shows %s that is said twice', (_what, words, violation) => {
    const at = first('message', words);
    expect(at).toBeGreaterThan(0);
    expect(twice(at)).toContainEqual(expect.stringMatching(violation));
  });

  it.each([
    ['unchokes it never heard', 'in unchoke', /requested of \d+, which chokes us/],
    ['interest it never told', 'out interested', /requested of \d+ without interest/],
    ['unchokes it never sent', 'out unchoke', /which is choked/],
  ])('shows what builds on %s', (_what, words, violation) => {
    const without = history.filter(event => !isSaid(event, words));
    expect(violationsOf({ id, world, history: without })).toContainEqual(expect.stringMatching(violation));
  });

  it('shows a piece that is counted wrongly, completed twice, or announced too early', () => {
    const at = first('piece-completed');
    const event = history[at]!;
    if (event.kind !== 'piece-completed') throw new Error('no piece was completed');
    expect(doctored(at, { ...event, count: 2 })).toContainEqual(expect.stringMatching(/counted as number 2/));
    expect(twice(at)).toContainEqual(expect.stringMatching(/completed a second time/));
    expect(doctored(at)).toContainEqual(expect.stringMatching(/announced before it is here/));
  });

  it('shows a request too many, and one of two neighbours for the same block', () => {
    const at = first('requested');
    const event = history[at]!;
    if (event.kind !== 'requested') throw new Error('nothing was requested');
    expect(twice(at)).toContainEqual(expect.stringMatching(/is asked of \d+ twice/));
    const ofAnother = { ...event, peer: '1004' };
    expect(doctored(at, event, ofAnother)).toContainEqual(expect.stringMatching(/is asked of 1004 and of/));
    const many = Array.from({ length: 6 }, (_, piece) => ({ ...event, piece }));
    expect(doctored(at, ...many)).toContainEqual(expect.stringMatching(/\d requests are outstanding/));
  });

  it('shows more neighbours unchoked than there are places', () => {
    const at = first('sent-unchoke');
    const event = history[at]!;
    if (event.kind !== 'sent-unchoke') throw new Error('nobody was unchoked');
    const many = ['1', '2', '3', '4'].map(peer => ({ ...event, peer }));
    expect(doctored(at, ...many)).toContainEqual(expect.stringMatching(/4 neighbours are unchoked/));
  });

  it('shows a gap in the journal', () => {
    expect(doctored(first('completed'))).toContainEqual(expect.stringMatching(/^1003: event \d+ follows/));
  });
});
