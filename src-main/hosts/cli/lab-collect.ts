import type { ReportMachine } from '../../../src-shared/lab.ts';
import type { Finding } from '../../engine/course/findings.ts';
import { visibleText } from '../../engine/course/visible-text.ts';
import { type CollectOptions, collectLab } from '../../io/lab-collection.ts';
import { exitCode } from './exit-codes.ts';
import { formatFindings, formatSummaries } from './run-report.ts';
import { type Output, toJson } from './terminal.ts';

export interface LabCollectOptions {
  readonly out?: string;
  readonly html?: string;
  readonly json: boolean;
  readonly force: boolean;
}

/**
 * `piecewise lab collect`: verifies what the machines of a lab brought back as one run, and writes the report.
 * Returns the exit code, as its help has them.
 */
export async function labCollectCommand(
  dirs: readonly string[],
  { out: outDir, html, json, force }: LabCollectOptions,
  out: Output,
): Promise<number> {
  const collected = await collectLab(dirs, {
    html: html === undefined ? { folder: outDir ?? '.' } : { file: html },
    force,
    ...(outDir === undefined ? {} : { out: outDir }),
  } satisfies CollectOptions);
  if (!collected.ok) {
    const { ok, problems } = collected;
    out.write(json ? toJson({ ok, problems }) : linesOf(problems));
    return exitCode.badSetUp;
  }
  const { report, peers, findings } = collected;
  const isGood = report.isWhole && report.verdict !== 'contradiction';
  if (json) out.write(toJson({ ok: isGood, ...report }));
  else {
    const style = { columns: out.columns || Number.POSITIVE_INFINITY, colours: out.isTTY === true };
    out.write(linesOf([...report.notices, ...report.machines.map(machineLine)]));
    out.write(`\n${formatSummaries(peers, style)}\n${formatFindings(findings.map(visible), style)}\n`);
    out.write(linesOf([report.conclusion, `Report: ${report.htmlPath}`]));
  }
  return isGood ? exitCode.ok : exitCode.failed;
}

/** Names of folders and lines of files are whatever somebody brought. */
function linesOf(sentences: readonly string[]): string {
  return sentences.map(sentence => `${visibleText(sentence)}\n`).join('');
}

function visible(finding: Finding): Finding {
  const evidence = finding.evidence.map(quote => ({ ...quote, file: visibleText(quote.file) }));
  return { ...finding, text: visibleText(finding.text), evidence };
}

function machineLine({ name, peers, folder }: ReportMachine): string {
  const from = folder === null ? ', not given' : folder === name ? '' : `, from ${folder}`;
  return `${name}: ${peers.join(', ') || 'no peers'}${from}`;
}
