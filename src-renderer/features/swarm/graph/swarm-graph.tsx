import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { hostLabels } from '../../../../src-shared/hosts.ts';
import type { PeerId } from '../../../../src-shared/journal.ts';
import type { PeerNames } from '../../../../src-shared/peer-names.ts';
import { graphTexts as texts } from '../../../texts/swarm-graph.ts';
import { classes } from '../../../ui/classes.ts';
import { Panel } from '../../../ui/panel.tsx';
import { Segmented } from '../../../ui/segmented.tsx';
import { usePeerNames } from '../peer-names.tsx';
import { useMoment, useSwarm, useSwarmStore } from '../use-swarm.ts';
import { lineWidth } from './edges.ts';
import { EdgeMark, OtherEdgeMark } from './graph-marks.tsx';
import { NodeMark, SelfMark } from './graph-nodes.tsx';
import {
  type GraphNode,
  type GraphView,
  gainedFromOthers,
  graphViewOf,
  type OtherFlow,
  otherFlowsOf,
  secondsLeft,
} from './graph-view.ts';
import { type GraphLayout, layOut } from './layout.ts';
import { Legend } from './legend.tsx';
import styles from './swarm-graph.module.css';
import { useReducedMotion } from './use-reduced-motion.ts';
import { useSize } from './use-size.ts';

/** The swarm as we see it: us in the middle, the neighbours round us, who serves whom at what rate. */
export function SwarmGraph() {
  const flows = useSwarm(page => page.flows);
  const setFlows = useSwarm(page => page.setFlows);
  const others = useSwarm(page => page.others);
  const focus = useSwarm(page => page.focus);
  const names = usePeerNames();
  const isJoined = others.size > 0;
  const { view, otherFlows, gained } = useMoment((state, history, cursorMs) => {
    const view = graphViewOf(state, history);
    const isAll = flows === 'all' && view !== undefined;
    return {
      view,
      otherFlows: isAll && isJoined ? otherFlowsOf(history, view.self, others, cursorMs) : [],
      gained: isAll && !isJoined ? gainedFromOthers(history, state) : undefined,
    };
  });
  const hosts = view === undefined ? 0 : new Set([view.ownHost, ...view.nodes.map(({ host }) => host)]).size;
  return (
    <Panel
      title={texts.title}
      subtitle={view === undefined ? undefined : texts.size(view.nodes.length + 1, hosts)}
      bodyClassName={styles.body}
      actions={
        <Segmented
          label={texts.flows}
          value={flows}
          onChange={setFlows}
          options={[
            { value: 'mine', label: texts.mine },
            { value: 'all', label: texts.all },
          ]}
        />
      }
    >
      <Picture view={view} names={names} otherFlows={otherFlows} gained={gained} isAll={flows === 'all'} />
      <Legend
        hasOthers={flows === 'all' && isJoined}
        note={gained === undefined ? undefined : noteOn(gained, focus, names)}
      />
      {view === undefined ? null : <InWords view={view} names={names} otherFlows={otherFlows} />}
    </Panel>
  );
}

/** About the neighbour in focus, else about the one that gains most. */
function noteOn(gained: ReadonlyMap<PeerId, number>, focus: PeerId | undefined, names: PeerNames): string {
  const inFocus = focus === undefined ? undefined : gained.get(focus);
  if (focus !== undefined && inFocus !== undefined) return texts.gains(names.long(focus), inFocus);
  const [most] = [...gained].sort(([, a], [, b]) => b - a);
  return most === undefined || most[1] === 0 ? texts.unknown : texts.gains(names.long(most[0]), most[1]);
}

interface PictureProps {
  readonly view: GraphView | undefined;
  readonly names: PeerNames;
  readonly otherFlows: readonly OtherFlow[];
  readonly gained: ReadonlyMap<PeerId, number> | undefined;
  readonly isAll: boolean;
}

