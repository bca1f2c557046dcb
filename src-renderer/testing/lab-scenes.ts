import type { Answer, Question } from '../../src-shared/contract.ts';
import type { LabDraft, LabFolder, LabPlan, LabReport, PlanProblem } from '../../src-shared/lab.ts';
import type { FakeOptions } from './fake-bridge.ts';
import { place } from './scenes.ts';

/** Made-up labs. What is wrong with a plan is found only as far as the tests and pictures of the screen need it. */

export function labPlan(machines: number): LabPlan {
  let id = 1001;
  return Array.from({ length: machines }, (_, index) => ({
    name: `Machine ${index < 26 ? String.fromCharCode(65 + index) : index + 1}`,
    host: `10.14.3.${21 + index}`,
    peers: Array.from({ length: index === 0 ? 1 : 2 }, (_, at) => ({
      id: String(id++),
      port: String(6008 + at),
      hasFile: index === 0,
    })),
  }));
}

/** Names as people give them, and every kind of mistake. */
export const wrongPlan: LabPlan = [
  {
    name: 'Übungsraum 1, Fenster',
    host: '10.14.3.21',
    peers: [
      { id: '1001', port: '6008', hasFile: true },
      { id: '1002', port: '6008', hasFile: false },
    ],
  },
  {
    name: 'Machine B',
    host: 'lab 02',
    peers: [
      { id: '1002', port: '6008', hasFile: false },
      { id: '1004', port: '80', hasFile: false },
    ],
  },
  { name: 'Machine C', host: '', peers: [] },
];

export function labPreview({ draft, machine }: Question<'previewLab'>): Answer<'previewLab'> {
  const problems = problemsOf(draft.plan);
  const isWrong = problems.some(({ isError }) => isError);
  const folders = isWrong ? [] : draft.plan.map((_, index) => folderOf(draft, index));
  const bare = folders.map(folder => ({
    ...folder,
    files: folder.files.map(file => ({ ...file, text: null })),
  }));
  return { problems, folders: bare, shown: folders[machine] ?? null };
}

function problemsOf(plan: LabPlan): PlanProblem[] {
  const ids = plan.flatMap(({ peers }) => peers.map(({ id }) => id));
  return plan.flatMap(({ name, host, peers }, machine): PlanProblem[] => [
    ...(/^[\w.:-]+$/.test(host)
      ? []
      : [
          {
            place: { machine, field: 'host' as const },
            message: `"${host}" of ${name} is no address: give one such as 192.168.1.101, or a host name.`,
            isError: true,
          },
        ]),
    ...(peers.length > 0
      ? []
      : [{ place: { machine }, message: `${name} has no peer; nothing is started there.`, isError: false }]),
    ...peers.flatMap(({ id, port }, peer): PlanProblem[] => [
      ...(ids.filter(other => other === id).length > 1
        ? [
            {
              place: { machine, peer, field: 'id' as const },
              message: `The ID ${id} is used twice; each peer needs its own.`,
              isError: true,
            },
          ]
        : []),
      ...(peers.findIndex(other => other.port === port) < peer
        ? [
            {
              place: { machine, peer, field: 'port' as const },
              message: `Another peer of ${name} has the port ${port} already.`,
              isError: true,
            },
          ]
        : []),
      ...(Number(port) < 1024
        ? [
            {
              place: { machine, peer, field: 'port' as const },
              message: `The port ${port} may be opened by administrators only; take one from 1024 on.`,
              isError: false,
            },
          ]
        : []),
    ]),
  ]);
}

function folderOf(draft: LabDraft, index: number): LabFolder {
  const machine = draft.plan[index]!;
  const roster = draft.plan.flatMap(({ host, peers }) =>
    peers.map(({ id, port, hasFile }) => `${id} ${host} ${port} ${hasFile ? 1 : 0}`),
  );
  const text = (path: string, lines: readonly string[]) => ({
    path,
    text: lines.join('\n'),
    size: lines.join('\n').length,
    isExecutable: path.endsWith('.sh'),
  });
  const starts = machine.peers.map(({ id }) => `${draft.command ?? 'piecewise peer'} ${id} &`);
  return {
    name: machine.name.toLowerCase().replaceAll(/\s+/g, '-'),
    machine: index,
    files: [
      text('Common.cfg', [
        `NumberOfPreferredNeighbors ${draft.preferredNeighbours}`,
        `UnchokingInterval ${draft.unchokingSeconds}`,
        `OptimisticUnchokingInterval ${draft.optimisticSeconds}`,
        `FileName ${draft.fileName}`,
        `FileSize ${draft.fileSize}`,
        `PieceSize ${draft.pieceSize}`,
      ]),
      text('PeerInfo.cfg', roster),
      text('START-HERE.txt', [`This is the folder of ${machine.name}.`]),
      text('lab.json', [JSON.stringify(draft.plan, null, 2)]),
      text('run_peers.sh', ['#!/bin/sh', 'cd "$(dirname "$0")" || exit 1', ...starts, 'wait']),
      ...machine.peers
        .filter(({ hasFile }) => hasFile)
        .map(({ id }) => ({
          path: `peer_${id}/${draft.fileName}`,
          text: null,
          size: draft.fileSize,
          isExecutable: false,
        })),
    ],
  };
}

