import { Pause, Play, SkipBack, SkipForward } from 'lucide-react';
import { type KeyboardEvent, type PointerEvent, useCallback } from 'react';
import type { PeerId } from '../../../../src-shared/journal.ts';
import { pageTexts } from '../../../texts/swarm-page.ts';
import { clockText } from '../clock.ts';
import { usePeerNames } from '../peer-names.tsx';
import { type SwarmPage, speeds } from '../swarm-store.ts';
import { type Surface, useCanvas } from '../use-canvas.ts';
import { useMoment, useSwarm, useSwarmStore } from '../use-swarm.ts';
import { atOf, lateArrivals, spacedOut, trackOf, xOf } from './scrubber.ts';
import styles from './transport.module.css';

/** Room for the handle at both ends of the time line, in pixels. */
const margin = 10;
const lineY = 20;

/** Play, pause, steps from decision to decision, speed, and the line of time. */
export function Transport() {
  const store = useSwarmStore();
  const playing = useSwarm(page => page.playing);
  const following = useSwarm(page => page.following);
  const speed = useSwarm(page => page.speed);
  const now = useMoment((state, history, cursorMs) => ({
    clock: history.run === undefined ? pageTexts.unknown : clockText(history.startedWallMs + cursorMs),
    hasBegun: history.run !== undefined,
    round: state.lastRechoke?.decision.round,
    isLive: history.isLive,
    atMs: cursorMs,
    endMs: history.endMs,
  }));
  const round = now.round === undefined ? pageTexts.beforeRounds : pageTexts.round(now.round);
  const { stepDecision, setPlaying, setSpeed, follow } = store.getState();
  const isRunning = playing && (following ? now.isLive : true);

  return (
    <section className={styles.transport} aria-label={pageTexts.time}>
      <div className={styles.buttons}>
        <button type="button" title={pageTexts.previous} onClick={() => stepDecision(-1)}>
          <SkipBack size={16} aria-hidden />
          <span className="only-read">{pageTexts.previous}</span>
        </button>
        <button
          type="button"
          className={styles.play}
          title={isRunning ? pageTexts.pause : pageTexts.play}
          onClick={() => setPlaying(!isRunning)}
        >
          {isRunning ? (
            <Pause size={14} fill="currentColor" aria-hidden />
          ) : (
            <Play size={14} fill="currentColor" aria-hidden />
          )}
          <span className="only-read">{isRunning ? pageTexts.pause : pageTexts.play}</span>
        </button>
        <button type="button" title={pageTexts.next} onClick={() => stepDecision(1)}>
          <SkipForward size={16} aria-hidden />
          <span className="only-read">{pageTexts.next}</span>
        </button>
      </div>
      <label className={styles.speed}>
        <span className="only-read">{pageTexts.speed}</span>
        <select value={speed} onChange={event => setSpeed(Number(event.target.value))}>
          {speeds.map(value => (
            <option key={value} value={value}>
              {value}×
            </option>
          ))}
        </select>
      </label>
      <Scrubber text={pageTexts.moment(now.clock, round)} />
      <div className={styles.now}>
        <b>{now.clock}</b>
        <small>{round}</small>
        <button
          type="button"
          className={styles.live}
          aria-pressed={following && now.hasBegun}
          disabled={!now.hasBegun}
          onClick={follow}
        >
          <i aria-hidden />
          {now.isLive ? pageTexts.live : pageTexts.end}
        </button>
      </div>
    </section>
  );
}

function Scrubber({ text }: { readonly text: string }) {
  const store = useSwarmStore();
  const { atMs, endMs } = useMoment((_state, history, cursorMs) => ({
    atMs: cursorMs,
    endMs: history.endMs,
  }));
  const { long: nameOf } = usePeerNames();
  const canvas = useCanvas(
    useCallback((surface: Surface) => drawScrubber(surface, store.getState(), nameOf), [store, nameOf]),
  );

  function seekTo(event: PointerEvent<HTMLElement>) {
    const box = event.currentTarget.getBoundingClientRect();
    const track = trackOf(box.width, store.getState().history.endMs, margin);
    store.getState().seek(atOf(track, event.clientX - box.left));
  }

  function onKey(event: KeyboardEvent) {
    const { step, seek } = store.getState();
    const large = Math.max(5_000, endMs / 20);
    const moves: Record<string, () => void> = {
      ArrowUp: () => step(1_000),
      ArrowDown: () => step(-1_000),
      PageUp: () => step(large),
      PageDown: () => step(-large),
      Home: () => seek(0),
      End: () => store.getState().follow(),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    move();
  }

  return (
    <div
      className={styles.scrubber}
      role="slider"
      tabIndex={0}
      aria-label={pageTexts.time}
      aria-valuemin={0}
      aria-valuemax={Math.round(endMs / 1000)}
      aria-valuenow={Math.round(atMs / 1000)}
      aria-valuetext={text}
      onKeyDown={onKey}
      onPointerDown={event => {
        event.currentTarget.setPointerCapture(event.pointerId);
        seekTo(event);
      }}
      onPointerMove={event => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) seekTo(event);
      }}
    >
      <canvas ref={canvas} aria-hidden />
    </div>
  );
}

function drawScrubber(
  { context, width, colours, fontFamily }: Surface,
  { history, cursorMs, presenting }: SwarmPage,
  nameOf: (peer: PeerId) => string,
): void {
  const track = trackOf(width, history.endMs, margin);
  const x = (atMs: number) => xOf(track, atMs);
  const cursor = x(cursorMs);
  context.fillStyle = colours['line-2'];
  context.fillRect(track.left, lineY - 2, track.right - track.left, 4);
  context.fillStyle = colours.ctl;
  context.fillRect(track.left, lineY - 2, x(history.endMs) - track.left, 4);
  context.fillStyle = colours.ink;
  context.fillRect(track.left, lineY - 2, cursor - track.left, 4);
  for (const { atMs } of spacedOut(history.rechokes, track, 3)) {
    context.fillStyle = atMs <= cursorMs ? colours['ink-2'] : colours.ctl;
    context.fillRect(Math.round(x(atMs)), lineY + 6, 1, 5);
  }
  context.fillStyle = colours.opt;
  for (const { atMs } of spacedOut(history.draws, track, 10)) drawDiamond(context, x(atMs), lineY + 8.5, 4);

  const size = presenting ? 15 : 11;
  context.font = `400 ${size}px ${fontFamily}`;
  context.textBaseline = 'middle';
  context.fillStyle = colours['ink-3'];
  context.textAlign = 'left';
  const start = clockText(history.startedWallMs);
  context.fillText(start, track.left - 2, 8);
  let free = track.left + context.measureText(start).width + 12;
  context.textAlign = 'center';
  for (const { atMs, peer } of lateArrivals(history)) {
    const text = pageTexts.joins(nameOf(peer));
    const half = context.measureText(text).width / 2;
    const middle = Math.min(x(atMs), track.right - half);
    if (middle - half < free) continue;
    context.fillText(text, middle, 8);
    context.fillRect(x(atMs) - 0.75, 13, 1.5, 5);
    free = middle + half + 12;
  }

  context.beginPath();
  context.arc(cursor, lineY, 7, 0, 2 * Math.PI);
  context.fillStyle = colours.surface;
  context.fill();
  context.lineWidth = 2.5;
  context.strokeStyle = colours.ink;
  context.stroke();
}

function drawDiamond(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.moveTo(x, y - radius);
  context.lineTo(x + radius, y);
  context.lineTo(x, y + radius);
  context.lineTo(x - radius, y);
  context.fill();
}
