import { describe, expect, it } from 'vitest';
import { drawnCommon, drawnRoster } from '../testing/drawn-run.ts';
import { formatCommon, formatPeerInfo, formatProblem } from './config.ts';
import { agreeOnSetup, type FolderContents, placePeers } from './lab-placing.ts';

const common = formatCommon(drawnCommon);
const peerInfo = formatPeerInfo(drawnRoster);

function toldBy(...folders: readonly { common?: string; peerInfo?: string }[]): string[] {
  const agreed = agreeOnSetup(
    folders.map((folder, index) => ({
      label: 'abc'[index]!,
      common: 'common' in folder ? folder.common : common,
      peerInfo: 'peerInfo' in folder ? folder.peerInfo : peerInfo,
    })),
  );
  return (agreed.ok ? agreed.notices : agreed.problems).map(
    problem => `${problem.severity} ${formatProblem(problem)}`,
  );
}

describe('agreeOnSetup', () => {
  it('takes files that differ only in how their lines end as the same', () => {
    expect(toldBy({}, { common: `\uFEFF${common.replaceAll('\n', '  \r\n')}\r\n\r\n` })).toEqual([]);
  });

  it('names both folders and the first line that differs', () => {
    expect(toldBy({}, {}, { common: common.replace('PieceSize 10', 'PieceSize 12') })).toEqual([
      'error c/Common.cfg:6: It differs from a/Common.cfg: "PieceSize 12" here, "PieceSize 10" there. The folders are not of the same run.',
    ]);
    expect(toldBy({}, { peerInfo: peerInfo.split('\n').slice(0, 2).join('\n') })).toEqual([
      'error b/PeerInfo.cfg:3: It differs from a/PeerInfo.cfg: no such line here, "1003 localhost 6003 0" there. The folders are not of the same run.',
    ]);
  });

  it('lets a machine call itself by another address', () => {
    const [told] = toldBy({}, { peerInfo: peerInfo.replace('127.0.0.1', '10.0.0.2') });
    expect(told).toMatch(/^notice b\/PeerInfo\.cfg:2: notice: It differs .* That changes nothing here\.$/);
  });

  it('does with one folder that has the files', () => {
    expect(toldBy({ common: undefined as never }, {})).toEqual([]);
    const nowhere = toldBy({ common: undefined as never }, { common: undefined as never });
    expect(nowhere).toEqual(['error Common.cfg: There is no such file in any of the folders: a, b.']);
  });

  it('tells what is wrong in a file with its folder', () => {
    expect(toldBy({ common: common.replace('PieceSize 10', 'PieceSize many') })[0]).toMatch(
      /^error a\/Common\.cfg:6: /,
    );
  });
});

/** "a: 1001 1002=x": a folder with these logs, each with what it holds; "a@Machine B" has a mark. */
function folders(...texts: readonly string[]): FolderContents[] {
  return texts.map(text => {
    const [head = '', rest = ''] = text.split(': ');
    const [label = '', machine] = head.split('@');
    const logs = rest
      .split(' ')
      .filter(Boolean)
      .map(log => log.split('=') as [string, string?]);
    return {
      label,
      machine,
      logs: new Map(logs.map(([peer, digest = peer]) => [peer, digest])),
      peerFolders: new Set(),
    };
  });
}

const plan = [
  { name: 'Machine A', host: '10.0.0.1', peers: ['1001'] },
  { name: 'Machine B', host: '10.0.0.2', peers: ['1002', '1003'] },
];

describe('placePeers', () => {
  it('sees from the logs whose folder is whose', () => {
    const { places, machines, notices, problems } = placePeers(
      drawnRoster,
      folders('b: 1002 1003', 'a: 1001'),
      undefined,
    );
    expect([...places]).toEqual([
      ['1001', 1],
      ['1002', 0],
      ['1003', 0],
    ]);
    expect(machines.map(({ name, peers, folder }) => [name, peers, folder])).toEqual([
      ['a', ['1001'], 'a'],
      ['b', ['1002', '1003'], 'b'],
    ]);
    expect([notices, problems]).toEqual([[], []]);
  });

  it('tells peers of which nothing is here by their host', () => {
    const { machines } = placePeers(drawnRoster, folders('a: 1001'), undefined);
    expect(machines.slice(1)).toEqual([
      { name: '127.0.0.1', host: '127.0.0.1', peers: ['1002'], folder: null },
      { name: 'localhost', host: 'localhost', peers: ['1003'], folder: null },
    ]);
  });

  it('calls machines as the plan does, and misses those that brought nothing', () => {
    const { machines, places } = placePeers(drawnRoster, folders('a@Machine A: 1001'), plan);
    expect(machines.map(({ name, folder }) => [name, folder])).toEqual([
      ['Machine A', 'a'],
      ['Machine B', null],
    ]);
    expect([...places]).toEqual([['1001', 0]]);
  });

  it('looks for what a marked folder lacks in that folder', () => {
    const { machines, places } = placePeers(
      drawnRoster,
      folders('a@Machine A: 1001', 'b@Machine B: 1002'),
      plan,
    );
    expect(places.get('1003')).toBe(1);
    expect(machines[1]?.folder).toBe('b');
  });

  it('uses the same log once, and says where else it is', () => {
    const { places, notices, problems } = placePeers(
      drawnRoster,
      folders('a: 1001', 'b: 1002 1003', 'copy: 1002 1003'),
      undefined,
    );
    expect(places.get('1002')).toBe(1);
    expect(notices).toEqual(['copy and b hold the same log of peers 1002, 1003; each is used once.']);
    expect(problems).toEqual([]);
  });

  it('refuses two different logs of one peer, and names both folders', () => {
    const { problems } = placePeers(drawnRoster, folders('a: 1001', 'b: 1002', 'c: 1002=x 1003'), undefined);
    expect(problems).toEqual([
      'log_peer_1002.log is another in c than in b; leave out the folder that is not of this run.',
    ]);
  });

  it("prefers the log of the peer's own machine", () => {
    const { places, notices, problems } = placePeers(
      drawnRoster,
      folders('a@Machine A: 1001 1002=old', 'b@Machine B: 1002 1003'),
      plan,
    );
    expect(places.get('1002')).toBe(1);
    expect(notices).toEqual([
      "log_peer_1002.log in a is not used: it differs from that in b, the folder of the peer's machine.",
    ]);
    expect(problems).toEqual([]);
  });

  it('does not use logs of peers that are not listed, and says when a folder holds nothing', () => {
    const { notices } = placePeers(drawnRoster, folders('a: 1001 1002 1003 1009', 'b'), undefined);
    expect(notices).toEqual([
      'a/log_peer_1009.log is not used: PeerInfo.cfg does not list peer 1009.',
      'b holds no log and no folder of a peer.',
    ]);
  });
});
