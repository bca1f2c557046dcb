import { describe, expect } from 'vitest';
import { classmate, python } from './classmate/python.ts';
import type { CourseFolder, CourseOptions } from './course-folder.ts';
import { expectIdenticalFiles, expectStrictLog } from './finished-swarm.ts';
import { it, type Lab } from './lab.ts';
import { RunningProcess } from './processes.ts';

/** Swarms of ours and of a classmate's peer that knows the course's description and nothing of ours. */

function startClassmate(lab: Lab, folder: CourseFolder, id: string): RunningProcess {
  return lab.watch(new RunningProcess(python!, [classmate, id, '--keep-dialling'], { cwd: folder.dir }));
}

async function expectNoContradiction(lab: Lab, folder: CourseFolder): Promise<void> {
  const verify = lab.command(['verify', folder.dir, '--json']);
  await verify.ended;
  const { findings } = JSON.parse(verify.raw);
  expect(findings.filter(({ verdict }: { verdict: string }) => verdict === 'contradiction')).toEqual([]);
  await verify.endsWith(0);
}

describe
  .skipIf(python === undefined)
  .concurrent(
    `beside a classmate’s peer${python === undefined ? ' (not here: no Python 3.9 or newer)' : ''}`,
    () => {
      it('both sides choke and unchoke each other while a file takes several rounds', async ({ lab }) => {
        const roster = '1001* 1002 1003 1004 1005';
        const folder = await lab.folder({ roster, preferred: 1, fileSize: 2_000_000, optimistic: 3 });
        const ours = ['1001', '1003', '1005'].map(id => lab.peer(folder, id, '--upload-limit', '200KiB'));
        const theirs = ['1002', '1004'].map(id => startClassmate(lab, folder, id));
        await Promise.all([...ours, ...theirs].map(peer => peer.endsWith(0)));
        expectIdenticalFiles(folder, folder.ids);
        const kinds = folder.ids.map(id => new Set(expectStrictLog(folder, id).map(({ kind }) => kind)));
        for (const seen of kinds) expect(seen).toContain('preferred');
        for (const seen of kinds.slice(1))
          expect([...seen]).toEqual(expect.arrayContaining(['unchoked', 'choked']));
        await expectNoContradiction(lab, folder);
      });

      it.for<[string, CourseOptions, string]>([
        ['whose seed is theirs', { roster: '1001* 1002 1003' }, '1001'],
        ['whose seed is ours', { roster: '1001* 1002 1003' }, '1002 1003'],
        ['where theirs is between ours', { roster: '1001* 1002 1003' }, '1002'],
        ['where theirs are both ends', { roster: '1001 1002 1003*' }, '1001 1003'],
        ['of five, theirs and ours in turn', { roster: '1001* 1002 1003 1004 1005' }, '1002 1004'],
        ['of five with two seeds', { roster: '1001* 1002* 1003 1004 1005' }, '1001 1003 1005'],
        ['of theirs alone', { roster: '1001* 1002 1003' }, '1001 1002 1003'],
        ['with one piece', { roster: '1001* 1002 1003', fileSize: 5_000 }, '1001 1003'],
        [
          'whose piece count is a multiple of 8',
          { roster: '1001* 1002 1003', fileSize: 16 * 16_384 },
          '1002',
        ],
      ])('a swarm %s completes', async ([, options, theirs], { lab }) => {
        const folder = await lab.folder({ fileSize: 60 * 16_384 + 1, ...options });
        const isTheirs = (id: string) => theirs.split(' ').includes(id);
        const peers = folder.ids.map(id =>
          isTheirs(id) ? startClassmate(lab, folder, id) : lab.peer(folder, id),
        );
        await Promise.all(peers.map(peer => peer.endsWith(0)));
        expectIdenticalFiles(folder, folder.ids);
        for (const id of folder.ids) expectStrictLog(folder, id);
        expect(peers.map(({ err }) => err)).toEqual(peers.map(() => []));
        await expectNoContradiction(lab, folder);
      });

      it('theirs gives up at once where an earlier peer is not up', async ({ lab }) => {
        const folder = await lab.folder({ roster: '1001* 1002' });
        const early = lab.watch(new RunningProcess(python!, [classmate, '1002'], { cwd: folder.dir }));
        await early.endsWith(1);
        expect(early.err).toEqual([
          expect.stringMatching(/^cannot connect to peer 1001 at 127\.0\.0\.1:\d+: /),
        ]);
      });
    },
  );
