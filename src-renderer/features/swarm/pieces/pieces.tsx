import { type KeyboardEvent, memo, type PointerEvent, useEffect, useId, useRef, useState } from 'react';
import type { PeerId } from '../../../../src-shared/journal.ts';
import { shownNeighbours } from '../../../../src-shared/peer-names.ts';
import { piecesTexts } from '../../../texts/swarm-pieces.ts';
import { Chip } from '../../../ui/chip.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { Segmented } from '../../../ui/segmented.tsx';
import { TwinTable } from '../../../ui/twin-table.tsx';
import { usePeerNames } from '../peer-names.tsx';
import { type Surface, useCanvas } from '../use-canvas.ts';
import { useMoment, useSwarm, useSwarmStore } from '../use-swarm.ts';
import {
  type Columns,
  columnAt,
  isGathered,
  layOutColumns,
  pieceAt,
  placeOf,
  rarestFirst,
} from './columns.ts';
import { MatrixDrawing, type Spot } from './draw-matrix.ts';
import { layOutMatrix, type MatrixLayout } from './matrix-layout.ts';
import styles from './pieces.module.css';
import { firstToShow, rowAt } from './row-layout.ts';
import { bytesOf, countLacking } from './shares.ts';
import { factsOf, namedFacts, summaryOf } from './summary.ts';
import { useSlowly } from './use-slowly.ts';

type Order = 'number' | 'rarest';

/** Few pieces do not grow beyond this, in CSS pixels. */
const widestCell = 96;

/** Who has which piece: us, each neighbour, and the copies of each piece in the swarm. */
export function Pieces() {
  const strategy = useMoment(state => state.run?.strategy);
  const summary = useMoment(summaryOf);
  const [order, setOrder] = useState<Order>('number');
  const { have, lack, requested, rarest } = summary;

  return (
    <Panel
      title={piecesTexts.title}
      className={styles.panel}
      bodyClassName={styles.body}
      subtitle={
        strategy === undefined ? undefined : (
          <>
            <span className={styles.long}>{piecesTexts.summary(have, lack, requested)}. </span>
            <span className={styles.short}>{piecesTexts.shortSummary(have, lack)}. </span>
            {rarest === undefined ? '' : piecesTexts.rarest(rarest.count, rarest.copies, lack)}
          </>
        )
      }
      actions={
        strategy === undefined ? undefined : (
          <>
            <Key />
            <Segmented<Order>
              label={piecesTexts.order}
              value={order}
              onChange={setOrder}
              options={[
                { value: 'number', label: piecesTexts.byNumber },
                { value: 'rarest', label: piecesTexts.rarestFirst },
              ]}
            />
            <span className={styles.strategy}>
              <Chip title={piecesTexts.strategyTitle[strategy]}>{piecesTexts.strategy[strategy]}</Chip>
            </span>
          </>
        )
      }
    >
      {strategy === undefined ? (
        <p className={styles.empty}>{piecesTexts.empty}</p>
      ) : (
        <Matrix order={order} />
      )}
      <Twin />
    </Panel>
  );
}

const Key = memo(function Key() {
  const keys = ['ours', 'theirs', 'requested', 'missing'] as const;
  return (
    <div className={styles.key} aria-hidden>
      {keys.map(key => (
        <span key={key} className={styles[key]}>
          <i />
          {piecesTexts[key]}
        </span>
      ))}
    </div>
  );
});

/** What the drawing last looked like: where the pointer is can only be told from it. */
interface Drawn {
  readonly layout: MatrixLayout;
  readonly columns: Columns;
  readonly peers: readonly PeerId[];
}

