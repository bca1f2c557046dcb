import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import {
  Fragment,
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { PeerId } from '../../../../src-shared/journal.ts';
import { neighboursTexts as texts } from '../../../texts/swarm-neighbours.ts';
import { rowAfterKey } from '../../../ui/list-keys.ts';
import { Panel } from '../../../ui/panel.tsx';
import { useSize } from '../graph/use-size.ts';
import { usePeerNames } from '../peer-names.tsx';
import { useMoment, useSwarm, useSwarmStore } from '../use-swarm.ts';
import { NeighbourLine, type TableSize } from './neighbour-line.tsx';
import styles from './neighbours.module.css';
import {
  type Column,
  columns,
  longestPeer,
  type NeighbourRow,
  ordered,
  type PeerDetails,
  type RateUnit,
  rateUnitFor,
  rosterOrder,
  rowsOf,
  type Sorting,
  sortedBy,
} from './rows.ts';
import { type Sparks, sparksOf } from './sparks.ts';
import { WantedCounts } from './wanted.ts';

/** Below this width of the panel, in pixels, there is no room for every column. */
const wideFrom = 1_080;
/** Up to here every row is on the page. */
const mostRendered = 60;
/** While figures change, rows change places at most this often, in milliseconds of the run. */
const sortEveryMs = 2_000;

const shownColumns: Readonly<Record<TableSize, readonly Column[]>> = {
  wide: columns.filter(column => !['client', 'flags', 'source'].includes(column)),
  peers: ['peer', 'client', 'pieces', 'serves-us', 'down', 'we-serve', 'up', 'flags', 'source'],
  compact: ['peer', 'pieces', 'serves-us', 'down', 'we-serve', 'up', 'why'],
  large: ['peer', 'pieces', 'serves-us', 'down', 'we-serve', 'up', 'why'],
};

/** In pixels; the last column takes the rest. */
const columnWidths: Readonly<Record<TableSize, Partial<Record<Column, number>>>> = {
  wide: {
    peer: 120,
    pieces: 92,
    'serves-us': 184,
    down: 98,
    'in-flight': 62,
    'we-serve': 192,
    up: 94,
    since: 74,
  },
  peers: {
    peer: 152,
    client: 128,
    pieces: 92,
    'serves-us': 108,
    down: 98,
    'we-serve': 116,
    up: 94,
    source: 124,
  },
  compact: { peer: 62, pieces: 90, 'serves-us': 182, down: 54, 'we-serve': 200, up: 50 },
  large: { peer: 88, pieces: 88, 'serves-us': 258, down: 80, 'we-serve': 264, up: 76 },
};

/** In pixels: the last column's least width; the first one's most, what is around its text, and a character of it. */
const leastWhy = 220;
const mostPeer = 240;
const peerPadding = 26;
const characterWidth = 7.5;

const rowHeights: Readonly<Record<TableSize, { readonly least: number; readonly most: number }>> = {
  wide: { least: 27, most: 32 },
  peers: { least: 32, most: 32 },
  compact: { least: 27, most: 34 },
  large: { least: 36, most: 46 },
};
const headHeights: Readonly<Record<TableSize, number>> = { wide: 24, peers: 28, compact: 24, large: 34 };

export interface NeighboursProps {
  /** Of a share's peers on a page of their own: more columns, told by the app. */
  readonly details?: PeerDetails;
  readonly actions?: ReactNode;
}

/** Every neighbour in a row: what it has, whether it serves us, whether we serve it, and why. */
export function Neighbours({ details, actions }: NeighboursProps) {
  const names = usePeerNames();
  const isPresenting = useSwarm(page => page.presenting);
  const [scroll, place] = useSize<HTMLDivElement>();
  const size: TableSize =
    details !== undefined ? 'peers' : isPresenting ? 'large' : place.width >= wideFrom ? 'wide' : 'compact';
  const [wanted] = useState(() => new WantedCounts());
  const sparksAt = useSparks();
  const { rows, sparks, atMs, hasBegun, isShare } = useMoment((state, history, cursorMs) => {
    const rows = rowsOf(state, wanted, names, details);
    return {
      rows,
      sparks: sparksAt(history.rates, rows, cursorMs, history),
      atMs: cursorMs,
      hasBegun: state.run !== undefined,
      isShare: history.isShare,
    };
  });
  const units = { down: rateUnitFor(sparks.peakDown), up: rateUnitFor(sparks.peakUp) };
  const connected = rows.filter(({ presence }) => presence === 'here');
  const [sorting, setSorting] = useState(rosterOrder);
  return (
    <Panel
      title={texts.title}
      subtitle={
        rows.length === 0
          ? undefined
          : size === 'large'
            ? texts.rateUnits(units.down.name, units.up.name)
            : texts.summary(
                connected.length,
                rows.length,
                connected.filter(({ serving }) => serving === 'preferred').length,
                connected.some(({ serving }) => serving === 'optimistic'),
              )
      }
      actions={
        <>
          <p className={styles.order}>
            {size === 'large' || rows.length === 0 ? '' : aboutOrder(sorting, units, size)}
          </p>
          {actions}
        </>
      }
      bodyClassName={styles.body}
    >
      <div ref={scroll} className={styles.scroll}>
        {rows.length === 0 ? (
          <p className={styles.empty}>
            {hasBegun ? (isShare ? texts.aloneInShare : texts.alone) : texts.empty}
          </p>
        ) : place.width === 0 ? null : (
          <Table
            scroll={scroll}
            rows={rows}
            sparks={sparks}
            units={units}
            size={size}
            width={place.width}
            height={place.height}
            atMs={atMs}
            sorting={sorting}
            onSort={column => setSorting(sortedBy(column, sorting))}
          />
        )}
      </div>
    </Panel>
  );
}

function aboutOrder(sorting: Sorting, units: { down: RateUnit; up: RateUnit }, size: TableSize): string {
  const order = texts.sortedBy(nameOf(sorting.column, size));
  return size === 'wide' || size === 'peers'
    ? order
    : `${order}, ${texts.rateUnits(units.down.name, units.up.name)}`;
}

/** Lines of the last minute, made anew when a bucket of the rates is full. */
function useSparks() {
  const kept = useRef<{ key: string; rates: unknown; sparks: Sparks } | undefined>(undefined);
  return (
    rates: Parameters<typeof sparksOf>[0],
    rows: readonly NeighbourRow[],
    atMs: number,
    { tape }: { readonly tape: { readonly length: number } },
  ): Sparks => {
    // A past bucket can only change while the tape is still coming over.
    const key = `${Math.floor(atMs / 500)} ${rows.length} ${tape.length >> 12}`;
    if (kept.current?.key !== key || kept.current.rates !== rates) {
      const peers = rows.map(({ peer }) => peer);
      kept.current = { key, rates, sparks: sparksOf(rates, peers, atMs) };
    }
    return kept.current.sparks;
  };
}

interface TableProps {
  readonly scroll: { readonly current: HTMLDivElement | null };
  readonly rows: readonly NeighbourRow[];
  readonly sparks: Sparks;
  readonly units: { readonly down: RateUnit; readonly up: RateUnit };
  readonly size: TableSize;
  readonly width: number;
  readonly height: number;
  readonly atMs: number;
  readonly sorting: Sorting;
  readonly onSort: (column: Column) => void;
}

function Table({ scroll, rows, sparks, units, size, width, height, atMs, sorting, onSort }: TableProps) {
  const store = useSwarmStore();
  const focus = useSwarm(page => page.focus);
  const order = useOrder(rows, sorting, atMs);
  const byPeer = useMemo(() => new Map(rows.map(row => [row.peer, row])), [rows]);
  const [stop, setStop] = useState<PeerId | undefined>();
  const active = Math.max(0, order.indexOf(stop ?? focus ?? ''));
  const wishesFocus = useRef<PeerId | undefined>(undefined);

  const isWhole = rows.length <= mostRendered;
  const { least, most } = rowHeights[size];
  const rowHeight = Math.min(most, Math.max(least, Math.floor((height - headHeights[size]) / rows.length)));
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    enabled: !isWhole,
    scrollPaddingStart: headHeights[size],
    // The row that has the keyboard stays on the page.
    rangeExtractor: range => [...new Set([...defaultRangeExtractor(range), active])].sort((a, b) => a - b),
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: it measures anew when rows get another height.
  useEffect(() => virtual.measure(), [virtual, rowHeight]);

  const onPick = useCallback(
    (peer: PeerId) => {
      const page = store.getState();
      setStop(peer);
      page.focusOn(page.focus === peer ? undefined : peer);
    },
    [store],
  );
  const moveTo = (index: number) => {
    const peer = order[index];
    if (peer === undefined) return;
    wishesFocus.current = peer;
    setStop(peer);
    if (!isWhole) virtual.scrollToIndex(order.indexOf(peer));
  };
  useEffect(() => {
    if (wishesFocus.current === undefined) return;
    const button = scroll.current?.querySelector<HTMLElement>(`[data-peer="${wishesFocus.current}"]`);
    button?.focus({ preventScroll: !isWhole });
    if (button != null) wishesFocus.current = undefined;
  });
  // A neighbour put in focus elsewhere is brought into sight, once.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what moves later must not scroll under the reader.
  useEffect(() => {
    if (focus === undefined || wishesFocus.current !== undefined) return;
    const element = scroll.current;
    const index = order.indexOf(focus);
    if (element === null || index < 0) return;
    const top = index * rowHeight;
    const room = element.clientHeight - headHeights[size] - rowHeight;
    if (top < element.scrollTop || top > element.scrollTop + room) element.scrollTop = top - room / 2;
  }, [focus]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && focus !== undefined) {
      event.preventDefault();
      store.getState().focusOn(undefined);
      return;
    }
    const next = rowAfterKey(event.key, active, rows.length);
    if (next === undefined || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    moveTo(next);
  };

  const places = isWhole
    ? order.map((_, index) => ({ index, start: index * rowHeight, end: (index + 1) * rowHeight }))
    : virtual.getVirtualItems();
  const shown = shownColumns[size];
  const widths =
    size === 'wide' ? { ...columnWidths.wide, peer: peerWidth(rows, width) } : columnWidths[size];
  let drawnTo = 0;
  return (
    <table className={styles.table} data-size={size} aria-label={texts.title} aria-rowcount={rows.length + 1}>
      <colgroup>
        {shown.map(column => (
          <col key={column} style={{ width: widths[column] }} />
        ))}
      </colgroup>
      <thead>
        <tr aria-rowindex={1}>
          {shown.map(column => (
            <Head
              key={column}
              column={column}
              size={size}
              units={units}
              sorting={sorting}
              onSort={() => onSort(column)}
            />
          ))}
        </tr>
      </thead>
      <tbody onKeyDown={onKeyDown}>
        {places.map(({ index, start, end }) => {
          const row = byPeer.get(order[index] ?? '');
          if (row === undefined) return null;
          const gap = start - drawnTo;
          drawnTo = end;
          const { down, up, order: _order, pieces: _pieces, shortName, name, ...plain } = row;
          const spark = sparks.of.get(row.peer);
          const isHere = row.presence === 'here';
          return (
            <Fragment key={row.peer}>
              <Spacer height={gap} columns={shown.length} />
              <NeighbourLine
                {...plain}
                name={size === 'compact' || size === 'large' ? shortName : name}
                size={size}
                height={rowHeight}
                rowIndex={index + 2}
                down={isHere ? units.down.text(down) : ''}
                up={isHere ? units.up.text(up) : ''}
                downSpark={spark?.down ?? ''}
                upSpark={spark?.up ?? ''}
                isFocused={row.peer === focus}
                isTabStop={index === active}
                onPick={onPick}
              />
            </Fragment>
          );
        })}
        <Spacer height={isWhole ? 0 : virtual.getTotalSize() - drawnTo} columns={shown.length} />
      </tbody>
    </table>
  );
}

/** As wide as the longest host, while the last column keeps room for its sentence. */
function peerWidth(rows: readonly NeighbourRow[], width: number): number {
  const { peer: least = 0, ...others } = columnWidths.wide;
  const free = Object.values(others).reduce((left, taken) => left - taken, width - leastWhy);
  const wanted = longestPeer(rows) * characterWidth + peerPadding;
  return Math.max(least, Math.min(wanted, mostPeer, free));
}

/** Room for the rows that are not on the page. */
function Spacer({ height, columns }: { readonly height: number; readonly columns: number }) {
  if (height <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the keyboard.
    <tr className={styles.spacer} aria-hidden="true" style={{ height }}>
      <td colSpan={columns} />
    </tr>
  );
}

/** The order of the rows, sorted afresh now and then: figures that change all the time must not make rows jump. */
function useOrder(rows: readonly NeighbourRow[], sorting: Sorting, atMs: number): readonly PeerId[] {
  const kept = useRef({ order: [] as readonly PeerId[], sorting, atMs });
  const { order, sorting: keptSorting, atMs: keptMs } = kept.current;
  const isOld = Math.abs(atMs - keptMs) >= sortEveryMs;
  if (isOld || keptSorting !== sorting || order.length !== rows.length) {
    kept.current = { order: ordered(rows, sorting), sorting, atMs };
  }
  return kept.current.order;
}

function nameOf(column: Column, size: TableSize): string {
  switch (column) {
    case 'peer':
      return texts.peer;
    case 'pieces':
      return texts.pieces;
    case 'serves-us':
      return texts.servesUs;
    case 'down':
      return texts.down;
    case 'in-flight':
      return texts.inFlight;
    case 'we-serve':
      return texts.weServe;
    case 'up':
      return texts.up;
    case 'since':
      return texts.since;
    case 'why':
      return size === 'wide' ? texts.why : texts.shortWhy;
    case 'client':
      return texts.client;
    case 'flags':
      return texts.flags;
    case 'source':
      return texts.source;
  }
}

function Head({
  column,
  size,
  units,
  sorting,
  onSort,
}: {
  readonly column: Column;
  readonly size: TableSize;
  readonly units: { readonly down: RateUnit; readonly up: RateUnit };
  readonly sorting: Sorting;
  readonly onSort: () => void;
}) {
  const name = nameOf(column, size);
  const isRate = column === 'down' || column === 'up';
  const isSorted = sorting.column === column;
  const isPlain = column === rosterOrder.column && sorting === rosterOrder;
  return (
    <th
      scope="col"
      className={isRate ? styles.number : undefined}
      aria-sort={isSorted ? sorting.direction : 'none'}
    >
      <button type="button" className={styles.sort} onClick={onSort}>
        {isRate && (size === 'wide' || size === 'peers') ? texts.withUnit(name, units[column].name) : name}
        {isSorted && !isPlain ? (
          <svg className={styles.arrow} viewBox="0 0 8 8" aria-hidden="true">
            <path d={sorting.direction === 'ascending' ? 'M4 1 8 7H0z' : 'M4 7 0 1h8z'} />
          </svg>
        ) : null}
      </button>
    </th>
  );
}
