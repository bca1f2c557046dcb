import type { LabVerdict, ReportFinding } from './lab.ts';

/** How a lab's report speaks of what was checked, on the screen and as a file. */

/** The worst first. */
export const labVerdicts = [
  'contradiction',
  'warning',
  'not-shown',
  'ok',
] as const satisfies readonly LabVerdict[];

/** Each verdict has a word and a shape of its own; its colour only repeats them. */
export const verdictWords: Readonly<
  Record<LabVerdict, { readonly title: string; readonly many: string; readonly means: string }>
> = {
  contradiction: {
    title: 'Contradicts the protocol',
    many: 'contradicting',
    means: 'The logs or files cannot come from a run of the protocol.',
  },
  warning: {
    title: 'Odd',
    many: 'odd',
    means:
      'Unusual, though clocks that differ, a lost connection, a restarted peer or a busy machine can explain it.',
  },
  'not-shown': {
    title: 'Not shown',
    many: 'not shown',
    means: 'What is here does not tell: a folder, log or file is missing, or nothing of the kind was logged.',
  },
  ok: { title: 'In order', many: 'in order', means: 'Looked at, and as the protocol demands.' },
};

/** In the order in which a course grades them. */
export const checkOrder = [
  'connections',
  'preferred',
  'optimistic',
  'chokes',
  'haves',
  'pieces',
  'completion',
  'files',
  'logs',
] as const;
export type LabCheck = (typeof checkOrder)[number];

export const checkWords: Readonly<Record<LabCheck, { readonly title: string; readonly demand: string }>> = {
  connections: {
    title: 'Connections and handshakes',
    demand:
      'Each pair connects once: the peer further down in PeerInfo.cfg dials, and both log it. Who accepts learns the other’s ID only from its handshake, so its line shows that one was read.',
  },
  preferred: {
    title: 'Preferred neighbours',
    demand: 'Every unchoking interval, as many interested neighbours as Common.cfg allows, or fewer.',
  },
  optimistic: {
    title: 'Optimistic neighbour',
    demand: 'Every optimistic interval one more, choked but interested.',
  },
  chokes: {
    title: 'Choking and unchoking',
    demand:
      'Who is newly chosen is unchoked, and who is chosen no longer is choked: both ends must log the same.',
  },
  haves: {
    title: 'Announced pieces',
    demand: 'Every piece that a peer completes is announced to all neighbours.',
  },
  pieces: {
    title: 'Downloaded pieces',
    demand: 'Each piece once, counted one by one, from a peer that has it and has unchoked this one.',
  },
  completion: {
    title: 'Completion and end',
    demand: 'Every downloader logs the complete file, once, after its last piece.',
  },
  files: {
    title: 'Identical files',
    demand: 'Every peer ends with the same bytes, as many as FileSize says.',
  },
  logs: { title: 'Logs', demand: 'Every peer’s log is here, in the form that the course prescribes.' },
};

/** The worst of what a check found. */
export function verdictOf(check: string, findings: readonly ReportFinding[]): LabVerdict {
  const found = new Set(findings.flatMap(finding => (finding.check === check ? finding.verdict : [])));
  return labVerdicts.find(verdict => found.has(verdict)) ?? 'not-shown';
}