function Matrix({ order }: { readonly order: Order }) {
  const store = useSwarmStore();
  const { long: nameOf } = usePeerNames();
  const focus = useSwarm(page => page.focus);
  const piece = useSwarm(page => page.piece);
  const [spot, setSpot] = useState<Spot | undefined>();
  const [firstRow, setFirstRow] = useState(0);
  const [drawing] = useState(() => new MatrixDrawing());
  const drawn = useRef<Drawn | undefined>(undefined);
  /** The focus that the rows have moved to already. */
  const revealed = useRef<PeerId | undefined>(undefined);
  const box = useRef<HTMLDivElement | null>(null);
  const helpId = useId();
  const shown = spot?.piece ?? piece;
  const facts = useMoment(state =>
    shown === undefined ? undefined : namedFacts(factsOf(state, shown, spot?.peer), nameOf),
  );

  const draw = (surface: Surface) => {
    const { history, cursorMs, presenting } = store.getState();
    const state = history.stateAt(cursorMs);
    const peers = shownNeighbours(state).map(({ peer }) => peer);
    const enlarged = focus === undefined ? -1 : peers.indexOf(focus);
    const { context, fontFamily, width, height } = surface;
    context.font = `600 ${presenting ? 16 : 12}px ${fontFamily}`;
    const names = [
      nameOf(state.run?.self ?? ''),
      ...(presenting ? [piecesTexts.copies] : []),
      ...peers.slice(0, 300).map(nameOf),
    ];
    const labelWidth = Math.max(38, ...names.map(name => Math.min(120, context.measureText(name).width)));
    const layout = layOutMatrix({
      width,
      height,
      scale: devicePixelRatio || 1,
      labelWidth,
      neighbours: peers.length,
      pieces: state.pieces.length,
      enlarged: enlarged < 0 ? undefined : enlarged,
      firstRow,
      isLarge: presenting,
    });
    const columns = columnsFor(state.copies, layout, order, drawn.current?.columns);
    drawn.current = { layout, columns, peers };
    if (revealed.current !== focus) {
      revealed.current = focus;
      if (enlarged >= 0) setFirstRow(firstToShow(layout.rows, enlarged));
    }
    drawing.draw(surface, { state, layout, columns, focus, spot, piece, nameOf });
  };
  const canvas = useCanvas(draw);

  // React's own wheel listener may not keep the page from scrolling.
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent) => {
      const rows = drawn.current?.layout.rows;
      if (rows?.isScrolled !== true || event.deltaY === 0) return;
      event.preventDefault();
      const step = Math.max(1, Math.round(rows.rows.length / 8)) * Math.sign(event.deltaY);
      setFirstRow(Math.max(0, Math.min(rows.first + step, drawn.current!.peers.length - 1)));
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, []);

  const spotUnder = (event: PointerEvent<HTMLElement>): Spot | undefined => {
    const place = drawn.current === undefined ? undefined : placeUnder(event, drawn.current);
    return place?.piece === undefined ? undefined : { piece: place.piece, peer: place.peer };
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (drawn.current === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const { history, cursorMs } = store.getState();
    const start = spot ?? {
      piece: piece ?? history.stateAt(cursorMs).latestRequest?.piece ?? 0,
      peer: focus,
    };
    if (event.key === 'Enter') store.getState().focusOnPiece(start.piece);
    else if (event.key === 'Escape' && (spot !== undefined || piece !== undefined)) {
      if (spot === undefined) store.getState().focusOnPiece(undefined);
      setSpot(undefined);
    } else {
      const next = spotAfter(event, spot, start, drawn.current);
      if (next === undefined) return;
      setSpot(next);
      const index = next.peer === undefined ? -1 : drawn.current.peers.indexOf(next.peer);
      if (index >= 0) setFirstRow(firstToShow(drawn.current.layout.rows, index));
    }
    event.preventDefault();
  };

  return (
    <>
      <div
        ref={box}
        className={styles.matrix}
        role="slider"
        tabIndex={0}
        aria-label={piecesTexts.label}
        aria-describedby={helpId}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, (drawn.current?.columns.pieceCount ?? 1) - 1)}
        aria-valuenow={shown ?? 0}
        aria-valuetext={facts === undefined ? '' : piecesTexts.pieceInRow(facts)}
        onKeyDown={onKeyDown}
        onBlur={() => setSpot(undefined)}
        onPointerMove={event => {
          const next = spotUnder(event);
          if (next?.piece !== spot?.piece || next?.peer !== spot?.peer) setSpot(next);
        }}
        onPointerLeave={() => setSpot(undefined)}
        onClick={event => {
          const place = drawn.current === undefined ? undefined : placeUnder(event, drawn.current);
          const { focusOnPiece, focusOn } = store.getState();
          if (place?.piece !== undefined) focusOnPiece(place.piece === piece ? undefined : place.piece);
          else if (place?.peer !== undefined) focusOn(place.peer === focus ? undefined : place.peer);
        }}
      >
        <canvas ref={canvas} aria-hidden />
      </div>
      {facts === undefined ? null : <p className={styles.readout}>{piecesTexts.piece(facts)}</p>}
      <p id={helpId} className="only-read">
        {piecesTexts.help}
      </p>
    </>
  );
}

