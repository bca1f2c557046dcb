import { safeParse } from 'valibot';
import { describe, expect, it } from 'vitest';
import { questions } from '../../../src-shared/contract.ts';
import { addPeer, changePeer, checkCourseForm, newCourseForm, removePeer, sizeText } from './course-form.ts';

const fileSize = 10_000_232;
const form = newCourseForm(
  { pieceSize: 32_768, ports: [6001, 6002, 6003], address: '10.0.0.7' },
  { preferredNeighbours: 2, unchokingSeconds: 5, optimisticSeconds: 15 },
);

describe('the form of a course swarm', () => {
  it('is right from the beginning, and makes a question that the contract takes', () => {
    const checked = checkCourseForm(form, fileSize);
    expect(checked).toEqual({
      pieceCount: 306,
      question: {
        pieceSize: 32_768,
        preferredNeighbours: 2,
        unchokingSeconds: 5,
        optimisticSeconds: 15,
        peers: [
          { peer: '1001', host: '10.0.0.7', port: 6001, seed: true },
          { peer: '1002', host: '10.0.0.7', port: 6002, seed: false },
        ],
      },
    });
    const question = 'question' in checked ? { file: 'token', ...checked.question } : null;
    expect(safeParse(questions.makeCourse, question).success).toBe(true);
  });

  it.each([
    ['pieceSize', 'lots'],
    ['pieceSize', '0'],
    ['pieceSize', '2 GiB'],
    ['preferredNeighbours', '0'],
    ['preferredNeighbours', '1001'],
    ['preferredNeighbours', '2.5'],
    ['unchokingSeconds', ''],
    ['unchokingSeconds', '0.5'],
    ['optimisticSeconds', '86401'],
    ['optimisticSeconds', '-1'],
  ] as const)('finds %s "%s" wrong, and nothing else', (field, text) => {
    const checked = checkCourseForm({ ...form, [field]: text }, fileSize);
    expect(checked).toMatchObject({ count: 1, problems: { peers: null } });
    expect('problems' in checked && Object.keys(checked.problems.fields)).toEqual([field]);
  });

  it.each([
    ['peer', '01001'],
    ['peer', 'x'],
    ['peer', '12345678901'],
    ['host', ''],
    ['host', 'lab 02'],
    ['port', '0'],
    ['port', '65536'],
    ['port', '60o8'],
  ] as const)('finds %s "%s" of a row wrong', (field, text) => {
    const checked = checkCourseForm(changePeer(form, 1, { [field]: text }), fileSize);
    expect(checked).toMatchObject({ count: 1 });
    expect('problems' in checked && Object.keys(checked.problems.rows.get(1) ?? {})).toEqual([field]);
  });

  it('wants no ID and no place twice, and blames the second', () => {
    const sameId = checkCourseForm(changePeer(form, 1, { peer: ' 1001 ' }), fileSize);
    expect('problems' in sameId && [...sameId.problems.rows.keys()]).toEqual([1]);
    const samePlace = checkCourseForm(changePeer(form, 1, { port: '06001' }), fileSize);
    expect('problems' in samePlace && samePlace.problems.rows.get(1)).toHaveProperty('port');
    const otherHost = changePeer(form, 1, { port: '6001', host: '10.0.0.8' });
    expect(checkCourseForm(otherHost, fileSize)).toHaveProperty('question');
  });

  it('wants a seed and two peers', () => {
    const noSeed = checkCourseForm(changePeer(form, 0, { seed: false }), fileSize);
    expect(noSeed).toMatchObject({ count: 1, problems: { peers: expect.stringContaining('seed') } });
    const alone = checkCourseForm(removePeer(form, 1), fileSize);
    expect(alone).toMatchObject({ count: 1, problems: { peers: expect.stringContaining('two peers') } });
  });

  it('names a piece size that is large enough when there would be too many pieces', () => {
    const checked = checkCourseForm({ ...form, pieceSize: '1 KiB' }, 2 ** 40);
    expect('problems' in checked && checked.problems.fields.pieceSize).toContain('64 KiB');
    expect(checkCourseForm({ ...form, pieceSize: '64 KiB' }, 2 ** 40)).toHaveProperty('question');
  });

  it('adds peers with a new ID and a port that nobody has', () => {
    const three = addPeer(form, [6001, 6002, 6003]);
    const four = addPeer(three, [6001, 6002, 6003]);
    expect(four.peers.slice(2)).toEqual([
      { key: 2, peer: '1003', host: '10.0.0.7', port: '6003', seed: false },
      { key: 3, peer: '1004', host: '10.0.0.7', port: '6004', seed: false },
    ]);
    expect(checkCourseForm(four, fileSize)).toHaveProperty('question');
    const keys = addPeer(removePeer(three, 1), []).peers.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('writes sizes as they are typed, without loss', () => {
    expect(sizeText(32_768)).toBe('32 KiB');
    expect(sizeText(1_572_864)).toBe('1.5 MiB');
    expect(sizeText(1_000_000)).toBe('1000000');
  });
});
