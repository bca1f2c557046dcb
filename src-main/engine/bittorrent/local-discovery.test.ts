import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AnnounceTimes,
  announceEveryMs,
  decodeLocalAnnounce,
  encodeLocalAnnounce,
  longestAnnounce,
  packAnnounces,
  shortestPauseMs,
} from './local-discovery.ts';

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));
const a = 'aa'.repeat(20);
const b = '0b'.repeat(20);
const group = '239.192.152.143:6771';

const infoHash = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(raw => Buffer.from(raw).toString('hex'));
const announce = fc.record({
  host: fc.constantFrom(group, '[ff15::efc0:988f]:6771'),
  port: fc.integer({ min: 1, max: 65_535 }),
  infoHashes: fc.uniqueArray(infoHash, { minLength: 1, maxLength: 24 }),
  cookie: fc.string({ unit: fc.constantFrom(...'abcXYZ019-_.:'), maxLength: 64 }),
});

describe('a local announce', () => {
  it('has the bytes of BEP 14', () => {
    const text = Buffer.from(
      encodeLocalAnnounce({ host: group, port: 6881, infoHashes: [a, b], cookie: 'x1' }),
    ).toString();
    expect(text).toBe(
      `BT-SEARCH * HTTP/1.1\r\nHost: ${group}\r\nPort: 6881\r\nInfohash: ${a}\r\nInfohash: ${b}\r\ncookie: x1\r\n\r\n\r\n`,
    );
  });

  it('comes out as it went in', () => {
    fc.assert(
      fc.property(announce, said => {
        expect(decodeLocalAnnounce(encodeLocalAnnounce(said))).toEqual(said);
      }),
    );
  });

  it('is read as other clients write it', () => {
    const said = { host: 'x', port: 51413, infoHashes: [a], cookie: '' };
    for (const text of [
      `BT-SEARCH * HTTP/1.0\r\nHost: x\r\nPort: 51413\r\nInfohash: ${a.toUpperCase()}\r\n\r\n\r\n`,
      `BT-SEARCH * HTTP/1.1\nhost:x\nport:51413\ninfohash:${a}\n`,
      `bt-search * http/1.1\r\nUser-Agent: y\r\nHOST : x \r\nPORT: 51413\t\r\nINFOHASH: ${a}\r\nInfohash: ${a}`,
      `BT-SEARCH * HTTP/1.1\r\nHost: x\r\nPort: 51413\r\nInfohash: nonsense\r\nInfohash: ${a}\r\nInfohash: ${a}0\r\n`,
      `BT-SEARCH * HTTP/1.1\r\nHost: x\r\nPort: 51413\r\nInfohash: ${a}\r\ncookie: ${'c'.repeat(65)}\r\n`,
      `BT-SEARCH * HTTP/1.1\r\nHost: x\r\nPort: 51413\r\nInfohash: ${a}\r\ncookie: two words\r\n`,
    ])
      expect(decodeLocalAnnounce(bytes(text))).toEqual(said);
  });

  it.each([
    '',
    'BT-SEARCH',
    `M-SEARCH * HTTP/1.1\r\nPort: 1\r\nInfohash: ${a}\r\n`,
    `BT-SEARCH * HTTP/2\r\nPort: 1\r\nInfohash: ${a}\r\n`,
    `BT-SEARCH * HTTP/1.1\r\nInfohash: ${a}\r\n`,
    'BT-SEARCH * HTTP/1.1\r\nPort: 1\r\n',
    `BT-SEARCH * HTTP/1.1\r\nPort: 0\r\nInfohash: ${a}\r\n`,
    `BT-SEARCH * HTTP/1.1\r\nPort: 65536\r\nInfohash: ${a}\r\n`,
    `BT-SEARCH * HTTP/1.1\r\nPort: -1\r\nInfohash: ${a}\r\n`,
    `BT-SEARCH * HTTP/1.1\r\nPort: 0x10\r\nInfohash: ${a}\r\n`,
    `BT-SEARCH * HTTP/1.1\r\nPort: 1\r\nPort: 2\r\nInfohash: ${a}\r\n`,
    `BT-SEARCH * HTTP/1.1\r\nPort: 1\r\nInfohash: ${a.slice(1)}\r\n`,
    `BT-SEARCH * HTTP/1.1\r\nPort: 1\r\nInfohash: ${a}\r\nX: ${'x'.repeat(4_096)}`,
    `BT-SEARCH * HTTP/1.1\r\n${'x:y\n'.repeat(200)}Port: 1\r\nInfohash: ${a}\r\n`,
  ])('is nothing else: %j', text => {
    expect(decodeLocalAnnounce(bytes(text))).toBeUndefined();
  });

  it('survives any rubbish, and rubbish in the middle', () => {
    const mutated = fc
      .tuple(announce, fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 }))
      .map(([said, changes]) => {
        const encoded = encodeLocalAnnounce(said);
        for (const [at, byte] of changes) if (at < encoded.length) encoded[at] = byte;
        return encoded;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 5_000 }), mutated), rubbish => {
        const heard = decodeLocalAnnounce(rubbish);
        if (heard === undefined) return;
        expect(heard.port).toBeGreaterThan(0);
        expect(heard.port).toBeLessThan(65_536);
        expect(heard.infoHashes.length).toBeGreaterThan(0);
        for (const hash of heard.infoHashes) expect(hash).toMatch(/^[\da-f]{40}$/);
        expect(heard.cookie).toMatch(/^[\x21-\x7e]{0,64}$/);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes in 64 info-hashes and no more', () => {
    const hashes = Array.from({ length: 65 }, (_, i) => i.toString(16).padStart(40, '0'));
    const text = `BT-SEARCH * HTTP/1.1\r\nPort: 1\r\n${hashes.map(hash => `Infohash:${hash}\n`).join('')}`;
    expect(decodeLocalAnnounce(bytes(text))?.infoHashes).toEqual(hashes.slice(0, 64));
  });
});

