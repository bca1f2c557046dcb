import { layOutRows, type RowLayout } from '../pieces/row-layout.ts';
import type { TimeScale, TimeWindow } from './scale.ts';

/** Where everything on the canvas is, in CSS pixels. */
export interface LanesLayout {
  readonly width: number;
  readonly height: number;
  readonly scale: TimeScale;
  /** The chart of rates: from its top line to its bottom line. */
  readonly ratesTop: number;
  readonly ratesBottom: number;
  readonly axisMiddle: number;
  readonly lanesTop: number;
  readonly lanesBottom: number;
  readonly rows: RowLayout;
  readonly fontSize: number;
  readonly labelHeight: number;
  /** The strip that shows where in the run the window is; undefined while all is shown. */
  readonly overviewTop: number | undefined;
}

export interface LanesToLayOut {
  readonly width: number;
  readonly height: number;
  readonly window: TimeWindow;
  readonly isZoomed: boolean;
  readonly labelWidth: number;
  readonly lanes: number;
  readonly enlarged: number | undefined;
  readonly firstRow: number;
  readonly isLarge: boolean;
}

/** Below this height the chart of rates is lower. */
const lowUpTo = 250;

/** The rates are always there; the lanes share what is below. */
export function layOutLanes(wish: LanesToLayOut): LanesLayout {
  const { width, height, window, lanes, isLarge } = wish;
  const ratesHeight = isLarge ? 98 : height < lowUpTo ? 54 : 72;
  const lanesTop = ratesHeight + (isLarge ? 28 : 20);
  const overview = wish.isZoomed ? 9 : 2;
  const lanesEnd = height - overview;
  const labelHeight = isLarge ? 17 : 12;
  const rows = layOutRows({
    count: lanes,
    height: Math.max(0, lanesEnd - lanesTop),
    least: 6,
    most: isLarge ? 36 : 26,
    enlarged: wish.enlarged,
    labelHeight,
    first: wish.firstRow,
  });
  const last = rows.rows.at(-1);
  return {
    width,
    height,
    scale: { ...window, left: wish.labelWidth + 10, right: width - (isLarge ? 62 : 44) },
    ratesTop: isLarge ? 9 : 7,
    ratesBottom: ratesHeight - 6,
    axisMiddle: ratesHeight + (isLarge ? 11 : 8),
    lanesTop,
    rows,
    lanesBottom: Math.min(lanesEnd, lanesTop + (last === undefined ? 0 : last.top + last.height + 1)),
    fontSize: isLarge ? 16 : 12,
    labelHeight,
    overviewTop: wish.isZoomed ? height - 6 : undefined,
  };
}

/** The parts of a lane, from its top: the block of what we serve, and the rule of what we are served. */
export interface LaneParts {
  readonly block: number;
  readonly rule: number;
  readonly ruleTop: number;
}

export function lanePartsOf(height: number, greatestBlock: number): LaneParts {
  const rule = height >= 10 ? 3 : height >= 6 ? 2 : 1;
  const gap = height >= 10 ? 2 : height >= 6 ? 1 : 0;
  const block = Math.max(2, Math.min(greatestBlock, height - rule - gap));
  return { block, rule, ruleTop: block + gap };
}
