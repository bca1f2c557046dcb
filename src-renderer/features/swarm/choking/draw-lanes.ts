import type { PeerId } from '../../../../src-shared/journal.ts';
import type { SwarmHistory } from '../../../history/history.ts';
import type { Lane } from '../../../history/lanes.ts';
import { chokingTexts } from '../../../texts/swarm-choking.ts';
import { clockText } from '../clock.ts';
import { labelledRows } from '../pieces/row-layout.ts';
import type { Surface } from '../use-canvas.ts';
import { laneMarks, type RoundMark, rankIn, roundMarks, type Stretch } from './lane-marks.ts';
import { type LanesLayout, lanePartsOf } from './lanes-layout.ts';
import { type RatePoint, rateLine } from './rate-line.ts';
import { localOffsetMs, rateAxis, type TimeWindow, timeTicks, xOf } from './scale.ts';

/** What is drawn beside the history itself. */
export interface LanesView {
  readonly history: SwarmHistory;
  /** In the order of the rows. */
  readonly lanes: readonly Lane[];
  readonly nameOf: (peer: PeerId) => string;
  readonly layout: LanesLayout;
  readonly cursorMs: number;
  readonly whole: TimeWindow;
  readonly focus: PeerId | undefined;
  /** `seq` of the round whose record is shown. */
  readonly round: number | undefined;
  /** Where the pointer is. */
  readonly hover: { readonly atMs: number; readonly peer: PeerId | undefined } | undefined;
}

/** Rounds closer than this, in pixels, have no line of their own. */
const leastRoundGap = 6;
const leastRankWidth = 11;

export function drawLanes(surface: Surface, view: LanesView): void {
  const { history, layout } = view;
  const rounds = roundMarks(history.rechokes, layout.scale, history.endMs);
  surface.context.textBaseline = 'middle';
  drawRounds(surface, view, rounds);
  drawAllLanes(surface, view, rounds);
  const ends = drawRates(surface, view);
  drawVeil(surface, view);
  drawAxis(surface, view);
  drawLineEnds(surface, view, ends);
  drawCursor(surface, view);
  drawOverview(surface, view);
}

/** A thin line where each round begins, a band for the one whose record is shown. */
function drawRounds({ context, colours }: Surface, view: LanesView, rounds: readonly RoundMark[]): void {
  const { layout, round } = view;
  const { lanesTop, lanesBottom: bottom } = layout;
  const open = rounds.find(({ seq }) => seq === round);
  if (open !== undefined) {
    context.fillStyle = colours.hover;
    context.fillRect(open.from, 0, Math.max(2, open.to - open.from), bottom);
  }
  const gap =
    rounds.length < 2 ? leastRoundGap : (rounds.at(-1)!.from - rounds[0]!.from) / (rounds.length - 1);
  if (gap < leastRoundGap) return;
  context.fillStyle = colours['line-2'];
  for (const { from } of rounds) context.fillRect(Math.round(from), lanesTop - 4, 1, 4);
  context.fillStyle = colours.line;
  for (const { from } of rounds) context.fillRect(Math.round(from), lanesTop, 1, bottom - lanesTop);
}

function drawAxis({ context, colours, fontFamily }: Surface, { history, layout }: LanesView): void {
  const { scale, axisMiddle, fontSize } = layout;
  context.font = `400 ${Math.max(11, fontSize - 1)}px ${fontFamily}`;
  context.textAlign = 'center';
  context.fillStyle = colours['ink-3'];
  const { stepMs, at } = timeTicks(scale, fontSize > 14 ? 110 : 76, localOffsetMs(history.startedWallMs));
  for (const atMs of at) {
    const text = clockText(history.startedWallMs + atMs + 1);
    const shown = stepMs < 60_000 ? text : text.slice(0, 5);
    const half = context.measureText(shown).width / 2;
    const x = xOf(scale, atMs);
    if (x - half < scale.left - 12 || x + half > layout.width) continue;
    context.fillText(shown, x, axisMiddle);
  }
}

