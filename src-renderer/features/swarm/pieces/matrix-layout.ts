import { type Columns, widthOf } from './columns.ts';
import { layOutRows, type RowLayout } from './row-layout.ts';

/** A band across the matrix, in CSS pixels. */
export interface Band {
  readonly top: number;
  readonly height: number;
}

/** Where everything on the canvas is, in CSS pixels. */
export interface MatrixLayout {
  readonly width: number;
  readonly height: number;
  /** Device pixels in one. */
  readonly scale: number;
  readonly left: number;
  /** What the columns may take. */
  readonly gridWidth: number;
  readonly hasOffers: boolean;
  readonly axis: Band;
  readonly self: Band;
  readonly rowsTop: number;
  readonly rows: RowLayout;
  readonly copies: Band;
  readonly note: Band;
  readonly fontSize: number;
  /** What a line of text takes. */
  readonly labelHeight: number;
}

export interface MatrixToLayOut {
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  readonly labelWidth: number;
  readonly neighbours: number;
  readonly pieces: number;
  readonly enlarged: number | undefined;
  readonly firstRow: number;
  readonly isLarge: boolean;
}

/** Below this width there is a percentage instead of two columns of figures. */
const figuresFrom = 900;

/** Our own row and the copies are always there; the neighbours share what is between them. */
export function layOutMatrix(wish: MatrixToLayOut): MatrixLayout {
  const { width, height, scale, neighbours, isLarge } = wish;
  const hasOffers = width >= figuresFrom && !isLarge;
  const left = Math.round((wish.labelWidth + 10) * scale) / scale;
  const right = hasOffers ? (wish.pieces < 10_000 ? 148 : 188) : isLarge ? 72 : 56;
  const axis = { top: 0, height: isLarge ? 24 : 18 };
  const noteHeight = isLarge ? 30 : 20;
  const between = 5;
  const labelHeight = isLarge ? 16 : 10;
  const most = isLarge ? 40 : 30;
  const isCrowded = height < (neighbours + 1) * (isLarge ? 22 : 13) + 75;
  const leastCopies = (isLarge ? 44 : 30) - (isCrowded ? 8 : 0);
  const room = height - axis.height - noteHeight - between - leastCopies;
  const selfPitch = Math.max(labelHeight + 3, Math.min(most, Math.floor(room / (neighbours + 1))));
  const rows = layOutRows({
    count: neighbours,
    height: Math.max(0, room - selfPitch),
    least: 2,
    most,
    enlarged: wish.enlarged,
    labelHeight,
    first: wish.firstRow,
  });
  const lastRow = rows.rows.at(-1);
  const rowsHeight = lastRow === undefined ? 0 : lastRow.top + lastRow.height;
  const rowsTop = axis.height + selfPitch;
  const spare = room - selfPitch - rowsHeight;
  const copiesHeight = Math.min(leastCopies + Math.max(0, spare), leastCopies * 2);
  const copiesTop = rowsTop + rowsHeight + between;
  return {
    width,
    height,
    scale,
    left,
    gridWidth: Math.max(1, width - left - right),
    hasOffers,
    axis,
    self: { top: axis.height, height: selfPitch - 3 },
    rowsTop,
    rows,
    copies: { top: copiesTop, height: copiesHeight },
    note: { top: copiesTop + copiesHeight, height: noteHeight },
    fontSize: isLarge ? 16 : rows.pitch < 13 ? 11 : 12,
    labelHeight,
  };
}

/** Left and right edge of a column, in CSS pixels. */
export function columnSpan(
  layout: MatrixLayout,
  columns: Columns,
  column: number,
): readonly [number, number] {
  const at = (edge: number) => layout.left + columns.edges[edge]! / layout.scale;
  return [at(column), at(column + 1) - columns.gap / layout.scale];
}

export function gridRight(layout: MatrixLayout, columns: Columns): number {
  return layout.left + widthOf(columns) / layout.scale;
}
