import type { ReactNode } from 'react';
import type { Place } from '../../../src-shared/contract.ts';
import type { LabReport, LabVerdict, ReportFinding, ReportPeer } from '../../../src-shared/lab.ts';
import {
  checkOrder,
  checkWords,
  type LabCheck,
  labVerdicts,
  verdictOf,
  verdictWords,
} from '../../../src-shared/lab-words.ts';
import { formatBytes, formatDuration, formatRate } from '../../../src-shared/units.ts';
import { canReveal, toastOf, useApp, useAppStore } from '../../store/app-store.ts';
import { labReportTexts as texts } from '../../texts/lab-report.ts';
import { Button } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { Notice } from '../../ui/notice.tsx';
import { useLabStore } from './lab-context.ts';
import styles from './report-view.module.css';

export interface ReportViewProps {
  readonly report: LabReport;
  readonly html: Place;
}

/** What the folders of a lab show together: the verdict first, then its proof. */
export function ReportView({ report, html }: ReportViewProps) {
  const { verdict, conclusion, notices } = report;
  return (
    <div className={styles.report}>
      <section className={styles.verdict} aria-label={texts.verdict}>
        <VerdictSign verdict={verdict} size={32} />
        <div>
          <h2>
            <span className="only-read">{verdictWords[verdict].title}: </span>
            {conclusion}
          </h2>
          <p>{summaryOf(report)}</p>
        </div>
      </section>
      <Places html={html} />
      {notices.length === 0 ? null : <Notice tone="warning" title={texts.notices} problems={notices} />}
      <Machines report={report} />
      <Peers report={report} />
      <Checks findings={report.findings} />
    </div>
  );
}

function summaryOf({ fileName, fileSize, pieceCount, ran, settings }: LabReport): string {
  const shared = texts.shared(fileName, formatBytes(fileSize), pieceCount, formatBytes(settings.pieceSize));
  const rounds = texts.rounds(
    settings.preferredNeighbours,
    settings.unchokingSeconds,
    settings.optimisticSeconds,
  );
  return [shared, rounds, ran === null ? null : texts.ran(ran.from, ran.to)]
    .filter(part => part !== null)
    .join(' ');
}

function Places({ html }: { readonly html: Place }) {
  const store = useAppStore();
  const lab = useLabStore();
  const mayReveal = useApp(canReveal);
  const reveal = () => {
    const { bridge, toast } = store.getState();
    bridge.ask('revealPlace', { place: html.token }).catch(toastOf(toast));
  };
  return (
    <section className={styles.places} aria-label={texts.whereLabel}>
      <p>
        {texts.html} <b>{html.path}</b>
      </p>
      {mayReveal ? (
        <Button size="small" onClick={reveal}>
          {texts.reveal}
        </Button>
      ) : null}
      <Button size="small" onClick={() => lab.setState({ report: null })}>
        {texts.again}
      </Button>
    </section>
  );
}

interface CardProps {
  readonly id: string;
  readonly title: string;
  readonly subtitle?: string;
  readonly children: ReactNode;
}

function Card({ id, title, subtitle, children }: CardProps) {
  return (
    <section className={styles.card} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {subtitle === undefined ? null : <p>{subtitle}</p>}
      </header>
      {children}
    </section>
  );
}

