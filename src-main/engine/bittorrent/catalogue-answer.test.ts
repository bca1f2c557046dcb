import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Link } from '../ports.ts';
import { MemoryNetwork } from '../testing/memory-network.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { answerCatalogue, longestCatalogue, type OfferedShare, serveCatalogue } from './catalogue-answer.ts';
import { httpRefusal, readQuestion } from './http-visitor.ts';

const machine = { name: 'lab-07', id: 'abc' };
const share: OfferedShare = {
  infoHash: 'ab'.repeat(20),
  name: 'Übung 3',
  totalLength: 1_000,
  fileCount: 2,
  progress: 0.12345,
  addedAtMs: 1_800_000_000_000,
};
const get = 'GET /piecewise/shares HTTP/1.1';
const answer = (head: string, shares: readonly OfferedShare[] = [share]) => {
  const question = readQuestion(head);
  const bytes =
    question === undefined
      ? httpRefusal(400, 'Not understood')
      : answerCatalogue(question, () => shares, machine);
  return Buffer.from(bytes).toString();
};
const bodyOf = (text: string) => text.slice(text.indexOf('\r\n\r\n') + 4);

describe('the list of shares', () => {
  it('is given to who asks for it', () => {
    const text = answer(`${get}\r\nHost: piecewise`);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toContain('\r\nConnection: close\r\n');
    expect(text).not.toMatch(/access-control/i);
    expect(JSON.parse(bodyOf(text))).toEqual({
      v: 1,
      machine,
      shares: [{ ...share, progress: 0.123 }],
    });
    const length = Number(/Content-Length: (\d+)/.exec(text)![1]);
    expect(Buffer.byteLength(bodyOf(text))).toBe(length);
  });

  it('is not given again to who has it', () => {
    const tag = /ETag: (.*)\r/.exec(answer(get))![1];
    expect(answer(`${get}\r\nIf-None-Match: ${tag}`)).toMatch(/^HTTP\/1\.1 304 /);
    expect(answer(`${get}\r\nIf-None-Match: ${tag}`, [])).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each([
    '192.168.1.7:6881',
    '192.168.1.7',
    '[fe80::1]:6881',
    'lab-07:6881',
    'lab-07.local',
    'localhost',
    '',
  ])('is given to who calls us %s', host => {
    expect(answer(`${get}\r\nHost: ${host}`)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each([
    'Origin: http://evil.example',
    'origin: null',
    'Referer: http://evil.example/',
    'Sec-Fetch-Site: cross-site',
    'Host: evil.example',
    'Host: evil.example:6881',
    'Host: 192.168.1.7.evil.example',
  ])('is not given to a page: %s', header => {
    expect(answer(`${get}\r\n${header}`)).toMatch(/^HTTP\/1\.1 403 /);
  });

  it.each([
    ['GET / HTTP/1.1', 404],
    ['GET /piecewise/shares?x HTTP/1.1', 404],
    ['GET /favicon.ico HTTP/1.0', 404],
    ['POST /piecewise/shares HTTP/1.1', 405],
    ['OPTIONS /piecewise/shares HTTP/1.1', 405],
    ['GET /piecewise/shares', 400],
    ['GET  /piecewise/shares HTTP/1.1', 400],
    ['', 400],
  ])('is not the answer to %j, which gets %i', (head, status) => {
    expect(answer(head)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it('is at most 1,000 shares and 1 MiB long, whatever their names are', () => {
    const names = fc.string({ unit: 'binary', maxLength: 400 });
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 8 }), list => {
        const many = Array.from({ length: 1_500 }, (_, i) => ({ ...share, name: list[i % list.length]! }));
        const body = bodyOf(answer(get, many));
        expect(Buffer.byteLength(body)).toBeLessThanOrEqual(longestCatalogue);
        expect(JSON.parse(body).shares.length).toBeLessThanOrEqual(1_000);
      }),
      { numRuns: 20 },
    );
    const long = Array.from({ length: 1_500 }, () => ({ ...share, name: '\u0001'.repeat(400) }));
    const body = bodyOf(answer(get, long));
    expect(body.length).toBeLessThanOrEqual(longestCatalogue);
    expect(body.length).toBeGreaterThan(longestCatalogue - 2_000);
  });
});

/** A link on which somebody asks, and what came of it. */
async function asked(parts: readonly string[], waitMs = 0) {
  const clock = new VirtualClock();
  const network = new MemoryNetwork(clock);
  const address = { host: 'a', port: 1 };
  network.listen(address, link => serveCatalogue(link, () => [share], machine, clock));
  const heard = { text: '', isClosed: false };
  let near: Link | undefined;
  network.dialerOf({ host: 'b', port: 2 }).dial(address, result => {
    if ('failed' in result) return;
    near = result;
    near.open({
      onBytes: bytes => {
        heard.text += Buffer.from(bytes).toString();
      },
      onEnd: () => near?.finish(),
      onClosed: () => {
        heard.isClosed = true;
      },
    });
    for (const part of parts) near.send([Uint8Array.from(Buffer.from(part))]);
  });
  clock.advance(100 + waitMs);
  return { heard, clock, network };
}

describe('a link that asks for the list', () => {
  it('is answered, however the request is cut, and closed', async () => {
    const request = `${get}\r\nHost: piecewise\r\n\r\n`;
    for (const parts of [[request], [...request], [request.slice(0, 7), request.slice(7), 'more']]) {
      const { heard, clock, network } = await asked(parts);
      expect(heard.text).toMatch(/^HTTP\/1\.1 200 /);
      expect(heard.isClosed).toBe(true);
      expect(network.openLinks).toBe(0);
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it('is told when it asks at length', async () => {
    const { heard, network } = await asked([`${get}\r\nX: ${'x'.repeat(8_000)}`, 'x'.repeat(100_000)]);
    expect(heard.text).toMatch(/^HTTP\/1\.1 431 /);
    expect(network.openLinks).toBe(0);
  });

  it('is cut off when it does not ask', async () => {
    const slow = await asked(['GET /piece'], 4_800);
    expect(slow.network.openLinks).toBe(2);
    slow.clock.advance(200);
    expect(slow.heard).toEqual({ text: '', isClosed: true });
    expect(slow.network.openLinks).toBe(0);
    expect(slow.clock.pendingTimers).toBe(0);
  });
});
