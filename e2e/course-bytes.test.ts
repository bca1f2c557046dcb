import { describe, expect } from 'vitest';
import {
  allPieces,
  type ByteLink,
  choke,
  frame,
  handshake,
  have,
  indexOf,
  interested,
  noPieces,
  notInterested,
  piece,
  request,
  unchoke,
} from './byte-peer.ts';
import type { CourseFolder } from './course-folder.ts';
import { expectIdenticalFiles, expectStrictLog } from './finished-swarm.ts';
import { it, type Lab } from './lab.ts';
import type { RunningProcess } from './processes.ts';
import { fieldsOf, readStrictLog } from './strict-log.ts';

/** One peer of ours against a scripted one that knows nothing but the byte tables of the course protocol. */

interface Pair {
  readonly folder: CourseFolder;
  /** Our peer, a process. */
  readonly ours: RunningProcess;
  /** The scripted one, connected with it. */
  readonly link: ByteLink;
}

/** Ours is the seed 1001 and listens; the scripted 1002 has dialled it and said nothing yet. */
async function scriptedDownloader(lab: Lab, roster = '1001* 1002'): Promise<Pair> {
  const folder = await lab.folder({ roster });
  const ours = lab.peer(folder, '1001');
  return { folder, ours, link: await lab.dial(folder, '1001') };
}

/** Ours is 1002 and dials; the scripted 1001 has accepted and said nothing yet. */
async function scriptedSeed(lab: Lab, roster = '1001* 1002', pieceSize = 16_384): Promise<Pair> {
  const folder = await lab.folder({ roster, pieceSize });
  const listener = await lab.listen(folder, '1001');
  const ours = lab.peer(folder, '1002');
  return { folder, ours, link: await listener.accept() };
}

/** Asks for a piece and takes it as the very next message; anything else on the way is a failure. */
async function download(folder: CourseFolder, link: ByteLink, index: number): Promise<void> {
  await link.send(request(index));
  const expected = piece(index, folder.piece(index));
  expect((await link.take(expected.length)).equals(expected)).toBe(true);
  await link.send(have(index));
}

type Answer = (index: number) => readonly Uint8Array[];

/** Serves every request until our peer has all pieces. Returns what was asked for. */
async function serve(folder: CourseFolder, link: ByteLink, answer?: Answer): Promise<number[]> {
  const asked: number[] = [];
  const announced = new Set<number>();
  while (announced.size < folder.pieceCount) {
    const message = await link.next('request', 'have');
    const index = indexOf(message);
    if (message.type === 'have') announced.add(index);
    else {
      asked.push(index);
      await link.send(...(answer?.(index) ?? [piece(index, folder.piece(index))]));
    }
  }
  return asked;
}

const everyPiece = (folder: CourseFolder) => Array.from({ length: folder.pieceCount }, (_, index) => index);
const ascending = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);

async function expectDownloaded({ folder, ours, link }: Pair): Promise<void> {
  await link.drain();
  await ours.endsWith(0);
  expectIdenticalFiles(folder, ['1002']);
}

