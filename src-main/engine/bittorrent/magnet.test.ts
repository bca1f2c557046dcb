import fc from 'fast-check';
import parseTorrent, { toMagnetURI } from 'parse-torrent';
import { describe, expect, it } from 'vitest';
import { safeName } from '../content/path-rules.ts';
import { type Magnet, MagnetError, readMagnet, writeMagnet } from './magnet.ts';

const hash = '0123456789abcdef0123456789abcdef01234567';
const link = `magnet:?xt=urn:btih:${hash}`;
const bare: Magnet = { infoHash: hash, name: '', trackers: [], peers: [] };

describe('a magnet link', () => {
  it.each<[string, Partial<Magnet>]>([
    [link, {}],
    [` ${link}\n`, {}],
    [`MAGNET:?XT=URN:BTIH:${hash.toUpperCase()}`, {}],
    ['magnet:?xt=urn:btih:AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH', {}],
    ['magnet:?xt=urn%3Abtih%3A0123456789abcdef0123456789abcdef01234567', {}],
    [`magnet:?dn=x&xt.1=urn:ed2k:31d6cfe0&xt.2=urn:btih:${hash}`, { name: 'x' }],
    [`${link}&xt=urn:btmh:1220${'ab'.repeat(32)}`, {}],
    [`${link}&dn=Week+3%3A%20slides`, { name: 'Week 3_ slides' }],
    [`${link}&dn=%C3%BCbung&dn=second`, { name: 'übung' }],
    [`${link}&dn=..%2F..%2Fetc`, { name: '.._.._etc' }],
    [`${link}&dn=`, {}],
    [`${link}&dn=100%25%`, { name: '100%%' }],
    [`${link}&dn=%ff`, { name: '\ufffd' }],
    [`${link}&tr=udp%3A%2F%2Ftracker.example%3A6969`, { trackers: ['udp://tracker.example:6969'] }],
    [`${link}&tr=http://a/&tr.1=https://b/&tr=http://a/`, { trackers: ['http://a/', 'https://b/'] }],
    [`${link}&amp;tr=http://a/`, { trackers: ['http://a/'] }],
    [`${link}&tr=http://a/?x=1%26y=2`, { trackers: ['http://a/?x=1&y=2'] }],
    [`${link}&tr=wss%3A%2F%2Fa&tr=&tr=nonsense&ws=http://seed/&as=http://seed/`, {}],
    [
      `${link}&x.pe=10.0.0.1:6881&x.pe=lab-7.example:1&x.pe=[fe80::1%25eth0]:65535`,
      {
        peers: [
          { host: '10.0.0.1', port: 6881 },
          { host: 'lab-7.example', port: 1 },
          { host: 'fe80::1%eth0', port: 65_535 },
        ],
      },
    ],
    [`${link}&x.pe=10.0.0.1:0&x.pe=10.0.0.1&x.pe=:1&x.pe=a/b:1&x.pe=a:70000`, {}],
    [`${link}&xl=10&kt=a+b&so=0-2&&=&a&x.y=z#fragment`, {}],
  ])('is read: %s', (text, expected) => {
    expect(readMagnet(text)).toEqual({ ...bare, ...expected });
  });

  it.each([
    ['', 'This is no magnet link'],
    ['http://a/', 'This is no magnet link'],
    ['magnet:', 'This is no magnet link'],
    ['magnet:?', 'names no BitTorrent share'],
    ['magnet:?dn=x&tr=http://a/', 'names no BitTorrent share'],
    ['magnet:?xt=urn:sha1:YNCKHTQCWBTRNJIV4WNAE52SJUQCZO5C', 'names no BitTorrent share'],
    [`magnet:?xt=urn:btmh:1220${'ab'.repeat(32)}`, 'version 2 alone, which Piecewise cannot share yet'],
    ['magnet:?xt=urn:btih:', 'The info-hash in this magnet link is damaged'],
    [link.slice(0, -1), 'The info-hash in this magnet link is damaged'],
    [`${link}0`, 'The info-hash in this magnet link is damaged'],
    ['magnet:?xt=urn:btih:01234567890123456789012345678901', 'The info-hash in this magnet link is damaged'],
    [`${link}&dn=${'x'.repeat(16_384)}`, 'This magnet link is longer than 16 KiB.'],
  ])('is refused: %s', (text, message) => {
    expect(() => readMagnet(text)).toThrow(MagnetError);
    expect(() => readMagnet(text)).toThrow(message);
  });

  it('has no end of trackers and peers, of which some are taken', () => {
    const many = Array.from({ length: 300 }, (_, i) => `&tr=http://t${i}/&x.pe=h:${i + 1}`).join('');
    const { trackers, peers } = readMagnet(link + many);
    expect([trackers.length, peers.length]).toEqual([50, 50]);
  });

  it('of any kind is read or refused', () => {
    const anyPart = fc.oneof(
      fc.constantFrom(
        'xt=urn:btih:',
        hash,
        '&',
        '=',
        '%',
        '%41',
        'tr=',
        'dn=',
        'x.pe=',
        'http://',
        ':',
        '[',
        ']',
        '#',
      ),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(anyPart, { maxLength: 20 }), parts => {
        try {
          expect(readMagnet(`magnet:?${parts.join('')}`).infoHash).toMatch(/^[\da-f]{40}$/);
        } catch (error) {
          expect(error).toBeInstanceOf(MagnetError);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

const anyMagnet: fc.Arbitrary<Magnet> = fc.record({
  infoHash: fc.stringMatching(/^[\da-f]{40}$/),
  name: fc.oneof(
    fc.constant(''),
    fc.stringMatching(/^[a-zäö語😀+&=%# ()!'-]{0,8}[a-z]$/u).filter(name => safeName(name) === name),
  ),
  trackers: fc.uniqueArray(
    fc.constantFrom('http://a/x?k=1&l=2', 'https://b:1/', 'udp://c:6969', 'http://ü.example/'),
  ),
  peers: fc.uniqueArray(
    fc.constantFrom({ host: '10.0.0.1', port: 1 }, { host: '::1', port: 2 }, { host: 'lab', port: 3 }),
  ),
});

describe('a link that is written', () => {
  it('is read back', () => {
    fc.assert(
      fc.property(anyMagnet, magnet => {
        expect(readMagnet(writeMagnet(magnet))).toEqual(magnet);
      }),
    );
  });

  it('can be pasted anywhere', () => {
    fc.assert(
      fc.property(anyMagnet, fc.string({ unit: 'binary' }), (magnet, name) => {
        expect(writeMagnet({ ...magnet, name })).toMatch(/^magnet:\?[\x21-\x7e]*$/);
      }),
    );
  });

  it('means the same to parse-torrent, and the other way round', async () => {
    await fc.assert(
      fc.asyncProperty(anyMagnet, async magnet => {
        const theirs = await parseTorrent(writeMagnet(magnet));
        expect(theirs.infoHash).toBe(magnet.infoHash);
        // It takes "+" for a space even where it was written as "%2B".
        expect(theirs.name ?? '').toBe(magnet.name.replaceAll('+', ' '));
        expect(theirs.announce).toEqual(magnet.trackers);
        expect(theirs.peerAddresses).toEqual(
          magnet.peers.map(({ host, port }) =>
            host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
          ),
        );
        const { infoHash, name, trackers } = magnet;
        const written = toMagnetURI({ infoHash, ...(name === '' ? {} : { name }), announce: trackers });
        expect(readMagnet(written)).toEqual({ ...magnet, peers: [] });
      }),
    );
  });
});
