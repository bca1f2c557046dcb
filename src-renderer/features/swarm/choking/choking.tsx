import { type KeyboardEvent, memo, type PointerEvent, useEffect, useId, useRef, useState } from 'react';
import type { PeerId } from '../../../../src-shared/journal.ts';
import { formatShortRate } from '../../../../src-shared/units.ts';
import type { SwarmHistory } from '../../../history/history.ts';
import { type Lane, lanesFrom } from '../../../history/lanes.ts';
import { bucketMs } from '../../../history/rate-series.ts';
import { chokingTexts } from '../../../texts/swarm-choking.ts';
import { Panel } from '../../../ui/panel.tsx';
import { TwinTable } from '../../../ui/twin-table.tsx';
import { clockText } from '../clock.ts';
import { usePeerNames } from '../peer-names.tsx';
import { firstToShow, rowAt } from '../pieces/row-layout.ts';
import { useSlowly } from '../pieces/use-slowly.ts';
import { type Surface, useCanvas } from '../use-canvas.ts';
import { useMoment, useSwarm, useSwarmStore } from '../use-swarm.ts';
import styles from './choking.module.css';
import { DecisionPanel } from './decision-panel.tsx';
import { drawLanes } from './draw-lanes.ts';
import { laneStateAt, rankIn, roundAt } from './lane-marks.ts';
import { type LanesLayout, layOutLanes } from './lanes-layout.ts';
import { atOf, moved, ownWindow, type TimeWindow, wholeWindow, zoomed } from './scale.ts';

/** Rates over time, whom we served when, and why. */
export function Choking() {
  const store = useSwarmStore();
  const window = useSwarm(page => page.window);
  const { startedWallMs, isEmpty } = useMoment((_state, history) => ({
    startedWallMs: history.startedWallMs,
    isEmpty: history.run === undefined,
  }));
  const { setWindow } = store.getState();
  return (
    <Panel
      title={chokingTexts.title}
      className={styles.panel}
      bodyClassName={styles.body}
      subtitle={
        window === undefined ? undefined : (
          <>
            {chokingTexts.zoomedTo(
              clockText(startedWallMs + window.fromMs),
              clockText(startedWallMs + window.toMs),
            )}
            <button type="button" className={styles.all} onClick={() => setWindow(undefined)}>
              {chokingTexts.showAll}
            </button>
          </>
        )
      }
      actions={isEmpty ? undefined : <Key />}
    >
      {isEmpty ? <p className={styles.empty}>{chokingTexts.empty}</p> : <Lanes />}
      <DecisionPanel />
      <Twin />
    </Panel>
  );
}

const Key = memo(function Key() {
  return (
    <div className={styles.key} aria-hidden>
      <span>
        <svg viewBox="0 0 14 14" aria-hidden="true">
          <path d="M0 1h14v12H0z" fill="var(--pref)" />
          <text x="7" y="11" fontSize="11" fontWeight="600" textAnchor="middle" fill="var(--surface)">
            2
          </text>
        </svg>
        {chokingTexts.preferred}
      </span>
      <span>
        <svg viewBox="0 0 14 14" aria-hidden="true">
          <path d="M1 2h12v10H1z" fill="var(--opt-soft)" stroke="var(--opt)" strokeWidth="1.5" />
          <path d="m2 11 9-9M7 12l6-6" stroke="var(--opt)" strokeWidth="2" />
        </svg>
        {chokingTexts.optimistic}
      </span>
      <span className={styles.waiting}>
        <svg viewBox="0 0 14 14" aria-hidden="true">
          <path d="M0 7h14" stroke="var(--choke)" strokeWidth="2" strokeDasharray="2 2" />
        </svg>
        {chokingTexts.waiting}
      </span>
      <span>
        <svg viewBox="0 0 14 14" aria-hidden="true">
          <path d="M0 5.5h14v3H0z" fill="var(--in)" />
        </svg>
        {chokingTexts.servesUs}
      </span>
    </div>
  );
});

interface Hover {
  readonly atMs: number;
  readonly peer: PeerId | undefined;
  readonly x: number;
  readonly y: number;
}

/** How far a pointer moves before it drags, in pixels. */
const dragFrom = 4;

interface Drag {
  readonly x: number;
  readonly y: number;
  readonly window: TimeWindow;
  readonly firstRow: number;
  isMoving: boolean;
}

