import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalEvent, JournalFact } from './journal.ts';
import { shareLogSentence } from './share-log.ts';

function said(fact: JournalFact): string | undefined {
  const event = { ...fact, seq: 0, atMs: 0, wallMs: 0 } as JournalEvent;
  return shareLogSentence(event, peer => `lab-0${peer}`);
}

describe('a line of a share’s log', () => {
  it.each<[JournalFact, string]>([
    [
      { kind: 'connected', peer: '2', direction: 'accepted', remote: '10.0.0.2:50211' },
      'lab-02 connected to us from 10.0.0.2:50211.',
    ],
    [
      { kind: 'disconnected', peer: '2', reason: 'it closed the connection' },
      'lab-02 is gone: it closed the connection.',
    ],
    [
      { kind: 'piece-completed', peer: '3', piece: 17, count: 412 },
      'Piece 17 is here and right, from lab-03; 412 in all.',
    ],
    [
      { kind: 'piece-failed', peers: ['2', '3'], piece: 4 },
      'Piece 4 was damaged and is thrown away; it came from lab-02 and lab-03.',
    ],
    [{ kind: 'note', text: 'a tracker did not answer' }, 'A tracker did not answer.'],
    [{ kind: 'note', peer: '2', text: 'banned: two damaged pieces.' }, 'lab-02: banned: two damaged pieces.'],
  ])('tells %j', (fact, expected) => {
    expect(said(fact)).toBe(expected);
  });

  it('is not written for facts that say nothing by themselves', () => {
    expect(said({ kind: 'sent-choke', peer: '2' })).toBeUndefined();
    expect(said({ kind: 'uploaded', peer: '2', piece: 1, offset: 0, length: 1 })).toBeUndefined();
  });

  it('is one line, whatever a peer says of itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const line = said({ kind: 'note', text });
        expect(line).toMatch(/[.!?]$/);
        expect(line).not.toMatch(/[\r\n]/);
      }),
    );
  });
});
