import { get } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AnnounceAnswer, TrackerFailure } from '../src-main/engine/bittorrent/announce.ts';
import { openTrackerClient } from '../src-main/io/tracker-client.ts';
import { type RunningProcess, startCommand } from './processes.ts';

/** `piecewise tracker` as a process: found at the addresses it prints, by our own client and by hand. */

function startTracker(...args: readonly string[]): RunningProcess {
  const tracker = startCommand(['tracker', '--host', '127.0.0.1', ...args]);
  onTestFinished(async () => {
    if (tracker.isRunning) tracker.signal('SIGKILL');
    await tracker.ended;
  });
  return tracker;
}

async function addressOf(tracker: RunningProcess, scheme: string): Promise<string> {
  const [url] = await tracker.says(new RegExp(`${scheme}://127\\.0\\.0\\.1:\\d+/announce`));
  return url;
}

/** A peer of one torrent announces, by our own client. */
function announce(
  url: string,
  port: number,
  event?: 'started' | 'stopped' | 'completed',
): Promise<AnnounceAnswer | TrackerFailure> {
  const client = openTrackerClient();
  onTestFinished(() => client.close());
  const request = {
    infoHash: '5a'.repeat(20),
    peerId: '2d50573031302d'.padEnd(40, '7'),
    port,
    uploaded: 0,
    downloaded: 0,
    left: 1,
    event,
    numWant: 50,
    key: 1,
  };
  return new Promise(resolve => void client.announce(url, request, resolve));
}

/** The answer to a GET, a character a byte. */
function fetched(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { agent: false }, response => {
      let text = '';
      response.setEncoding('latin1').on('data', part => {
        text += part;
      });
      response.on('end', () => resolve(text));
    });
    asked.on('error', reject);
  });
}

describe('piecewise tracker', () => {
  it.each(['http', 'udp'])('brings peers together over %s, says so, and ends on Ctrl-C', async scheme => {
    const tracker = startTracker('--http', '0', '--udp', '0');
    const url = await addressOf(tracker, scheme);
    await tracker.says(/^\d+\.\d s {2}0 torrents, 0 peers$/);
    expect(await announce(url, 7001, 'started')).toMatchObject({ peers: [], leechers: 1 });
    expect(await announce(url, 7002, 'started')).toMatchObject({
      peers: [{ host: '127.0.0.1', port: 7001 }],
      leechers: 2,
    });
    await tracker.says(/^\d+\.\d s {2}1 torrent, 2 peers$/);
    const emptied = tracker.saysNext(/^\d+\.\d s {2}0 torrents, 0 peers$/);
    await announce(url, 7001, 'stopped');
    await announce(url, 7002, 'stopped');
    await emptied;
    tracker.signal('SIGINT');
    await tracker.endsWith(130);
    expect(tracker.err).toEqual([]);
  });

  it('can be asked by hand, over HTTP', async () => {
    const tracker = startTracker('--http', '0');
    const url = await addressOf(tracker, 'http');
    expect(tracker.output).not.toContain('udp://');
    const query = `info_hash=${'%00'.repeat(20)}&peer_id=${'x'.repeat(20)}&left=0&port=`;
    await fetched(`${url}?${query}7001`);
    expect(await fetched(`${url}?${query}7002&left=5`)).toContain('8:intervali120e');
    expect(await fetched(`${url.replace('announce', 'scrape')}?info_hash=${'%00'.repeat(20)}`)).toBe(
      `d5:filesd20:${'\0'.repeat(20)}d8:completei2e10:downloadedi0e10:incompletei0eeee`,
    );
    expect(await fetched(url.replace('announce', ''))).toContain('1 torrent, 2 peers, 2 announces so far.');
    tracker.signal('SIGTERM');
    await tracker.endsWith(130);
  });

  it('prints JSON lines for a script', async () => {
    const tracker = startTracker('--udp', '0', '--json');
    const url = await addressOf(tracker, 'udp');
    await announce(url, 7001);
    await tracker.says(/^\{"torrents":1,"peers":1\}$/);
    expect(tracker.out.map(line => JSON.parse(line))).toEqual([
      { announceUrls: [url] },
      { torrents: 0, peers: 0 },
      { torrents: 1, peers: 1 },
    ]);
    tracker.signal('SIGINT');
    await tracker.endsWith(130);
  });

  it('ends on Ctrl-C although somebody holds a connection', async () => {
    const tracker = startTracker('--http', '0');
    const url = await addressOf(tracker, 'http');
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => {});
    const closed = new Promise(resolve => socket.on('close', resolve));
    await new Promise(resolve => socket.write('GET /announce?', resolve));
    tracker.signal('SIGINT');
    await tracker.endsWith(130);
    await closed;
  });

  it('says which port it cannot have', async () => {
    const first = startTracker('--http', '0', '--udp', '0');
    for (const scheme of ['http', 'udp']) {
      const { port } = new URL(await addressOf(first, scheme));
      const second = startTracker(`--${scheme}`, port);
      await second.endsWith(2);
      expect(second.err).toEqual([
        `The tracker cannot listen at port ${port} of 127.0.0.1 over ${scheme.toUpperCase()}: another program listens there. Stop it, or choose another port.`,
      ]);
    }
  });

  it.each([
    [['--http', '70000'], /give a port from 0 to 65535/],
    [['--udp', 'x'], /give a whole number/],
    [['--host', '203.0.113.7'], /this is no address of this computer/],
  ])('refuses %j, and begins nothing', async (args, words) => {
    const tracker = startCommand(['tracker', ...args]);
    await tracker.endsWith(2);
    expect(tracker.err.join('\n')).toMatch(words);
  });
});
