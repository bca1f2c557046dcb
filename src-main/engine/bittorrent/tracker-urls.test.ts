import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usableTiers, usableTracker } from './tracker-urls.ts';

describe('a tracker', () => {
  it.each([
    ['http://tracker.example/announce', 'http://tracker.example/announce'],
    ['HTTPS://tracker.example:8443/a?key=1', 'https://tracker.example:8443/a?key=1'],
    ['udp://127.0.0.1:6969', 'udp://127.0.0.1:6969'],
    ['udp://[::1]:6969/announce', 'udp://[::1]:6969/announce'],
    [' http://a/ ', 'http://a/'],
    ['http://user:word@a:80/', 'http://user:word@a:80/'],
  ])('can be asked: %s', (text, url) => {
    expect(usableTracker(text)).toBe(url);
  });

  it.each([
    '',
    'http://',
    'http:///announce',
    'wss://tracker.example',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'udp://tracker.example',
    'udp://tracker.example:0',
    'http://a:65536/',
    'http://:80/',
    'http://a b/',
    'http://a/\nHost: b',
    `http://a/${'x'.repeat(2_048)}`,
  ])('cannot be asked: %j', text => {
    expect(usableTracker(text)).toBeUndefined();
  });

  it('that can be asked is a URL', () => {
    const anyUrl = fc.tuple(
      fc.constantFrom('http://', 'udp://', 'ftp://', ''),
      fc.oneof(fc.webAuthority(), fc.string()),
      fc.string(),
    );
    fc.assert(
      fc.property(anyUrl, parts => {
        const url = usableTracker(parts.join(''));
        if (url !== undefined) expect(url).toMatch(/^(https?|udp):\/\/[^\s/]\S*$/);
      }),
    );
  });
});

describe('tiers', () => {
  it('keep what can be used, once, and tell of the rest', () => {
    const notices: string[] = [];
    const tiers = [['http://a/', 'wss://b'], ['ftp://c'], ['http://a/', 'udp://d:1'], [''], []];
    expect(usableTiers(tiers, notice => notices.push(notice))).toEqual([['http://a/'], ['udp://d:1']]);
    expect(notices).toEqual([
      'The tracker "wss://b" is left out: only http, https and udp work.',
      'The tracker "ftp://c" is left out: only http, https and udp work.',
    ]);
  });

  it('are not without end', () => {
    const many = Array.from({ length: 200 }, (_, tier) =>
      Array.from({ length: 200 }, (_, i) => `http://t${tier}-${i}/`),
    );
    const usable = usableTiers(many);
    expect([usable.length, ...new Set(usable.map(tier => tier.length))]).toEqual([50, 50]);
  });
});