function Picture({ view, names, otherFlows, gained, isAll }: PictureProps) {
  const [ref, size] = useSize<HTMLDivElement>();
  const isPresenting = useSwarm(page => page.presenting);
  const focus = useSwarm(page => page.focus);
  const store = useSwarmStore();
  const isStepped = useReducedMotion();
  const [pointed, setPointed] = useState<PeerId | undefined>();
  const [stop, setStop] = useState<PeerId | undefined>();

  const roster = JSON.stringify(view?.nodes.map(({ peer, host }) => [peer, host]) ?? []);
  const ownHost = view?.ownHost ?? '';
  const layout = useMemo(() => {
    const peers = (JSON.parse(roster) as [string, string][]).map(([peer, host]) => ({ peer, host }));
    if (size.width < 40 || size.height < 40 || peers.length === 0) return undefined;
    const labels = hostLabels([ownHost, ...peers.map(({ host }) => host)]);
    return layOut({ peers, ownHost, labelOf: host => labels.get(host) ?? host }, size, isPresenting);
  }, [roster, ownHost, size, isPresenting]);

  const byPeer = new Map(view?.nodes.map(node => [node.peer, node]));
  const inRing = (layout?.nodes ?? []).flatMap(place => {
    const node = byPeer.get(place.peer);
    return node === undefined ? [] : [{ place, node }];
  });

  const onPick = useCallback(
    (peer: PeerId) => {
      const { focus, focusOn } = store.getState();
      setStop(peer);
      focusOn(focus === peer ? undefined : peer);
    },
    [store],
  );
  const onKeyDown = (event: KeyboardEvent<SVGSVGElement>) => {
    if (event.key === 'Escape' && focus !== undefined) {
      event.preventDefault();
      store.getState().focusOn(undefined);
      return;
    }
    const current = inRing.findIndex(
      ({ node }) => node.peer === (event.target as Element).getAttribute('data-peer'),
    );
    const next = inRing[neighbourFor(event.key, current, inRing.length) ?? -1];
    if (current < 0 || next === undefined) return;
    event.preventDefault();
    setStop(next.node.peer);
    event.currentTarget.querySelector<SVGGElement>(`[data-peer="${next.node.peer}"]`)?.focus();
  };

  return (
    <div ref={ref} className={styles.picture}>
      {view === undefined || view.nodes.length === 0 ? (
        <p className={styles.empty}>
          {view === undefined ? texts.empty : view.isShare ? texts.aloneInShare : texts.alone}
        </p>
      ) : layout === undefined ? null : (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot stand in a drawing.
        <svg
          role="group"
          aria-label={texts.pictureLabel}
          width={size.width}
          height={size.height}
          viewBox={`0 0 ${size.width} ${size.height}`}
          fill="none"
          onKeyDown={onKeyDown}
        >
          <Bands layout={layout} />
          <OtherEdges layout={layout} view={view} flows={otherFlows} focus={focus} />
          <OwnEdges layout={layout} view={view} focus={focus} isAll={isAll} />
          <GroupNames layout={layout} />
          {inRing.map(({ place, node }) => (
            <NodeMark
              key={node.peer}
              place={place}
              layout={layout}
              name={names.short(node.peer)}
              longName={names.long(node.peer)}
              host={node.host}
              share={Math.floor(node.share * 200) / 200}
              standing={node.standing}
              word={wordFor(node, layout, gained?.get(node.peer))}
              isFocused={node.peer === focus}
              isDim={focus !== undefined && node.peer !== focus && !isAll}
              isTabStop={(stop ?? focus ?? inRing[0]?.node.peer) === node.peer}
              isCrowded={isAll}
              onPick={onPick}
              onPoint={setPointed}
            />
          ))}
          <SelfMark
            layout={layout}
            name={names.short(view.self)}
            share={view.share}
            percent={view.percent}
            countdown={view.countdown}
            isCrowded={isAll}
            isStepped={isStepped}
          />
          {layout.words === 'long' ? null : (
            <Callouts layout={layout} view={view} names={names} peers={[focus, pointed]} />
          )}
        </svg>
      )}
    </div>
  );
}

function neighbourFor(key: string, current: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return (current + 1) % count;
    case 'ArrowUp':
      return (current - 1 + count) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}

