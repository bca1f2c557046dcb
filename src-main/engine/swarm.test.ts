import { afterEach, describe, expect, it } from 'vitest';
import { dialects, LabBench } from './testing/lab-bench.ts';
import type { LabOptions, VirtualLab } from './testing/virtual-lab.ts';

describe.each(dialects)('a swarm with %s', (_name, dialect) => {
  const bench = new LabBench(dialect);
  afterEach(() => expect(bench.clear()).toEqual([]));

  const open = (options: LabOptions) => bench.open({ totalLength: 64 * 40, ...options });
  const expectAllComplete = (lab: VirtualLab) => {
    expect(lab.runToEnd()).toBe(true);
    for (const { id, outcome } of lab.all) {
      expect([id, outcome, lab.holdsContent(id)]).toEqual([id, 'complete', true]);
    }
  };

  it.each<[string, LabOptions]>([
    ['one seed', { peers: 'Sdddd' }],
    ['two seeds', { peers: 'SddSd' }],
    ['a seed listed last', { peers: 'ddddS' }],
    ['a seed in the middle', { peers: 'ddSdd' }],
    ['only seeds', { peers: 'SSS' }],
    ['one peer alone, a seed', { peers: 'S' }],
    ['rarest first', { peers: 'Sdddd', settings: { strategy: 'rarest' } }],
    ['one piece', { peers: 'Sdd', totalLength: 64 }],
    ['one piece longer than the content', { peers: 'Sdd', totalLength: 40 }],
    ['a number of pieces that is a multiple of 8', { peers: 'Sdd', totalLength: 64 * 16 }],
    ['a short last piece', { peers: 'Sdd', totalLength: 64 * 16 + 5 }],
    ['no content at all', { peers: 'Sdd', totalLength: 0 }],
    ['one place for a preferred neighbour', { peers: 'Sdddd', settings: { preferredSlots: 1 } }],
    ['limited uploads', { peers: 'Sdddd', settings: { uploadBytesPerSecond: 1_000 } }],
    ['verification', { peers: 'Sdddd', verify: true }],
  ])('brings the content to everybody: %s', (_case, options) => {
    expectAllComplete(open(options).startAll());
  });

  it('brings the content to a hundred peers', () => {
    const lab = open({
      peers: `S${'d'.repeat(99)}`,
      totalLength: 64 * 8,
      settings: { uploadBytesPerSecond: 640 },
      tapped: false,
    });
    expectAllComplete(lab.startAll());
  }, 60_000);

  it('asks others for what a peer owed when it vanished', () => {
    const lab = open({ peers: 'SSd', settings: { uploadBytesPerSecond: 640 } }).startAll();
    const downloader = lab.peer('1003');
    lab.until(() => downloader.told('piece-completed').length === 10);
    lab.peer('1001').kill();
    expect(lab.runToEnd()).toBe(true);
    expect([downloader.outcome, lab.holdsContent('1003')]).toEqual(['complete', true]);
    const owed = downloader.told('request-released').filter(({ reason }) => reason === 'disconnected');
    expect(owed).not.toEqual([]);
    for (const { piece, offset, seq } of owed) {
      const again = downloader
        .told('requested')
        .filter(request => request.seq > seq && request.piece === piece)
        .filter(request => request.offset <= offset && offset < request.offset + request.length);
      expect(again.map(request => request.peer)).toEqual(['1002']);
    }
  });

  it('takes a peer back that vanished and comes again, with the pieces it has', () => {
    const lab = open({ peers: 'Sddd', settings: { uploadBytesPerSecond: 640 } }).startAll();
    lab.until(() => lab.peer('1003').told('piece-completed').length === 15);
    lab.peer('1003').kill();
    lab.pass(7_000);
    const earlier = lab.peer('1003').storage.have;
    const back = lab.start('1003');
    expectAllComplete(lab);
    expect(earlier.count).toBeGreaterThanOrEqual(15);
    expect(back.told('requested').filter(({ piece }) => earlier.has(piece))).toEqual([]);
    expect(back.told('piece-completed')[0]?.count).toBe(earlier.count + 1);
    expect(lab.peer('1001').told('received-bitfield').at(-1)).toMatchObject({ count: earlier.count });
  });

  it('is not held up by a peer that claims to have everything and never answers', () => {
    const lab = open({ peers: 'Sdd' });
    lab.start('1001');
    lab.dial('1001').say('handshake 1002', 'bitfield all');
    const liar = lab.meet('1003', '1002').say('handshake 1002', 'bitfield all', 'unchoke');
    expectAllComplete(lab);
    expect(liar.heardOf('request')).not.toEqual([]);
    expect(
      lab
        .peer('1003')
        .told('piece-completed')
        .map(({ peer }) => peer),
    ).not.toContain('1002');
  });

  it('drops a peer that answers with wrong bytes, where pieces are verified', () => {
    const lab = open({ peers: 'Sdd', verify: true });
    lab.start('1001');
    lab.dial('1001').say('handshake 1002', 'bitfield all');
    const liar = lab.meet('1003', '1002');
    const garbage = lab.words.withContent(lab.content.map(byte => byte ^ 0xff));
    liar.answers(words =>
      words.startsWith('request') ? [garbage.toBytes(words.replace('request', 'piece'))] : [],
    );
    liar.say('handshake 1002', 'bitfield all', 'unchoke');
    expectAllComplete(lab);
    expect(lab.peer('1003').told('piece-failed')[0]).toMatchObject({ peers: ['1002'] });
    expect(lab.peer('1003').told('disconnected')[0]?.reason).toMatch(/piece \d+ from it failed verification/);
  });
});
