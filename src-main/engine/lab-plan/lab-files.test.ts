import { describe, expect, it } from 'vitest';
import type { LabDraft, LabFolder } from '../../../src-shared/lab.ts';
import { parseCommon, parsePeerInfo } from '../course/config.ts';
import { checkDraft, planFolders } from './lab-files.ts';
import { parseLabMark } from './plan-text.ts';
import { samplePlan } from './sample-plan.ts';

const draft: LabDraft = {
  plan: samplePlan(3, '10.0.0.1'),
  command: null,
  scripts: 'both',
  fileName: 'The File.dat',
  fileSize: 2_167_705,
  pieceSize: 16_384,
  preferredNeighbours: 2,
  unchokingSeconds: 5,
  optimisticSeconds: 15,
};

function textOf(folder: LabFolder, path: string): string {
  return folder.files.find(file => file.path === path)!.text!;
}

describe('the folders of a lab', () => {
  it('hold what each machine needs, and the file where a peer begins with it', () => {
    const folders = planFolders(draft);
    expect(folders.map(({ name, machine }) => [name, machine])).toEqual([
      ['machine-a', 0],
      ['machine-b', 1],
      ['machine-c', 2],
    ]);
    const usual = [
      'Common.cfg',
      'PeerInfo.cfg',
      'START-HERE.txt',
      'lab.json',
      'run_peers.sh',
      'run_peers.bat',
    ];
    expect(folders.map(({ files }) => files.map(({ path }) => path))).toEqual([
      [...usual, 'peer_1001/The File.dat'],
      usual,
      usual,
    ]);
    expect(folders[0]!.files.at(-1)).toEqual({
      path: 'peer_1001/The File.dat',
      text: null,
      size: 2_167_705,
      isExecutable: false,
    });
    for (const { text, size } of folders.flatMap(({ files }) => files.slice(0, 6))) {
      expect(size).toBe(Buffer.byteLength(text!));
    }
  });

  it('agree on the configuration, and know whose they are', () => {
    for (const folder of planFolders(draft)) {
      expect(parseCommon(textOf(folder, 'Common.cfg'))).toMatchObject({
        ok: true,
        value: { fileName: 'The File.dat', fileSize: 2_167_705, unchokingIntervalMs: 5000 },
      });
      const roster = parsePeerInfo(textOf(folder, 'PeerInfo.cfg'));
      expect(roster).toMatchObject({ ok: true, notices: [] });
      expect(textOf(folder, 'PeerInfo.cfg').split('\n').slice(0, 2)).toEqual([
        '1001 10.0.0.1 6008 1',
        '1002 10.0.0.2 6008 0',
      ]);
      expect(parseLabMark(textOf(folder, 'lab.json'))).toEqual({
        ok: true,
        value: { machine: draft.plan[folder.machine]!.name, plan: draft.plan },
        notices: [],
      });
    }
  });

  it.each([
    ['unix', ['run_peers.sh']],
    ['windows', ['run_peers.bat']],
    ['both', ['run_peers.sh', 'run_peers.bat']],
  ] as const)('have scripts for %s', (scripts, names) => {
    const [folder] = planFolders({ ...draft, scripts });
    const found = folder!.files.filter(({ path }) => path.startsWith('run_peers'));
    expect(found.map(({ path }) => path)).toEqual(names);
    expect(found.map(({ isExecutable }) => isExecutable)).toEqual(names.map(name => name.endsWith('.sh')));
  });

  it('are made for 200 machines', () => {
    expect(planFolders({ ...draft, plan: samplePlan(200, '10.0.0.1') })).toHaveLength(200);
  });
});

describe('START-HERE.txt', () => {
  it('tells what to copy, what to start, and in which order', () => {
    const text = textOf(planFolders({ ...draft, scripts: 'unix' })[1]!, 'START-HERE.txt');
    expect(text).toContain('This folder is for one computer: Machine B, 10.0.0.2 in the network.\n');
    expect(text).toContain('peers 1002 and 1003');
    expect(text).toContain('  1. Machine A at 10.0.0.1: peer 1001 (begins with the file)\n');
    expect(text).toContain('  2. Machine B at 10.0.0.2: peers 1002 and 1003   <- this one\n');
    expect(text).toContain('sh run_peers.sh');
    expect(text).not.toMatch(/run_peers\.bat|--wait|\r/);
    expect(text).toContain('TCP, ports 6008 and 6009.');
    expect(text).toContain('piecewise lab collect machine-a machine-b ...\n');
  });

  it('tells how to find out whether the address is right, or the name', () => {
    const [first] = samplePlan(1, '10.0.0.1');
    const pageAt = (host: string) =>
      textOf(planFolders({ ...draft, plan: [{ ...first!, host }] })[0]!, 'START-HERE.txt');
    expect(pageAt('fd00::1')).toContain('"piecewise addresses" must list fd00::1 there');
    expect(pageAt('lab-1.example.edu')).toContain('"hostname" must print lab-1 there');
    expect(pageAt('lab-1.example.edu')).not.toContain('piecewise addresses');
  });

  it("names the student's own command, and has Windows's line ends for Windows", () => {
    const text = textOf(planFolders({ ...draft, command: 'java peerProcess' })[2]!, 'START-HERE.txt');
    expect(text).toContain('\r\n      java peerProcess 1004\r\n');
    expect(text).toContain('--wait port');
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it.each([1, 3, 200])('is one page in a lab of %i machines', machines => {
    for (const folder of planFolders({ ...draft, command: 'x', plan: samplePlan(machines, '10.0.0.1') })) {
      const text = textOf(folder, 'START-HERE.txt');
      expect(text.split('\n').length).toBeLessThan(70);
      expect(text).toContain('<- this one');
    }
  });
});

describe('a draft', () => {
  it('without mistakes has none', () => {
    expect(checkDraft(draft)).toEqual([
      {
        place: { field: 'common' },
        message: 'FileName "The File.dat" has spaces; some implementations read only the first word.',
        isError: false,
      },
    ]);
  });

  it.each([
    [{ plan: [] }, 'The plan has no machines'],
    [{ fileName: '../x' }, 'The name of the file must be a plain file name'],
    [{ fileName: 'x\nFileSize 1' }, 'The name of the file must not contain'],
    [{ fileName: '' }, 'The name of the file must not be empty'],
    [{ fileSize: 2 ** 40, pieceSize: 1 }, 'PieceSize 1 is too small'],
    [{ unchokingSeconds: 0.5 }, 'UnchokingInterval must be a whole number of seconds'],
    [{ command: ' ' }, 'The command is empty'],
    [{ command: 'java\nreboot' }, 'The command must be one line'],
    [{ command: 'java "peerProcess' }, 'a quotation mark that is not closed'],
    [{ command: "java 'peerProcess" }, 'a quotation mark that is not closed'],
    [{ command: 'java peerProcess \\' }, 'a quotation mark that is not closed'],
  ])('with %j is refused', (mistake, words) => {
    const errors = checkDraft({ ...draft, ...mistake }).filter(({ isError }) => isError);
    expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining(words)]);
  });

  it('may start anything', () => {
    for (const command of [
      'java -cp "my classes" peerProcess',
      "python3 'x y.py'",
      'C:\\x\\peer.exe',
      'a "b\'c"',
    ]) {
      expect(checkDraft({ ...draft, fileName: 'x', command })).toEqual([]);
    }
  });
});
