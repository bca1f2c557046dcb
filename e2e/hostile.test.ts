import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allPieces, type ByteLink, frame, handshake } from './byte-peer.ts';
import type { CourseFolder } from './course-folder.ts';
import { expectIdenticalFiles } from './finished-swarm.ts';
import { Lab } from './lab.ts';
import type { RunningProcess } from './processes.ts';
import { fieldsOf, readStrictLog } from './strict-log.ts';

/**
 * Everything at once against one swarm in the middle of its work: strangers that hold connections or send nonsense,
 * and peers that get the protocol wrong. Each is let go of in time and told why; the others do not notice.
 */

/** A connection that leads nowhere may last 10 s; the rest is for a busy machine. */
const longestMs = 10_000 + 5_000;
const mostMemory = 150 * 1024 * 1024;
const silentCount = 200;

interface Attack {
  readonly name: string;
  attack(link: ByteLink): Promise<void> | void;
  /** What our peer says about it. */
  readonly says: RegExp;
}

const half = handshake('1003').subarray(0, 16);
const asLittleEndian = (bytes: Buffer) => Buffer.from(bytes).reverse();

async function bytePerSecond(link: ByteLink, bytes: Buffer): Promise<void> {
  let over = false;
  link.closed.then(() => {
    over = true;
  });
  for (let at = 0; at < bytes.length && !over; at += 1) {
    await link.send(bytes.subarray(at, at + 1));
    await new Promise(resolve => setTimeout(resolve, 1_000));
  }
}

