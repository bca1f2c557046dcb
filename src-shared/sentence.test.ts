import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome, PeerId } from './journal.ts';
import { listed } from './listed.ts';
import { sentenceOf, shortSentenceOf } from './sentence.ts';
import type { Situation } from './situation.ts';

/** 64 % of 306 pieces are here; all eight neighbours are connected and three of them let us ask. */
const downloading: Situation = {
  isShare: false,
  name: 'TheFile.dat',
  self: '1003',
  outcome: null,
  storageFailure: null,
  totalLength: 10_000_000,
  pieceCount: 306,
  haveCount: 196,
  haveBytes: 196 * 32_768,
  downBytesPerSecond: 59_000,
  upBytesPerSecond: 96_000,
  downloadedBytes: 196 * 32_768,
  uploadedBytes: 5_000_000,
  neighbours: 8,
  connected: 8,
  notStarted: [],
  gone: [],
  away: [],
  incomplete: ['1002', '1004', '1005', '1006', '1007', '1008', '1009'],
  sources: ['1002', '1006', '1007'],
  quietMs: 400,
  chokingUs: ['1001', '1004', '1005', '1008', '1009'],
  preferred: ['1004', '1006', '1007'],
  optimistic: '1002',
  unavailable: { count: 0, first: [] },
  unchokingIntervalMs: 5_000,
  nextRoundInMs: 2_600,
};

/** Nobody is connected, and nobody was. */
const lonely: Situation = {
  ...downloading,
  haveCount: 0,
  connected: 0,
  notStarted: ['1001', '1002'],
  incomplete: [],
  sources: [],
  quietMs: null,
  chokingUs: [],
  preferred: [],
  optimistic: null,
  unavailable: { count: 306, first: [0, 1, 2] },
  nextRoundInMs: null,
};

const complete: Situation = { ...downloading, haveCount: 306, sources: [], quietMs: null, chokingUs: [] };
const servesNobody: Partial<Situation> = { preferred: [], optimistic: null };
const waiting: Situation = { ...downloading, sources: [], quietMs: null };

function said(situation: Situation): string {
  const { lead, rest } = sentenceOf(situation);
  return `${lead}|${rest}`;
}

describe('while pieces come', () => {
  it('says from how many of the connected and when the next round is', () => {
    expect(said(downloading)).toBe('Downloading from 3 of 8 neighbours|; next choke round in 3 s');
    expect(said({ ...downloading, sources: ['1002'], connected: 5 })).toBe(
      'Downloading from 1 of 5 neighbours|; next choke round in 3 s',
    );
  });

  it('speaks of one, both and all', () => {
    expect(sentenceOf({ ...downloading, connected: 1, sources: ['1004'] }).lead).toBe(
      'Downloading from 1004, our only neighbour',
    );
    expect(sentenceOf({ ...downloading, connected: 2, sources: ['1004', '1006'] }).lead).toBe(
      'Downloading from both neighbours',
    );
    expect(sentenceOf({ ...downloading, connected: 3 }).lead).toBe('Downloading from all 3 neighbours');
  });

  it('counts down to 1 and says nothing of a round that is not planned', () => {
    expect(sentenceOf({ ...downloading, nextRoundInMs: 3_000 }).rest).toBe('; next choke round in 3 s');
    expect(sentenceOf({ ...downloading, nextRoundInMs: 0 }).rest).toBe('; next choke round in 1 s');
    expect(sentenceOf({ ...downloading, nextRoundInMs: null }).rest).toBe('');
  });

  it('warns of pieces that nobody here has, before anything else', () => {
    const gone = ['1005'];
    expect(sentenceOf({ ...downloading, gone, unavailable: { count: 1, first: [17] } }).rest).toBe(
      '; nobody here has piece 17',
    );
    expect(sentenceOf({ ...downloading, unavailable: { count: 5, first: [17, 40, 41] } }).rest).toBe(
      '; nobody here has pieces 17, 40 and 3 more',
    );
    expect(sentenceOf({ ...downloading, unavailable: { count: 84, first: [17, 40, 41] } }).rest).toBe(
      '; nobody here has 84 of the pieces we lack',
    );
  });

  it('says who has not started when that may be why pieces are missing', () => {
    const unavailable = { count: 1, first: [17] };
    expect(sentenceOf({ ...downloading, unavailable, notStarted: ['1001'] }).rest).toBe(
      '; nobody here has piece 17; 1001 has not started',
    );
    expect(sentenceOf({ ...downloading, unavailable, notStarted: ['1001', '1009'] }).rest).toBe(
      '; nobody here has piece 17; 1001 and 1009 have not started',
    );
  });

  it('tells of neighbours that left before they were complete', () => {
    expect(sentenceOf({ ...downloading, gone: ['1005'] }).rest).toBe('; 1005 left before it was complete');
    expect(sentenceOf({ ...downloading, gone: ['1005', '1008'] }).rest).toBe(
      '; 1005 and 1008 left before they were complete',
    );
  });

  it('says so when nothing has come for ten seconds, and not before', () => {
    expect(said({ ...downloading, quietMs: 12_900 })).toBe(
      'Waiting for pieces asked of 1002, 1006 and 1007|; nothing has come for 12 s',
    );
    expect(sentenceOf({ ...downloading, quietMs: 9_999 }).lead).toBe('Downloading from 3 of 8 neighbours');
  });
});

