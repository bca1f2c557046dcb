import { safeParse } from 'valibot';
import { describe, expect, it } from 'vitest';
import { shareQuestions } from '../../../src-shared/share.ts';
import {
  checkShareForm,
  newShareForm,
  parentName,
  pieceLengths,
  readTrackers,
  trackersText,
} from './share-form.ts';

describe('the form of a share', () => {
  it('is right from the beginning, and makes a question that the contract takes', () => {
    const checked = checkShareForm(newShareForm, false, 1000);
    expect(checked).toEqual({
      question: { name: null, pieceLength: null, isPrivate: false, trackers: [] },
    });
    const question = 'question' in checked ? { places: ['token'], ...checked.question } : null;
    expect(safeParse(shareQuestions.shareFiles, question).success).toBe(true);
  });

  it('offers piece lengths that the contract takes', () => {
    for (const length of pieceLengths) {
      const checked = checkShareForm({ ...newShareForm, pieceLength: String(length) }, false, 1000);
      const question = 'question' in checked ? { places: ['token'], ...checked.question } : null;
      expect(safeParse(shareQuestions.shareFiles, question).success).toBe(true);
    }
  });

  it.each(['', '  ', 'a/b', '..', 'x'.repeat(201)])('wants a name for several: %j', name => {
    expect(checkShareForm({ ...newShareForm, name }, true, null)).toHaveProperty('problems.name');
  });

  it('wants a tracker where only trackers may name peers', () => {
    expect(checkShareForm({ ...newShareForm, isPrivate: true }, false, 1)).toHaveProperty(
      'problems.trackers',
    );
    const trackers = 'http://lab:6969/announce';
    expect(checkShareForm({ ...newShareForm, isPrivate: true, trackers }, false, 1)).toMatchObject({
      question: { isPrivate: true, trackers: [[trackers]] },
    });
  });

  it('calls several things after the folder that they lie in', () => {
    expect(parentName('/home/ada/week 7/slides.pdf')).toBe('week 7');
    expect(parentName('C:\\lab\\slides.pdf')).toBe('lab');
    expect(parentName('/slides.pdf')).toBe('');
    expect(parentName('slides.pdf')).toBe('');
  });

  it('does not let pieces be too many', () => {
    expect(checkShareForm({ ...newShareForm, pieceLength: '16384' }, false, 2 ** 40)).toHaveProperty(
      'problems.pieceLength',
    );
  });
});

describe('trackers', () => {
  it('stand in tiers apart by empty lines, each once', () => {
    const text = 'http://a/announce\n udp://b:80 \n\n\nhttps://c/x\nhttp://a/announce\n';
    expect(readTrackers(text)).toEqual({ tiers: [['http://a/announce', 'udp://b:80'], ['https://c/x']] });
    expect(trackersText([['http://a/announce', 'udp://b:80'], ['https://c/x']])).toBe(
      'http://a/announce\nudp://b:80\n\nhttps://c/x',
    );
  });

  it.each([
    ['nonsense', 'Line 1'],
    ['http://a/\nftp://b', 'Line 2'],
    ['http://', 'Line 1'],
  ])('say which line is wrong: %j', (text, part) => {
    expect(readTrackers(text)).toHaveProperty('problem', expect.stringContaining(part));
  });
});
