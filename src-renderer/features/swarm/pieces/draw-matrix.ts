import { pickReasonText } from '../../../../src-shared/captions.ts';
import type { PeerId } from '../../../../src-shared/journal.ts';
import { shownNeighbours } from '../../../../src-shared/peer-names.ts';
import { type Neighbour, pieceState, type SwarmState } from '../../../../src-shared/swarm-state.ts';
import { grouped, piecesTexts } from '../../../texts/swarm-pieces.ts';
import type { Colours, Surface } from '../use-canvas.ts';
import { colourNumber } from './colour-number.ts';
import { axisPlaces, type Columns, isGathered, pieceAt, placeOf } from './columns.ts';
import { type Band, columnSpan, gridRight, type MatrixLayout } from './matrix-layout.ts';
import {
  bandsOf,
  columnOfPixels,
  type Ground,
  mixed,
  paintBars,
  paintOwnPieces,
  paintOwnShares,
  paintShares,
} from './paint.ts';
import { labelledRows } from './row-layout.ts';
import {
  bytesOf,
  type ColumnCopies,
  copiesOf,
  countLacking,
  ownSharesOf,
  type Shares,
  sharesOf,
} from './shares.ts';

/** What stands in the matrix beside the state itself. */
export interface MatrixView {
  readonly state: SwarmState;
  readonly layout: MatrixLayout;
  readonly columns: Columns;
  readonly focus: PeerId | undefined;
  /** The piece under the pointer or the keys, and the neighbour's row. */
  readonly spot: Spot | undefined;
  /** The piece that was chosen to stay in view. */
  readonly piece: number | undefined;
  readonly nameOf: (peer: PeerId) => string;
}

export interface Spot {
  readonly piece: number;
  readonly peer: PeerId | undefined;
}

/** Pieces in the lens, and pixels of each. */
const lensPieces = 21;
const lensCell = 7;

/** Draws the matrix; keeps what rows looked like, so that only those that changed are read again. */
export class MatrixDrawing {
  readonly #shares = new Map<
    PeerId,
    { readonly key: string; readonly columns: Columns; readonly shares: Shares }
  >();
  #image: ImageData | undefined;
  #columns: Columns | undefined;
  #columnOfPixel: Int32Array = new Int32Array(0);

  draw(surface: Surface, view: MatrixView): void {
    const { context, fontFamily } = surface;
    const { layout } = view;
    if (view.columns.count === 0) return;
    this.#follow(view.columns);
    this.#paintCells(surface, view);
    context.textBaseline = 'middle';
    context.font = `400 ${layout.fontSize}px ${fontFamily}`;
    drawAxis(surface, view);
    drawLabels(surface, view);
    drawPick(surface, view);
    drawMarks(surface, view);
  }

  #paintCells({ context, colours }: Surface, { state, layout, columns }: MatrixView): void {
    const { scale, left, self, rows, rowsTop, copies } = layout;
    const pixels = (length: number) => Math.round(length * scale);
    const top = pixels(self.top);
    const bottom = pixels(copies.top + copies.height);
    const image = this.#imageOf(context, columns.edges[columns.count]!, Math.max(1, bottom - top));
    const ground: Ground = {
      pixels: new Uint32Array(image.data.buffer),
      width: image.width,
      columnOfPixel: this.#columnOfPixel,
    };
    const [off, theirs, ours] = [colours.inset, colours.have, colours.in].map(colourNumber) as [
      number,
      number,
      number,
    ];
    const away = mixed(theirs, colourNumber(colours.surface), 140);
    const linesOf = (band: Band) => {
      const from = pixels(band.top) - top;
      return [from, Math.max(1, pixels(band.top + band.height) - top - from)] as const;
    };

    if (isGathered(columns))
      paintOwnShares(ground, ...linesOf(self), ownSharesOf(state.pieces, columns), ours, off);
    else paintOwnPieces(ground, ...linesOf(self), codesOf(state.pieces, columns), ours, off);
    const neighbours = shownNeighbours(state);
    for (const row of rows.rows) {
      const neighbour = neighbours[row.index]!;
      const on = neighbour.connectedAt === undefined ? away : theirs;
      const lines = linesOf({ top: rowsTop + row.top, height: row.height });
      paintShares(ground, ...lines, this.#sharesOf(neighbour, columns), on, off);
    }
    paintCopies(
      ground,
      linesOf(copies),
      copiesOf(state.copies, state.pieces, columns),
      neighbours.length,
      colours,
    );
    context.putImageData(image, pixels(left), top);
  }