export function labReport(change: Partial<LabReport> = {}): LabReport {
  const line = (id: number, text: string) => ({
    file: `machine-b/log_peer_${id}.log`,
    line: 41,
    text: `[2026-01-31 14:05:44]: ${text}`,
  });
  return {
    verdict: 'warning',
    conclusion: 'All 3 peers have the whole file, and their logs agree; one thing is doubtful.',
    fileName: 'TheFile.dat',
    fileSize: 10_000_232,
    pieceCount: 306,
    settings: { pieceSize: 32_768, preferredNeighbours: 2, unchokingSeconds: 5, optimisticSeconds: 15 },
    ran: { from: '2026-01-31 14:05:00', to: '2026-01-31 14:06:31' },
    isWhole: false,
    machines: [
      { name: 'Machine A', host: '10.14.3.21', peers: ['1001'], folder: 'machine-a', clockAheadMs: 0 },
      {
        name: 'Machine B',
        host: '10.14.3.22',
        peers: ['1002', '1003'],
        folder: 'back/machine-b.zip',
        clockAheadMs: 4000,
      },
      { name: 'Machine C', host: '10.14.3.23', peers: ['1004'], folder: null, clockAheadMs: null },
    ],
    peers: [
      reportPeer('1001', {
        role: 'seed',
        downloaded: 0,
        sources: [],
        durationMs: null,
        bytesPerSecond: null,
      }),
      reportPeer('1002'),
      reportPeer('1003', { sources: [{ peer: '1002', pieces: 306 }] }),
      reportPeer('1004', { hasLog: false, complete: false, sha256: null, downloaded: 0, sources: [] }),
    ],
    findings: [
      {
        check: 'files',
        verdict: 'ok',
        peers: [],
        text: 'Three copies have the same SHA-256.',
        evidence: [],
      },
      {
        check: 'preferred',
        verdict: 'warning',
        peers: ['1003'],
        text: 'Peer 1003 chose 3 preferred neighbours where Common.cfg allows 2.',
        evidence: [line(1003, 'Peer 1003 has the preferred neighbors 1001,1002,1004.')],
      },
      {
        check: 'pieces',
        verdict: 'not-shown',
        peers: ['1004'],
        text: 'There is no log of peer 1004.',
        evidence: [],
      },
      {
        check: 'connections',
        verdict: 'ok',
        peers: [],
        text: 'Each peer dialled those that started before it.',
        evidence: [line(1002, 'Peer 1002 makes a connection to Peer 1001.')],
      },
    ],
    notices: ['The folder machine-a was given twice; the second one was left out.'],
    htmlPath: '/home/lab/Documents/Piecewise/lab-report.html',
    ...change,
  };
}

function reportPeer(
  peer: string,
  change: Partial<LabReport['peers'][number]> = {},
): LabReport['peers'][number] {
  return {
    peer,
    role: 'downloader',
    hasLog: true,
    complete: true,
    sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    downloaded: 306,
    sources: [
      { peer: '1001', pieces: 200 },
      { peer: '1003', pieces: 106 },
    ],
    durationMs: 61_000,
    bytesPerSecond: 164_000,
    chosenPreferred: 6,
    chosenOptimistic: 3,
    unchokesReceived: 9,
    chokesReceived: 7,
    ...change,
  };
}

export const labAnswers: NonNullable<FakeOptions['answers']> = {
  sampleLab: ({ machines }) => ({ plan: labPlan(machines), common: null, notices: [] }),
  openLab: () => ({ plan: labPlan(2), common: null, notices: [] }),
  previewLab: labPreview,
  exportLab: () => ({ place: place('Documents/Piecewise/lab') }),
  collectLab: () => ({ report: labReport(), html: place('Documents/Piecewise/lab-report.html') }),
  revealPlace: () => ({}),
};
