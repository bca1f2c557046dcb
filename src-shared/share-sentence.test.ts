import { describe, expect, it } from 'vitest';
import type { ShareSummary } from './share.ts';
import { runningShareSentence, shareDone, shareSentenceOf, shortShareSentenceOf } from './share-sentence.ts';
import type { Situation } from './situation.ts';

const share: ShareSummary = {
  infoHash: '0123456789abcdef0123456789abcdef01234567',
  activity: 'downloading',
  workProgress: null,
  problem: null,
  totalLength: 4_700_000_000,
  wantedLength: 4_700_000_000,
  haveLength: 3_100_000_000,
  fileCount: 1,
  isPrivate: false,
  downBytesPerSecond: 94_000_000,
  upBytesPerSecond: 12_000_000,
  downloadedBytes: 3_100_000_000,
  uploadedBytes: 900_000_000,
  etaMs: 17_000,
  peers: 6,
  seeds: 2,
  magnet: 'magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567',
  queuePosition: null,
  addedAtMs: 0,
};

const situation: Situation = {
  isShare: true,
  name: 'ubuntu.iso',
  self: '1',
  outcome: null,
  storageFailure: null,
  totalLength: 4_700_000_000,
  pieceCount: 1500,
  haveCount: 990,
  haveBytes: 3_100_000_000,
  downBytesPerSecond: 94_000_000,
  upBytesPerSecond: 12_000_000,
  downloadedBytes: 3_100_000_000,
  uploadedBytes: 900_000_000,
  neighbours: 6,
  connected: 6,
  notStarted: [],
  gone: [],
  away: [],
  incomplete: ['lab-02', 'lab-03', 'lab-04', 'lab-05'],
  sources: ['lab-01', 'lab-06', 'lab-02', 'lab-03'],
  quietMs: 100,
  chokingUs: [],
  preferred: ['lab-02'],
  optimistic: null,
  unavailable: { count: 0, first: [] },
  unchokingIntervalMs: 10_000,
  nextRoundInMs: 3_000,
};

function said(change: Partial<ShareSummary>, of: Situation | null = null): string {
  const { lead, rest } = shareSentenceOf({ ...share, ...change }, of);
  return `${lead}|${rest}`;
}

describe('the sentence of a share', () => {
  it.each<[Partial<ShareSummary>, string]>([
    [
      { activity: 'hashing', workProgress: 0.436 },
      'Reading the files, 43 %|; the link is there when that is done',
    ],
    [
      { activity: 'checking', workProgress: 0.999 },
      'Checking what is here already, 99 %|; what is right is kept',
    ],
    [
      { activity: 'metadata', peers: 0, workProgress: 0 },
      'Asking what the link holds|; nobody who knows it is found yet',
    ],
    [{ activity: 'metadata', peers: 1, workProgress: 0 }, 'Asking what the link holds|; 1 peer connected'],
    [{ activity: 'queued', queuePosition: 1 }, 'Waiting for its turn|; it is the next one'],
    [{ activity: 'queued', queuePosition: 3 }, 'Waiting for its turn|; 2 wait before it'],
    [{ activity: 'paused' }, 'Paused|; 2.9 GiB of 4.4 GiB are here'],
    [
      { activity: 'paused', haveLength: share.wantedLength },
      'Paused|; it is complete, and nobody can fetch it',
    ],
    [{ peers: 0 }, 'Looking for peers|; nobody who has it is found yet'],
    [{}, 'Downloading, 6 peers connected|; about 17 s left'],
    [{ activity: 'seeding', peers: 2 }, 'Complete|; 2 peers connected'],
    [
      { activity: 'seeding', wantedLength: 1000, haveLength: 1000, peers: 0 },
      'Everything that is wanted is here|; nobody is connected',
    ],
  ])('%j', (change, expected) => {
    expect(said(change)).toBe(expected);
  });

  it('lets a problem lead, with what to do, and says how it goes on', () => {
    const problem = 'The disk is full: 1.2 GB more are needed on drive D.';
    expect(said({ activity: 'failed', problem })).toBe(
      'The disk is full|: 1.2 GB more are needed on drive D. Press Resume to go on',
    );
    expect(said({ problem: 'No tracker answers' })).toBe('No tracker answers|');
  });

  it('tells of its swarm while it runs', () => {
    expect(said({}, situation)).toBe('Downloading from 4 of 6 peers|; about 17 s left');
    expect(said({ etaMs: 247_000 }, situation)).toBe('Downloading from 4 of 6 peers|; about 4 m 10 s left');
    expect(said({}, { ...situation, unavailable: { count: 2, first: [17, 40] } })).toBe(
      'Downloading from 4 of 6 peers|; nobody here has pieces 17 and 40',
    );
    expect(said({}, { ...situation, sources: [], chokingUs: situation.sources, connected: 4 })).toBe(
      'Waiting: all 4 peers choke us|; each decides again within about 10 s',
    );
    const complete = { ...situation, haveCount: 1500, sources: [] };
    expect(said({ activity: 'seeding' }, complete)).toBe(
      'Complete, sending to 1|; 4 of 6 peers are not complete yet',
    );
    expect(said({ activity: 'seeding' }, { ...complete, incomplete: [], preferred: [] })).toBe(
      'Complete|; all 6 peers here have it, too',
    );
  });

  it('tells a past moment from its tape alone, without an end that a share does not have', () => {
    const ended = runningShareSentence({ ...situation, outcome: 'interrupted' });
    expect(ended).toEqual({ lead: 'Stopped', rest: '; 990 of 1500 pieces are here and kept' });
    const failed = runningShareSentence({ ...situation, storageFailure: 'the disk is full' });
    expect(failed).toEqual({ lead: 'Stopped', rest: ': the disk is full' });
    expect(runningShareSentence({ ...situation, connected: 0 }).lead).toBe('Looking for peers');
  });

  it.each<[Partial<ShareSummary>, string]>([
    [{}, '65 %, 94 MB/s from 6'],
    [{ activity: 'seeding', haveLength: share.wantedLength }, 'Complete, sharing with 6'],
    [{ activity: 'paused' }, '65 %, paused'],
    [{ activity: 'failed', problem: 'The disk is full.' }, 'Stopped by a problem'],
    [{ peers: 0 }, '65 %, looking for peers'],
  ])('has a short form: %j', (change, expected) => {
    expect(shortShareSentenceOf({ ...share, ...change })).toBe(expected);
  });
});

describe('what is done of a share', () => {
  it('is all of it where no file of it is wanted, and nothing while nobody has told what it is', () => {
    expect(shareDone({ totalLength: 4, wantedLength: 4, haveLength: 1 })).toBe(0.25);
    expect(shareDone({ totalLength: 4, wantedLength: 0, haveLength: 0 })).toBe(1);
    expect(shareDone({ totalLength: 0, wantedLength: 0, haveLength: 0 })).toBe(0);
  });
});