describe('while nobody lets us ask', () => {
  it('says that all choke us, and how often each decides', () => {
    const chokingUs = ['1001', '1002', '1004', '1005'];
    expect(said({ ...waiting, connected: 4, chokingUs })).toBe(
      'Waiting: all 4 neighbours choke us|; each decides again within 5 s',
    );
    expect(said({ ...waiting, connected: 2, chokingUs: ['1001', '1002'], unchokingIntervalMs: 500 })).toBe(
      'Waiting: both neighbours choke us|; each decides again within 0.5 s',
    );
    expect(said({ ...waiting, connected: 1, chokingUs: ['1001'] })).toBe(
      'Waiting: 1001, our only neighbour, chokes us|; it decides again within 5 s',
    );
  });

  it('leaves out those that have nothing for us', () => {
    expect(said({ ...waiting, chokingUs: ['1001', '1004', '1006'] })).toBe(
      'Waiting: all 3 neighbours with pieces for us choke us|; each decides again within 5 s',
    );
    expect(said({ ...waiting, chokingUs: ['1001', '1004'] })).toBe(
      'Waiting: both neighbours with pieces for us choke us|; each decides again within 5 s',
    );
    expect(said({ ...waiting, chokingUs: ['1001'] })).toBe(
      'Waiting: 1001, the only one here with pieces for us, chokes us|; it decides again within 5 s',
    );
  });

  it('names the pieces that nobody here has', () => {
    const last: Situation = { ...waiting, chokingUs: [] };
    const lead = (haveCount: number, unavailable: Situation['unavailable']) =>
      sentenceOf({ ...last, haveCount, unavailable }).lead;
    expect(lead(305, { count: 1, first: [17] })).toBe('Nobody here has piece 17');
    expect(lead(304, { count: 2, first: [17, 40] })).toBe('Nobody here has pieces 17 and 40');
    expect(lead(303, { count: 3, first: [17, 40, 41] })).toBe('Nobody here has pieces 17, 40 and 41');
    expect(lead(301, { count: 5, first: [17, 40, 41] })).toBe('Nobody here has pieces 17, 40 and 3 more');
    expect(lead(296, { count: 10, first: [1, 2, 3] })).toBe('Nobody here has any of the 10 pieces we lack');
    expect(lead(0, { count: 306, first: [0, 1, 2] })).toBe('Nobody here has any piece yet');
  });

  it('says who could have them', () => {
    const last: Situation = {
      ...waiting,
      chokingUs: [],
      haveCount: 305,
      unavailable: { count: 1, first: [17] },
    };
    const rest = (change: Partial<Situation>) => sentenceOf({ ...last, ...change }).rest;
    expect(rest({})).toBe('');
    expect(rest({ gone: ['1005'] })).toBe('; 1005 left before it was complete');
    expect(rest({ gone: ['1005'], notStarted: ['1004'] })).toBe('; waiting for 1004 to start');
    expect(rest({ away: ['1001'], notStarted: ['1004'] })).toBe('; 1001 has every piece and is away');
    expect(rest({ away: ['1001', '1002'] })).toBe('; 1001 and 1002 have every piece and are away');
  });

  it('claims nothing of pieces while neighbours have yet to introduce themselves', () => {
    expect(said({ ...waiting, chokingUs: [], connected: 3 })).toBe(
      'Connected to 3 of 8 neighbours|; nothing left to ask of them at the moment',
    );
  });
});

