import type { Finding, Verdict } from '../../engine/course/findings.ts';
import { verdicts } from '../../engine/course/findings.ts';
import type { PeerSummary } from '../../engine/course/run-summary.ts';

/** What a finished run looks like on a terminal: a table with a line per peer, and findings, worst first. */

export interface ReportStyle {
  /** Characters per line. */
  readonly columns: number;
  readonly colours: boolean;
}

interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** The cell, in at most `room` characters where it can be shortened. */
  readonly cell: (peer: PeerSummary, room: number) => string;
}

const none = '–';

/** `From` is the one that takes what room is left. */
const columns: readonly Column[] = [
  { title: 'Peer', align: 'left', cell: ({ peer }) => peer },
  { title: 'Role', align: 'left', cell: ({ role }) => role },
  { title: 'Complete', align: 'left', cell: ({ complete }) => (complete ? 'yes' : 'NO') },
  {
    title: 'Pieces',
    align: 'right',
    cell: ({ role, downloaded, pieceCount }) => (role === 'seed' ? none : `${downloaded}/${pieceCount}`),
  },
  { title: 'Time', align: 'right', cell: ({ durationMs }) => formatDuration(durationMs) },
  { title: 'Rate', align: 'right', cell: ({ bytesPerSecond }) => formatRate(bytesPerSecond) },
  { title: 'Pref.', align: 'right', cell: ({ chosenPreferred }) => String(chosenPreferred) },
  { title: 'Opt.', align: 'right', cell: ({ chosenOptimistic }) => String(chosenOptimistic) },
  { title: 'Unchoked', align: 'right', cell: ({ unchokesReceived }) => String(unchokesReceived) },
  { title: 'Choked', align: 'right', cell: ({ chokesReceived }) => String(chokesReceived) },
  { title: 'From', align: 'left', cell: formatSources },
];

/** The table of a run, with its legend; ends with a newline. */
export function formatSummaries(summaries: readonly PeerSummary[], style: ReportStyle): string {
  const narrow = columns.slice(0, -1);
  const widths = narrow.map(({ title, cell }) =>
    Math.max(title.length, ...summaries.map(summary => cell(summary, 0).length)),
  );
  const room = Math.max(16, style.columns - widths.reduce((sum, width) => sum + width + 2, 0));
  const row = (text: (column: Column) => string) =>
    columns
      .map((column, index) => align(text(column), column.align, widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  return [
    paint(
      row(({ title }) => title),
      'bold',
      style,
    ),
    ...summaries.map(summary => row(({ cell }) => cell(summary, room))),
    'Pref., Opt.: how often others chose it as preferred or optimistic. Unchoked, Choked: messages it received.',
    '',
  ].join('\n');
}

function align(text: string, side: 'left' | 'right', width: number): string {
  return side === 'left' ? text.padEnd(width) : text.padStart(width);
}

/** "1001: 210, 1003: 96", as many as fit. */
function formatSources({ sources }: PeerSummary, room: number): string {
  if (sources.length === 0) return none;
  let shown = '';
  for (const [index, { peer, pieces }] of sources.entries()) {
    const longer = `${shown}${index > 0 ? ', ' : ''}${peer}: ${pieces}`;
    const rest = sources.length - index;
    if (longer.length + (rest > 1 ? ` +${rest - 1}`.length : 0) > room && index > 0)
      return `${shown} +${rest}`;
    shown = longer;
  }
  return shown;
}

function formatDuration(ms: number | undefined): string {
  if (ms === undefined) return none;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function formatRate(bytesPerSecond: number | undefined): string {
  if (bytesPerSecond === undefined) return none;
  const units = ['B/s', 'KiB/s', 'MiB/s', 'GiB/s'];
  let [value, unit] = [bytesPerSecond, 0];
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(unit === 0 ? 0 : 1)} ${units[unit]}`;
}

const headings: Record<Verdict, string> = {
  contradiction: 'Contradicts the protocol',
  warning: 'Warnings',
  'not-shown': 'Not shown by what is here',
  ok: 'In order',
};

const colours: Record<Verdict, Colour> = {
  contradiction: 'red',
  warning: 'yellow',
  'not-shown': 'dim',
  ok: 'green',
};

/** The findings under a heading per verdict, worst first, each with its lines; ends with a newline. */
export function formatFindings(findings: readonly Finding[], style: ReportStyle): string {
  const groups = verdicts.flatMap(verdict => {
    const group = findings.filter(finding => finding.verdict === verdict);
    if (group.length === 0) return [];
    const heading = paint(headings[verdict], colours[verdict], style);
    return [[heading, ...group.flatMap(finding => formatFinding(finding, style))].join('\n')];
  });
  return `${groups.join('\n\n')}\n`;
}

function formatFinding({ check, text, evidence }: Finding, style: ReportStyle): string[] {
  const quotes = evidence.map(({ file, line, text: quote = '' }) =>
    `      ${file}:${line}: ${quote}`.trimEnd(),
  );
  return [
    `  ${check.padEnd(11)}  ${text}`,
    ...quotes.map(quote => paint(shortened(quote, style), 'dim', style)),
  ];
}

function shortened(line: string, { columns }: ReportStyle): string {
  return line.length > columns ? `${line.slice(0, columns - 1)}…` : line;
}

type Colour = keyof typeof codes;

/** ANSI escape codes. */
const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };

function paint(text: string, colour: Colour, style: ReportStyle): string {
  return style.colours ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
}
