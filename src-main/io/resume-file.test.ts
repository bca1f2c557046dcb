import {
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Layout } from '../engine/content/layout.ts';
import type { StorageFailure } from '../engine/ports.ts';
import { ContentFiles, closeFiles } from './content-files.ts';
import { openBelow } from './disk-suite.ts';
import type { FilePlace } from './file-failure.ts';
import { FileQueue, type Transfer } from './file-queue.ts';
import { OpenHandles } from './open-handles.ts';
import {
  confirm,
  decodeResume,
  digestOf,
  PieceDigests,
  ResumeFile,
  readResume,
  resumeHeader,
} from './resume-file.ts';

const layout = new Layout(2167705, 16384);
const header = resumeHeader('thefile', layout);
const { pieceCount } = layout;

let folder: string;
let place: FilePlace;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'piecewise-'));
  place = { path: join(folder, 'thefile.resume'), shown: 'peer_1002/thefile.resume' };
});
afterEach(() => rmSync(folder, { recursive: true }));

function digestsOf(pairs: Iterable<readonly [number, number]>): PieceDigests {
  const digests = new PieceDigests(pieceCount);
  for (const [piece, digest] of pairs) digests.set(piece, digest);
  return digests;
}

function decode(bytes: Uint8Array, header: Uint8Array, count: number) {
  const digests = new PieceDigests(count);
  return { note: decodeResume(bytes, header, digests), digests };
}

const pairsOf = (digests: PieceDigests) => [...digests.pieces].map(piece => [piece, digests.get(piece)]);

/** The bytes of a resume file that records these pieces. */
async function recording(pairs: Iterable<readonly [number, number]>): Promise<Uint8Array> {
  const resume = await ResumeFile.create(place, header, digestsOf(pairs), new FileQueue());
  await resume.close();
  return new Uint8Array(readFileSync(place.path));
}

const append = (resume: ResumeFile, piece: number, digest: number) =>
  new Promise<StorageFailure | undefined>(done => resume.append(piece, digest, done));

const digest = fc.integer({ min: 0, max: 0xffffffff });
const records = fc.array(fc.tuple(fc.nat(pieceCount - 1), digest), { maxLength: 20 });

