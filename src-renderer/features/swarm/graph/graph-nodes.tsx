import { memo } from 'react';
import type { PeerId } from '../../../../src-shared/journal.ts';
import { graphTexts as texts } from '../../../texts/swarm-graph.ts';
import { arcPath } from './edges.ts';
import { type Countdown, type GraphNode, secondsLeft, ticksOf } from './graph-view.ts';
import type { GraphLayout, PlacedNode } from './layout.ts';
import styles from './swarm-graph.module.css';

export interface NodeMarkProps {
  readonly place: PlacedNode;
  readonly layout: GraphLayout;
  /** In the node; and whole. */
  readonly name: string;
  readonly longName: string;
  readonly host: string;
  readonly share: number;
  readonly standing: GraphNode['standing'];
  /** In words beside it; empty for none. */
  readonly word: string;
  readonly isFocused: boolean;
  readonly isDim: boolean;
  readonly isTabStop: boolean;
  /** Lines may pass behind its words. */
  readonly isCrowded: boolean;
  readonly onPick: (peer: PeerId) => void;
  readonly onPoint: (peer: PeerId | undefined) => void;
}

/** A neighbour: name, ring of its pieces, state. A button that puts it in focus everywhere. */
export const NodeMark = memo(function NodeMark(props: NodeMarkProps) {
  const {
    place,
    layout,
    name,
    longName,
    host,
    share,
    standing,
    word,
    isFocused,
    isDim,
    isTabStop,
    isCrowded,
  } = props;
  const { peer, x, y, label } = place;
  const { nodeRadius: radius, scale, fonts, isDotted } = layout;
  const isAway = standing === 'not-started' || standing === 'left';
  const ring = isDotted ? Math.max(2, radius * 0.4) : (radius < 20 * scale ? 3.25 : 4) * scale;
  const ringRadius = radius - ring / 2;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button of HTML cannot stand in a drawing.
    <g
      role="button"
      tabIndex={isTabStop ? 0 : -1}
      aria-pressed={isFocused}
      aria-label={longName === host ? texts.lone(longName, word) : texts.node(longName, host, word)}
      data-peer={peer}
      className={styles.node}
      opacity={isDim ? 0.45 : undefined}
      onClick={() => props.onPick(peer)}
      onKeyDown={event => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        event.stopPropagation();
        props.onPick(peer);
      }}
      onPointerEnter={() => props.onPoint(peer)}
      onPointerLeave={() => props.onPoint(undefined)}
      onFocus={() => props.onPoint(peer)}
      onBlur={() => props.onPoint(undefined)}
    >
      <circle
        className={styles.halo}
        cx={x}
        cy={y}
        r={radius + (isDotted ? 2.5 : 3) * scale}
        fill={isFocused ? 'var(--ink)' : 'transparent'}
      />
      <circle
        cx={x}
        cy={y}
        r={radius + (isFocused ? (isDotted ? 0.5 : 1) * scale : 0)}
        fill="var(--surface)"
      />
      <circle
        cx={x}
        cy={y}
        r={ringRadius}
        stroke={isAway ? 'var(--ctl)' : 'var(--line-2)'}
        strokeWidth={isAway ? Math.min(ring, 1.5 * scale) : ring}
        strokeDasharray={isAway ? `${3 * scale} ${3 * scale}` : undefined}
      />
      {isAway || share <= 0 ? null : (
        <path
          d={arcPath(place, ringRadius, Math.max(0.006, share))}
          stroke="var(--have)"
          strokeWidth={ring}
        />
      )}
      {isDotted && standing === 'complete' ? (
        <circle cx={x} cy={y} r={radius * 0.35} fill="var(--have)" />
      ) : null}
      {standing === 'left' ? (
        <path
          d={`M${x - radius * 0.7} ${y + radius * 0.7}L${x + radius * 0.7} ${y - radius * 0.7}`}
          stroke="var(--ctl)"
          strokeWidth={1.5 * scale}
        />
      ) : null}
      {isDotted ? null : (
        <text
          x={x}
          y={y + nameSize(name, layout) * 0.36}
          textAnchor="middle"
          fontSize={nameSize(name, layout)}
          fontWeight={600}
          fill={isAway ? 'var(--ink-3)' : 'var(--ink)'}
          className={standing === 'left' ? styles.cleared : undefined}
        >
          {shortName(name)}
        </text>
      )}
      {label === undefined || word === '' ? null : (
        <text
          x={label.x}
          y={label.y}
          textAnchor={label.anchor}
          fontSize={fonts.word}
          fontWeight={isFocused ? 600 : 400}
          fill={isAway ? 'var(--ink-3)' : isFocused ? 'var(--ink)' : 'var(--ink-2)'}
          className={isCrowded ? styles.cleared : undefined}
        >
          {word}
        </text>
      )}
    </g>
  );
});