function Lanes() {
  const store = useSwarmStore();
  const focus = useSwarm(page => page.focus);
  const rechoke = useSwarm(page => page.rechoke);
  const chosen = useSwarm(page => page.window);
  const [hover, setHover] = useState<Hover | undefined>();
  const [firstRow, setFirstRow] = useState(0);
  const drawn = useRef<LanesLayout | undefined>(undefined);
  /** Those that are drawn, in order. */
  const lanes = useRef<readonly Lane[]>([]);
  const { long: nameOf } = usePeerNames();
  const drag = useRef<Drag | undefined>(undefined);
  /** The focus that the lanes have moved to already. */
  const revealed = useRef<PeerId | undefined>(undefined);
  const box = useRef<HTMLDivElement | null>(null);
  const helpId = useId();
  const now = useMoment((_state, history, cursorMs) => ({
    atMs: cursorMs,
    endMs: history.endMs,
    text: momentTexts(history, cursorMs, focus, nameOf).join('. '),
  }));

  const draw = (surface: Surface) => {
    const { history, cursorMs, presenting } = store.getState();
    const { context, fontFamily, width, height } = surface;
    const window = chosen ?? ownWindow(history.endMs, history.isLive, cursorMs);
    lanes.current = lanesFrom(history, window.fromMs);
    const peers = lanes.current.map(({ peer }) => peer);
    context.font = `600 ${presenting ? 16 : 12}px ${fontFamily}`;
    const widths = peers.slice(0, 300).map(peer => Math.min(120, context.measureText(nameOf(peer)).width));
    const enlarged = focus === undefined ? -1 : peers.indexOf(focus);
    const layout = layOutLanes({
      width,
      height,
      window,
      isZoomed: chosen !== undefined,
      labelWidth: Math.max(presenting ? 66 : 46, ...widths),
      lanes: peers.length,
      enlarged: enlarged < 0 ? undefined : enlarged,
      firstRow,
      isLarge: presenting,
    });
    drawn.current = layout;
    if (revealed.current !== focus) {
      revealed.current = focus;
      if (enlarged >= 0) setFirstRow(firstToShow(layout.rows, enlarged));
    }
    const whole = wholeWindow(history.endMs, history.isLive);
    const round = rechoke ?? roundAt(history.rechokes, cursorMs)?.seq;
    drawLanes(surface, {
      history,
      lanes: lanes.current,
      layout,
      cursorMs,
      whole,
      focus,
      round,
      hover,
      nameOf,
    });
  };
  const canvas = useCanvas(draw);

  // React's own wheel listener may not keep the page from scrolling.
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent) => {
      const layout = drawn.current;
      const amount = event.deltaY === 0 ? event.deltaX : event.deltaY;
      if (layout === undefined || amount === 0) return;
      event.preventDefault();
      const x = event.clientX - element.getBoundingClientRect().left;
      const { history, setWindow } = store.getState();
      const whole = wholeWindow(history.endMs, history.isLive);
      if (layout.rows.isScrolled && (event.shiftKey || x < layout.scale.left)) {
        const step = Math.max(1, Math.round(layout.rows.rows.length / 8));
        setFirstRow(Math.max(0, layout.rows.first + step * Math.sign(amount)));
      } else if (event.deltaY === 0) {
        const byMs = (event.deltaX * lengthOf(layout.scale)) / (layout.scale.right - layout.scale.left);
        setWindow(moved(layout.scale, byMs, whole));
      } else {
        setWindow(zoomed(layout.scale, atOf(layout.scale, x), 1.2 ** Math.sign(amount), whole));
      }
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [store]);

  const under = (event: PointerEvent<HTMLElement>): Hover | undefined => {
    const layout = drawn.current;
    if (layout === undefined) return undefined;
    const place = event.currentTarget.getBoundingClientRect();
    const x = event.clientX - place.left;
    const y = event.clientY - place.top;
    const row = rowAt(layout.rows, y - layout.lanesTop);
    const peer = row === undefined ? undefined : lanes.current[row.index]?.peer;
    return { atMs: atOf(layout.scale, x), peer, x, y };
  };

  const isOnChart = ({ x }: Hover) =>
    drawn.current !== undefined && x >= drawn.current.scale.left && x <= drawn.current.scale.right;

  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const place = under(event);
    const layout = drawn.current;
    const start = drag.current;
    if (place === undefined || layout === undefined) return;
    const { history, setWindow } = store.getState();
    if (start === undefined) {
      setHover(isOnChart(place) && place.atMs <= history.endMs ? place : undefined);
      return;
    }
    start.isMoving ||= Math.hypot(place.x - start.x, place.y - start.y) > dragFrom;
    if (!start.isMoving) return;
    setHover(undefined);
    const whole = wholeWindow(history.endMs, history.isLive);
    if (lengthOf(start.window) < lengthOf(whole)) {
      const perPixel = lengthOf(start.window) / (layout.scale.right - layout.scale.left);
      setWindow(moved(start.window, (start.x - place.x) * perPixel, whole));
    }
    if (layout.rows.isScrolled) {
      setFirstRow(Math.max(0, start.firstRow + Math.round((start.y - place.y) / layout.rows.pitch)));
    }
  };

  const onPointerUp = (event: PointerEvent<HTMLElement>) => {
    const start = drag.current;
    drag.current = undefined;
    const place = under(event);
    const layout = drawn.current;
    if (start === undefined || start.isMoving || place === undefined || layout === undefined) return;
    const { history, seek, openRechoke, focusOn, setWindow } = store.getState();
    if (!isOnChart(place)) {
      if (place.peer !== undefined) focusOn(place.peer === focus ? undefined : place.peer);
      return;
    }
    if (layout.overviewTop !== undefined && place.y >= layout.overviewTop - 3) {
      const whole = wholeWindow(history.endMs, history.isLive);
      const { left, right } = layout.scale;
      const atMs = atOf({ ...whole, left, right }, place.x);
      setWindow(moved(layout.scale, atMs - (layout.scale.fromMs + layout.scale.toMs) / 2, whole));
      return;
    }
    seek(place.atMs);
    openRechoke(roundAt(history.rechokes, place.atMs)?.seq);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const layout = drawn.current;
    if (layout === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const { history, cursorMs, step, stepDecision, setWindow, focusOn, openRechoke } = store.getState();
    const whole = wholeWindow(history.endMs, history.isLive);
    const peers = lanes.current.map(({ peer }) => peer);
    const isIn = cursorMs >= layout.scale.fromMs && cursorMs <= layout.scale.toMs;
    const middle = isIn ? cursorMs : (layout.scale.fromMs + layout.scale.toMs) / 2;
    const toPeer = (by: 1 | -1) => {
      const index = focus === undefined ? (by > 0 ? -1 : peers.length) : peers.indexOf(focus);
      focusOn(peers[Math.max(0, Math.min(peers.length - 1, index + by))]);
    };
    const moves: Record<string, () => void> = {
      ArrowRight: () => (event.shiftKey ? stepDecision(1) : step(1_000)),
      ArrowLeft: () => (event.shiftKey ? stepDecision(-1) : step(-1_000)),
      ArrowDown: () => toPeer(1),
      ArrowUp: () => toPeer(-1),
      '+': () => setWindow(zoomed(layout.scale, middle, 1 / 1.5, whole)),
      '=': () => setWindow(zoomed(layout.scale, middle, 1 / 1.5, whole)),
      '-': () => setWindow(zoomed(layout.scale, middle, 1.5, whole)),
      '0': () => setWindow(undefined),
      PageUp: () => setWindow(moved(layout.scale, -lengthOf(layout.scale) / 2, whole)),
      PageDown: () => setWindow(moved(layout.scale, lengthOf(layout.scale) / 2, whole)),
      Enter: () => openRechoke(roundAt(history.rechokes, cursorMs)?.seq),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    move();
  };

  return (
    <div className={styles.lanes}>
      <div
        ref={box}
        className={styles.surface}
        role="slider"
        tabIndex={0}
        aria-label={chokingTexts.label}
        aria-describedby={helpId}
        aria-valuemin={0}
        aria-valuemax={Math.round(now.endMs / 1000)}
        aria-valuenow={Math.round(now.atMs / 1000)}
        aria-valuetext={now.text}
        onKeyDown={onKeyDown}
        onPointerDown={event => {
          const place = under(event);
          if (event.button !== 0 || place === undefined || drawn.current === undefined) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const { scale, rows } = drawn.current;
          drag.current = { x: place.x, y: place.y, window: scale, firstRow: rows.first, isMoving: false };
        }}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => {
          drag.current = undefined;
        }}
        onPointerLeave={() => setHover(undefined)}
        onDoubleClick={() => store.getState().setWindow(undefined)}
      >
        <canvas ref={canvas} aria-hidden />
      </div>
      {hover === undefined || drawn.current === undefined ? null : (
        <Readout hover={hover} width={drawn.current.width} height={drawn.current.height} />
      )}
      <p id={helpId} className="only-read">
        {chokingTexts.help}
      </p>
    </div>
  );
}

