import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawRun, goodLogs } from '../testing/drawn-run.ts';
import { checks } from './findings.ts';
import { type GatheredMachine, reportLab, type UnwrittenReport } from './lab-report.ts';
import { renderLabReport } from './lab-report-html.ts';
import { verifyRun } from './verify.ts';

const machines: readonly GatheredMachine[] = [
  { name: 'Machine A', host: '192.168.1.101', peers: ['1001'], folder: 'machine-a' },
  { name: 'Machine B', host: '192.168.1.102', peers: ['1002', '1003'], folder: 'machine-b' },
];

/** A report in which every part has something to say, each text made by `text`. */
function reportOf(text: (usual: string) => string): UnwrittenReport {
  const lines = goodLogs['1002']!.map(line => line.replace('has is 4', 'has is 7'));
  const run = drawRun({ logs: { ...goodLogs, 1002: lines } });
  const report = reportLab(run, verifyRun(run), machines, ['a notice']);
  return {
    ...report,
    conclusion: text(report.conclusion),
    fileName: text(report.fileName),
    ran: { from: text('now'), to: text('then') },
    machines: report.machines.map(machine => ({
      ...machine,
      name: text(`${machine.name}!`),
      host: text(`${machine.host}!`),
      folder: text(`${machine.folder}!`),
    })),
    peers: report.peers.map(peer => ({ ...peer, sha256: text('ab'.repeat(32)) })),
    findings: report.findings.map(finding => ({
      ...finding,
      text: text(finding.text),
      evidence: finding.evidence.map(({ file, line, text: quote }) => ({
        file: text(file),
        line,
        text: text(quote),
      })),
    })),
    notices: report.notices.map(text),
  };
}

function tagsOf(html: string): string[] {
  const body = html.slice(html.indexOf('</style>'));
  return body.match(/<[^>]*>/g) ?? [];
}

function rendered(report: UnwrittenReport): string {
  return renderLabReport(report, '2026-02-01 09:00:00');
}

describe('renderLabReport', () => {
  it('has the same tags whatever its texts are', () => {
    const usual = tagsOf(rendered(reportOf(text => text)));
    expect(usual.length).toBeGreaterThan(100);
    const hostile = fc.oneof(
      fc.constantFrom(
        '</style><script>alert(1)</script>',
        '" onmouseover="alert(1)',
        "'><img src=x onerror=alert(1)>",
        '<!--',
        ']]>',
        '&lt;b&gt;',
      ),
      fc.string({ unit: 'binary', minLength: 1 }),
    );
    fc.assert(
      fc.property(hostile, part => {
        // Names stay different from one another, and every text stays a text.
        const html = rendered(reportOf(text => `${text}${part}`));
        expect(tagsOf(html)).toEqual(usual);
      }),
      { numRuns: 60 },
    );
  });

  it('asks for nothing from anywhere, and runs nothing', () => {
    const html = rendered(reportOf(text => text));
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(html).not.toMatch(/<script|<link|<iframe|<img|\bsrc=|@import|url\(|https?:/i);
    expect([...html.matchAll(/href="([^"]*)"/g)].every(([, target]) => target!.startsWith('#'))).toBe(true);
  });

  it('says of each check how it ended, in words', () => {
    const html = rendered(reportOf(text => text));
    for (const check of checks) {
      const section = new RegExp(`aria-labelledby="check-${check}">[^]*?</section>`).exec(html)?.[0];
      expect(section, check).toMatch(/Contradicts the protocol|Odd|Not shown|In order/);
    }
    expect(html).toContain('Peer 1002 counts 7 pieces of 4.');
    expect(html).toContain('log_peer_1002.log:17');
  });

  it('quotes every contradiction, and of much that is odd only the first', () => {
    const report = reportOf(text => text);
    const [contradiction] = report.findings;
    const many = (verdict: 'contradiction' | 'warning') =>
      rendered({ ...report, findings: Array.from({ length: 30 }, () => ({ ...contradiction!, verdict })) });
    expect(many('contradiction').split('<ul class="lines">')).toHaveLength(31);
    expect(many('warning').split('<ul class="lines">')).toHaveLength(6);
    expect(many('warning').split('Peer 1002 counts 7 pieces of 4.')).toHaveLength(31);
  });

  it('says which machine brought nothing, and how clocks differ', () => {
    const report = reportOf(text => text);
    const [a, b] = report.machines;
    const html = rendered({ ...report, machines: [a!, { ...b!, clockAheadMs: 61_000 }] });
    expect(html).toContain('its clock is 1 m 01 s ahead of that of Machine A!');
    expect(rendered({ ...report, machines: [a!, { ...b!, folder: null }] })).toContain(
      'nothing of it was given',
    );
  });

  it('gives a list instead of a table where there are too many peers', () => {
    const report = reportOf(text => text);
    const peers = Array.from({ length: 50 }, (_, index) => ({
      ...report.peers[1]!,
      peer: String(2001 + index),
    }));
    expect(rendered({ ...report, peers })).toContain('<td>1001: 2, 1003: 2</td>');
  });
});