  #imageOf(context: CanvasRenderingContext2D, width: number, height: number): ImageData {
    if (this.#image?.width !== width || this.#image.height !== height) {
      this.#image = context.createImageData(width, height);
    } else {
      this.#image.data.fill(0);
    }
    return this.#image;
  }

  /** A neighbour's pieces grow while it is connected and stand still while it is not: their number tells the rest. */
  #sharesOf(neighbour: Neighbour, columns: Columns): Shares {
    const key = `${neighbour.connectedAt} ${neighbour.lastSeenAt} ${neighbour.pieces.count}`;
    const kept = this.#shares.get(neighbour.peer);
    if (kept?.key === key && kept.columns === columns) return kept.shares;
    const shares = sharesOf(neighbour.pieces.bytes, columns);
    this.#shares.set(neighbour.peer, { key, columns, shares });
    return shares;
  }

  #follow(columns: Columns): void {
    if (this.#columns === columns) return;
    this.#columns = columns;
    this.#columnOfPixel = columnOfPixels(columns);
  }
}

function codesOf(pieces: Uint8Array, { order, count }: Columns): Uint8Array {
  if (order === undefined) return pieces;
  const codes = new Uint8Array(count);
  for (let column = 0; column < count; column += 1) codes[column] = pieces[order[column]!]!;
  return codes;
}

/** Soft to the mean; strong to the rarest that we lack; a foot in the colour of alarm where nobody has it. */
function paintCopies(
  ground: Ground,
  [top, height]: readonly [number, number],
  { mean, lacking }: ColumnCopies,
  most: number,
  colours: Colours,
): void {
  const perCopy = height / Math.max(1, most);
  const level = (copies: number) => (copies <= 0 ? 0 : Math.max(1, Math.round(copies * perCopy)));
  paintBars(ground, top, height, Float32Array.from(mean, level), colourNumber(colours.ctl));
  paintBars(ground, top, height, Float32Array.from(lacking, level), colourNumber(colours.ink));
  const foot = Math.max(2, Math.round(height / 10));
  const nobody = Float32Array.from(lacking, copies => (copies === 0 ? foot : 0));
  paintBars(ground, top, height, nobody, colourNumber(colours.rare));
}

function drawAxis({ context, colours, fontFamily }: Surface, view: MatrixView): void {
  const { state, layout, columns } = view;
  const { axis, copies, fontSize, left } = layout;
  const right = gridRight(layout, columns);
  const size = Math.max(11, fontSize - 1);
  context.font = `400 ${size}px ${fontFamily}`;
  context.fillStyle = colours.line;
  context.fillRect(left, copies.top + copies.height, right - left, 1);
  context.fillStyle = colours['ink-3'];
  context.textAlign = 'center';
  const tags = taggedPieces(view).map(piece => columnSpan(layout, columns, columns.columnOf[piece]!)[0]);
  let free = 0;
  for (const { place, text } of labelsOf(state, columns, right - left, size)) {
    const column = isGathered(columns) ? Math.floor((place * columns.count) / columns.pieceCount) : place;
    const [from, to] = columnSpan(layout, columns, Math.min(columns.count - 1, column));
    const isWide = to - from > 18;
    const half = context.measureText(text).width / 2;
    const middle = Math.max(
      left + half,
      Math.min(right - half, isWide ? (from + to) / 2 : from + half * 0.2),
    );
    if (middle - half < free || tags.some(tag => Math.abs(tag - middle) < 2 * half + 12)) continue;
    free = middle + half + 6;
    context.fillText(text, middle, axis.height / 2 - 2);
    if (!isWide) context.fillRect(Math.round(from), axis.height - 4, 1, 3);
  }
  if (!layout.hasOffers) return;
  context.textAlign = 'left';
  context.fillText(piecesTexts.has, figuresLeft(layout, columns), axis.height / 2 - 2);
  context.textAlign = 'right';
  context.fillText(piecesTexts.offers, figuresRight(layout), axis.height / 2 - 2);
}

/** Their numbers stand on the axis on a ground of their own, and the axis makes room. */
function taggedPieces({ columns, spot, piece }: MatrixView): number[] {
  return [piece, spot?.piece].filter(
    tagged => tagged !== undefined && tagged < columns.pieceCount,
  ) as number[];
}