function drawAllLanes(surface: Surface, view: LanesView, rounds: readonly RoundMark[]): void {
  const { context, colours, fontFamily } = surface;
  const { lanes, layout, focus, hover } = view;
  const { rows, lanesTop, scale, fontSize } = layout;
  const hatch = hatchOf(surface);
  const focused = lanes.findIndex(({ peer }) => peer === focus);
  const hovered = lanes.findIndex(({ peer }) => peer === hover?.peer);
  const labelled = labelledRows(rows, layout.labelHeight, [focused, hovered]);
  for (const { index, top, height } of rows.rows) {
    const lane = lanes[index]!;
    const y = lanesTop + top;
    const isFocused = index === focused;
    if (isFocused) {
      context.fillStyle = colours['in-soft'];
      context.fillRect(0, y - 1, scale.right, height + 2);
    }
    if (labelled.has(index)) {
      const isHovered = index === hovered;
      context.font = `${isFocused || isHovered ? 600 : 500} ${fontSize}px ${fontFamily}`;
      context.fillStyle = isFocused || isHovered ? colours.ink : colours['ink-2'];
      context.textAlign = 'left';
      context.fillText(view.nameOf(lane.peer), isFocused ? 2 : 0, y + height / 2, scale.left - 10);
    }
    if (rows.pitch >= 12) {
      context.fillStyle = colours.line;
      context.fillRect(scale.left, y + height, scale.right - scale.left, 1);
    }
    drawLane(surface, view, index, y, height, rounds, hatch);
  }
  if (rows.isScrolled) {
    const area = layout.lanesBottom - lanesTop;
    context.fillStyle = colours.line;
    context.fillRect(scale.right + 6, lanesTop, 4, area);
    context.fillStyle = colours.ctl;
    const share = rows.rows.length / lanes.length;
    context.fillRect(
      scale.right + 6,
      lanesTop + (rows.first / lanes.length) * area,
      4,
      Math.max(12, share * area),
    );
  }
}

function drawLane(
  { context, colours, fontFamily }: Surface,
  { history, lanes, layout }: LanesView,
  index: number,
  y: number,
  height: number,
  rounds: readonly RoundMark[],
  hatch: CanvasPattern | string,
): void {
  const { scale, fontSize, rows } = layout;
  const isLarge = fontSize > 14;
  const lane = lanes[index]!;
  const marks = laneMarks(lane, scale, history.endMs);
  const { block, rule, ruleTop } = lanePartsOf(height, isLarge ? 22 : 15);
  const dot = isLarge ? 2.5 : 1.75;

  context.fillStyle = colours.choke;
  const dotTop = y + (block - dot) / 2;
  for (const { from, to } of block < 5 ? [] : marks.waiting) {
    for (let x = Math.ceil(from / 4) * 4; x < to - 1; x += 4) context.fillRect(x, dotTop, dot, dot);
  }
  context.fillStyle = colours.in;
  for (const { from, to } of marks.servesUs) context.fillRect(from, y + ruleTop, to - from, rule);

  context.fillStyle = colours.pref;
  for (const { from, to } of marks.preferred) {
    const inset = to - from > 3 ? 0.5 : 0;
    context.fillRect(from + inset, y, to - from - 2 * inset, block);
  }
  for (const stretch of marks.optimistic) {
    drawHatched(context, colours.opt, colours['opt-soft'], hatch, stretch, y, block, isLarge);
  }

  const size = isLarge ? 16 : 11;
  context.font = `600 ${size}px ${fontFamily}`;
  context.textAlign = 'center';
  for (const { from, to, decision } of rounds) {
    if (to - from < leastRoundGap || block < 4) continue;
    const rank = rankIn(decision, lane.peer);
    const isServed = marks.preferred.some(stretch => stretch.from <= from + 1.5 && stretch.to > from + 1.5);
    if (!isServed) continue;
    context.fillStyle = colours.surface;
    context.globalAlpha = 0.45;
    context.fillRect(Math.round(from), y, 1, block);
    context.globalAlpha = 1;
    const isRoomy = to - from >= leastRankWidth * (size / 11) && block >= size * 0.8;
    if (rank !== undefined && isRoomy) context.fillText(String(rank), (from + to) / 2, y + block / 2 + 0.5);
  }

  const whole = Math.max(3, height);
  context.fillStyle = colours['ink-2'];
  for (const x of marks.joined) context.fillRect(x - 0.75, y, isLarge ? 2 : 1.5, whole);
  for (const x of marks.left) context.fillRect(x - 0.75, y, isLarge ? 2 : 1.5, whole);
  if (rows.pitch < (isLarge ? 18 : 12)) return;
  context.font = `400 ${Math.max(11, fontSize - 1)}px ${fontFamily}`;
  context.fillStyle = colours['ink-3'];
  const started = Math.min(marks.started ?? xOf(scale, history.endMs), scale.right);
  const width = context.measureText(chokingTexts.notStarted).width;
  const isLate = marks.started === undefined || marks.joined.length > 0;
  if (isLate && started - 6 - width >= scale.left) {
    context.textAlign = 'right';
    context.fillText(chokingTexts.notStarted, started - 6, y + height / 2);
  }
  const gone = marks.left.at(-1);
  const leftWidth = context.measureText(chokingTexts.left).width;
  if (gone !== undefined && lane.connected.at(-1)?.to !== undefined && gone + 6 + leftWidth <= scale.right) {
    context.textAlign = 'left';
    context.fillText(chokingTexts.left, gone + 6, y + height / 2);
  }
}

