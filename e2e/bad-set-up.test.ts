import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { CourseFolder } from './course-folder.ts';
import { expectFinished } from './finished-swarm.ts';
import { it } from './lab.ts';

/** Configuration and folders that are not as they should be: exit code 2 and words that name the place. */

interface BadCase {
  readonly what: string;
  spoil(folder: CourseFolder): void;
  /** Each must match a line of its own; there are no others. */
  readonly says: readonly RegExp[];
}

const common = (from: string | RegExp, to: string) => (folder: CourseFolder) =>
  folder.edit('Common.cfg', text => text.replace(from, to));
const peerInfo = (from: string | RegExp, to: string) => (folder: CourseFolder) =>
  folder.edit('PeerInfo.cfg', text => text.replace(from, to));

const cases: readonly BadCase[] = [
  {
    what: 'Common.cfg is missing',
    spoil: folder => folder.remove('Common.cfg'),
    says: [/^Common\.cfg: There is no such file in the working folder, .*piecewise-e2e-/],
  },
  {
    what: 'PeerInfo.cfg is missing',
    spoil: folder => folder.remove('PeerInfo.cfg'),
    says: [/^PeerInfo\.cfg: There is no such file in the working folder/],
  },
  {
    what: 'both are missing',
    spoil: folder => {
      folder.remove('Common.cfg');
      folder.remove('PeerInfo.cfg');
    },
    says: [/^Common\.cfg: There is no such file/, /^PeerInfo\.cfg: There is no such file/],
  },
  {
    what: 'Common.cfg is empty',
    spoil: folder => folder.write('Common.cfg', ''),
    says: [/^Common\.cfg: The file is empty; it needs a line each for NumberOfPreferredNeighbors, /],
  },
  {
    what: 'PeerInfo.cfg is empty',
    spoil: folder => folder.write('PeerInfo.cfg', '\n\n'),
    says: [/^PeerInfo\.cfg: The file lists no peers/],
  },
  {
    what: 'Common.cfg is no text',
    spoil: folder => folder.write('Common.cfg', Uint8Array.of(0xff, 0xfe, 0x00)),
    says: [/^Common\.cfg: The file is not text in UTF-8/],
  },
  {
    what: 'a key is given twice',
    spoil: common('FileName', 'PieceSize 5\nFileName'),
    says: [/^Common\.cfg:7: PieceSize is already given in line 4; keep one of the two\.$/],
  },
  {
    what: 'a key is missing',
    spoil: common(/UnchokingInterval 1\n/, ''),
    says: [/^Common\.cfg: UnchokingInterval is missing; add a line such as "UnchokingInterval 5"\.$/],
  },
  {
    what: 'a key is misspelt',
    spoil: common('PieceSize', 'PieceSise'),
    says: [
      /^Common\.cfg:6: notice: The key "PieceSise" is unknown and ignored; did you mean PieceSize/,
      /^Common\.cfg: PieceSize is missing/,
    ],
  },
  {
    what: 'a number is none',
    spoil: common('UnchokingInterval 1', 'UnchokingInterval soon'),
    says: [/^Common\.cfg:2: UnchokingInterval must be a whole number of seconds, 1 or more; it is "soon"\.$/],
  },
  {
    what: 'a number is negative',
    spoil: common('NumberOfPreferredNeighbors 2', 'NumberOfPreferredNeighbors -2'),
    says: [/^Common\.cfg:1: NumberOfPreferredNeighbors must be a whole number, 0 or more; it is "-2"\.$/],
  },
  {
    what: 'UnchokingInterval is 0',
    spoil: common('UnchokingInterval 1', 'UnchokingInterval 0'),
    says: [/^Common\.cfg:2: UnchokingInterval must be a whole number of seconds, 1 or more; it is "0"\.$/],
  },
  {
    what: 'OptimisticUnchokingInterval is 0',
    spoil: common('OptimisticUnchokingInterval 2', 'OptimisticUnchokingInterval 0'),
    says: [/^Common\.cfg:3: OptimisticUnchokingInterval must be .* 1 or more; it is "0"\.$/],
  },
  {
    what: 'PieceSize is 0',
    spoil: common(/PieceSize \d+/, 'PieceSize 0'),
    says: [/^Common\.cfg:6: PieceSize must be a whole number of bytes, 1 or more; it is "0"\.$/],
  },
  {
    what: 'FileSize is 2^53',
    spoil: common(/FileSize \d+/, 'FileSize 9007199254740992'),
    says: [/^Common\.cfg:5: FileSize must be at most 9007199254740991 .*; it is "9007199254740992"\.$/],
  },
  {
    what: 'FileName climbs out of its folder',
    spoil: common('TheFile.dat', '../../TheFile.dat'),
    says: [/^Common\.cfg:4: FileName must be a plain file name inside the peer's folder/],
  },
  {
    what: 'FileName is a path',
    spoil: common('TheFile.dat', '/etc/passwd'),
    says: [/^Common\.cfg:4: FileName must be a plain file name .*; it is "\/etc\/passwd"\.$/],
  },
  {
    what: 'there would be too many pieces',
    spoil: common(/FileSize \d+\nPieceSize \d+/, 'FileSize 100000000\nPieceSize 1'),
    says: [/^Common\.cfg:6: PieceSize 1 is too small for FileSize 100000000/],
  },
  {
    what: 'an ID is listed twice',
    spoil: peerInfo(/^1003/m, '1002'),
    says: [/^PeerInfo\.cfg:3: Peer ID 1002 is already taken in line 2; every peer needs its own\.$/],
  },
  {
    what: 'two peers share host and port',
    spoil: peerInfo(/(1002 (\S+ \d+) 0\n1003) \S+ \d+/, '$1 $2'),
    says: [/^PeerInfo\.cfg:3: "127\.0\.0\.1" with port \d+ is already taken in line 2; give one of the two/],
  },
  {
    what: 'nobody has the file',
    spoil: peerInfo(/ 1\n/, ' 0\n'),
    says: [/^PeerInfo\.cfg: No peer has the file; at least one line must end in hasFile 1\.$/],
  },
  {
    what: 'the own ID is not listed',
    spoil: peerInfo(/^1002/m, '1012'),
    says: [/^PeerInfo\.cfg: Peer "1002" is not listed; the file lists 1001, 1012, 1003\.$/],
  },
  {
    what: 'a line has a column too few',
    spoil: peerInfo(/(1003 \S+ \d+) 0/, '$1'),
    says: [/^PeerInfo\.cfg:3: A peer needs 4 columns, "peerID host port hasFile"; this line has 3/],
  },
  {
    what: 'an ID, a port and a hasFile are none',
    spoil: folder => folder.write('PeerInfo.cfg', 'one h 1 1\n1002 h 70000 0\n1003 h 6003 yes\n'),
    says: [
      /^PeerInfo\.cfg:1: The peer ID must be a whole number from 1 to 4294967295; it is "one"\.$/,
      /^PeerInfo\.cfg:2: The port must be a whole number from 1 to 65535; it is "70000"\.$/,
      /^PeerInfo\.cfg:3: hasFile must be 0 or 1; it is "yes"\.$/,
    ],
  },
  {
    what: 'both files are wrong',
    spoil: folder => {
      common(/PieceSize \d+/, 'PieceSize big')(folder);
      peerInfo(/^1003/m, '-3')(folder);
    },
    says: [/^Common\.cfg:6: PieceSize must be/, /^PeerInfo\.cfg:3: The peer ID must be/],
  },
  {
    what: 'a folder lies where its file should be',
    spoil: folder => mkdirSync(join(folder.dir, 'peer_1002', 'TheFile.dat'), { recursive: true }),
    says: [/^peer_1002\/TheFile\.dat: this is not a file/],
  },
  {
    what: 'a file of another size lies where its file should be',
    spoil: folder => {
      mkdirSync(join(folder.dir, 'peer_1002'));
      folder.write('peer_1002/TheFile.dat', 'my notes');
    },
    says: [/^peer_1002\/TheFile\.dat: it has 8 bytes where 147556 are expected; .*move this one away$/],
  },
];

describe.concurrent('a peer that cannot start', () => {
  it.for(cases.map(each => [each.what, each] as const))(
    'because %s says so and ends with 2',
    async ([, { spoil, says }], { lab }) => {
      const folder = await lab.folder({ roster: '1001* 1002 1003' });
      spoil(folder);
      const peer = lab.peer(folder, '1002');
      await peer.endsWith(2);
      expect(peer.out).toEqual([]);
      expect(peer.err).toEqual(says.map(pattern => expect.stringMatching(pattern)));
    },
  );

  it.for<[string, (folder: CourseFolder) => void, RegExp]>([
    [
      'is missing',
      folder => folder.remove('peer_1001'),
      /^peer_1001\/TheFile\.dat: There is no such file \(nor 1001\/TheFile\.dat\), but PeerInfo\.cfg says that peer 1001 has the file\.$/,
    ],
    [
      'has the wrong size',
      folder => folder.write('peer_1001/TheFile.dat', 'too short'),
      /^peer_1001\/TheFile\.dat: The file has 9 bytes, but FileSize in Common\.cfg is 147556\.$/,
    ],
  ])("because the seed's file %s says so and ends with 2", async ([, spoil, says], { lab }) => {
    const folder = await lab.folder({ roster: '1001* 1002' });
    spoil(folder);
    const peer = lab.peer(folder, '1001');
    await peer.endsWith(2);
    expect(peer.err).toEqual([expect.stringMatching(says)]);
  });

  it('because its port is in use names the address and leaves no lock', async ({ lab }) => {
    const folder = await lab.folder({ roster: '1001* 1002' });
    const port = folder.portOf('1002');
    const other = createServer();
    await new Promise<void>(resolve => other.listen(port, '127.0.0.1', resolve));
    lab.onEnd(() => other.close());
    const peer = lab.peer(folder, '1002');
    await peer.endsWith(2);
    expect(peer.err).toEqual([
      `peer 1002 cannot listen: 127.0.0.1:${port} is already in use: another peer or program listens there; stop it, or change the port in PeerInfo.cfg`,
    ]);
    expect(folder.files().filter(file => file.endsWith('.lock'))).toEqual([]);
  });

  it('because its journal cannot be written says so and ends with 2', async ({ lab }) => {
    const folder = await lab.folder({ roster: '1001* 1002' });
    const peer = lab.peer(folder, '1001', '--journal', join(folder.dir, 'no-such-folder', 'journal'));
    await peer.endsWith(2);
    expect(peer.err).toEqual([
      expect.stringMatching(/^journal cannot be written: .*no such file or directory/),
    ]);
  });

  it('because its working folder does not exist says so and ends with 2', async ({ lab }) => {
    const peer = lab.command(['peer', '1001', '--dir', '/no/such/folder']);
    await peer.endsWith(2);
    expect(peer.err).toHaveLength(2);
    expect(peer.output).toMatch(
      /^Common\.cfg: There is no such file in the working folder, \/no\/such\/folder\.$/m,
    );
  });

  it.for<[string, readonly string[], RegExp]>([
    ['no ID', ['peer'], /missing required argument 'id'/],
    ['an unknown option', ['peer', '1001', '--fast'], /unknown option '--fast'/],
    ['an unknown command', ['pear', '1001'], /unknown command 'pear'/],
    ['a rate that is none', ['peer', '1001', '--upload-limit', 'fast'], /'--upload-limit <rate>'.*'fast'/],
    ['a negative time', ['peer', '1001', '--lost-after', '-1'], /'--lost-after <seconds>'.*'-1'/],
    [
      'an unknown strategy',
      ['peer', '1001', '--strategy', 'best'],
      /'--strategy <rule>'.*'best'.*random, rarest/,
    ],
  ])('because it was given %s says how it is used and ends with 2', async ([, args, says], { lab }) => {
    const command = lab.command(args);
    await command.endsWith(2);
    expect(command.output).toMatch(says);
    expect(command.output).toMatch(/Usage: piecewise/);
  });
});

describe.concurrent('a peer with odd but harmless settings', () => {
  it('says which keys it does not know, and goes on', async ({ lab }) => {
    const folder = await lab.folder({ roster: '1001*' });
    folder.edit('Common.cfg', text => `${text}Colour blue\n`);
    const peer = lab.peer(folder, '1001');
    await peer.endsWith(0);
    expect(peer.err).toEqual(['Common.cfg:7: notice: The key "Colour" is unknown and ignored.']);
  });

  it('reads files of another editor: a byte order mark, CRLF, tabs, comments, another order', async ({
    lab,
  }) => {
    const folder = await lab.folder({ roster: '1001* 1002' });
    folder.edit('Common.cfg', text => {
      const reversed = text.trim().split('\n').reverse().join('\r\n').replaceAll(' ', '\t ');
      return `\ufeff# ours\r\n\r\n${reversed}`;
    });
    folder.edit('PeerInfo.cfg', text => `\ufeff${text.trim().replaceAll('\n', ' \r\n')}`);
    const peers = folder.ids.map(id => lab.peer(folder, id));
    await Promise.all(peers.map(peer => peer.endsWith(0)));
    expectFinished(folder);
  });

  it('waits, and says so, for a peer whose host name does not resolve', async ({ lab }) => {
    const folder = await lab.folder({ roster: '1001* 1002 1003*' });
    // A label of more than 63 letters can be no host name, and no name server is asked.
    const nowhere = `${'x'.repeat(64)}.lab`;
    folder.edit('PeerInfo.cfg', text => text.replace('127.0.0.1', nowhere));
    const waiting = lab.peer(folder, '1002');
    const [said] = await waiting.says(/waiting for peer 1001 at .*/);
    expect(said).toMatch(new RegExp(`at ${nowhere}:\\d+: the host name ${nowhere} cannot be resolved$`));
    const seed = lab.peer(folder, '1003');
    await Promise.all([waiting, seed].map(peer => peer.endsWith(0)));
    expect(folder.read(folder.pathOf('1002')).equals(folder.content)).toBe(true);
  });
});

describe.concurrent('two processes with one ID in one folder', () => {
  it('cannot both download: the second names the first and disturbs nothing', async ({ lab }) => {
    const folder = await lab.folder({ roster: '1001* 1002' });
    const first = lab.peer(folder, '1002');
    await first.says(/waiting for peer 1001/);
    const second = lab.peer(folder, '1002');
    await second.endsWith(2);
    expect(second.err).toEqual([`peer_1002/TheFile.dat is already being downloaded by process ${first.pid}`]);
    const seed = lab.peer(folder, '1001');
    await Promise.all([first, seed].map(peer => peer.endsWith(0)));
    expectFinished(folder);
  });

  it('cannot both seed: the second names the address and disturbs nothing', async ({ lab }) => {
    const folder = await lab.folder({ roster: '1001* 1002' });
    const first = lab.peer(folder, '1001');
    await first.says(/peer 1001 shares/);
    const second = lab.peer(folder, '1001');
    await second.endsWith(2);
    expect(second.err).toEqual([
      expect.stringMatching(/^peer 1001 cannot listen: 127\.0\.0\.1:\d+ is already in use/),
    ]);
    const downloader = lab.peer(folder, '1002');
    await Promise.all([first, downloader].map(peer => peer.endsWith(0)));
    expectFinished(folder);
  });
});