/** The bar of a scrolled matrix is at the edge. */
function figuresRight({ width, rows }: MatrixLayout): number {
  return rows.isScrolled ? width - 10 : width;
}

function figuresLeft(layout: MatrixLayout, columns: Columns): number {
  return Math.max(layout.width - 230, gridRight(layout, columns) + 16);
}

/** Piece numbers; or, where the rarest stand first, where each number of copies begins. */
function labelsOf(
  { copies }: SwarmState,
  columns: Columns,
  width: number,
  size: number,
): readonly { readonly place: number; readonly text: string }[] {
  const { order, pieceCount } = columns;
  if (order === undefined) {
    const least = String(pieceCount).length * size * 0.65 + 44;
    const isWide = width / pieceCount > 18;
    return axisPlaces(pieceCount, width, isWide ? 18 : least).map(place => ({ place, text: String(place) }));
  }
  const labels: { place: number; text: string }[] = [];
  let last = -1;
  for (let place = 0; place < pieceCount; place += 1) {
    const count = copies[order[place]!]!;
    if (count !== last)
      labels.push({ place, text: labels.length === 0 ? piecesTexts.copiesOf(count) : String(count) });
    last = count;
  }
  return labels;
}

function drawLabels({ context, colours, fontFamily }: Surface, view: MatrixView): void {
  const { state, layout, columns, focus, spot, nameOf } = view;
  const { self, rows, rowsTop, copies, fontSize, hasOffers, labelHeight } = layout;
  const end = figuresRight(layout);
  const right = hasOffers ? figuresLeft(layout, columns) : gridRight(layout, columns) + 8;
  const all = state.pieces.length;
  const ourBytes = bytesOf(state.pieces);
  const figures = (y: number, have: number, offers: string | undefined) => {
    context.textAlign = 'left';
    if (!hasOffers) {
      context.textAlign = 'right';
      context.fillText(piecesTexts.percent(have, all), Math.min(end, right + (fontSize > 14 ? 56 : 40)), y);
      return;
    }
    context.fillText(grouped(have), right, y);
    if (offers === undefined) return;
    context.textAlign = 'right';
    context.fillStyle = colours['ink-3'];
    context.fillText(offers, end, y);
  };
  const write = (weight: number, colour: string) => {
    context.font = `${weight} ${fontSize}px ${fontFamily}`;
    context.fillStyle = colour;
    context.textAlign = 'left';
  };

  const ownMiddle = self.top + self.height / 2 + 0.5;
  write(600, colours.ink);
  context.fillText(nameOf(state.run?.self ?? ''), 0, ownMiddle, layout.left - 8);
  figures(ownMiddle, state.haveCount, piecesTexts.self);

  const neighbours = shownNeighbours(state);
  const urgent = [focus, spot?.peer].map(peer => neighbours.findIndex(other => other.peer === peer));
  const labelled = labelledRows(rows, labelHeight, urgent, 3);
  const isThinned = labelled.size < rows.rows.length;
  for (const { index, top, height } of rows.rows) {
    const neighbour = neighbours[index]!;
    const hasRoom = labelled.has(index);
    const isFocused = neighbour.peer === focus;
    const isHovered = neighbour.peer === spot?.peer;
    const y = rowsTop + top + height / 2 + 0.5;
    if (isFocused) {
      context.fillStyle = colours.in;
      context.fillRect(layout.left - 5, rowsTop + top, 3, height);
    } else if (isThinned && hasRoom) {
      context.fillStyle = colours.ctl;
      context.fillRect(layout.left - 6, Math.round(y - 1), 4, 1);
    }
    if (!hasRoom) continue;
    write(isFocused || isHovered ? 600 : 400, isFocused || isHovered ? colours.ink : colours['ink-2']);
    context.fillText(nameOf(neighbour.peer), 0, y, layout.left - 8);
    const lacking =
      neighbour.connectedAt === undefined ? undefined : countLacking(neighbour.pieces.bytes, ourBytes);
    if (neighbour.lastSeenAt === undefined) {
      context.fillStyle = colours['ink-3'];
      if (height >= 7) context.fillText(piecesTexts.notStarted, layout.left + 8, y);
      continue;
    }
    if (neighbour.connectedAt === undefined) context.fillStyle = colours['ink-3'];
    const offers = lacking === undefined ? piecesTexts.notConnected : piecesTexts.lacking(lacking);
    figures(y, neighbour.pieces.count, offers);
  }
  if (rows.isScrolled) drawThumb(context, colours, view, neighbours.length);

  const copiesMiddle = copies.top + copies.height / 2;
  write(400, colours['ink-2']);
  context.fillText(piecesTexts.copies, 0, copiesMiddle, layout.left - 8);
  context.fillStyle = colours['ink-3'];
  if (hasOffers && copies.height >= 28) {
    context.fillText(piecesTexts.copiesRange(neighbours.length), right, copiesMiddle - 8);
    context.fillText(piecesTexts.copiesStrong, right, copiesMiddle + 8);
  }
}