function drawHatched(
  context: CanvasRenderingContext2D,
  outline: string,
  ground: string,
  hatch: CanvasPattern | string,
  { from, to }: Stretch,
  y: number,
  height: number,
  isLarge: boolean,
): void {
  const width = to - from;
  if (width < 4 || height < 5) {
    context.fillStyle = outline;
    context.fillRect(from, y, width, height);
    return;
  }
  context.fillStyle = ground;
  context.fillRect(from + 0.5, y, width - 1, height);
  context.fillStyle = hatch;
  context.fillRect(from + 0.5, y, width - 1, height);
  context.strokeStyle = outline;
  context.lineWidth = isLarge ? 2 : 1.5;
  context.strokeRect(from + 1.25, y + 0.75, width - 2.5, height - 1.5);
}

const hatchSide = 6;

/** Diagonal lines, as fine on every screen. */
function hatchOf({ context, colours }: Surface): CanvasPattern | string {
  const tile = document.createElement('canvas');
  const pixels = Math.round(hatchSide * (devicePixelRatio || 1));
  tile.width = pixels;
  tile.height = pixels;
  const pen = tile.getContext('2d');
  if (pen === null) return colours.opt;
  pen.scale(pixels / hatchSide, pixels / hatchSide);
  pen.strokeStyle = colours.opt;
  pen.lineWidth = 1.75;
  pen.beginPath();
  for (const shift of [-hatchSide, 0, hatchSide]) {
    pen.moveTo(shift - 1, hatchSide + 1);
    pen.lineTo(shift + hatchSide + 1, -1);
  }
  pen.stroke();
  const pattern = context.createPattern(tile, 'repeat');
  pattern?.setTransform(new DOMMatrix().scale(hatchSide / pixels));
  return pattern ?? colours.opt;
}

/** Where the two lines leave the window. */
interface LineEnds {
  readonly x: number;
  readonly downY: number;
  readonly upY: number;
}

function drawRates({ context, colours, fontFamily }: Surface, { history, layout }: LanesView): LineEnds {
  const { scale, ratesTop, ratesBottom, fontSize } = layout;
  const isLarge = fontSize > 14;
  const width = scale.right - scale.left;
  const down = rateLine(bucket => history.rates.received(bucket), scale, history.endMs, width);
  const up = rateLine(bucket => history.rates.sent(bucket), scale, history.endMs, width);
  const largest = Math.max(0, ...[...down, ...up].map(({ bytesPerSecond }) => bytesPerSecond));
  const { unit, perUnit, ticks } = rateAxis(largest);
  const top = ticks.at(-1)! * perUnit;
  const yOf = (bytesPerSecond: number) => ratesBottom - (bytesPerSecond / top) * (ratesBottom - ratesTop);

  const small = Math.max(11, fontSize - 1);
  context.font = `400 ${small}px ${fontFamily}`;
  context.textAlign = 'right';
  for (const tick of ticks) {
    const y = Math.round(yOf(tick * perUnit));
    context.fillStyle = colours.line;
    context.fillRect(scale.left, y, width, 1);
    context.fillStyle = colours['ink-3'];
    context.fillText(String(tick), scale.left - 8, y);
  }
  context.textAlign = 'left';
  context.fillText(unit, 0, ratesBottom);

  context.save();
  context.beginPath();
  context.rect(scale.left, 0, width, ratesBottom + 2);
  context.clip();
  context.lineJoin = 'round';
  const line = (points: readonly RatePoint[]) => {
    context.beginPath();
    for (const { atMs, bytesPerSecond } of points) context.lineTo(xOf(scale, atMs), yOf(bytesPerSecond));
    context.stroke();
  };
  context.strokeStyle = colours.in;
  context.lineWidth = isLarge ? 3 : 2;
  line(down);
  context.strokeStyle = colours.pref;
  context.lineWidth = isLarge ? 2.5 : 1.75;
  context.setLineDash(isLarge ? [6, 4] : [4, 3]);
  line(up);
  context.restore();

  const last = Math.min(scale.toMs, down.at(-1)?.atMs ?? 0);
  return { x: xOf(scale, last), downY: yOf(valueAt(down, last)), upY: yOf(valueAt(up, last)) };
}