function Machines({ report }: { readonly report: LabReport }) {
  const { machines } = texts;
  return (
    <Card id="report-machines" title={machines.title}>
      <div className={styles.scroll}>
        <table aria-labelledby="report-machines">
          <thead>
            <tr>
              <th scope="col">{machines.name}</th>
              <th scope="col">{machines.host}</th>
              <th scope="col">{machines.peers}</th>
              <th scope="col">{machines.clock}</th>
              <th scope="col">{machines.folder}</th>
            </tr>
          </thead>
          <tbody>
            {report.machines.map(({ name, host, peers, folder, clockAheadMs }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{host}</td>
                <td>{peers.join(', ')}</td>
                <td>{clockAheadMs === null ? texts.unknown : machines.clockText(clockAheadMs)}</td>
                <td className={styles.path}>
                  {folder ?? (
                    <span className={styles.missing}>
                      <VerdictSign verdict="not-shown" size={16} /> {machines.missing}
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function Peers({ report }: { readonly report: LabReport }) {
  const { peers, pieceCount } = report;
  const words = texts.peers;
  const measure = measureOf(peers);
  return (
    <Card id="report-peers" title={words.title}>
      <div className={styles.scroll}>
        <table aria-labelledby="report-peers">
          <thead>
            <tr>
              <th scope="col">{words.peer}</th>
              <th scope="col">{words.role}</th>
              <th scope="col">{words.file}</th>
              <th scope="col" className={styles.number}>
                {words.downloaded}
              </th>
              <th scope="col" className={styles.number}>
                {words.duration}
              </th>
              <th scope="col" className={styles.number}>
                {words.rate}
              </th>
              <th scope="col" className={styles.number}>
                {words.chosen}
              </th>
              <th scope="col" className={styles.number}>
                {words.unchokes}
              </th>
              <th scope="col">{words.from}</th>
            </tr>
          </thead>
          <tbody>
            {peers.map(peer => (
              <PeerLine key={peer.peer} peer={peer} pieceCount={pieceCount} measure={measure} />
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

/** A seed's copy is the measure; without one, the first. */
function measureOf(peers: readonly ReportPeer[]): string | null {
  const here = peers.filter(({ sha256 }) => sha256 !== null);
  return (here.find(({ role }) => role === 'seed') ?? here[0])?.sha256 ?? null;
}

interface PeerLineProps {
  readonly peer: ReportPeer;
  readonly pieceCount: number;
  /** The sum that every copy should have. */
  readonly measure: string | null;
}

function PeerLine({ peer, pieceCount, measure }: PeerLineProps) {
  const words = texts.peers;
  const { role, hasLog, complete, sha256, downloaded, sources, durationMs, bytesPerSecond } = peer;
  const pair = (first: number, second: number) => (hasLog ? words.pair(first, second) : '');
  return (
    <tr>
      <th scope="row">{peer.peer}</th>
      <td>{words.roles[role]}</td>
      <td>
        <span className={styles.file}>
          <VerdictSign verdict={complete ? 'ok' : hasLog ? 'warning' : 'not-shown'} size={16} />
          <span>
            {complete ? words.complete : hasLog ? words.incomplete : words.noLog}
            <small title={sha256 ?? undefined}>
              {sha256 === null ? words.noFile : words.sha(sha256.slice(0, 12))}
              {sha256 === null || sha256 === measure ? null : (
                <b className={styles.differs}> {words.differs}</b>
              )}
            </small>
          </span>
        </span>
      </td>
      <td className={styles.number}>
        {role === 'seed' || !hasLog ? '' : words.pieces(downloaded, pieceCount)}
      </td>
      <td className={styles.number}>{durationMs === null ? '' : formatDuration(durationMs)}</td>
      <td className={styles.number}>{bytesPerSecond === null ? '' : formatRate(bytesPerSecond)}</td>
      <td className={styles.number}>{pair(peer.chosenPreferred, peer.chosenOptimistic)}</td>
      <td className={styles.number}>{pair(peer.unchokesReceived, peer.chokesReceived)}</td>
      <td>
        {sources.length === 0
          ? words.noSources
          : sources.map(source => words.source(source.peer, source.pieces)).join(', ')}
      </td>
    </tr>
  );
}

/** By check, in the order in which a course grades them. */
function Checks({ findings }: { readonly findings: readonly ReportFinding[] }) {
  const words = texts.checks;
  const counts = labVerdicts.flatMap(verdict => {
    const count = checkOrder.filter(check => verdictOf(check, findings) === verdict).length;
    return count === 0 ? [] : words.count(count, verdictWords[verdict].many);
  });
  return (
    <Card id="report-checks" title={words.title} subtitle={counts.join(', ')}>
      <ul className={styles.checks}>
        {checkOrder.map(check => (
          <Check key={check} check={check} findings={findings.filter(finding => finding.check === check)} />
        ))}
      </ul>
    </Card>
  );
}

interface CheckProps {
  readonly check: LabCheck;
  /** Its own. */
  readonly findings: readonly ReportFinding[];
}

function Check({ check, findings }: CheckProps) {
  const { title, demand } = checkWords[check];
  const verdict = verdictOf(check, findings);
  return (
    <li>
      <VerdictSign verdict={verdict} size={20} />
      <div>
        <h3>
          {title} <span className={classes(styles.word, styles[verdict])}>{verdictWords[verdict].title}</span>
        </h3>
        <p className={styles.demand}>{demand}</p>
        {findings.length === 0 ? null : (
          <ul className={styles.findings}>
            {findings.map((finding, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a report does not change.
              <Finding key={index} finding={finding} />
            ))}
          </ul>
        )}
      </div>
    </li>
  );
}

function Finding({ finding }: { readonly finding: ReportFinding }) {
  const words = texts.checks;
  const { verdict, text, evidence } = finding;
  return (
    <li>
      <VerdictSign verdict={verdict} size={16} />
      <div>
        <p>
          <span className="only-read">{verdictWords[verdict].title}: </span>
          {text}
        </p>
        {evidence.length === 0 ? null : (
          <details open={verdict !== 'ok'}>
            <summary>{words.evidence(evidence.length)}</summary>
            <ol>
              {evidence.map(line => (
                <li key={`${line.file}:${line.line}`}>
                  <small>{words.at(line.file, line.line)}</small>
                  <code>{line.text}</code>
                </li>
              ))}
            </ol>
          </details>
        )}
      </div>
    </li>
  );
}

interface VerdictSignProps {
  readonly verdict: LabVerdict;
  /** In pixels. */
  readonly size: 16 | 20 | 32;
}

/** A shape for each verdict; its word stands beside it. */
function VerdictSign({ verdict, size }: VerdictSignProps) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" fill="none" strokeWidth="2" aria-hidden="true">
      {signs[verdict]}
    </svg>
  );
}

const signs: Readonly<Record<LabVerdict, ReactNode>> = {
  ok: (
    <>
      <circle cx="10" cy="10" r="8" fill="var(--ok)" />
      <path d="m6.5 10.5 2.5 2.5 4.5-5.5" stroke="var(--on-accent)" />
    </>
  ),
  warning: (
    <>
      <path d="M10 2.5 18.5 17h-17z" stroke="var(--pref)" strokeLinejoin="round" />
      <path d="M10 8v4m0 1.5V15" stroke="var(--pref)" />
    </>
  ),
  'not-shown': <circle cx="10" cy="10" r="7" stroke="var(--ctl)" strokeDasharray="3 2.5" />,
  contradiction: (
    <>
      <circle cx="10" cy="10" r="8" fill="var(--rare)" />
      <path d="m7 7 6 6m0-6-6 6" stroke="var(--on-accent)" />
    </>
  ),
};