function wordFor(node: GraphNode, { words }: GraphLayout, gain: number | undefined): string {
  if (words === 'short') {
    if (node.standing === 'not-started') return texts.absent;
    return node.standing === 'left' ? texts.left : texts.percent(node.percent);
  }
  if (gain !== undefined && gain > 0) return texts.fromOthers(gain);
  return longWord(node);
}

function longWord({ standing, percent }: GraphNode): string {
  switch (standing) {
    case 'here':
      return texts.percent(percent);
    case 'joined':
      return texts.joined(percent);
    case 'complete':
      return texts.complete;
    case 'not-started':
      return texts.notStarted;
    case 'left':
      return texts.left;
  }
}

function Bands({ layout }: { readonly layout: GraphLayout }) {
  return (
    <g className={styles.still} strokeLinejoin="round">
      {layout.groups.map(({ host, band: { path, width, isFilled } }) => (
        <path
          key={host}
          d={path}
          fill={isFilled ? 'var(--inset)' : undefined}
          stroke="var(--inset)"
          strokeWidth={width}
          strokeLinecap="round"
        />
      ))}
    </g>
  );
}

function GroupNames({ layout }: { readonly layout: GraphLayout }) {
  return (
    <g className={classes(styles.still, layout.isDotted && styles.cleared)}>
      {layout.groups.map(({ host, text, label }) =>
        label === undefined ? null : (
          <text
            key={host}
            x={label.x}
            y={label.y}
            textAnchor={label.anchor}
            fontSize={layout.fonts.word}
            fontWeight={600}
            fill="var(--ink-3)"
          >
            {text}
          </text>
        ),
      )}
    </g>
  );
}

/** With more neighbours, marks are smaller and chokes are softer. */
const mostInFull = 16;

function OwnEdges({
  layout,
  view,
  focus,
  isAll,
}: {
  readonly layout: GraphLayout;
  readonly view: GraphView;
  readonly focus: PeerId | undefined;
  readonly isAll: boolean;
}) {
  const { isDotted, lineWidths } = layout;
  const isDense = view.nodes.length > mostInFull;
  return (
    <g className={styles.still}>
      {view.nodes.map(({ peer, standing, inward, outward }) => {
        const place = layout.placeOf.get(peer);
        if (place === undefined || standing === 'not-started' || standing === 'left') return null;
        const isInFocus = peer === focus;
        return (['inward', 'outward'] as const).map(way => {
          const { state, bytesPerSecond, isWanted } = way === 'inward' ? inward : outward;
          const isChoked = state === 'choked';
          const isIdle = isChoked || (bytesPerSecond === 0 && (way === 'inward' || !isWanted));
          if (!isInFocus && ((isAll && isChoked) || (isDotted && isIdle))) return null;
          return (
            <EdgeMark
              key={`${peer} ${way}`}
              lane={place[way]}
              state={state}
              width={lineWidth(bytesPerSecond, view.peak, lineWidths)}
              isWanted={isWanted && (!isDotted || isInFocus)}
              strength={
                focus !== undefined && !isInFocus
                  ? 'dim'
                  : isDense && isChoked && !isInFocus
                    ? 'soft'
                    : 'full'
              }
              scale={layout.scale * (isDotted ? 0.7 : isDense ? 0.8 : 1)}
            />
          );
        });
      })}
    </g>
  );
}

/** Above this many peers, an edge among others that carries nothing is left out. */
const mostWithIdleFlows = 16;