function drawThumb(
  context: CanvasRenderingContext2D,
  colours: Colours,
  { layout }: MatrixView,
  count: number,
): void {
  const { rows, rowsTop, copies } = layout;
  const height = copies.top - rowsTop - 5;
  const x = layout.width - 4;
  context.fillStyle = colours.line;
  context.fillRect(x, rowsTop, 4, height);
  context.fillStyle = colours.ctl;
  const share = rows.rows.length / count;
  context.fillRect(x, rowsTop + (rows.first / count) * height, 4, Math.max(12, share * height));
}

/** What the picker decided last: a line through all rows, a box at us and one at whom we asked, the reason below. */
function drawPick({ context, colours, fontFamily }: Surface, view: MatrixView): void {
  const { state, layout, columns, spot, piece } = view;
  const pick = state.latestRequest;
  if (pick === undefined || state.isComplete) return;
  const isUnderWay = state.neighbours.get(pick.peer)?.requested.has(pick.piece) === true;
  const { self, rows, rowsTop, copies, note, fontSize, width } = layout;
  const [from, to] = columnSpan(layout, columns, columns.columnOf[pick.piece] ?? 0);
  const middle = Math.round((from + to) / 2);
  const isLarge = fontSize > 14;
  context.fillStyle = isUnderWay ? colours.rare : colours.ctl;
  context.strokeStyle = context.fillStyle;
  const line = isLarge ? 2 : 1;
  const bottom = copies.top + copies.height;
  context.fillRect(middle - line / 2, self.top - 2, line, bottom - self.top + 3);
  context.lineWidth = isLarge ? 2 : 1.5;
  const box = (top: number, height: number) =>
    context.strokeRect(Math.min(from - 2.5, middle - 4), top - 1.5, Math.max(to - from + 5, 8), height + 3);
  if (isUnderWay) {
    box(self.top, self.height);
    const index = shownNeighbours(state).findIndex(({ peer }) => peer === pick.peer);
    const row = rows.rows.find(candidate => candidate.index === index);
    if (row !== undefined) box(rowsTop + row.top, row.height);
  }
  if (spot !== undefined || piece !== undefined) return;
  context.beginPath();
  context.moveTo(middle, bottom + 2);
  context.lineTo(middle - 5, bottom + 8);
  context.lineTo(middle + 5, bottom + 8);
  context.fill();

  const lead = isUnderWay
    ? piecesTexts.asked(view.nameOf(pick.peer), pick.piece)
    : piecesTexts.lastAsked(view.nameOf(pick.peer), pick.piece);
  const rest = pickReasonText(pick.reason);
  const size = isLarge ? 18 : 12;
  const y = note.top + note.height / 2 + 1;
  context.font = `600 ${size}px ${fontFamily}`;
  const leadWidth = context.measureText(lead).width;
  context.font = `400 ${size}px ${fontFamily}`;
  const whole = leadWidth + 8 + context.measureText(rest).width;
  const x = middle + 12 + whole > width ? Math.max(0, middle - 12 - whole) : middle + 12;
  context.textAlign = 'left';
  context.fillStyle = colours[isUnderWay ? 'ink-2' : 'ink-3'];
  context.fillText(rest, x + leadWidth + 8, y);
  context.font = `600 ${size}px ${fontFamily}`;
  context.fillStyle = isUnderWay ? colours.rare : colours['ink-3'];
  context.fillText(lead, x, y);
}

/** The chosen piece, and the one under the pointer or the keys. */
function drawMarks(surface: Surface, view: MatrixView): void {
  const { columns, spot, piece } = view;
  if (piece !== undefined && piece < columns.pieceCount) drawColumn(surface, view, piece, true);
  if (spot === undefined || spot.piece >= columns.pieceCount) return;
  if (isGathered(columns)) drawLens(surface, view, spot.piece);
  else if (spot.piece !== piece) drawColumn(surface, view, spot.piece, false);
}

