import { memo } from 'react';
import type { PeerId } from '../../../../src-shared/journal.ts';
import { neighboursTexts as texts } from '../../../texts/swarm-neighbours.ts';
import { Glyph } from '../../../ui/glyph.tsx';
import { clockText } from '../clock.ts';
import styles from './neighbours.module.css';
import type { NeighbourRow } from './rows.ts';
import { sparkSize } from './sparks.ts';

/** Whole, whole with what only a share's peers have, narrow, or narrow in large type. */
export type TableSize = 'wide' | 'peers' | 'compact' | 'large';

export interface NeighbourLineProps
  extends Omit<NeighbourRow, 'down' | 'up' | 'order' | 'pieces' | 'shortName'> {
  readonly size: TableSize;
  readonly height: number;
  /** Its place among all rows, from 2, since the header is the first. */
  readonly rowIndex: number;
  readonly down: string;
  readonly up: string;
  readonly downSpark: string;
  readonly upSpark: string;
  readonly isFocused: boolean;
  readonly isTabStop: boolean;
  readonly onPick: (peer: PeerId) => void;
}

/** One neighbour; its name is a button that puts it in focus everywhere. */
export const NeighbourLine = memo(function NeighbourLine(props: NeighbourLineProps) {
  const { peer, name, place, address, size, height, percent, presence, sinceWallMs, isFocused, onPick } =
    props;
  const isHere = presence === 'here';
  const isPeers = size === 'peers';
  const isWide = size === 'wide' || isPeers;
  return (
    <tr
      className={styles.row}
      style={{ height }}
      aria-rowindex={props.rowIndex}
      aria-current={isFocused ? 'true' : undefined}
      onClick={() => onPick(peer)}
    >
      <th scope="row" title={place === '' ? address : `${address}\n${place}`}>
        <button
          type="button"
          className={styles.name}
          data-peer={peer}
          tabIndex={props.isTabStop ? 0 : -1}
          aria-pressed={isFocused}
          onClick={event => {
            event.stopPropagation();
            onPick(peer);
          }}
        >
          {name}
        </button>
        {size === 'wide' ? <span className={styles.place}>{place}</span> : null}
      </th>
      {isPeers ? <td title={place}>{place}</td> : null}
      <td>
        <span className={styles.pieces}>
          {size === 'large' ? null : (
            <span className={styles.bar}>
              <i style={{ width: `${percent}%` }} />
            </span>
          )}
          <span className={styles.percent}>{texts.percent(percent)}</span>
        </span>
      </td>
      <td>{isHere ? <ServesUs {...props} /> : <span className={styles.dim}>{texts.notConnected}</span>}</td>
      <td className={styles.number}>
        {isWide ? (
          <Rate text={props.down} path={props.downSpark} colour="in" />
        ) : (
          <Figure text={props.down} />
        )}
      </td>
      {size === 'wide' ? (
        <td>
          {props.firstInFlight === undefined ? (
            <span className={styles.dim}>{isHere ? texts.none : ''}</span>
          ) : (
            <span title={texts.piecesInFlightLabel(props.firstInFlight, props.inFlight)}>
              {texts.piecesInFlight(props.firstInFlight, props.inFlight)}
            </span>
          )}
        </td>
      ) : null}
      <td>{isHere ? <WeServe {...props} /> : null}</td>
      <td className={styles.number}>
        {isWide ? (
          <Rate
            text={props.up}
            path={props.upSpark}
            colour={props.serving === 'optimistic' ? 'opt' : 'pref'}
          />
        ) : (
          <Figure text={props.up} />
        )}
      </td>
      {size === 'wide' ? <td>{sinceWallMs === undefined ? '' : clockText(sinceWallMs)}</td> : null}
      {isPeers ? (
        <>
          <td title={props.flagWords}>
            <span className={styles.flags} aria-hidden="true">
              {props.flags}
            </span>{' '}
            <span className={styles.dim}>{props.flagWords}</span>
          </td>
          <td title={props.source}>{props.source}</td>
        </>
      ) : (
        <td title={props.why} className={isWide ? undefined : styles.dim}>
          {isWide ? props.why : props.shortWhy}
        </td>
      )}
    </tr>
  );
});

function ServesUs({ chokesUs, wanted, size }: NeighbourLineProps) {
  return (
    <span className={styles.state}>
      <Glyph name={chokesUs ? 'chokes-us' : 'serves-us'} size={size === 'large' ? 20 : 14} />
      <b className={chokesUs ? styles.choked : styles.open}>{chokesUs ? texts.choked : texts.unchoked}</b>
      {size === 'peers' ? null : <span className={styles.dim}>{texts.wanted(wanted)}</span>}
    </span>
  );
}

function WeServe({ serving, isInterested, size }: NeighbourLineProps) {
  return (
    <span className={styles.state}>
      <Glyph name={serving} size={size === 'large' ? 20 : 14} />
      <b className={styles[serving]}>{texts[serving]}</b>
      {size === 'peers' ? null : (
        <span className={styles.dim}>{isInterested ? texts.interested : texts.notInterested}</span>
      )}
    </span>
  );
}

function Figure({ text }: { readonly text: string }) {
  return <span className={text === '0' ? styles.dim : undefined}>{text}</span>;
}

function Rate({
  text,
  path,
  colour,
}: {
  readonly text: string;
  readonly path: string;
  readonly colour: string;
}) {
  const { width, height } = sparkSize;
  return (
    <span className={styles.rate}>
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} fill="none" aria-hidden="true">
        <path d={`M0 15.5h${width}`} stroke="var(--line-2)" />
        {path === '' ? null : (
          <path d={path} stroke={`var(--${colour})`} strokeWidth="1.5" strokeLinejoin="round" />
        )}
      </svg>
      <Figure text={text} />
    </span>
  );
}