function lengthOf({ fromMs, toMs }: TimeWindow): number {
  return toMs - fromMs;
}

interface ReadoutProps {
  readonly hover: Hover;
  readonly width: number;
  readonly height: number;
}

/** What was at the pointer: beside it, on the side where there is room. */
function Readout({ hover, width, height }: ReadoutProps) {
  const history = useSwarm(page => page.history);
  const [when, ...rest] = momentTexts(history, hover.atMs, hover.peer, usePeerNames().long);
  const isRight = hover.x < width / 2;
  const isBelow = hover.y < height / 2;
  return (
    <div
      className={styles.readout}
      style={{
        ...(isRight ? { left: hover.x + 14 } : { right: width - hover.x + 14 }),
        ...(isBelow ? { top: hover.y + 12 } : { bottom: height - hover.y + 12 }),
      }}
    >
      <b>{when}</b>
      {rest.map(text => (
        <span key={text}>{text}</span>
      ))}
    </div>
  );
}

/** The time with its round, the rates, and what a neighbour was to us. */
function momentTexts(
  history: SwarmHistory,
  atMs: number,
  peer: PeerId | undefined,
  nameOf: (peer: PeerId) => string,
): string[] {
  const round = roundAt(history.rechokes, atMs);
  const when = chokingTexts.at(clockText(history.startedWallMs + atMs), round?.decision.round);
  const { rates } = history;
  const rate = (bytesIn: (bucket: number) => number) => formatShortRate(meanRate(bytesIn, atMs));
  const all = chokingTexts.rates(
    rate(bucket => rates.received(bucket)),
    rate(bucket => rates.sent(bucket)),
  );
  const lane = peer === undefined ? undefined : history.lanes.of(peer);
  if (peer === undefined || lane === undefined) return [when, all];
  const { role, servesUs } = laneStateAt(lane, atMs);
  const rank = round === undefined ? undefined : rankIn(round.decision, peer);
  const parts: string[] = [chokingTexts.role[role]];
  if (role === 'preferred' && rank !== undefined) parts.push(chokingTexts.rank(rank));
  if (role === 'optimistic') parts.push(chokingTexts.drawn);
  const isHere = role !== 'not-started' && role !== 'not-connected';
  if (isHere) parts.push(servesUs ? chokingTexts.serves : chokingTexts.chokesUs);
  return [
    when,
    chokingTexts.lane(nameOf(peer), parts),
    ...(isHere
      ? [
          chokingTexts.exchanged(
            rate(bucket => rates.receivedFrom(peer, bucket)),
            rate(bucket => rates.sentTo(peer, bucket)),
          ),
        ]
      : []),
    all,
  ];
}