describe('packed announces', () => {
  it('say every info-hash once, alone while they are few, and in datagrams that are short enough', () => {
    fc.assert(
      fc.property(fc.uniqueArray(infoHash, { maxLength: 80 }), hashes => {
        const packed = packAnnounces(group, 65_535, hashes, 'c'.repeat(32));
        expect(packed.flatMap(({ infoHashes }) => infoHashes)).toEqual(hashes);
        if (hashes.length <= 16) expect(packed).toHaveLength(hashes.length);
        else expect(packed.length).toBeLessThan(5);
        for (const each of packed)
          expect(encodeLocalAnnounce(each).length).toBeLessThanOrEqual(longestAnnounce);
      }),
    );
  });
});

describe('the times of announces', () => {
  it('are at once, then every five minutes', () => {
    const times = new AnnounceTimes();
    expect(times.nextDueAt()).toBeUndefined();
    times.add(a, 1_000);
    expect(times.nextDueAt()).toBe(1_000);
    expect(times.takeDue(999)).toEqual([]);
    expect(times.takeDue(1_000)).toEqual([a]);
    expect(times.takeDue(1_000)).toEqual([]);
    expect(times.nextDueAt()).toBe(1_000 + announceEveryMs);
    times.remove(a);
    expect(times.nextDueAt()).toBeUndefined();
  });

  it('are never less than a minute apart, whatever is asked', () => {
    const act = fc.oneof(
      fc.record({
        do: fc.constantFrom('add', 'remove'),
        infoHash: fc.constantFrom(a, b),
        after: fc.nat(90_000),
      }),
      fc.record({ do: fc.constant('hurry'), infoHash: fc.constant(a), after: fc.nat(90_000) }),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), acts => {
        const times = new AnnounceTimes();
        const lastAt = new Map<string, number>();
        let now = 0;
        for (const { do: what, infoHash: hash, after } of acts) {
          now += after;
          if (what === 'add') times.add(hash, now);
          else if (what === 'remove') times.remove(hash);
          else times.hurry(now);
          for (const due of times.takeDue(now)) {
            expect(now - (lastAt.get(due) ?? -shortestPauseMs)).toBeGreaterThanOrEqual(shortestPauseMs);
            lastAt.set(due, now);
          }
        }
      }),
    );
  });
});