describe.concurrent('a scripted downloader', () => {
  it.for<[string, readonly Uint8Array[], readonly Uint8Array[]]>([
    ['that never sends a bitfield', [], []],
    ['that sends an all-zero bitfield', [noPieces(10)], [notInterested]],
    ['that sends an empty bitfield', [frame(5)], [notInterested]],
  ])('%s gets the whole file, byte for byte', async ([, introduction, answer], { lab }) => {
    const { folder, ours, link } = await scriptedDownloader(lab);
    const expected = Buffer.concat([handshake('1001'), allPieces(10), ...answer, unchoke]);
    await link.send(handshake('1002'), ...introduction, interested);
    expect((await link.take(expected.length)).toString('hex')).toBe(expected.toString('hex'));
    for (const index of everyPiece(folder)) await download(folder, link, index);
    await link.send(notInterested);
    await link.drain();
    await ours.endsWith(0);
    expect(link.messages.map(({ type }) => type).filter(type => type !== 'choke')).toEqual([]);
    expect(await link.closed).toBe('end');
    const lines = expectStrictLog(folder, '1001');
    expect(fieldsOf(lines, 'accepted')).toEqual([['1002']]);
    expect(fieldsOf(lines, 'have')).toEqual(everyPiece(folder).map(index => ['1002', String(index)]));
    expect(fieldsOf(lines, 'interested')).toEqual([['1002']]);
    expect(fieldsOf(lines, 'notInterested')).toEqual([['1002']]);
  });

  it('is served although each of its bytes comes alone', async ({ lab }) => {
    const { folder, ours, link } = await scriptedDownloader(lab);
    await link.dribble(handshake('1002'), noPieces(10), interested);
    await link.takeHandshake();
    await link.next('unchoke');
    for (const index of everyPiece(folder)) {
      await link.dribble(request(index));
      const { payload } = await link.next('piece');
      expect(payload.subarray(4).equals(folder.piece(index))).toBe(true);
      await link.dribble(have(index));
    }
    await link.drain();
    await ours.endsWith(0);
  });

  it('gets no answer to a request while it is choked', async ({ lab }) => {
    const { folder, ours, link } = await scriptedDownloader(lab);
    await link.send(handshake('1002'), noPieces(10), request(3), request(4), interested);
    await link.takeHandshake();
    await link.next('unchoke');
    for (const index of everyPiece(folder)) await download(folder, link, index);
    await link.drain();
    await ours.endsWith(0);
  });

  it('may ask for many pieces at once', async ({ lab }) => {
    const { folder, ours, link } = await scriptedDownloader(lab);
    await link.send(handshake('1002'), interested);
    await link.takeHandshake();
    await link.next('unchoke');
    await link.send(...everyPiece(folder).map(request));
    for (const index of everyPiece(folder)) expect(indexOf(await link.next('piece'))).toBe(index);
    await link.send(...everyPiece(folder).map(have));
    await link.drain();
    await ours.endsWith(0);
  });

  it('that resets both its connections right after it completed disturbs nobody', async ({ lab }) => {
    const { folder, ours, link } = await scriptedDownloader(lab, '1001* 1002 1003');
    const listener = await lab.listen(folder, '1002');
    const third = lab.peer(folder, '1003');
    const other = await listener.accept();
    for (const each of [link, other]) await each.send(handshake('1002'), noPieces(10), interested);
    await link.takeHandshake();
    await link.next('unchoke');
    for (const index of everyPiece(folder)) {
      await link.send(request(index));
      await link.next('piece');
      for (const each of [link, other]) await each.send(have(index));
    }
    for (const each of [link, other]) each.reset();
    await Promise.all([ours, third].map(peer => peer.endsWith(0)));
    expectIdenticalFiles(folder, ['1003']);
    expect(fieldsOf(readStrictLog(folder, '1003'), 'dialled').flat().sort()).toEqual(['1001', '1002']);
  });
});

