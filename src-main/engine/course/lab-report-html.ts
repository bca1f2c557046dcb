import type { PeerId } from '../../../src-shared/journal.ts';
import type { LabVerdict, ReportFinding, ReportMachine, ReportPeer } from '../../../src-shared/lab.ts';
import { checkOrder, checkWords, verdictOf, verdictWords } from '../../../src-shared/lab-words.ts';
import { formatBytes, formatDuration, formatRate } from '../../../src-shared/units.ts';
import { plural, verdicts } from './findings.ts';
import type { UnwrittenReport } from './lab-report.ts';
import { reportStyle } from './lab-report-style.ts';
import { Markup, markup } from './markup.ts';

/** The report of a lab as one HTML file that needs nothing else: no script, no font, no picture from anywhere. */

/** `gathered`: when, as the reader's clock showed it. */
export function renderLabReport(report: UnwrittenReport, gathered: string): string {
  const { fileName, peers, machines, notices } = report;
  const isWide = peers.length > narrowMatrix;
  const matrix = matrixOf(report, isWide);
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>Lab report: ${fileName}</title>
<style>${new Markup(reportStyle)}</style>
</head>
<body>
${shapes}
<main>
<header>
<p class="kind">Lab report · ${plural(machines.length, 'machine')} · ${plural(peers.length, 'peer')}</p>
<h1><bdi>${fileName}</bdi></h1>
${bannerOf(report)}
${factsOf(report)}
</header>
${notices.length === 0 ? nothing : noticesOf(notices)}
${peersOf(report)}
${isWide ? nothing : matrix}
${checksOf(report)}
${isWide ? matrix : nothing}
${legend}
<p class="foot">Gathered ${gathered} with Piecewise, from the logs and files that the machines brought back. Nothing in their folders was changed.</p>
</main>
</body>
</html>
`.html;
}

const nothing = new Markup('');

const shapes = new Markup(`<svg style="display:none" aria-hidden="true">
<symbol id="contradiction" viewBox="0 0 16 16"><path d="M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2z"/><path d="M5.8 5.8l4.4 4.4m0-4.4l-4.4 4.4"/></symbol>
<symbol id="warning" viewBox="0 0 16 16"><path d="M8 1.8L15 14H1z"/><path d="M8 6.2v3.6m0 2v.1"/></symbol>
<symbol id="not-shown" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.5" stroke-dasharray="2.2 2"/><path d="M6.2 6.4a1.9 1.9 0 1 1 2.8 1.6c-.7.4-1 .7-1 1.3m0 2.1v.1"/></symbol>
<symbol id="ok" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.5"/><path d="M5 8.3l2.1 2.1L11 6"/></symbol>
</svg>`);

function shapeOf(verdict: LabVerdict): Markup {
  return markup`<svg aria-hidden="true"><use href="#${verdict}"/></svg>`;
}

function badge(verdict: LabVerdict, text: string): Markup {
  return markup`<span class="badge ${verdict}">${shapeOf(verdict)}${text}</span>`;
}

function bannerOf({ verdict, conclusion, findings }: UnwrittenReport): Markup {
  const counts = verdicts.flatMap(kind => {
    const count = checkOrder.filter(check => verdictOf(check, findings) === kind).length;
    return count === 0
      ? []
      : [markup`<li>${badge(kind, `${plural(count, 'check')} ${verdictWords[kind].many}`)}</li>`];
  });
  return markup`<div class="verdict ${verdict}">${shapeOf(verdict)}<div><strong>${verdictWords[verdict].title}</strong><p>${conclusion}</p></div></div>
<ul class="counts">${counts}</ul>`;
}

function factsOf({ fileSize, pieceCount, settings, ran }: UnwrittenReport): Markup {
  const facts: [string, string][] = [
    ['File', fileSize < 1024 ? `${fileSize} bytes` : `${formatBytes(fileSize)} (${fileSize} bytes)`],
    ['Pieces', `${pieceCount} of ${formatBytes(settings.pieceSize)}`],
    ['Preferred neighbours', `${settings.preferredNeighbours}, chosen every ${settings.unchokingSeconds} s`],
    ['Optimistic neighbour', `chosen every ${settings.optimisticSeconds} s`],
  ];
  if (ran) facts.push(['First line of a log', ran.from], ['Last line of a log', ran.to]);
  const entries = facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`);
  return markup`<dl class="facts">${entries}</dl>`;
}

function noticesOf(notices: readonly string[]): Markup {
  return markup`<section aria-labelledby="notices"><h2 id="notices">About the folders</h2><ul class="notices">${notices.map(
    notice => markup`<li>${notice}</li>`,
  )}</ul></section>`;
}