/** By strangers; what our peer says names the address they came from. */
const strangers: readonly (Omit<Attack, 'says'> & { readonly says: string })[] = [
  {
    name: 'half a handshake and silence',
    attack: link => link.send(half),
    says: "no handshake within 10 s: it sent 16 of the handshake's 32 bytes",
  },
  {
    name: 'half a handshake and an end',
    attack: async link => {
      await link.send(half);
      link.end();
    },
    says: "it closed the connection: it sent 16 of the handshake's 32 bytes",
  },
  {
    name: 'a handshake at one byte per second',
    attack: link => bytePerSecond(link, handshake('1003')),
    says: "no handshake within 10 s: it sent \\d+ of the handshake's 32 bytes",
  },
  {
    name: 'a question of a web browser',
    attack: link => link.send(Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')),
    says: 'its handshake begins with "GET / HTTP/1\\.1\\.\\.Ho" instead of "P2PFILESHARINGPROJ"',
  },
  {
    name: 'a megabyte of zeros',
    attack: link => link.send(Buffer.alloc(1024 * 1024)),
    says: 'its handshake begins with "\\.{18}" instead of',
  },
  {
    name: 'the handshake of BitTorrent',
    attack: link => link.send(Buffer.from('\x13BitTorrent protocol'), Buffer.alloc(48)),
    says: 'it speaks BitTorrent, not the course protocol',
  },
  {
    name: 'the header of an old edition',
    attack: link => link.send(Buffer.from('CEN5501C2008SPRING'), handshake('1003').subarray(18)),
    says: 'the header of an old edition of the project, CEN5501C2008SPRING',
  },
  {
    name: 'a Java object stream',
    attack: link => link.send(Buffer.from('aced000574', 'hex'), handshake('1003')),
    says: 'it opened a Java object stream \\(ac ed 00 05\\): the protocol sends plain bytes',
  },
  {
    name: 'a peer ID in ASCII digits',
    attack: link => link.send(handshake('1003').subarray(0, 28), Buffer.from('1003')),
    says: 'its four bytes are the ASCII digits of 1003: send the ID as a 4-byte big-endian integer',
  },
  {
    name: 'a peer ID in little-endian',
    attack: link =>
      link.send(handshake('1003').subarray(0, 28), asLittleEndian(handshake('1003').subarray(28))),
    says: 'read backwards it is 1003, so it seems to be sent in little-endian',
  },
  {
    name: 'a peer ID nobody knows',
    attack: link => link.send(handshake('4711')),
    says: 'its peer ID 4711 is not in PeerInfo\\.cfg',
  },
  {
    name: 'the peer ID of whom it dialled',
    attack: link => link.send(handshake('1001')),
    says: 'its handshake has our own peer ID, 1001',
  },
];

/** By peers of the roster, each after a good handshake. */
const members: readonly Attack[] = [
  {
    name: 'a length above the maximum',
    attack: link => link.send(handshake('1004'), allPieces(30), Buffer.from('ffffffff07', 'hex')),
    says: /disconnected from 1004: a message length of 4294967295 is above the maximum of 16389/,
  },
  {
    name: 'a message at one byte per second',
    attack: async link => {
      await link.send(handshake('1005'));
      await bytePerSecond(link, frame(7, Buffer.alloc(16_388)));
    },
    says: /disconnected from 1005: it sent next to nothing of a message for 10 s/,
  },
  {
    name: 'a length in little-endian',
    attack: link => link.send(handshake('1006'), Buffer.from('0500000005ffffffc0', 'hex')),
    says: /disconnected from 1006: .* read backwards it is 5, so it seems to be sent in little-endian/,
  },
  {
    name: 'a length that does not count the type byte',
    attack: link => link.send(handshake('1007'), Buffer.from('0000000405fffffffc', 'hex')),
    says: /disconnected from 1007: .* length 4 for a bitfield of 4 bytes: the length field must also count the type byte, so 5 is right/,
  },
];

describe('a swarm under attack', () => {
  const lab = new Lab();
  let folder: CourseFolder;
  let seed: RunningProcess;
  let downloader: RunningProcess;
  const lastedMs = new Map<string, Promise<number>>();
  const ports = new Map<string, number>();
  const silent = Array.from({ length: silentCount }, (_, i) => `silence ${i}`);

  /** Opens a connection, attacks, and measures how long it lasts. */
  async function start(name: string, target: string, attack: Attack['attack']): Promise<void> {
    const link = await lab.dial(folder, target);
    const openedAt = performance.now();
    ports.set(name, link.port);
    const lasted = link.closed.then(() => performance.now() - openedAt);
    lastedMs.set(name, lasted);
    void attack(link);
  }

  beforeAll(async () => {
    folder = await lab.folder({
      roster: '1001* 1002 1003* 1004* 1005* 1006* 1007* 1008*',
      fileSize: 30 * 16_384,
    });
    // Slow enough to be in the middle of it all the time.
    seed = lab.peer(folder, '1001', '--upload-limit', '26KiB');
    downloader = lab.peer(folder, '1002');
    await downloader.says(/10 %/);
    for (const { name, attack } of [...strangers, ...members]) await start(name, '1001', attack);
    const link = await lab.dial(folder, '1001');
    await link.send(handshake('1008'), frame('5'.charCodeAt(0), Buffer.from('fffffffc', 'hex')));
    await Promise.all(silent.map(name => start(name, '1002', () => {})));
  });

  afterAll(() => lab.close());

  it.for(strangers.map(each => [each.name, each] as const))(
    'lets go of a stranger that sends %s, and says why',
    async ([name, { says }]) => {
      expect(await lastedMs.get(name)).toBeLessThan(longestMs);
      await seed.says(new RegExp(`refused a connection from 127\\.0\\.0\\.1:${ports.get(name)}: .*${says}`));
    },
  );

  it.for(members.map(each => [each.name, each] as const))(
    'lets go of a peer that sends %s, and says why',
    async ([name, { says }]) => {
      expect(await lastedMs.get(name)).toBeLessThan(longestMs);
      await seed.says(says);
    },
  );

  it('tells a peer that sends its types as ASCII digits, and puts up with it', async () => {
    await seed.says(
      /1008: skipped a message of unknown type 53 .*: the ASCII digit 5; send the type as a byte/,
    );
    expect(seed.output).not.toMatch(/disconnected from 1008/);
  });

  it(`lets go of ${silentCount} strangers that say nothing`, async () => {
    for (const name of silent) expect(await lastedMs.get(name)).toBeLessThan(longestMs);
    // Told at least once; what is all the same may be told no more often.
    await downloader.says(
      /refused a connection from 127\.0\.0\.1:\d+: no handshake within 10 s: it sent nothing/,
    );
  });

  it('needs little memory for all of them', ({ skip }) => {
    const peaks = [seed, downloader].map(peer => peer.peakMemory());
    if (peaks.includes(undefined)) skip('this system does not tell the peak memory of a process');
    for (const peak of peaks) expect(peak).toBeLessThan(mostMemory);
  });

  it('completes all the same, and no peer noticed', async () => {
    expect(downloader.output).not.toMatch(/we have the complete file/);
    await Promise.all([seed, downloader].map(peer => peer.endsWith(0)));
    expectIdenticalFiles(folder, ['1002']);
    const lines = readStrictLog(folder, '1002');
    expect(fieldsOf(lines, 'dialled')).toEqual([['1001']]);
    const whileDownloading = lines.slice(
      0,
      lines.findIndex(({ kind }) => kind === 'complete'),
    );
    expect(fieldsOf(whileDownloading, 'choked')).toEqual([]);
    expect(fieldsOf(lines, 'piece')).toHaveLength(30);
    expect(downloader.output).not.toMatch(/uncaught|Error:/i);
  });
});