describe.concurrent('a scripted seed', () => {
  it('that waits for the handshake of whoever dials it is downloaded from, byte for byte', async ({
    lab,
  }) => {
    const pair = await scriptedSeed(lab);
    const { folder, link } = pair;
    expect((await link.takeHandshake()).toString('hex')).toBe(handshake('1002').toString('hex'));
    await link.send(handshake('1001'));
    const introduction = noPieces(10);
    expect((await link.take(introduction.length)).toString('hex')).toBe(introduction.toString('hex'));
    await link.send(allPieces(10));
    expect((await link.take(interested.length)).toString('hex')).toBe(interested.toString('hex'));
    await link.send(unchoke);
    for (const _ of everyPiece(folder)) {
      const asked = await link.next('request');
      expect(asked.payload).toHaveLength(4);
      await link.send(piece(indexOf(asked), folder.piece(indexOf(asked))));
    }
    await expectDownloaded(pair);
    const sent = link.messages.map(({ type }) => type);
    expect(sent.filter(type => type === 'have')).toHaveLength(folder.pieceCount);
    expect(sent.filter(type => type === 'request')).toHaveLength(folder.pieceCount);
    expect(sent.at(-1)).toBe('not interested');
    const lines = expectStrictLog(folder, '1002');
    expect(fieldsOf(lines, 'dialled')).toEqual([['1001']]);
    expect(fieldsOf(lines, 'unchoked')).toEqual([['1001']]);
  });

  it('that speaks first is downloaded from', async ({ lab }) => {
    const pair = await scriptedSeed(lab);
    await pair.link.send(handshake('1001'), allPieces(10), unchoke);
    await pair.link.takeHandshake();
    await serve(pair.folder, pair.link);
    await expectDownloaded(pair);
  });

  it('that never sends a bitfield is known by its hasFile', async ({ lab }) => {
    const pair = await scriptedSeed(lab);
    await pair.link.send(handshake('1001'));
    await pair.link.takeHandshake();
    await pair.link.next('interested');
    await pair.link.send(unchoke);
    await serve(pair.folder, pair.link);
    await expectDownloaded(pair);
  });

  it('that never sends a bitfield is known by its haves', async ({ lab }) => {
    const pair = await scriptedSeed(lab, '1001 1002 1003*');
    await pair.link.send(handshake('1001'), ...everyPiece(pair.folder).map(have));
    await pair.link.takeHandshake();
    await pair.link.next('interested');
    await pair.link.send(unchoke);
    await serve(pair.folder, pair.link);
    await expectDownloaded(pair);
    const received = fieldsOf(readStrictLog(pair.folder, '1002'), 'have');
    expect(received).toEqual(everyPiece(pair.folder).map(index => ['1001', String(index)]));
  });

  it('that dribbles everything byte by byte is downloaded from', async ({ lab }) => {
    const pair = await scriptedSeed(lab, '1001* 1002', 300);
    const { folder, link } = pair;
    await link.takeHandshake();
    await link.dribble(handshake('1001'), allPieces(10), unchoke);
    for (const _ of everyPiece(folder)) {
      const index = indexOf(await link.next('request'));
      await link.dribble(piece(index, folder.piece(index)));
    }
    await expectDownloaded(pair);
  });

  it('that says everything twice is asked for each piece once', async ({ lab }) => {
    const pair = await scriptedSeed(lab, '1001 1002 1003*');
    const { folder, link } = pair;
    const haves = everyPiece(folder).map(have);
    await link.send(handshake('1001'), noPieces(10), ...haves, ...haves, unchoke, unchoke);
    await link.takeHandshake();
    const asked = await serve(folder, link, index => {
      const twice = piece(index, folder.piece(index));
      return [unchoke, have(index), twice, unchoke, twice, have(index)];
    });
    expect(ascending(asked)).toEqual(everyPiece(folder));
    await expectDownloaded(pair);
    expect(fieldsOf(readStrictLog(folder, '1002'), 'piece')).toHaveLength(folder.pieceCount);
  });

  it('that chokes between a request and its piece is asked again when it unchokes', async ({ lab }) => {
    const pair = await scriptedSeed(lab);
    const { folder, link } = pair;
    await link.send(handshake('1001'), allPieces(10), unchoke);
    await link.takeHandshake();
    let isServed = true;
    const asked = await serve(folder, link, index => {
      isServed = !isServed;
      return isServed ? [piece(index, folder.piece(index))] : [choke, unchoke];
    });
    expect(asked).toHaveLength(2 * folder.pieceCount);
    await expectDownloaded(pair);
  });

  it('that sends the piece although it choked before it is still downloaded from', async ({ lab }) => {
    const pair = await scriptedSeed(lab);
    const { folder, link } = pair;
    await link.send(handshake('1001'), allPieces(10), unchoke);
    await link.takeHandshake();
    await serve(folder, link, index => [choke, piece(index, folder.piece(index)), unchoke]);
    await expectDownloaded(pair);
  });

  it('is asked for one piece at a time, however often it unchokes', async ({ lab }) => {
    const pair = await scriptedSeed(lab);
    const { folder, link } = pair;
    await link.send(handshake('1001'), allPieces(10), unchoke, unchoke);
    await link.takeHandshake();
    let index = indexOf(await link.next('request'));
    for (let left = folder.pieceCount - 1; left >= 0; left -= 1) {
      await link.send(unchoke, unchoke, piece(index, folder.piece(index)), unchoke);
      const before = link.messages.length;
      expect(indexOf(await link.next('have'))).toBe(index);
      // The next request leaves before the piece is written and announced.
      const asked = link.messages.slice(before).filter(({ type }) => type === 'request');
      expect(asked).toHaveLength(left > 0 ? 1 : 0);
      if (left > 0) index = indexOf(asked[0]!);
    }
    await expectDownloaded(pair);
  });

  it('that talks nonsense between its pieces is understood all the same', async ({ lab }) => {
    const pair = await scriptedSeed(lab);
    const { folder, link } = pair;
    const keepAlive = Buffer.alloc(4);
    const tooLong = frame(5, Buffer.alloc(40, 0xff));
    await link.send(handshake('1001'), frame(5, Buffer.from('03ff', 'hex')), unchoke);
    await link.takeHandshake();
    await serve(folder, link, index => [
      keepAlive,
      frame(9, Buffer.from('what is this')),
      have(4_000_000_000),
      request(99),
      tooLong,
      piece(index, folder.piece(index)),
    ]);
    await expectDownloaded(pair);
    await pair.ours.says(/1001: skipped a message of unknown type 9/);
  });

  it('that resets its connection when all is downloaded leaves our peer content', async ({ lab }) => {
    const { folder, ours, link } = await scriptedSeed(lab);
    await link.send(handshake('1001'), allPieces(10), unchoke);
    await link.takeHandshake();
    await serve(folder, link);
    link.reset();
    await ours.endsWith(0);
    expectIdenticalFiles(folder, ['1002']);
  });

  it('that breaks off in the middle of a piece is dialled again', async ({ lab }) => {
    const folder = await lab.folder({ roster: '1001* 1002' });
    const listener = await lab.listen(folder, '1001');
    const ours = lab.peer(folder, '1002');
    const first = await listener.accept();
    await first.send(handshake('1001'), allPieces(10), unchoke);
    await first.takeHandshake();
    const broken = indexOf(await first.next('request'));
    await first.send(piece(broken, folder.piece(broken)).subarray(0, -1));
    first.reset();
    const second = await listener.accept();
    await second.send(handshake('1001'), allPieces(10), unchoke);
    await second.takeHandshake();
    expect(ascending(await serve(folder, second))).toEqual(everyPiece(folder));
    await expectDownloaded({ folder, ours, link: second });
  });
});

describe.concurrent('a second connection', () => {
  it('of a peer that is connected is refused; the first stays', async ({ lab }) => {
    const { folder, ours, link } = await scriptedDownloader(lab);
    await link.send(handshake('1002'), noPieces(10), interested);
    await link.takeHandshake();
    await link.next('unchoke');
    const second = await lab.dial(folder, '1001');
    await second.send(handshake('1002'));
    await second.closed;
    await ours.says(/refused a connection from 127\.0\.0\.1:\d+: peer 1002 is already connected/);
    for (const index of everyPiece(folder)) await download(folder, link, index);
    await link.drain();
    await ours.endsWith(0);
  });

  it('of a peer that had left takes over, and its new bitfield counts', async ({ lab }) => {
    const { folder, ours, link } = await scriptedDownloader(lab);
    await link.send(handshake('1002'), allPieces(10).fill(0, 5), have(2));
    await link.takeHandshake();
    await link.message();
    link.reset();
    await ours.says(/disconnected from 1002/);
    const second = await lab.dial(folder, '1001');
    await second.send(handshake('1002'), allPieces(10));
    await second.drain();
    await ours.endsWith(0);
  });
});