function drawColumn(
  surface: Surface,
  { layout, columns }: MatrixView,
  piece: number,
  isChosen: boolean,
): void {
  const { context, colours } = surface;
  const { self, copies } = layout;
  const [from, to] = columnSpan(layout, columns, columns.columnOf[piece]!);
  context.strokeStyle = isChosen ? colours.ink : colours['ink-2'];
  context.lineWidth = isChosen ? 2 : 1;
  const edge = isChosen ? 2 : 1.5;
  context.strokeRect(
    from - edge,
    self.top - 1.5,
    to - from + 2 * edge,
    copies.top + copies.height - self.top + 2,
  );
  drawTag(surface, layout, (from + to) / 2, String(piece));
}

/** Piece numbers on the axis, on a ground of their own. */
function drawTag(
  { context, colours, fontFamily }: Surface,
  layout: MatrixLayout,
  middle: number,
  text: string,
): void {
  const { axis, fontSize, width } = layout;
  context.font = `600 ${Math.max(11, fontSize - 1)}px ${fontFamily}`;
  const half = context.measureText(text).width / 2 + 4;
  const x = Math.max(half, Math.min(width - half, middle));
  context.fillStyle = colours.ink;
  context.beginPath();
  context.roundRect(x - half, 0, 2 * half, axis.height - 3, 3);
  context.fill();
  context.fillStyle = colours.surface;
  context.textAlign = 'center';
  context.fillText(text, x, (axis.height - 3) / 2 + 0.5);
}

/** Single pieces of a column that stands for several. */
function drawLens(surface: Surface, view: MatrixView, piece: number): void {
  const { context, colours } = surface;
  const { state, layout, columns } = view;
  const { self, rows, rowsTop, copies, left, scale } = layout;
  const shown = Math.min(lensPieces, columns.pieceCount);
  const place = placeOf(columns, piece);
  const firstPlace = Math.max(0, Math.min(place - (shown >> 1), columns.pieceCount - shown));
  const [from] = columnSpan(layout, columns, columns.columnOf[piece]!);
  const width = shown * lensCell;
  const snap = (x: number) => Math.round(x * scale) / scale;
  const x0 = snap(Math.max(left, Math.min(gridRight(layout, columns) - width, from - width / 2)));
  const top = self.top - 3;
  const height = copies.top + copies.height - top + 3;
  context.fillStyle = colours.surface;
  context.fillRect(x0 - 4, top, width + 8, height);
  context.strokeStyle = colours['ink-2'];
  context.lineWidth = 1;
  context.strokeRect(x0 - 3.5, top + 0.5, width + 7, height - 1);

  const neighbours = shownNeighbours(state);
  const perCopy = copies.height / Math.max(1, neighbours.length);
  const ownBands = bandsOf(self.height);
  for (let offset = 0; offset < shown; offset += 1) {
    const shownPiece = pieceAt(columns, firstPlace + offset)!;
    const x = x0 + offset * lensCell;
    const cell = (y: number, cellHeight: number, colour: string) => {
      context.fillStyle = colour;
      context.fillRect(x, y, lensCell - 1, cellHeight);
    };
    const [bandFrom, bandTo] = ownBands[state.pieces[shownPiece]!]!;
    cell(self.top, self.height, colours.inset);
    cell(self.top + bandFrom, bandTo - bandFrom, colours.in);
    for (const row of rows.rows) {
      const neighbour = neighbours[row.index]!;
      cell(rowsTop + row.top, row.height, colours.inset);
      if (!neighbour.pieces.has(shownPiece)) continue;
      if (neighbour.connectedAt === undefined) context.globalAlpha = 0.45;
      cell(rowsTop + row.top, row.height, colours.have);
      context.globalAlpha = 1;
    }
    const count = state.copies[shownPiece]!;
    const isOurs = state.pieces[shownPiece] === pieceState.have;
    const barHeight = count === 0 ? (isOurs ? 0 : 3) : Math.max(1, count * perCopy);
    const colour = isOurs ? colours.ctl : count === 0 ? colours.rare : colours.ink;
    cell(copies.top + copies.height - barHeight, barHeight, colour);
  }
  context.strokeStyle = colours.ink;
  context.lineWidth = 1.5;
  const at = x0 + (place - firstPlace) * lensCell;
  context.strokeRect(at - 1.25, top + 1.5, lensCell + 1.5, height - 3);
  drawTag(surface, layout, at + lensCell / 2, String(piece));
}
