/** Where pieces stand along the rows of the matrix. All lengths are device pixels. */

export interface Columns {
  readonly pieceCount: number;
  readonly count: number;
  /** The left edge of each column, and the right edge of the last. */
  readonly edges: Int32Array;
  /** Free pixels at the right of each column. */
  readonly gap: number;
  /** Places in the order: the first of each column, and the number of pieces. */
  readonly starts: Int32Array;
  /** The pieces in the order they stand; undefined when that is by number. */
  readonly order: Int32Array | undefined;
  /** The column of each piece. */
  readonly columnOf: Int32Array;
}

/** Columns may leave this share of the width unused before they become unequal to fill it. */
const greatestLoss = 0.25;

/**
 * As many equal columns as there are pieces, at most `widest` wide. Where equal ones would waste much of the width, they
 * differ by a pixel; where there are more pieces than pixels, a column stands for several.
 */
export function layOutColumns(
  pieceCount: number,
  width: number,
  widest: number,
  order?: Int32Array,
): Columns {
  const count = Math.max(0, Math.min(pieceCount, Math.floor(width)));
  const edges = new Int32Array(count + 1);
  const starts = new Int32Array(count + 1);
  const equal = Math.min(widest, Math.floor(width / Math.max(1, count)));
  const fills = equal === widest || equal * count >= width * (1 - greatestLoss);
  for (let column = 0; column <= count; column += 1) {
    edges[column] = fills ? column * equal : Math.round((column * width) / count);
    starts[column] = count === 0 ? 0 : Math.floor((column * pieceCount) / count);
  }
  const gap = equal >= 24 ? 2 : equal >= 6 ? 1 : 0;
  return {
    pieceCount,
    count,
    edges,
    gap,
    starts,
    order,
    columnOf: columnsOfPieces(pieceCount, starts, order),
  };
}

function columnsOfPieces(pieceCount: number, starts: Int32Array, order: Int32Array | undefined): Int32Array {
  const columnOf = new Int32Array(pieceCount);
  for (let column = 0; column + 1 < starts.length; column += 1) {
    for (let place = starts[column]!; place < starts[column + 1]!; place += 1) {
      columnOf[order === undefined ? place : order[place]!] = column;
    }
  }
  return columnOf;
}

/** Whether a column can stand for several pieces. */
export function isGathered(columns: Columns): boolean {
  return columns.count < columns.pieceCount;
}

export function widthOf(columns: Columns): number {
  return columns.edges[columns.count] ?? 0;
}

/** The piece at a place of the order. */
export function pieceAt({ order, pieceCount }: Columns, place: number): number | undefined {
  if (place < 0 || place >= pieceCount) return undefined;
  return order === undefined ? place : order[place];
}

/** The place of a piece in the order. */
export function placeOf({ order }: Columns, piece: number): number {
  return order === undefined ? piece : order.indexOf(piece);
}

/** The column at `x` pixels; undefined beside the columns. */
export function columnAt({ edges, count }: Columns, x: number): number | undefined {
  if (count === 0 || x < 0 || x >= edges[count]!) return undefined;
  let low = 0;
  let high = count;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (edges[middle]! <= x) low = middle;
    else high = middle;
  }
  return low;
}

/** The pieces by number of copies, fewest first; those with equally many by number. */
export function rarestFirst(copies: ArrayLike<number>): Int32Array {
  let most = 0;
  for (let piece = 0; piece < copies.length; piece += 1) most = Math.max(most, copies[piece]!);
  const next = new Int32Array(most + 2);
  for (let piece = 0; piece < copies.length; piece += 1) next[copies[piece]! + 1]! += 1;
  for (let count = 1; count < next.length; count += 1) next[count]! += next[count - 1]!;
  const order = new Int32Array(copies.length);
  for (let piece = 0; piece < copies.length; piece += 1) {
    const copiesOfIt = copies[piece]!;
    order[next[copiesOfIt]!] = piece;
    next[copiesOfIt]! += 1;
  }
  return order;
}

/** Places along an axis that get a label: a round distance apart, at least `least` pixels, and the last. */
export function axisPlaces(count: number, width: number, least: number): number[] {
  if (count === 0) return [];
  const perPlace = width / count;
  const step = [1, 2, 5].flatMap(first => [0, 1, 2, 3, 4, 5].map(power => first * 10 ** power));
  const distance = step.sort((a, b) => a - b).find(candidate => candidate * perPlace >= least) ?? count;
  const places: number[] = [];
  for (let place = 0; place < count; place += distance) places.push(place);
  const last = count - 1;
  if (places.at(-1) !== last) {
    if (places.length > 1 && (last - places.at(-1)!) * perPlace < least) places.pop();
    places.push(last);
  }
  return places;
}
