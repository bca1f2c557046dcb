import { describe, expect, it } from 'vitest';
import type { Address } from '../ports.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { latin1Text } from './bytes.ts';
import { readAnnounceAnswer } from './http-announce.ts';
import { readQuestion } from './http-visitor.ts';
import { PortTracker } from './port-tracker.ts';

const infoHash = 'ab'.repeat(20);
const own = { host: '10.0.0.1', port: 6881 };

function open() {
  const met: Address[] = [];
  const tracker = new PortTracker({
    clock: new VirtualClock(),
    random: () => 0.5,
    ownPeers: () => [own],
    share: asked => (asked === infoHash ? { isSeed: true, onPeer: address => met.push(address) } : undefined),
  });
  const ask = (target: string, remote = '10.0.0.7:50000', header = 'Accept: */*') =>
    tracker.answer(readQuestion(`GET ${target} HTTP/1.1\r\nHost: 10.0.0.1\r\n${header}`)!, remote);
  const announce = (of: string, more = '', remote?: string) => {
    const hash = of.replace(/../g, '%$&');
    const bytes = ask(
      `/announce?info_hash=${hash}&peer_id=-XX0001-123456789012&port=7000&left=9${more}`,
      remote,
    )!;
    const text = latin1Text(bytes);
    const body = bytes.subarray(text.indexOf('\r\n\r\n') + 4);
    return readAnnounceAnswer(body, 'http://10.0.0.1:6881/announce');
  };
  return { tracker, ask, announce, met };
}

describe('the tracker on the port where peers connect to', () => {
  it('names this computer, and tells it who asked', () => {
    const { announce, met } = open();
    expect(announce(infoHash)).toMatchObject({ peers: [own], seeders: 1, leechers: 1 });
    expect(met).toEqual([{ host: '10.0.0.7', port: 7000 }]);
  });

  it('names those who asked before to each other', () => {
    const { announce } = open();
    announce(infoHash);
    const answer = announce(infoHash, '', '10.0.0.8:50000');
    expect(answer).toMatchObject({ peers: [own, { host: '10.0.0.7', port: 7000 }] });
  });

  it('lets go of who leaves', () => {
    const { announce, met } = open();
    announce(infoHash);
    expect(announce(infoHash, '&event=stopped')).toMatchObject({ peers: [] });
    expect(met).toHaveLength(1);
    expect(announce(infoHash, '', '10.0.0.8:50000')).toMatchObject({ peers: [own] });
  });

  it('is of no use for what is not shared here', () => {
    const { announce, met } = open();
    expect(announce('cd'.repeat(20))).toMatchObject({
      failed: expect.stringContaining('does not share that'),
    });
    expect(met).toEqual([]);
  });

  it.each(['/announce', '/announce?info_hash=x', '/announce?%', '/scrape', '/scrape?info_hash=x'])(
    'answers %s with a reason',
    target => {
      expect(latin1Text(open().ask(target)!)).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*14:failure reason/);
    },
  );

  it.each(['Origin: http://evil.example', 'Referer: http://evil.example/', 'Sec-Fetch-Mode: no-cors'])(
    'does not listen to a page that says %s',
    header => {
      const { ask, met } = open();
      const hash = infoHash.replace(/../g, '%$&');
      const target = `/announce?info_hash=${hash}&peer_id=-XX0001-123456789012&port=7000&ip=10.0.0.66`;
      expect(latin1Text(ask(target, '127.0.0.1:50000', header)!)).toMatch(/^HTTP\/1\.1 403 /);
      expect(met).toEqual([]);
    },
  );

  it('leaves other questions to others', () => {
    expect(open().ask('/piecewise/shares')).toBeUndefined();
  });
});