describe('while nobody is connected', () => {
  it('names whom it waits for, three at most', () => {
    const lead = (notStarted: PeerId[]) => sentenceOf({ ...lonely, notStarted }).lead;
    expect(said(lonely)).toBe('Waiting for 1001 and 1002 to start|; nobody is connected yet');
    expect(lead(['1001'])).toBe('Waiting for 1001 to start');
    expect(lead(['1001', '1002', '1004'])).toBe('Waiting for 1001, 1002 and 1004 to start');
    expect(lead(['1001', '1002', '1004', '1005', '1006'])).toBe(
      'Waiting for 1001, 1002, 1004 and 2 more to start',
    );
  });

  it('waits for those that were here to come back', () => {
    expect(said({ ...lonely, notStarted: ['1009'], away: ['1001'], gone: ['1005'] })).toBe(
      'Waiting for 1001 and 1005 to come back|; nobody is connected now',
    );
  });

  it('knows a swarm of one', () => {
    expect(said({ ...lonely, neighbours: 0, notStarted: [] })).toBe(
      'Alone in this swarm|; nobody can send us anything',
    );
    expect(said({ ...lonely, neighbours: 0, notStarted: [], haveCount: 306 })).toBe(
      'Alone in this swarm|; we have every piece',
    );
  });
});

describe('once complete', () => {
  it('counts whom it serves', () => {
    expect(said(complete)).toBe('Complete, serving 4|; ends when every peer has the file');
    expect(sentenceOf({ ...complete, preferred: ['1004'], optimistic: null }).lead).toBe(
      'Complete, serving 1',
    );
  });

  it('tells while serving whom it will wait for', () => {
    expect(sentenceOf({ ...complete, gone: ['1005'], notStarted: ['1009'] }).rest).toBe(
      '; waiting for 1009 to start',
    );
    expect(sentenceOf({ ...complete, gone: ['1005'] }).rest).toBe('; 1005 left before it was complete');
  });

  it('explains why it serves nobody', () => {
    expect(said({ ...complete, ...servesNobody, incomplete: ['1005'] })).toBe(
      'Complete, serving nobody|; 1005 is not complete yet; next choke round in 3 s',
    );
    expect(said({ ...complete, ...servesNobody, incomplete: ['1005', '1006'] })).toBe(
      'Complete, serving nobody|; 2 neighbours are not complete yet; next choke round in 3 s',
    );
  });

  it('waits for those that have not started', () => {
    expect(said({ ...complete, ...servesNobody, incomplete: [], notStarted: ['1004', '1006'] })).toBe(
      'Waiting for 1004 and 1006 to start|; we have every piece',
    );
  });

  it('waits for those that left', () => {
    expect(said({ ...complete, ...servesNobody, incomplete: [], gone: ['1005'] })).toBe(
      'Waiting for 1005 to come back|; it left before it was complete, and we have every piece',
    );
    expect(said({ ...complete, ...servesNobody, incomplete: [], gone: ['1005', '1008'] })).toBe(
      'Waiting for 1005 and 1008 to come back|; they left before they were complete, and we have every piece',
    );
  });

  it('says when everybody is', () => {
    expect(said({ ...complete, ...servesNobody, incomplete: [] })).toBe(
      'Complete, and so is everybody else|; ending soon',
    );
  });
});

describe('at the end', () => {
  const ended = (outcome: Outcome, change: Partial<Situation> = {}) =>
    said({
      ...waiting,
      connected: 0,
      incomplete: [],
      ...servesNobody,
      nextRoundInMs: null,
      outcome,
      ...change,
    });

  it('tells how it ended', () => {
    expect(ended('complete', { haveCount: 306 })).toBe('Complete|; every peer has the whole file');
    expect(ended('interrupted')).toBe('Stopped|; we have 196 of 306 pieces and keep them for the next start');
    expect(ended('interrupted', { haveCount: 306 })).toBe('Stopped|; we have every piece');
  });

  it('names who was lost: those that left first of all', () => {
    expect(ended('peers-lost', { haveCount: 306, gone: ['1005'], notStarted: ['1009'] })).toBe(
      'Ended: 1005 left and did not come back|; we have every piece',
    );
    expect(ended('peers-lost', { away: ['1001'] })).toBe(
      'Ended: 1001 left and did not come back|; we have 196 of 306 pieces and keep them for the next start',
    );
  });
});

describe('when storage fails', () => {
  const failed = (storageFailure: string) => said({ ...waiting, outcome: 'storage-failed', storageFailure });

  it('says what happened where, and what to do', () => {
    expect(failed('peer_1003/tree.jpg.part: the disk is full (no space left on device)')).toBe(
      'Stopped: the disk is full|; it happened at peer_1003/tree.jpg.part. ' +
        'Free some space, then start again: what is here is kept',
    );
    expect(failed('peer_1003/tree.jpg: it does not exist (no such file or directory)')).toBe(
      'Stopped: it does not exist|; it happened at peer_1003/tree.jpg. ' +
        'Put that right, then start again: what is here is kept',
    );
    expect(failed('the storage is closed')).toBe(
      'Stopped: the storage is closed|. Put that right, then start again: what is here is kept',
    );
  });

  it('says it before the run has ended, too', () => {
    const now = { ...downloading, storageFailure: 'a/b: the disk is full (no space left on device)' };
    expect(sentenceOf(now).lead).toBe('Stopped: the disk is full');
  });
});

