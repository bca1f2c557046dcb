import type { SwarmSummary } from '../../../src-shared/contract.ts';
import { sentenceOf } from '../../../src-shared/sentence.ts';
import type { ShareSummary } from '../../../src-shared/share.ts';
import { shareSentenceOf } from '../../../src-shared/share-sentence.ts';
import { situationOf } from '../../../src-shared/situation.ts';
import type { RunSettings } from '../../../src-shared/swarm-state.ts';
import { formatBytes, formatDuration, formatShortRate } from '../../../src-shared/units.ts';
import { sharePageTexts } from '../../texts/share-page.ts';
import { pageTexts } from '../../texts/swarm-page.ts';
import { Chip } from '../../ui/chip.tsx';
import { classes } from '../../ui/classes.ts';
import { Glyph } from '../../ui/glyph.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { barTone, rowOf, type SwarmRow } from '../home/swarm-row.ts';
import { durationText, plain } from './clock.ts';
import { useComputerNames } from './peer-names.tsx';
import styles from './swarm-head.module.css';
import { useMoment, useSwarm } from './use-swarm.ts';

const kindTexts = {
  course: pageTexts.course,
  demo: pageTexts.demo,
  replay: pageTexts.replay,
  share: pageTexts.share,
} as const satisfies Record<SwarmSummary['kind'], string>;

export interface SwarmHeadProps {
  readonly summary: SwarmSummary;
  readonly onPeer: (peer: string) => void;
  readonly actions: React.ReactNode;
}

/** What this is, what it is doing in a sentence, and the figures of the moment. */
export function SwarmHead({ summary, onPeer, actions }: SwarmHeadProps) {
  const peer = useSwarm(page => page.peer);
  const computers = useComputerNames();
  const { situation, run, address } = useMoment(state => ({
    situation: situationOf(state, computers),
    run: state.run,
    address: state.selfAddress,
  }));
  const status = summary.peers.find(other => other.peer === peer)?.status;
  const { share } = summary;
  // At the newest moment the app knows more than the tape: what it does with the share, and why it does not move.
  const isNow = useSwarm(page => page.following || page.history.run === undefined);
  const now = share !== null && isNow ? share : null;
  const isTrouble = now !== null && rowOf(summary).isTrouble;
  const sentence =
    now !== null
      ? shareSentenceOf(now, situation)
      : situation === null
        ? pageTexts.noRun(peer, status)
        : sentenceOf(situation);
  return (
    <header className={styles.head}>
      <div className={styles.title}>
        <b dir="auto" title={summary.name}>
          {summary.name}
        </b>
        <Chip tone={summary.kind === 'replay' ? 'warning' : 'outlined'}>{kindTexts[summary.kind]}</Chip>
        {summary.peers.length > 1 ? (
          <label className={styles.seenBy}>
            {pageTexts.seenBy}
            <select value={peer} onChange={event => onPeer(event.target.value)}>
              {summary.peers.map(({ peer: id }) => (
                <option key={id}>{id}</option>
              ))}
            </select>
          </label>
        ) : share === null ? (
          <span className={styles.peer}>{pageTexts.peer(peer)}</span>
        ) : null}
        {run === undefined ? null : (
          <span className={styles.facts}>
            {factsOf(run, summary.kind === 'demo' || share !== null ? undefined : address).map(fact => (
              <span key={fact} title={fact}>
                {fact}
              </span>
            ))}
          </span>
        )}
        <span className={styles.actions}>{actions}</span>
      </div>
      <h1
        className={classes(styles.sentence, isTrouble && styles.wrapped)}
        title={sentence.lead + sentence.rest}
      >
        {sentence.lead}
        {sentence.rest === '' ? null : <em>{sentence.rest}</em>}
      </h1>
      {now !== null ? (
        <ShareFigures share={now} row={rowOf(summary)} />
      ) : situation === null ? null : (
        <Figures situation={situation} />
      )}
    </header>
  );
}