/** The end of a long ID tells more than its beginning. */
function shortName(name: string): string {
  return name.length <= 6 ? name : `…${name.slice(-4)}`;
}

function nameSize(name: string, { nodeRadius, fonts, scale }: GraphLayout): number {
  const room = 2 * (nodeRadius - 4.2 * scale);
  return Math.min(fonts.name, room / (shortName(name).length * 0.58));
}

export interface SelfMarkProps {
  readonly layout: GraphLayout;
  readonly name: string;
  readonly share: number;
  readonly percent: number;
  readonly countdown: Countdown | undefined;
  /** Lines may pass behind its words. */
  readonly isCrowded: boolean;
  /** The ring goes down second by second. */
  readonly isStepped: boolean;
}

/** We: name, progress, and the time until the next choke round as a ring with one tick a second. */
export function SelfMark(props: SelfMarkProps) {
  const { layout, share, percent, countdown, isStepped, isCrowded } = props;
  const { centre, selfRadius: radius, scale, fonts } = layout;
  const { x, y } = centre;
  const ring = radius + 5 * scale;
  const isInside = countdown !== undefined && layout.countdown === undefined;
  const name = shortName(props.name);
  const nameHeight = Math.min(15 * scale, (2 * radius - 14 * scale) / (name.length * 0.6));
  return (
    <g className={styles.still}>
      <circle cx={x} cy={y} r={radius + 9 * scale} fill="var(--surface)" />
      <circle cx={x} cy={y} r={radius - 3 * scale} stroke="var(--line-2)" strokeWidth={6 * scale} />
      {share > 0 ? (
        <path d={arcPath(centre, radius - 3 * scale, share)} stroke="var(--in)" strokeWidth={6 * scale} />
      ) : null}
      {countdown === undefined ? (
        <circle cx={x} cy={y} r={ring} stroke="var(--line-2)" strokeWidth={scale} />
      ) : (
        <CountdownRing x={x} y={y} radius={ring} scale={scale} countdown={countdown} isStepped={isStepped} />
      )}
      <text
        x={x}
        y={y - (isInside ? 11 : 1) * scale}
        textAnchor="middle"
        fontSize={nameHeight}
        fontWeight={600}
        fill="var(--ink)"
      >
        {name}
      </text>
      <text
        x={x}
        y={y + (isInside ? 4 : 14) * scale}
        textAnchor="middle"
        fontSize={fonts.word}
        fill="var(--ink-2)"
      >
        {texts.percent(percent)}
      </text>
      {countdown === undefined ? null : (
        <g className={isCrowded ? styles.cleared : undefined}>
          <CountdownWords layout={layout} seconds={secondsLeft(countdown)} />
        </g>
      )}
    </g>
  );
}

function CountdownRing({
  x,
  y,
  radius,
  scale,
  countdown,
  isStepped,
}: {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly scale: number;
  readonly countdown: Countdown;
  readonly isStepped: boolean;
}) {
  const { intervalMs, remainingMs } = countdown;
  const shownMs = isStepped ? Math.ceil(remainingMs / 1000) * 1000 : remainingMs;
  const share = Math.min(1, shownMs / intervalMs);
  const ticks = ticksOf(countdown);
  return (
    <>
      {share > 0 ? (
        <path d={arcPath({ x, y }, radius, share)} stroke="var(--ink)" strokeWidth={2 * scale} />
      ) : null}
      {ticks.map(tick => {
        const angle = tick * 2 * Math.PI;
        const [ux, uy] = [Math.sin(angle), -Math.cos(angle)];
        const [inner, outer] = [radius - 2.5 * scale, radius + 2.5 * scale];
        return (
          <path
            key={tick}
            d={`M${x + ux * inner} ${y + uy * inner}L${x + ux * outer} ${y + uy * outer}`}
            stroke="var(--ink)"
            strokeWidth={1.5 * scale}
          />
        );
      })}
    </>
  );
}

function CountdownWords({ layout, seconds }: { readonly layout: GraphLayout; readonly seconds: number }) {
  const { centre, countdown: place, scale, fonts } = layout;
  const words = texts.inSeconds(seconds);
  if (place === undefined) {
    return (
      <text
        x={centre.x}
        y={centre.y + 19 * scale}
        textAnchor="middle"
        fontSize={fonts.word}
        fontWeight={600}
        fill="var(--ink)"
      >
        {words}
      </text>
    );
  }
  return (
    <>
      <text
        className={styles.cleared}
        x={place.x}
        y={place.y - 0.2 * fonts.word}
        textAnchor="middle"
        fontSize={fonts.word}
        fill="var(--ink-2)"
      >
        {texts.round}
      </text>
      <text
        className={styles.cleared}
        x={place.x}
        y={place.y + 1.02 * fonts.name}
        textAnchor="middle"
        fontSize={fonts.name}
        fontWeight={600}
        fill="var(--ink)"
      >
        {words}
      </text>
    </>
  );
}
