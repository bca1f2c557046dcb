/** A row on the screen; `top` and `height` in pixels. */
export interface Row {
  readonly index: number;
  readonly top: number;
  readonly height: number;
}

export interface RowLayout {
  readonly rows: readonly Row[];
  /** From one row to the next. */
  readonly pitch: number;
  /** The first row shown; more than 0 when not all have room. */
  readonly first: number;
  readonly isScrolled: boolean;
}

export interface RowsToLayOut {
  readonly count: number;
  readonly height: number;
  /** The distance of rows is between these. */
  readonly least: number;
  readonly most: number;
  /** A row that stays large enough for a label. */
  readonly enlarged?: number | undefined;
  readonly labelHeight: number;
  /** The row to begin with where not all have room. */
  readonly first: number;
}

/** Rows share the height; when they would become lower than `least`, some are left out, and scrolling reaches them. */
export function layOutRows(wish: RowsToLayOut): RowLayout {
  const { count, height, least, most, enlarged, labelHeight } = wish;
  const fair = Math.floor(height / Math.max(1, count));
  const extra = enlarged === undefined ? 0 : Math.max(0, labelHeight - Math.max(least, fair));
  const pitch = Math.max(least, Math.min(most, Math.floor((height - extra) / Math.max(1, count))));
  const isScrolled = pitch * count + extra > height;
  const shown = isScrolled ? Math.max(1, Math.floor((height - extra) / pitch)) : count;
  const first = Math.max(0, Math.min(wish.first, count - shown));
  const gap = pitch >= 14 ? 3 : pitch >= 8 ? 2 : pitch >= 4 ? 1 : 0;
  const rows: Row[] = [];
  let top = 0;
  for (let index = first; index < count; index += 1) {
    const ownPitch = index === enlarged ? Math.max(pitch, labelHeight) : pitch;
    if (top + ownPitch > height) break;
    rows.push({ index, top, height: Math.max(1, ownPitch - gap) });
    top += ownPitch;
  }
  return { rows, pitch, first, isScrolled };
}

/** The row to begin with so that row `index` is among those shown, in the middle where it was not. */
export function firstToShow({ rows, first }: RowLayout, index: number): number {
  const isShown = rows.some(row => row.index === index);
  return isShown ? first : Math.max(0, index - (rows.length >> 1));
}

export function rowAt({ rows }: RowLayout, y: number): Row | undefined {
  return rows.find(({ top, height }) => y >= top && y < top + height + 1);
}

/**
 * The rows that get a label where not all have room: the urgent ones, and of the others those that keep their distance.
 * Nothing is written above `from` pixels.
 */
export function labelledRows(
  { rows }: RowLayout,
  labelHeight: number,
  urgent: readonly number[],
  from = 0,
): ReadonlySet<number> {
  const middles: number[] = [];
  const labelled = new Set<number>();
  const place = ({ index, top, height }: Row) => {
    const middle = top + height / 2;
    if (middle - labelHeight / 2 < from - 1 && height < labelHeight - 3) return;
    if (middles.some(other => Math.abs(other - middle) < labelHeight - 0.5)) return;
    middles.push(middle);
    labelled.add(index);
  };
  const inOrderOfUrgency = urgent.flatMap(index => rows.filter(row => row.index === index));
  for (const row of [...inOrderOfUrgency, ...rows]) place(row);
  return labelled;
}