/** The names of the lines, at their ends; moved apart where they would lie on each other. */
function drawLineEnds(
  { context, colours, fontFamily }: Surface,
  { layout }: LanesView,
  ends: LineEnds,
): void {
  const { ratesBottom, fontSize } = layout;
  const size = Math.max(11, fontSize - 1);
  const half = (size + 3) / 2;
  let { downY, upY } = ends;
  if (Math.abs(downY - upY) < 2 * half) {
    const side = downY < upY ? -1 : 1;
    const middle = Math.max(half + size / 2, Math.min(ratesBottom - half, (downY + upY) / 2));
    downY = middle + side * half;
    upY = middle - side * half;
  }
  context.font = `600 ${size}px ${fontFamily}`;
  context.textAlign = 'left';
  context.fillStyle = colours.in;
  context.fillText(chokingTexts.down, ends.x + 8, downY);
  context.fillStyle = colours.pref;
  context.fillText(chokingTexts.up, ends.x + 8, upY);
}

function valueAt(points: readonly RatePoint[], atMs: number): number {
  return points.findLast(point => point.atMs <= atMs)?.bytesPerSecond ?? 0;
}

/** What comes after the cursor is pale. */
function drawVeil({ context, colours }: Surface, { history, layout, cursorMs }: LanesView): void {
  const { scale, lanesBottom } = layout;
  const from = Math.max(scale.left, xOf(scale, cursorMs));
  if (from >= Math.min(scale.right, xOf(scale, history.endMs)) - 1) return;
  context.fillStyle = colours.surface;
  context.globalAlpha = 0.6;
  context.fillRect(from, 0, scale.right + 2 - from, lanesBottom);
  context.globalAlpha = 1;
}

/** The one instant, through everything. */
function drawCursor({ context, colours }: Surface, { layout, cursorMs, hover }: LanesView): void {
  const { scale, lanesBottom: bottom } = layout;
  const x = xOf(scale, cursorMs);
  if (hover !== undefined) {
    context.fillStyle = colours.ctl;
    context.fillRect(Math.round(xOf(scale, hover.atMs)), 0, 1, bottom);
  }
  if (x < scale.left - 1 || x > scale.right + 1) return;
  context.fillStyle = colours.ink;
  context.fillRect(Math.round(x) - 1, 0, 2, bottom);
  context.beginPath();
  context.moveTo(x - 5, 0);
  context.lineTo(x + 5, 0);
  context.lineTo(x, 6);
  context.fill();
}

function drawOverview({ context, colours }: Surface, { layout, whole }: LanesView): void {
  const { overviewTop, scale } = layout;
  if (overviewTop === undefined) return;
  const xInWhole = (atMs: number) => xOf({ ...whole, left: scale.left, right: scale.right }, atMs);
  context.fillStyle = colours['line-2'];
  context.fillRect(scale.left, overviewTop + 1, scale.right - scale.left, 3);
  context.fillStyle = colours['ink-2'];
  const from = xInWhole(scale.fromMs);
  context.fillRect(from, overviewTop, Math.max(6, xInWhole(scale.toMs) - from), 5);
}