describe('the resume file', () => {
  it('begins with a line that says what it belongs to', async () => {
    const text = new TextDecoder().decode(await recording([]));
    expect(text).toBe(
      '{"piecewise":"resume","version":1,"name":"thefile","totalLength":2167705,"pieceLength":16384}\n',
    );
  });

  it('has twelve bytes per piece', async () => {
    const bytes = await recording([[5, 0x01020304]]);
    expect([...bytes.slice(header.length)]).toEqual([0, 0, 0, 5, 1, 2, 3, 4, 0xfe, 0xfd, 0xfc, 0xfe]);
  });

  it('gives back what was recorded', async () => {
    await fc.assert(
      fc.asyncProperty(records, async pairs => {
        const expected = pairsOf(digestsOf(pairs));
        expect(pairsOf(decode(await recording(pairs), header, pieceCount).digests)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it('keeps every whole record however much of the end is lost', async () => {
    const pairs = [3, 1, 132].map(piece => [piece, piece * 7] as const);
    const resume = await ResumeFile.create(place, header, digestsOf([]), new FileQueue());
    for (const [piece, digest] of pairs) await append(resume, piece, digest);
    const bytes = new Uint8Array(readFileSync(place.path));
    await resume.close();
    for (let length = 0; length < bytes.length; length += 1) {
      const { digests, note } = decode(bytes.slice(0, length), header, pieceCount);
      const whole = Math.max(0, Math.floor((length - header.length) / 12));
      expect(pairsOf(digests)).toEqual(pairsOf(digestsOf(pairs.slice(0, whole))));
      expect(note === undefined).toBe(length >= header.length && (length - header.length) % 12 === 0);
    }
  });

  it('leaves out a record that is altered anywhere and keeps its neighbours', async () => {
    const bytes = await recording([
      [1, 11],
      [2, 22],
      [3, 33],
    ]);
    for (let at = header.length + 12; at < header.length + 24; at += 1) {
      const altered = bytes.slice();
      altered[at]! ^= 0x10;
      const { digests, note } = decode(altered, header, pieceCount);
      expect([...digests.pieces]).toEqual([1, 3]);
      expect(note).toBe('records that are damaged and ignored: 1');
    }
  });

  it('passes over places that were kept for records and never used', async () => {
    const bytes = await recording([
      [1, 11],
      [2, 22],
      [3, 33],
    ]);
    bytes.fill(0, header.length + 12, header.length + 24);
    const { digests, note } = decode(bytes, header, pieceCount);
    expect([...digests.pieces]).toEqual([1, 3]);
    expect(note).toBeUndefined();
  });

  it('leaves out pieces that do not exist', async () => {
    const few = decode(await recording([[100, 1]]), header, 100);
    expect(few.digests.pieces.count).toBe(0);
    expect(few.note).toBeDefined();
  });

  it('is ignored, with a note, when it belongs to other content', async () => {
    const bytes = await recording([[1, 1]]);
    for (const other of [
      resumeHeader('thefile', new Layout(2167704, 16384)),
      resumeHeader('thefile', new Layout(2167705, 32768)),
      resumeHeader('another', layout),
    ]) {
      const { digests, note } = decode(bytes, other, pieceCount);
      expect(digests.pieces.count).toBe(0);
      expect(note).toBe('it is damaged or belongs to other content, and is ignored');
    }
  });

  it('gives some result for any bytes', () => {
    const garbage = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(garbage, fc.boolean(), (bytes, hasHeader) => {
        const file = hasHeader ? new Uint8Array([...header, ...bytes]) : bytes;
        for (const piece of decode(file, header, pieceCount).digests.pieces)
          expect(piece).toBeLessThan(pieceCount);
      }),
    );
  });

  it('is not even read when it is absurdly long', async () => {
    writeFileSync(place.path, header);
    truncateSync(place.path, 2 ** 33);
    const recorded = await readResume(place, header, digestsOf([]));
    expect(recorded?.note).toMatch(/^peer_1002\/thefile\.resume: it is damaged or belongs/);
  });

  it('is missing without an error', async () => {
    expect(await readResume(place, header, digestsOf([]))).toBeUndefined();
  });

  it('takes everything that waits along with one append', async () => {
    const calls: { length: number; position: number; done: () => void }[] = [];
    const hold: Transfer = (_, __, ___, length, position, done) =>
      calls.push({ length, position, done: () => done(null, length) });
    const recorded = digestsOf([]);
    const resume = await ResumeFile.create(place, header, recorded, new FileQueue(undefined, hold));
    const done: number[] = [];
    resume.append(0, 0, () => done.push(0));
    await expect.poll(() => calls).toHaveLength(1);
    for (const piece of [1, 2, 3]) resume.append(piece, 0, () => done.push(piece));
    expect(calls).toMatchObject([{ length: 12, position: header.length }]);
    calls[0]!.done();
    expect(done).toEqual([0]);
    expect(calls.slice(1)).toMatchObject([{ length: 36, position: header.length + 12 }]);
    calls[1]!.done();
    expect(done).toEqual([0, 1, 2, 3]);
    expect([...recorded.pieces]).toEqual([0, 1, 2, 3]);
    await resume.close();
  });

  it('overwrites what a failed append left', async () => {
    let failures = 1;
    const real = new FileQueue();
    const failing: Transfer = (fd, bytes, offset, length, position, done) => {
      const isFailing = failures > 0;
      failures -= 1;
      const part = isFailing ? bytes.subarray(0, 5) : bytes.subarray(offset, offset + length);
      real.write(fd, part, position, () =>
        isFailing ? done(new Error('the disk is full'), 0) : done(null, length),
      );
    };
    const recorded = digestsOf([]);
    const resume = await ResumeFile.create(place, header, recorded, new FileQueue(undefined, failing));
    expect(await append(resume, 7, 70)).toEqual({ failed: 'peer_1002/thefile.resume: the disk is full' });
    expect(recorded.pieces.count).toBe(0);
    expect(await append(resume, 8, 80)).toBeUndefined();
    const { digests, note } = decode(readFileSync(place.path), header, pieceCount);
    expect(pairsOf(digests)).toEqual([[8, 80]]);
    expect(note).toBeUndefined();
    await resume.close();
  });

  it('has a place for what somebody else records, and fills those that were not used', async () => {
    const recorded = digestsOf([]);
    const resume = await ResumeFile.create(place, header, recorded, new FileQueue());
    expect(resume.place(0, 0)).toBeUndefined();
    await append(resume, 0, 0);
    const places = [1, 2, 3].map(piece => resume.place(piece, piece * 10)!);
    expect(places.map(({ position }) => position - header.length)).toEqual([12, 24, 36]);
    for (const { handle, bytes, position } of [places[0]!, places[2]!])
      writeSync(handle.fd, bytes, 0, bytes.length, position);
    for (const [i, reserved] of places.entries()) resume.onRecorded(reserved, i !== 1);
    expect([...recorded.pieces]).toEqual([0, 1, 3]);
    const next = resume.place(4, 40)!;
    expect(next.position - header.length).toBe(24);
    writeSync(next.handle.fd, next.bytes, 0, next.bytes.length, next.position);
    resume.onRecorded(next, true);
    await append(resume, 5, 50);
    const { digests, note } = decode(readFileSync(place.path), header, pieceCount);
    expect(pairsOf(digests)).toEqual([0, 1, 3, 4, 5].map(piece => [piece, piece * 10]));
    expect(note).toBeUndefined();
    await resume.close();
    expect(resume.place(6, 60)).toBeUndefined();
  });

  it('is compact when it is closed', async () => {
    const resume = await ResumeFile.create(place, header, digestsOf([]), new FileQueue());
    for (const [piece, digest] of [
      [3, 30],
      [1, 10],
      [3, 33],
    ] as const) {
      await append(resume, piece, digest);
    }
    await resume.close();
    const bytes = new Uint8Array(readFileSync(place.path));
    const expected = await recording([
      [1, 10],
      [3, 33],
    ]);
    expect(bytes).toEqual(expected);
  });

  it('is held open no longer than others need its place, and goes on where it was', async () => {
    const handles = new OpenHandles(1);
    const other = { path: join(folder, 'other') };
    const resume = await ResumeFile.create(place, header, digestsOf([]), new FileQueue(), handles);
    expect(openBelow(folder)).toEqual([]);
    for (const piece of [1, 2]) {
      await append(resume, piece, piece * 10);
      expect(openBelow(folder)).toEqual([place.path]);
      handles.release(handles.use(other) ?? (await handles.open(other, other.path, 'w')));
      await handles.forget(resume);
      expect(openBelow(folder)).toEqual([other.path]);
    }
    await handles.forget(other);
    const { digests, note } = decode(readFileSync(place.path), header, pieceCount);
    expect(pairsOf(digests)).toEqual([
      [1, 10],
      [2, 20],
    ]);
    expect(note).toBeUndefined();
    await resume.close();
  });

  it('is made anew, with all that was recorded, where somebody has removed it', async () => {
    const handles = new OpenHandles();
    const resume = await ResumeFile.create(place, header, digestsOf([[1, 10]]), new FileQueue(), handles);
    await append(resume, 2, 20);
    await handles.forget(resume);
    rmSync(place.path);
    expect(await append(resume, 3, 30)).toBeUndefined();
    expect([...decode(readFileSync(place.path), header, pieceCount).digests.pieces]).toEqual([1, 2, 3]);
    await resume.close();
  });

  it('tells why it cannot be opened, and goes on when it can be', async () => {
    const handles = new OpenHandles();
    const resume = await ResumeFile.create(place, header, digestsOf([]), new FileQueue(), handles);
    rmSync(place.path);
    mkdirSync(place.path);
    expect(await append(resume, 1, 10)).toMatchObject({
      failed: expect.stringMatching(/^peer_1002\/thefile\.resume: /),
    });
    rmdirSync(place.path);
    expect(await append(resume, 2, 20)).toBeUndefined();
    expect([...decode(readFileSync(place.path), header, pieceCount).digests.pieces]).toEqual([2]);
    await resume.close();
  });

  it('leaves no other file behind', async () => {
    const resume = await ResumeFile.create(place, header, digestsOf([]), new FileQueue());
    await append(resume, 0, 0);
    await resume.close();
    expect(readdirSync(folder)).toEqual(['thefile.resume']);
  });

  it('stays removed when it is closed after its removal', async () => {
    const resume = await ResumeFile.create(place, header, digestsOf([]), new FileQueue());
    await resume.remove();
    await resume.close();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('confirm', () => {
  const content = Uint8Array.from({ length: 3_000_000 }, (_, at) => (at * 31) >> 5);

  function filesOf(bytes: Uint8Array, expectedLength: number): ContentFiles {
    const at = { path: join(folder, 'content'), shown: 'content' };
    writeFileSync(at.path, bytes);
    const fd = openSync(at.path, 'r');
    return new ContentFiles(
      [{ path: 'content', length: expectedLength, fd, place: at, final: at }],
      new FileQueue(),
    );
  }

  function recordedOf(drawn: Layout, pieces: Iterable<number>): PieceDigests {
    const digests = new PieceDigests(drawn.pieceCount);
    for (const piece of pieces) {
      const start = drawn.offsetOf(piece);
      digests.set(piece, digestOf(content.subarray(start, start + drawn.lengthOf(piece))));
    }
    return digests;
  }

  it.each([100_000, 1024 * 1024, 1_400_000, 4_000_000])(
    'believes pieces of %i bytes that are as they were recorded',
    async pieceLength => {
      const drawn = new Layout(content.length, pieceLength);
      const pieces = Array.from({ length: drawn.pieceCount }, (_, piece) => piece).filter(
        piece => piece !== 1,
      );
      const files = filesOf(content, content.length);
      const confirmed = await confirm(recordedOf(drawn, pieces), drawn, files);
      expect([...confirmed.pieces]).toEqual(pieces);
      await closeFiles(files.files);
    },
  );

  it('believes none that was altered by a single bit, and the pieces around it', async () => {
    const drawn = new Layout(content.length, 700_000);
    const altered = content.slice();
    altered[1_399_999]! ^= 1;
    const files = filesOf(altered, content.length);
    expect([...(await confirm(recordedOf(drawn, [0, 1, 2, 3, 4]), drawn, files)).pieces]).toEqual([
      0, 2, 3, 4,
    ]);
    await closeFiles(files.files);
  });

  it('believes none that cannot be read', async () => {
    const drawn = new Layout(content.length, 700_000);
    const files = filesOf(content.slice(0, 2_500_000), content.length);
    const { pieces } = await confirm(recordedOf(drawn, [0, 1, 2, 3, 4]), drawn, files);
    expect(pieces.has(0)).toBe(true);
    expect(pieces.has(3)).toBe(false);
    expect(pieces.has(4)).toBe(false);
    await closeFiles(files.files);
  });
});