const meanBuckets = 5;

/** Over the two and a half seconds before a moment, as the line is drawn. */
function meanRate(bytesIn: (bucket: number) => number, atMs: number): number {
  const to = Math.max(0, Math.floor(atMs / bucketMs));
  let bytes = 0;
  for (let bucket = Math.max(0, to - meanBuckets); bucket < to; bucket += 1) bytes += bytesIn(bucket);
  return (bytes / (meanBuckets * bucketMs)) * 1000;
}

/** The moment at the cursor in words and figures, for who does not see the lanes. */
const Twin = memo(function Twin() {
  const { long: nameOf } = usePeerNames();
  const { caption, rows } = useSlowly((state, history, cursorMs) => ({
    caption: momentTexts(history, cursorMs, undefined, nameOf).join('. '),
    rows: lanesFrom(history, cursorMs).map(lane => {
      const { role, servesUs } = laneStateAt(lane, cursorMs);
      const neighbour = state.neighbours.get(lane.peer);
      return [
        nameOf(lane.peer),
        chokingTexts.role[role],
        servesUs ? chokingTexts.serves : chokingTexts.chokesUs,
        formatShortRate(neighbour?.sent.rate(cursorMs) ?? 0),
        formatShortRate(neighbour?.received.rate(cursorMs) ?? 0),
      ];
    }),
  }));
  return <TwinTable caption={`${chokingTexts.twin}. ${caption}`} head={chokingTexts.twinHead} rows={rows} />;
});