describe('in a few words', () => {
  it.each<[string, Situation]>([
    ['64 %, 59 KB/s from 3', downloading],
    ['64 %, nothing comes', { ...downloading, quietMs: 20_000 }],
    ['99 %, 59 KB/s from 3', { ...downloading, haveCount: 305 }],
    ['Choked by 5', waiting],
    ['All 5 choke us', { ...waiting, connected: 5 }],
    ['1004 chokes us', { ...waiting, chokingUs: ['1004'] }],
    [
      '64 %, nobody has the rest',
      { ...waiting, chokingUs: [], unavailable: { count: 110, first: [1, 2, 3] } },
    ],
    ['64 %, 8 connected', { ...waiting, chokingUs: [] }],
    ['Waiting for 2 to start', lonely],
    ['64 %, nobody connected', { ...lonely, haveCount: 196, notStarted: ['1009'], away: ['1001'] }],
    ['Complete, serving 4', complete],
    ['Complete, serving nobody', { ...complete, ...servesNobody }],
    [
      'Waiting for 2 to start',
      { ...complete, ...servesNobody, incomplete: [], notStarted: ['1004', '1006'] },
    ],
    ['Waiting for 1 to return', { ...complete, ...servesNobody, incomplete: [], gone: ['1004'] }],
    ['Complete', { ...complete, ...servesNobody, incomplete: [] }],
    ['Complete everywhere', { ...complete, outcome: 'complete' }],
    ['64 %, ended without the others', { ...waiting, outcome: 'peers-lost' }],
    ['64 %, stopped', { ...waiting, outcome: 'interrupted' }],
    ['64 %, storage failed', { ...waiting, outcome: 'storage-failed', storageFailure: 'a: b' }],
    ['Alone in this swarm', { ...lonely, neighbours: 0, notStarted: [] }],
  ])('says "%s"', (text, situation) => {
    expect(shortSentenceOf(situation)).toBe(text);
  });
});

describe('whatever the situation', () => {
  const peers = fc.uniqueArray(
    fc.integer({ min: 1001, max: 1200 }).map(id => String(id)),
    { maxLength: 199 },
  );
  const situations = fc
    .record({
      outcome: fc.constantFrom(
        null,
        null,
        null,
        'complete',
        'peers-lost',
        'interrupted',
      ) as fc.Arbitrary<Outcome | null>,
      haveCount: fc.nat(306),
      neighbours: fc.nat(199),
      connected: fc.nat(199),
      notStarted: peers,
      gone: peers,
      away: peers,
      incomplete: peers,
      sources: peers,
      chokingUs: peers,
      preferred: peers,
      quietMs: fc.option(fc.nat(1e6)),
      unavailable: fc.nat(306).map(count => ({ count, first: [17, 40, 41].slice(0, count) })),
      nextRoundInMs: fc.option(fc.nat(60_000)),
    })
    .map(change => ({ ...downloading, ...change }));

  it('says something that fits its place and reads as one sentence', () => {
    fc.assert(
      fc.property(situations, situation => {
        const { lead, rest } = sentenceOf(situation);
        expect(lead).toMatch(/^[A-Z][^;]*[^;,. ]$/);
        expect(rest).toMatch(/^$|^; [a-z0-9].*[a-z0-9]$/);
        expect(lead + rest).not.toMatch(/undefined|null|NaN/);
        expect(lead.length).toBeLessThanOrEqual(80);
        expect((lead + rest).length).toBeLessThanOrEqual(150);
        expect(shortSentenceOf(situation).length).toBeLessThanOrEqual(32);
      }),
    );
  });
});

it('lists names as people do', () => {
  expect(listed([])).toBe('the others');
  expect(listed(['1001'])).toBe('1001');
  expect(listed(['1001', '1002'])).toBe('1001 and 1002');
  expect(listed(['1001', '1002', '1003', '1004'])).toBe('1001, 1002, 1003 and 1004');
  expect(listed(['1001', '1002', '1003', '1004', '1005'])).toBe('1001, 1002, 1003 and 2 more');
  expect(listed([17, 40], 9)).toBe('17, 40 and 7 more');
});
