import { summariseRun } from '../../engine/course/run-summary.ts';
import { verifyRun } from '../../engine/course/verify.ts';
import { quoteEvidence, readFinishedRun } from '../../io/finished-run.ts';
import { exitCode } from './exit-codes.ts';
import { formatFindings, formatSummaries } from './run-report.ts';
import { type Output, toJson } from './terminal.ts';

/**
 * `piecewise verify`: holds the logs and files of a finished run against the course protocol.
 * Returns the exit code: 0 when nothing contradicts it, 1 when something does, 2 when the folder is not that of a run.
 */
export async function verifyCommand(
  dir: string,
  { json }: { readonly json: boolean },
  out: Output,
): Promise<number> {
  const read = await readFinishedRun(dir);
  if (!read.ok) {
    out.write(json ? toJson({ ok: false, problems: read.problems }) : `${read.problems.join('\n')}\n`);
    return exitCode.badSetUp;
  }
  const findings = await quoteEvidence(read.places, verifyRun(read.run));
  const peers = summariseRun(read.run);
  const contradictions = findings.filter(({ verdict }) => verdict === 'contradiction').length;
  if (json) {
    out.write(toJson({ ok: contradictions === 0, notices: read.notices, peers, findings }));
  } else {
    const style = { columns: out.columns || Number.POSITIVE_INFINITY, colours: out.isTTY === true };
    for (const notice of read.notices) out.write(`${notice}\n`);
    out.write(`${formatSummaries(peers, style)}\n${formatFindings(findings, style)}\n`);
    out.write(`${conclusion(contradictions)}\n`);
  }
  return contradictions === 0 ? exitCode.ok : exitCode.failed;
}

function conclusion(contradictions: number): string {
  if (contradictions === 0) return 'Nothing contradicts the protocol.';
  return contradictions === 1
    ? '1 finding contradicts the protocol.'
    : `${contradictions} findings contradict the protocol.`;
}
