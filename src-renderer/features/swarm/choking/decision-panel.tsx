import { ChevronLeft, ChevronRight } from 'lucide-react';
import { type KeyboardEvent, memo, type ReactNode, useMemo } from 'react';
import { formatDuration } from '../../../../src-shared/units.ts';
import { decisionTexts } from '../../../texts/swarm-choking.ts';
import { classes } from '../../../ui/classes.ts';
import { Glyph, type GlyphName } from '../../../ui/glyph.tsx';
import { clockText, plain } from '../clock.ts';
import { usePeerNames } from '../peer-names.tsx';
import { useMoment, useSwarm, useSwarmStore } from '../use-swarm.ts';
import styles from './choking.module.css';
import { type DecisionRecord, namedRecord, type RankedRow, recordOf, type Unranked } from './decision.ts';
import { roundAt } from './lane-marks.ts';
import { rateAxis } from './scale.ts';

/** The record of the open round: whom it ranked, where the line fell, and who was not asked. */
export function DecisionPanel() {
  const store = useSwarmStore();
  const opened = useSwarm(page => page.rechoke);
  const history = useSwarm(page => page.history);
  const names = usePeerNames();
  const { seq, intervalMs, count } = useMoment((state, { rechokes }, cursorMs) => ({
    seq: opened ?? roundAt(rechokes, cursorMs)?.seq,
    intervalMs: state.run?.unchokingIntervalMs,
    count: rechokes.length,
  }));
  const record = useMemo(() => {
    const round = history.rechokes.find(candidate => candidate.seq === seq);
    if (round === undefined) return undefined;
    const record = recordOf(round, history);
    return history.isShare ? namedRecord(record, names.long) : record;
  }, [history, seq, names]);

  const index = history.rechokes.findIndex(candidate => candidate.seq === seq);
  const goTo = (to: number) => {
    const round = history.rechokes[to];
    if (round === undefined) return;
    const { seek, openRechoke } = store.getState();
    seek(round.atMs);
    openRechoke(round.seq);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    goTo(index + by);
  };

  const first =
    intervalMs === undefined ? null : <p>{decisionTexts.firstAfter(plain(formatDuration(intervalMs)))}</p>;
  if (count === 0 && record === undefined) {
    return (
      <aside className={styles.decision} aria-label={decisionTexts.label}>
        <h3>{decisionTexts.none}</h3>
        {first}
      </aside>
    );
  }
  return (
    <aside className={styles.decision} aria-label={decisionTexts.label} onKeyDown={onKeyDown}>
      <div className={styles.decisionHead}>
        <h3>
          {record === undefined
            ? decisionTexts.none
            : decisionTexts.heading(record.round, clockText(history.startedWallMs + record.atMs))}
        </h3>
        <StepButton label={decisionTexts.previous} isOff={index <= 0} onClick={() => goTo(index - 1)}>
          <ChevronLeft size={14} aria-hidden />
        </StepButton>
        <StepButton label={decisionTexts.next} isOff={index >= count - 1} onClick={() => goTo(index + 1)}>
          <ChevronRight size={14} aria-hidden />
        </StepButton>
      </div>
      {record === undefined ? first : <Record record={record} />}
    </aside>
  );
}

interface StepButtonProps {
  readonly label: string;
  readonly isOff: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

/** Stays in the row of Tab at the first and last round: the arrow keys work on it. */
function StepButton({ label, isOff, onClick, children }: StepButtonProps) {
  return (
    <button
      type="button"
      className={styles.step}
      aria-label={label}
      title={label}
      aria-disabled={isOff || undefined}
      onClick={isOff ? undefined : onClick}
    >
      {children}
    </button>
  );
}

const Record = memo(function Record({ record }: { readonly record: DecisionRecord }) {
  const { ranked, rule, cutAfter, slots } = record;
  const { unit, perUnit } = rateAxis(Math.max(0, ...ranked.map(({ bytesPerSecond }) => bytesPerSecond)));
  const isByRates = rule === 'rates';
  return (
    <>
      <p>{isByRates ? decisionTexts.byRates(ranked.length, unit) : decisionTexts.atRandom(ranked.length)}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard. */}
      <section className={styles.decisionBody} aria-label={decisionTexts.ranking} tabIndex={0}>
        <ol>
          {ranked.map(row => (
            <Ranked key={row.peer} row={row} cutAfter={cutAfter} perUnit={isByRates ? perUnit : undefined} />
          ))}
        </ol>
        {isByRates || ranked.length === 0 ? null : <p className={styles.remark}>{decisionTexts.random}</p>}
        {ranked.length > 0 && cutAfter === undefined ? (
          <p className={styles.remark}>{decisionTexts.room(ranked.length, slots)}</p>
        ) : null}
        <Notes record={record} />
      </section>
    </>
  );
});

interface RankedProps {
  readonly row: RankedRow;
  readonly cutAfter: number | undefined;
  /** Undefined where rates did not count. */
  readonly perUnit: number | undefined;
}

function Ranked({ row, cutAfter, perUnit }: RankedProps) {
  const { peer, place, share, bytesPerSecond, outcome } = row;
  return (
    <>
      <li className={classes(styles.row, styles[outcome])}>
        <span className={styles.place}>{perUnit === undefined ? '' : place}</span>
        <b title={peer}>{peer}</b>
        <span aria-hidden>
          {perUnit === undefined ? null : <i style={{ width: `${Math.max(1.5, share * 100)}%` }} />}
        </span>
        <span className={styles.rate}>
          {perUnit === undefined ? '' : rateFigure(bytesPerSecond / perUnit)}
        </span>
        <span className={styles.outcome}>{decisionTexts.outcome[outcome]}</span>
      </li>
      {place === cutAfter ? <li className={styles.cut}>{decisionTexts.cut(place)}</li> : null}
    </>
  );
}

/** "24", "0.4", "0". */
function rateFigure(amount: number): string {
  return amount > 0 && amount < 9.95 && Math.round(amount * 10) % 10 !== 0
    ? Math.max(0.1, amount).toFixed(1)
    : String(Math.round(amount));
}

function Notes({ record }: { readonly record: DecisionRecord }) {
  const { optimistic, unranked, tiedAtTheCut, hasOtherTies } = record;
  return (
    <>
      {tiedAtTheCut.length > 0 ? (
        <p className={styles.remark}>{decisionTexts.tiedAtTheCut(tiedAtTheCut)}</p>
      ) : hasOtherTies ? (
        <p className={classes(styles.remark, styles.aside)}>{decisionTexts.otherTies}</p>
      ) : null}
      <Note glyph="optimistic">
        {optimistic === undefined
          ? decisionTexts.noDraw
          : decisionTexts.drawn(optimistic.peer, optimistic.from) +
            (optimistic.isPreferred ? decisionTexts.nowPreferred : '')}
      </Note>
      {unranked.length === 0 ? null : (
        <Note glyph="choked">{decisionTexts.unranked + unrankedText(unranked)}</Note>
      )}
    </>
  );
}

function Note({ glyph, children }: { readonly glyph: GlyphName; readonly children: string }) {
  return (
    <p className={styles.note}>
      <Glyph name={glyph} />
      <span>{children}</span>
    </p>
  );
}

/** Those with one reason together. */
function unrankedText(unranked: readonly Unranked[]): string {
  const reasons = ['complete', 'not-interested', 'not-connected', 'not-started'] as const;
  return reasons
    .map(why => ({ why, peers: unranked.filter(other => other.why === why).map(({ peer }) => peer) }))
    .filter(({ peers }) => peers.length > 0)
    .map(({ why, peers }) => decisionTexts.why(peers, why))
    .join('; ');
}
