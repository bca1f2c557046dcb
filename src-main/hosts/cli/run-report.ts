import { formatDuration, formatRate } from '../../../src-shared/units.ts';
import { type Finding, type Verdict, verdicts } from '../../engine/course/findings.ts';
import type { PeerSummary } from '../../engine/course/run-summary.ts';
import { table } from './terminal.ts';

/** What a finished run looks like on a terminal: a table with a row per peer, and findings, worst first. */

export interface ReportStyle {
  /** Characters per line. */
  readonly columns: number;
  readonly colours: boolean;
}

const none = '–';

/** The sources of pieces stand last and take the room that is left. */
const titles = ['Peer', 'Role', 'Pieces', 'Time', 'Rate', 'Pref.', 'Opt.', 'Unchoked', 'Choked'];
const sourcesTitle = 'From';
const legend =
  'Pref., Opt.: how often others chose it as preferred or optimistic. Unchoked, Choked: messages it received.';
const alignRight = [2, 3, 4, 5, 6, 7, 8];

/** The table of a run, with its legend; ends with a newline. */
export function formatSummaries(summaries: readonly PeerSummary[], style: ReportStyle): string {
  const rows = [titles, ...summaries.map(cellsOf)];
  const widest = Math.max(...table(rows, alignRight).map(line => line.length));
  const room = Math.max(16, style.columns - widest - 2);
  const sources = [sourcesTitle, ...summaries.map(summary => sourcesOf(summary, room))];
  const [head = '', ...lines] = table(
    rows.map((row, index) => [...row, sources[index]!]),
    alignRight,
  );
  return `${[paint(head, 'bold', style), ...lines, paint(legend, 'dim', style)].join('\n')}\n`;
}

function cellsOf(peer: PeerSummary): string[] {
  return [
    peer.peer,
    peer.role,
    peer.role === 'seed' ? none : `${peer.downloaded}/${peer.pieceCount}`,
    timeOf(peer),
    peer.bytesPerSecond === undefined ? none : formatRate(peer.bytesPerSecond),
    String(peer.chosenPreferred),
    String(peer.chosenOptimistic),
    String(peer.unchokesReceived),
    String(peer.chokesReceived),
  ];
}

function timeOf({ complete, durationMs }: PeerSummary): string {
  if (!complete) return 'incomplete';
  return durationMs === undefined ? none : formatDuration(durationMs);
}

/** "1001: 210, 1003: 96", as many as fit, and how many more there are. */
function sourcesOf({ sources }: PeerSummary, room: number): string {
  const all = sources.map(({ peer, pieces }) => `${peer}: ${pieces}`);
  if (all.length === 0) return none;
  let shown = all.length;
  const text = () => all.slice(0, shown).join(', ') + (shown < all.length ? ` +${all.length - shown}` : '');
  while (shown > 1 && text().length > room) shown -= 1;
  return text();
}

const headings: Readonly<Record<Verdict, { readonly title: string; readonly colour: Colour }>> = {
  contradiction: { title: 'Contradicts the protocol', colour: 'red' },
  warning: { title: 'Warnings', colour: 'yellow' },
  'not-shown': { title: 'Not shown by what is here', colour: 'dim' },
  ok: { title: 'In order', colour: 'green' },
};

/** The findings under a heading per verdict, worst first, each with its lines; ends with a newline. */
export function formatFindings(findings: readonly Finding[], style: ReportStyle): string {
  const groups = verdicts.flatMap(verdict => {
    const group = findings.filter(finding => finding.verdict === verdict);
    const { title, colour } = headings[verdict];
    const lines = group.flatMap(finding => linesOf(finding, style));
    return group.length > 0 ? [[paint(title, colour, style), ...lines].join('\n')] : [];
  });
  return `${groups.join('\n\n')}\n`;
}

function linesOf({ check, text, evidence }: Finding, style: ReportStyle): string[] {
  const quotes = evidence.map(({ file, line, text: quote = '' }) => `      ${file}:${line}: ${quote}`);
  return [
    `  ${check.padEnd(11)}  ${text}`,
    ...quotes.map(quote => paint(cut(quote, style.columns), 'dim', style)),
  ];
}

function cut(line: string, columns: number): string {
  return line.length > columns ? `${line.slice(0, columns - 1)}…` : line;
}

type Colour = keyof typeof codes;

/** ANSI escape codes. */
const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };

function paint(text: string, colour: Colour, { colours }: ReportStyle): string {
  return colours ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
}