function OtherEdges({
  layout,
  view,
  flows,
  focus,
}: {
  readonly layout: GraphLayout;
  readonly view: GraphView;
  readonly flows: readonly OtherFlow[];
  readonly focus: PeerId | undefined;
}) {
  const [least, most] = layout.lineWidths;
  return (
    <g className={styles.still}>
      {flows.map(({ from, to, state, bytesPerSecond }) => {
        const [start, end] = [layout.placeOf.get(from), layout.placeOf.get(to)];
        if (start === undefined || end === undefined) return null;
        if (bytesPerSecond === 0 && view.nodes.length > mostWithIdleFlows) return null;
        const isStrong = focus === from || focus === to;
        return (
          <OtherEdgeMark
            key={`${from} ${to}`}
            from={start}
            to={end}
            centre={layout.centre}
            clearance={layout.selfRadius + 12 * layout.scale}
            rim={layout.nodeRadius + 4 * layout.scale}
            state={state}
            width={lineWidth(bytesPerSecond, view.peak, [least * 0.7, most * 0.6])}
            isStrong={isStrong}
            isDim={focus !== undefined && !isStrong}
            scale={layout.scale}
          />
        );
      })}
    </g>
  );
}

/** Name and state beside nodes that have no room for them: the one in focus and the one pointed at. */
function Callouts({
  layout,
  view,
  names,
  peers,
}: {
  readonly layout: GraphLayout;
  readonly view: GraphView;
  readonly names: PeerNames;
  readonly peers: readonly (PeerId | undefined)[];
}) {
  const { fonts, size, nodeRadius, centre, scale } = layout;
  return (
    <g className={styles.still}>
      {[...new Set(peers)].map(peer => {
        const node = view.nodes.find(candidate => candidate.peer === peer);
        const place = peer === undefined ? undefined : layout.placeOf.get(peer);
        if (node === undefined || place === undefined) return null;
        const words = `${names.long(node.peer)}, ${longWord(node)}`;
        const width = words.length * fonts.word * 0.55 + 12 * scale;
        const height = fonts.word + 8 * scale;
        const isUpper = place.y < centre.y;
        const middle = Math.min(size.width - 4 - width / 2, Math.max(4 + width / 2, place.x));
        const top = isUpper
          ? Math.max(2, place.y - nodeRadius - 6 * scale - height)
          : Math.min(size.height - 2 - height, place.y + nodeRadius + 6 * scale);
        return (
          <g key={node.peer}>
            <rect x={middle - width / 2} y={top} width={width} height={height} rx={4} fill="var(--ink)" />
            <text
              x={middle}
              y={top + height / 2 + fonts.word * 0.35}
              textAnchor="middle"
              fontSize={fonts.word}
              fontWeight={500}
              fill="var(--surface)"
            >
              {words}
            </text>
          </g>
        );
      })}
    </g>
  );
}

/** How often the words follow the picture, in milliseconds. */
const wordsEveryMs = 2_000;

/** The same for those who hear it. */
function InWords({
  view,
  names,
  otherFlows,
}: {
  readonly view: GraphView;
  readonly names: PeerNames;
  readonly otherFlows: readonly OtherFlow[];
}) {
  const latest = useRef({ view, names, otherFlows });
  latest.current = { view, names, otherFlows };
  const [spoken, setSpoken] = useState(latest.current);
  useEffect(() => {
    const timer = setInterval(() => setSpoken(latest.current), wordsEveryMs);
    return () => clearInterval(timer);
  }, []);
  return useMemo(() => <WordList {...spoken} />, [spoken]);
}

function WordList({
  view,
  names,
  otherFlows,
}: {
  readonly view: GraphView;
  readonly names: PeerNames;
  readonly otherFlows: readonly OtherFlow[];
}) {
  return (
    <ul className="only-read" aria-label={texts.listLabel}>
      <li>
        {texts.self(names.long(view.self), view.percent)}
        {view.countdown === undefined ? '' : ` ${texts.nextRound(secondsLeft(view.countdown))}`}
      </li>
      {view.nodes.map(({ peer, standing, percent, inward, outward }) => (
        <li key={peer}>
          {standing === 'not-started' || standing === 'left'
            ? texts.absentInWords(names.long(peer), standing === 'left')
            : texts.inWords(names.long(peer), percent, inward, outward)}
        </li>
      ))}
      {otherFlows.map(({ from, to, state, bytesPerSecond }) => (
        <li key={`${from} ${to}`}>
          {texts.flowInWords(names.long(from), names.long(to), state, bytesPerSecond)}
        </li>
      ))}
    </ul>
  );
}
