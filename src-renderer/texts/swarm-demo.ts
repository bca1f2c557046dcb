import type { PeerSummary } from '../../src-shared/contract.ts';

const statuses: Readonly<Record<PeerSummary['status'], string>> = {
  waiting: 'not started',
  starting: 'starting',
  running: 'running',
  ended: 'ended',
  killed: 'killed',
  failed: 'failed',
};

export const demoControlTexts = {
  open: 'Demo controls',
  title: 'Peers of this demo',
  explanation:
    'Each peer is a process of its own on this computer. Slow one, kill one, start one, and watch what the others do.',
  statuses,
  limit: (peer: string) => `Upload limit of ${peer}`,
  noLimit: 'no limit',
  kill: 'Kill',
  start: 'Start',
  killLabel: (peer: string) => `Kill ${peer}`,
  startLabel: (peer: string) => `Start ${peer}`,
  close: 'Close',
} as const;
