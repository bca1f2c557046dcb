import { type ReactNode, useState } from 'react';
import { Group, Panel as Place, Separator, useDefaultLayout } from 'react-resizable-panels';
import { pageTexts } from '../../texts/swarm-page.ts';
import { Kbd } from '../../ui/kbd.tsx';
import { TabPanel, Tabs } from '../../ui/tabs.tsx';
import { useIsWide } from '../../ui/use-is-wide.ts';
import { Choking } from './choking/choking.tsx';
import { SwarmGraph } from './graph/swarm-graph.tsx';
import { Log } from './log/log.tsx';
import { Neighbours } from './neighbours/neighbours.tsx';
import styles from './panels.module.css';
import { allParts, type Part, partsFrom, toggled } from './parts.ts';
import { Pieces } from './pieces/pieces.tsx';
import type { Deck } from './swarm-store.ts';
import { useSwarm } from './use-swarm.ts';

/** The panels of the page, resizable, as the window has room for them; of a presentation those that were chosen. */
export function Panels({ parts }: { readonly parts: readonly Part[] | undefined }) {
  const isWide = useIsWide();
  if (parts !== undefined) {
    const id = `presenting-${parts.join('-')}`;
    return <CompactPanels key={id} id={id} parts={parts} graph={760} neighbours={412} />;
  }
  if (isWide) return <WidePanels />;
  return <CompactPanels key="compact" id="compact" parts={allParts} graph={392} neighbours={290} />;
}

function WidePanels() {
  const rows = useKeptLayout('wide-rows', ['above', 'below']);
  const above = useKeptLayout('wide-above', ['graph', 'beside']);
  const beside = useKeptLayout('wide-beside', ['neighbours', 'pieces']);
  const below = useKeptLayout('wide-below', ['choking', 'log']);
  return (
    <Group {...rows} orientation="vertical" className={styles.panels}>
      <Place id="above" minSize={300}>
        <Group {...above} orientation="horizontal">
          <Place id="graph" defaultSize={488} minSize={320}>
            <SwarmGraph />
          </Place>
          <Handle name="graph" />
          <Place id="beside" minSize={480}>
            <Group {...beside} orientation="vertical">
              <Place id="neighbours" defaultSize="54%" minSize={120}>
                <Neighbours />
              </Place>
              <Handle name="neighbours" />
              <Place id="pieces" minSize={120}>
                <Pieces />
              </Place>
            </Group>
          </Place>
        </Group>
      </Place>
      <Handle name="upper" />
      <Place id="below" defaultSize={336} minSize={160}>
        <Group {...below} orientation="horizontal">
          <Place id="choking" minSize={420}>
            <Choking />
          </Place>
          <Handle name="choking" />
          <Place id="log" defaultSize={808} minSize={320}>
            <Log />
          </Place>
        </Group>
      </Place>
    </Group>
  );
}

interface CompactPanelsProps {
  readonly id: string;
  readonly parts: readonly Part[];
  /** Pixels at first. */
  readonly graph: number;
  readonly neighbours: number;
}

function CompactPanels({ id, parts, graph, neighbours }: CompactPanelsProps) {
  const [hasGraph, hasNeighbours, hasDeck] = allParts.map(part => parts.includes(part));
  const isSplit = hasGraph && (hasNeighbours || hasDeck);
  const columns = useKeptLayout(`${id}-columns`, [...(hasGraph ? ['graph'] : []), 'beside']);
  const beside = useKeptLayout(`${id}-beside`, [
    ...(hasNeighbours ? ['neighbours'] : []),
    ...(hasDeck ? ['deck'] : []),
  ]);
  return (
    <Group {...columns} orientation="horizontal" className={styles.panels}>
      {hasGraph ? (
        <Place id="graph" minSize={300} {...(isSplit ? { defaultSize: graph } : {})}>
          <SwarmGraph />
        </Place>
      ) : null}
      {isSplit ? <Handle name="graph" /> : null}
      {hasNeighbours || hasDeck ? (
        <Place id="beside" minSize={480}>
          <Group {...beside} orientation="vertical">
            {hasNeighbours ? (
              <Place id="neighbours" minSize={120} {...(hasDeck ? { defaultSize: neighbours } : {})}>
                <Neighbours />
              </Place>
            ) : null}
            {hasNeighbours && hasDeck ? <Handle name="neighbours" /> : null}
            {hasDeck ? (
              <Place id="deck" minSize={160}>
                <DeckOfPanels />
              </Place>
            ) : null}
          </Group>
        </Place>
      ) : null}
    </Group>
  );
}

/** Which parts a presentation shows, kept for the next one. */
export function useParts(): [readonly Part[], (part: Part) => void] {
  const [parts, setParts] = useState(() => partsFrom(localStorage.getItem(partsKey)));
  const toggle = (part: Part) => {
    const next = toggled(parts, part);
    localStorage.setItem(partsKey, next.join(' '));
    setParts(next);
  };
  return [parts, toggle];
}

const partsKey = 'presented-parts';

export interface PartSwitchesProps {
  readonly parts: readonly Part[];
  readonly onToggle: (part: Part) => void;
}

/** In a presentation: which parts are shown. */
export function PartSwitches({ parts, onToggle }: PartSwitchesProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in a line.
    <div role="group" aria-label={pageTexts.partsLabel} className={styles.switches}>
      {allParts.map(part => (
        <button
          key={part}
          type="button"
          className={styles.switch}
          aria-pressed={parts.includes(part)}
          onClick={() => onToggle(part)}
        >
          {pageTexts.parts[part]}
        </button>
      ))}
    </div>
  );
}

const deckPanels: Readonly<Record<Deck, () => ReactNode>> = {
  pieces: () => <Pieces />,
  choking: () => <Choking />,
  log: () => <Log />,
};
const decks = ['pieces', 'choking', 'log'] as const satisfies readonly Deck[];

function DeckOfPanels() {
  const deck = useSwarm(page => page.deck);
  const setDeck = useSwarm(page => page.setDeck);
  return (
    <div className={styles.deck}>
      <Tabs
        id="deck"
        label={pageTexts.deckLabel}
        tabs={decks.map((value, index) => ({
          value,
          label: pageTexts.decks[value],
          hint: <Kbd>{index + 1}</Kbd>,
        }))}
        value={deck}
        onChange={setDeck}
      />
      <TabPanel id="deck" value={deck} className={styles.deckPanel}>
        {deckPanels[deck]()}
      </TabPanel>
    </div>
  );
}

function Handle({ name }: { readonly name: string }) {
  return <Separator className={styles.handle} aria-label={pageTexts.resize(name)} />;
}

function useKeptLayout(id: string, panelIds: string[]) {
  const { defaultLayout, onLayoutChanged } = useDefaultLayout({ id, panelIds, storage: localStorage });
  return { id, onLayoutChanged, ...(defaultLayout === undefined ? {} : { defaultLayout }) };
}
