import { describe, expect, it } from 'vitest';
import { codePicture, linkForCode, magnetIn } from './link.ts';

const hash = '0123456789abcdef0123456789abcdef01234567';

describe('a link for a code', () => {
  it('stays as it is while it is short', () => {
    const magnet = `magnet:?xt=urn:btih:${hash}&dn=a.iso&tr=http%3A%2F%2Flab%3A6969%2Fannounce`;
    expect(linkForCode(magnet)).toEqual({ text: magnet, isCut: false });
  });

  it('loses trackers from the end on, and at last its name, never its hash', () => {
    const trackers = Array.from(
      { length: 20 },
      (_, at) => `&tr=http%3A%2F%2Ftracker-${at}.example%2Fannounce`,
    );
    const { text, isCut } = linkForCode(`magnet:?xt=urn:btih:${hash}&dn=a.iso${trackers.join('')}`);
    expect(isCut).toBe(true);
    expect(text).toContain(`xt=urn:btih:${hash}&dn=a.iso&tr=http%3A%2F%2Ftracker-0`);
    expect(text.length).toBeLessThanOrEqual(420);
    expect(linkForCode(`magnet:?xt=urn:btih:${hash}&dn=${'x'.repeat(500)}`).text).toBe(
      `magnet:?xt=urn:btih:${hash}`,
    );
  });
});

describe('a code', () => {
  it('is drawn run by run within its square, with a quiet zone round it', () => {
    const { size, path } = codePicture(`magnet:?xt=urn:btih:${hash}`);
    const runs = [...path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)].map(run => run.slice(1).map(Number));
    expect(runs.length).toBeGreaterThan(100);
    for (const [x = 0, y = 0, width = 0] of runs) {
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(4);
      expect(Math.max(x + width, y + 1)).toBeLessThanOrEqual(size - 4);
    }
    // The finder in the corner is seven modules wide.
    expect(runs[0]).toEqual([4, 4, 7]);
  });
});

describe('a magnet link', () => {
  it.each([
    [`magnet:?xt=urn:btih:${hash}`, `magnet:?xt=urn:btih:${hash}`],
    [`Here: <magnet:?xt=urn:btih:${hash}>\nThanks`, `magnet:?xt=urn:btih:${hash}`],
    ['# comment\nMAGNET:?xt=x', 'MAGNET:?xt=x'],
    ['https://example.org/', undefined],
    ['', undefined],
  ])('is found in %j', (text, expected) => {
    expect(magnetIn(text)).toBe(expected);
  });
});