/** The same columns as before where nothing has changed: rows that are known then need not be read again. */
function columnsFor(
  copies: Uint16Array,
  { gridWidth, scale }: MatrixLayout,
  order: Order,
  before: Columns | undefined,
): Columns {
  const width = Math.floor(gridWidth * scale);
  const next = layOutColumns(
    copies.length,
    width,
    Math.round(widestCell * scale),
    order === 'rarest' ? rarestFirst(copies) : undefined,
  );
  return before !== undefined && isSame(next, before) ? before : next;
}

function isSame(a: Columns, b: Columns): boolean {
  const { order } = a;
  if (a.pieceCount !== b.pieceCount || a.count !== b.count || a.edges[a.count] !== b.edges[b.count])
    return false;
  if (order === undefined || b.order === undefined) return order === b.order;
  return order.every((piece, place) => piece === b.order![place]);
}

interface Place {
  readonly piece: number | undefined;
  readonly peer: PeerId | undefined;
}

/** Beside the columns there is no piece, above and below the rows no neighbour. */
function placeUnder(
  event: { readonly clientX: number; readonly clientY: number; readonly currentTarget: Element },
  { layout, columns, peers }: Drawn,
): Place {
  const box = event.currentTarget.getBoundingClientRect();
  const x = event.clientX - box.left;
  const y = event.clientY - box.top;
  const row = rowAt(layout.rows, y - layout.rowsTop);
  const peer = row === undefined ? undefined : peers[row.index];
  const column = columnAt(columns, (x - layout.left) * layout.scale);
  if (column === undefined || y < layout.self.top || y > layout.note.top) return { piece: undefined, peer };
  const middle = (columns.starts[column]! + columns.starts[column + 1]! - 1) >> 1;
  return { piece: pieceAt(columns, middle), peer };
}

/** Where a key leads; undefined when it is not one of the matrix. */
function spotAfter(
  { key, shiftKey }: KeyboardEvent,
  spot: Spot | undefined,
  start: Spot,
  { columns, peers }: Drawn,
): Spot | undefined {
  const place = placeOf(columns, start.piece);
  const column = columns.columnOf[start.piece] ?? 0;
  const toPlace = (next: number): Spot => {
    const within = Math.max(0, Math.min(columns.pieceCount - 1, next));
    return { ...start, piece: pieceAt(columns, within) ?? 0 };
  };
  const toColumn = (next: number): Spot =>
    toPlace(columns.starts[Math.max(0, Math.min(columns.count - 1, next))] ?? 0);
  const toRow = (by: number): Spot => {
    const index = start.peer === undefined ? -1 : peers.indexOf(start.peer);
    return { ...start, peer: peers[Math.max(-1, Math.min(peers.length - 1, index + by))] };
  };
  // The first key only shows where one is.
  const by = spot === undefined ? 0 : 1;
  const columnStep = isGathered(columns) ? 1 : 10;
  switch (key) {
    case 'ArrowRight':
      return shiftKey ? toColumn(column + columnStep) : toPlace(place + by);
    case 'ArrowLeft':
      return shiftKey ? toColumn(column - columnStep) : toPlace(place - by);
    case 'PageDown':
      return toColumn(column + 50);
    case 'PageUp':
      return toColumn(column - 50);
    case 'Home':
      return toPlace(0);
    case 'End':
      return toPlace(columns.pieceCount - 1);
    case 'ArrowDown':
      return toRow(1);
    case 'ArrowUp':
      return toRow(-1);
    default:
      return undefined;
  }
}

/** The matrix in words and figures, for who does not see it. */
const Twin = memo(function Twin() {
  const { long: nameOf } = usePeerNames();
  const rows = useSlowly(state => {
    const ours = bytesOf(state.pieces);
    return shownNeighbours(state).map(({ peer, pieces, connectedAt, lastSeenAt }) => [
      nameOf(peer),
      `${pieces.count} (${piecesTexts.percent(pieces.count, pieces.size)})`,
      connectedAt === undefined ? '' : piecesTexts.lacking(countLacking(pieces.bytes, ours)),
      connectedAt !== undefined
        ? piecesTexts.connected
        : lastSeenAt === undefined
          ? piecesTexts.notStarted
          : piecesTexts.notConnected,
    ]);
  });
  return <TwinTable caption={piecesTexts.twin} head={piecesTexts.twinHead} rows={rows} />;
});