/** What the run was started with; a demo's addresses are all of this computer and say nothing. */
function factsOf(run: RunSettings, address: string | undefined): string[] {
  const { totalLength, pieceCount, pieceLength, preferredSlots } = run;
  return [
    ...(address === undefined ? [] : [pageTexts.at(address)]),
    pageTexts.size(plain(formatBytes(totalLength)), pieceCount, plain(formatBytes(pieceLength))),
    pageTexts.rounds(
      preferredSlots,
      plain(formatDuration(run.unchokingIntervalMs)),
      plain(formatDuration(run.optimisticIntervalMs)),
    ),
  ];
}

function Figures({ situation }: { readonly situation: NonNullable<ReturnType<typeof situationOf>> }) {
  const { haveCount, pieceCount, haveBytes, totalLength, downBytesPerSecond, upBytesPerSecond } = situation;
  const { downloadedBytes, uploadedBytes, outcome } = situation;
  // What has ended has no speed; the last one would stand there for ever.
  const rate = (bytesPerSecond: number) =>
    outcome === null ? formatShortRate(bytesPerSecond) : pageTexts.unknown;
  const share = pieceCount === 0 ? 0 : haveCount / pieceCount;
  const isComplete = haveCount === pieceCount;
  const left =
    downBytesPerSecond > 0
      ? durationText(((totalLength - haveBytes) / downBytesPerSecond) * 1000)
      : undefined;
  return (
    <dl className={styles.figures}>
      <div className={styles.progress}>
        <dt>{pageTexts.pieces(haveCount, pieceCount)}</dt>
        <dd>
          {Math.floor(share * 100)} %
          <ProgressBar share={share} label={pageTexts.progress} height={6} tone={isComplete ? 'ok' : 'in'} />
        </dd>
      </div>
      <Figure
        name={pageTexts.down}
        glyph={<Glyph name="serves-us" size={12} />}
        value={rate(downBytesPerSecond)}
      />
      <Figure
        name={pageTexts.up}
        glyph={<Glyph name="preferred" size={12} />}
        value={rate(upBytesPerSecond)}
      />
      <Figure
        name={pageTexts.ratio}
        value={downloadedBytes > 0 ? (uploadedBytes / downloadedBytes).toFixed(2) : pageTexts.unknown}
      />
      <Figure name={pageTexts.timeLeft} value={isComplete ? pageTexts.done : (left ?? pageTexts.unknown)} />
    </dl>
  );
}

/** The same of a share now: of the files that are wanted, and over all its runs. */
function ShareFigures({ share, row }: { readonly share: ShareSummary; readonly row: SwarmRow }) {
  const { haveLength, wantedLength, downloadedBytes, uploadedBytes, etaMs } = share;
  const rate = (bytesPerSecond: number | null) =>
    bytesPerSecond === null ? pageTexts.unknown : formatShortRate(bytesPerSecond);
  const base = downloadedBytes > 0 ? downloadedBytes : wantedLength;
  return (
    <dl className={styles.figures}>
      <div className={styles.progress}>
        <dt>{wantedLength === 0 ? pageTexts.unknown : sharePageTexts.here(haveLength, wantedLength)}</dt>
        <dd>
          {Math.floor(row.share * 100)} %
          <ProgressBar share={row.share} label={pageTexts.progress} height={6} tone={barTone(row)} />
        </dd>
      </div>
      <Figure name={pageTexts.down} glyph={<Glyph name="serves-us" size={12} />} value={rate(row.down)} />
      <Figure name={pageTexts.up} glyph={<Glyph name="preferred" size={12} />} value={rate(row.up)} />
      <Figure
        name={pageTexts.ratio}
        value={base > 0 ? (uploadedBytes / base).toFixed(2) : pageTexts.unknown}
      />
      <Figure
        name={pageTexts.timeLeft}
        value={
          row.share === 1 && row.state !== 'working'
            ? pageTexts.done
            : etaMs === null
              ? pageTexts.unknown
              : (durationText(etaMs) ?? pageTexts.unknown)
        }
      />
    </dl>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly glyph?: React.ReactNode;
}

function Figure({ name, value, glyph }: FigureProps) {
  const [number, unit] = value.split(' ');
  return (
    <div>
      <dt>
        {glyph}
        {name}
      </dt>
      <dd>
        {number} {unit === undefined ? null : <small>{unit}</small>}
      </dd>
    </div>
  );
}