function peersOf(report: UnwrittenReport): Markup {
  const { machines, peers, pieceCount } = report;
  const measure = measureOf(peers);
  const groups = machines.map(machine => {
    const rows = peers.filter(({ peer }) => machine.peers.includes(peer));
    return markup`<tbody>
<tr><th class="machine" scope="rowgroup" colspan="11">${machineLine(machine, machines)}</th></tr>
${rows.map(peer => peerRow(peer, pieceCount, measure))}
</tbody>
`;
  });
  return markup`<section aria-labelledby="peers"><h2 id="peers">Machines and peers</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of machines and peers"><table>
<thead>
<tr><td class="group" colspan="6"></td><th class="group" colspan="2" scope="colgroup">Chosen</th><th class="group" colspan="2" scope="colgroup">Received</th><td class="group"></td></tr>
<tr><th scope="col">Peer</th><th scope="col">Role</th><th scope="col">Complete</th><th class="number" scope="col">Pieces</th><th class="number" scope="col">Time</th><th class="number" scope="col">Rate</th><th class="number" scope="col">pref.</th><th class="number" scope="col">opt.</th><th class="number" scope="col">unchoke</th><th class="number" scope="col">choke</th><th scope="col">SHA-256</th></tr>
</thead>
${groups}</table></div>
${copiesOf(peers, measure)}
</section>`;
}

function machineLine(machine: ReportMachine, machines: readonly ReportMachine[]): Markup {
  const { name, host, folder } = machine;
  const told = [
    ...(host === name ? [] : [host]),
    ...(folder === null || folder === name ? [] : [`from ${folder}`]),
    ...(machines.length > 1 ? clockWords(machine, machines) : []),
  ];
  const missing = folder === null ? badge('not-shown', 'nothing of it was given') : nothing;
  return markup`<b><bdi>${name}</bdi></b>${told.join(' · ')}${missing}`;
}

/** Whole seconds are logged, and the two ends of a connection write theirs at slightly different moments. */
const alikeMs = 2000;

function clockWords({ clockAheadMs, folder }: ReportMachine, machines: readonly ReportMachine[]): string[] {
  const [first] = machines.filter(machine => machine.clockAheadMs === 0);
  if (folder === null || first === undefined) return [];
  if (clockAheadMs === null) return ['its clock cannot be compared'];
  if (Math.abs(clockAheadMs) <= alikeMs) return clockAheadMs === 0 ? [] : ['its clock agrees to 2 s'];
  const apart = formatDuration(Math.abs(clockAheadMs));
  return [`its clock is ${apart} ${clockAheadMs > 0 ? 'ahead of' : 'behind'} that of ${first.name}`];
}

function peerRow(peer: ReportPeer, pieceCount: number, measure: string | undefined): Markup {
  const isSeed = peer.role === 'seed';
  const number = (text: string) => markup`<td class="number">${text}</td>`;
  return markup`<tr><th class="peer" scope="row">${peer.peer}</th><td>${peer.role}</td><td class="still">${completeOf(peer)}</td>${number(
    isSeed || !peer.hasLog ? none : `${peer.downloaded}/${pieceCount}`,
  )}${number(peer.durationMs === null ? none : formatDuration(peer.durationMs))}${number(
    peer.bytesPerSecond === null ? none : formatRate(peer.bytesPerSecond),
  )}${[peer.chosenPreferred, peer.chosenOptimistic, peer.unchokesReceived, peer.chokesReceived].map(count =>
    number(peer.hasLog || count > 0 ? String(count) : none),
  )}<td class="still">${digestOf(peer, measure)}</td></tr>
`;
}

const none = '–';

function completeOf({ hasLog, complete, role }: ReportPeer): Markup {
  if (!hasLog) return badge('not-shown', 'no log');
  if (role === 'seed') return badge('ok', 'from the start');
  return complete ? badge('ok', 'yes') : badge('warning', 'no');
}

function digestOf({ sha256 }: ReportPeer, measure: string | undefined): Markup {
  if (sha256 === null) return markup`<span class="dim">no copy</span>`;
  const short = markup`<span class="digest">${sha256.slice(0, 12)}…</span>`;
  return sha256 === measure ? short : markup`${short} <span class="differs">differs</span>`;
}

/** A seed's copy is the measure; without one, the first. */
function measureOf(peers: readonly ReportPeer[]): string | undefined {
  const here = peers.filter(({ sha256 }) => sha256 !== null);
  return (here.find(({ role }) => role === 'seed') ?? here[0])?.sha256 ?? undefined;
}

/** Every digest in full, with those who have that copy. */
function copiesOf(peers: readonly ReportPeer[], measure: string | undefined): Markup {
  const holders = new Map<string, PeerId[]>();
  for (const { peer, sha256 } of peers) {
    if (sha256 !== null) holders.set(sha256, [...(holders.get(sha256) ?? []), peer]);
  }
  const items = [...holders].map(([sha256, ids]) => {
    const who =
      ids.length === peers.length
        ? `SHA-256 of every copy (${plural(ids.length, 'peer')})`
        : `SHA-256 of the ${ids.length === 1 ? 'copy' : 'copies'} of ${ids.join(', ')}`;
    const differs =
      sha256 === measure ? nothing : markup` <span class="differs">differs from the others</span>`;
    return markup`<li><span class="dim">${who}</span>${differs}<span class="digest">${sha256}</span></li>`;
  });
  return items.length === 0 ? nothing : markup`<ul class="copies">${items}</ul>`;
}

/** More peers than this need a page of their own across; of more still there is a list. */
const narrowMatrix = 14;
const widestMatrix = 40;

