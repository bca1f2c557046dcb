import { Search } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useMemo, useState } from 'react';
import { toggleAlternativeLimits } from '../../frame/limits-toggle.tsx';
import { goToNearby } from '../../frame/wishes.ts';
import { type AppState, type AppStore, useApp, useAppStore } from '../../store/app-store.ts';
import { paletteTexts as texts } from '../../texts/palette.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Kbd } from '../../ui/kbd.tsx';
import { indexAfterKey } from '../../ui/tabs.tsx';
import { choosePlace } from '../course/open.ts';
import styles from './palette.module.css';
import { matchItems, type PaletteItem, paletteItems, type ShownSwarm, type Target } from './palette-items.ts';

/** Goes anywhere by a few letters: a box to type in and the list of what fits. */
export function Palette() {
  const store = useAppStore();
  const home = useApp(state => state.home);
  const route = useApp(state => state.route);
  const canPresent = route.page === 'swarm';
  const shown = useApp(shownSwarm);
  const [query, setQuery] = useState('');
  const [wanted, setWanted] = useState(0);
  const listId = useId();
  const items = useMemo(
    () => matchItems(paletteItems(home, canPresent), query, shown),
    [home, canPresent, query, shown],
  );
  const active = Math.min(wanted, items.length - 1);
  const optionId = (index: number) => `${listId}-${index}`;

  useEffect(() => {
    document.getElementById(`${listId}-${active}`)?.scrollIntoView({ block: 'nearest' });
  }, [listId, active]);

  const choose = (item: PaletteItem | undefined) => {
    if (item === undefined) return;
    store.getState().closeDialog();
    reach(store, item.target);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') choose(items[active]);
    else {
      const isMove = event.key === 'ArrowDown' || event.key === 'ArrowUp';
      const next = isMove ? indexAfterKey(event.key, active, items.length) : undefined;
      if (next === undefined) return;
      setWanted(next);
    }
    event.preventDefault();
  };
  return (
    <Dialog
      bare
      title={texts.title}
      width={600}
      className={styles.dialog}
      onClose={() => store.getState().closeDialog()}
    >
      <div className={styles.query}>
        <Search size={16} aria-hidden="true" />
        <input
          data-autofocus
          type="text"
          role="combobox"
          aria-label={texts.title}
          aria-expanded={items.length > 0}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={items.length === 0 ? undefined : optionId(active)}
          autoComplete="off"
          spellCheck={false}
          placeholder={texts.placeholder}
          value={query}
          onChange={event => {
            setQuery(event.currentTarget.value);
            setWanted(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <p className="only-read" role="status">
        {texts.count(items.length)}
      </p>
      <div id={listId} role="listbox" aria-label={texts.results} className={styles.list}>
        {items.map((item, index) => (
          <div key={item.id} role="presentation">
            {items[index - 1]?.group === item.group ? null : (
              <p className={styles.group} role="presentation">
                {texts.groups[item.group]}
              </p>
            )}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the box above hears the keys. */}
            <div
              id={optionId(index)}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              className={styles.item}
              onPointerMove={() => setWanted(index)}
              onClick={() => choose(item)}
            >
              <span className={styles.label}>{item.label}</span>
              <span className={styles.detail}>{item.detail}</span>
              {item.shortcut?.split(' ').map(key => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </div>
          </div>
        ))}
      </div>
      {items.length > 0 ? null : (
        <div className={styles.nothing}>
          <p>{texts.nothing(query)}</p>
          <p>{texts.nothingHint}</p>
        </div>
      )}
      <footer className={styles.foot} aria-hidden="true">
        <span>
          <Kbd>↑</Kbd> <Kbd>↓</Kbd> {texts.keys.move}
        </span>
        <span>
          <Kbd>Enter</Kbd> {texts.keys.choose}
        </span>
        <span>
          <Kbd>Esc</Kbd> {texts.keys.close}
        </span>
      </footer>
    </Dialog>
  );
}

let lastShown: ShownSwarm | null = null;

/** The swarm whose page can show a piece. The same object as long as nothing of it changes. */
function shownSwarm({ route, home, swarmPage }: AppState): ShownSwarm | null {
  if (route.page !== 'swarm' || swarmPage === null) return null;
  const swarm = home?.swarms.find(candidate => candidate.swarm === route.swarm);
  const situation = swarm?.peers.find(peer => peer.situation !== null)?.situation;
  if (swarm === undefined || situation == null) return null;
  const { pieceCount } = situation;
  if (lastShown?.name !== swarm.name || lastShown.pieceCount !== pieceCount) {
    lastShown = { name: swarm.name, pieceCount };
  }
  return lastShown;
}

function reach(store: AppStore, target: Target): void {
  const { go, openDialog, toggleTheme, setPresenting, swarmPage } = store.getState();
  switch (target.kind) {
    case 'go':
      return go(target.route);
    case 'piece':
      return swarmPage?.goToPiece(target.piece);
    case 'do':
      switch (target.action) {
        case 'file':
        case 'folder':
        case 'journal':
        case 'torrent':
          choosePlace(store, target.action);
          return;
        case 'magnet':
          return openDialog({ kind: 'magnet', link: '' });
        case 'machine':
          return openDialog({ kind: 'add-machine' });
        case 'nearby':
          return goToNearby(store);
        case 'limits':
          return toggleAlternativeLimits(store);
        case 'demo':
        case 'keys':
          return openDialog({ kind: target.action });
        case 'theme':
          return toggleTheme();
        case 'present':
          return setPresenting(true);
      }
  }
}