function matrixOf({ peers, pieceCount }: UnwrittenReport, isWide: boolean): Markup {
  const takers = peers.filter(({ sources }) => sources.length > 0);
  if (takers.length === 0) return nothing;
  const body =
    peers.length > widestMatrix ? sourceList(takers) : matrixTable(peers, takers, pieceCount, isWide);
  return markup`<section class="${isWide && peers.length <= widestMatrix ? 'wide' : 'sources'}" aria-labelledby="sources"><h2 id="sources">Who gave pieces to whom</h2>
<p class="hint">Each piece once, as the log of the peer that downloaded it tells.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Table of who gave pieces to whom">${body}</div></section>`;
}

function sourceList(takers: readonly ReportPeer[]): Markup {
  const rows = takers.map(
    ({ peer, sources }) =>
      markup`<tr><th class="peer" scope="row">${peer}</th><td>${sources.map(source => `${source.peer}: ${source.pieces}`).join(', ')}</td></tr>\n`,
  );
  return markup`<table><thead><tr><th scope="col">Peer</th><th scope="col">Pieces from</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function matrixTable(
  peers: readonly ReportPeer[],
  takers: readonly ReportPeer[],
  pieceCount: number,
  isWide: boolean,
): Markup {
  const taken = new Map(
    takers.map(({ peer, sources }) => [peer, new Map(sources.map(source => [source.peer, source.pieces]))]),
  );
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const most = Math.max(1, ...takers.flatMap(({ sources }) => sources.map(({ pieces }) => pieces)));
  const head = peers.map(({ peer }) => markup`<th scope="col">${peer}</th>`);
  const rows = takers.map(({ peer }) => {
    const cells = peers.map(giver => {
      if (giver.peer === peer) return markup`<td class="self"><span class="only-read">itself</span></td>`;
      const pieces = taken.get(peer)?.get(giver.peer) ?? 0;
      return pieces === 0
        ? markup`<td class="dim">·</td>`
        : markup`<td class="heat-${Math.ceil((pieces / most) * 4)}">${pieces}</td>`;
    });
    const total = sum([...(taken.get(peer)?.values() ?? [])]);
    return markup`<tr><th class="peer" scope="row">${peer}</th>${cells}<td class="sum">${total}/${pieceCount}</td></tr>\n`;
  });
  const given = peers.map(
    giver =>
      markup`<td class="sum">${sum(takers.map(({ peer }) => taken.get(peer)?.get(giver.peer) ?? 0))}</td>`,
  );
  return markup`<table class="matrix${isWide ? ' many' : ''}">
<thead><tr><th class="corner" scope="col"><span class="dim">to ↓ from →</span></th>${head}<th class="sum" scope="col">got</th></tr></thead>
<tbody>${rows}<tr><th class="sum" scope="row">gave</th>${given}<td class="sum"></td></tr></tbody></table>`;
}

function checksOf({ findings }: UnwrittenReport): Markup {
  const sections = checkOrder.map(check => {
    const { title, demand } = checkWords[check];
    const verdict = verdictOf(check, findings);
    const own = findings.filter(finding => finding.check === check);
    return markup`<section class="check" aria-labelledby="check-${check}">
<header><h3 id="check-${check}">${title}</h3>${badge(verdict, verdictWords[verdict].title)}</header>
<div><p class="demand">${demand}</p>${findingsOf(own)}</div>
</section>
`;
  });
  return markup`<section aria-labelledby="checks"><h2 id="checks">What was checked</h2>
${sections}</section>`;
}

/** Of what only is odd, or not shown, the lines of this many findings of a check are quoted; the rest is one line each. */
const quotedFindings = 5;

function findingsOf(findings: readonly ReportFinding[]): Markup {
  let quoted = 0;
  const items = findings.map(finding => {
    if (finding.verdict !== 'contradiction' && finding.evidence.length > 0) quoted += 1;
    return findingOf(finding, finding.verdict === 'contradiction' || quoted <= quotedFindings);
  });
  return markup`<ul class="findings">${items}</ul>`;
}

function findingOf({ verdict, text, evidence }: ReportFinding, isQuoted: boolean): Markup {
  const lines = evidence.map(
    ({ file, line, text }) =>
      markup`<li><span class="at">${file}:${line}</span><code><bdi>${text}</bdi></code></li>`,
  );
  const [first] = evidence;
  const place = isQuoted || !first ? nothing : markup` <span class="dim">${first.file}:${first.line}</span>`;
  const quotes = isQuoted && first ? markup`<ul class="lines">${lines}</ul>` : nothing;
  return markup`<li class="finding ${verdict}">${shapeOf(verdict)}<div><p><span class="only-read">${verdictWords[verdict].title}: </span>${text}${place}</p>${quotes}</div></li>
`;
}

const legend = markup`<section aria-labelledby="legend"><h2 id="legend">How to read it</h2><div class="legend">${verdicts.map(
  verdict =>
    markup`${badge(verdict, verdictWords[verdict].title)}<span>${verdictWords[verdict].means}</span>`,
)}</div></section>`;
