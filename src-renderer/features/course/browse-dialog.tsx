import { ChevronRight, File, Folder } from 'lucide-react';
import { type KeyboardEvent, useCallback, useEffect, useId, useRef, useState } from 'react';
import type { Listing, Place, Refusal } from '../../../src-shared/contract.ts';
import { formatBytes } from '../../../src-shared/units.ts';
import { type Choosing, refusalOf, useAppStore } from '../../store/app-store.ts';
import { commonTexts } from '../../texts/common.ts';
import { courseTexts } from '../../texts/course.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { RefusalNotice } from '../../ui/refusal-notice.tsx';
import { indexAfterKey } from '../../ui/tabs.tsx';
import styles from './browse-dialog.module.css';
import { openPlace } from './open.ts';

const texts = courseTexts.browse;
type Entry = Listing['entries'][number];

export interface BrowseDialogProps {
  readonly what: Choosing;
  /** Where it stands over another dialog: what it does when it is closed, and with the place that is chosen. */
  readonly onClose?: () => void;
  readonly onPlace?: (place: Place) => void;
}

/** Chooses a file or folder where the system has no dialog of its own: the app's folders, by mouse or keyboard. */
export function BrowseDialog(props: BrowseDialogProps) {
  const store = useAppStore();
  const { bridge, closeDialog } = store.getState();
  const { what, onClose = () => closeDialog(), onPlace = place => openPlace(store, place) } = props;
  const [trail, setTrail] = useState<readonly Place[]>([]);
  const [listing, setListing] = useState<Listing | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [selected, setSelected] = useState(0);
  const [isLoading, setLoading] = useState(true);
  const asked = useRef(0);

  /** Shows a folder; `before` are those above it. */
  const show = useCallback(
    async (folder: string | null, before: readonly Place[]) => {
      asked.current += 1;
      const question = asked.current;
      setRefusal(null);
      setLoading(true);
      try {
        const answer = await bridge.ask('browse', { folder });
        if (question !== asked.current) return;
        setListing(answer);
        setTrail([...before, answer.folder]);
        setSelected(0);
      } catch (error) {
        if (question === asked.current) setRefusal(refusalOf(error));
      } finally {
        if (question === asked.current) setLoading(false);
      }
    },
    [bridge],
  );
  useEffect(() => {
    show(null, []);
  }, [show]);

  const entries = listing?.entries ?? [];
  const entry = entries[selected];
  const up = () => {
    const parent = trail.at(-2);
    if (parent !== undefined) show(parent.token, trail.slice(0, -2));
  };
  const open = (chosen: Entry | undefined) => {
    if (chosen === undefined) return;
    if (chosen.kind === 'folder') show(chosen.token, trail);
    else if (what !== 'folder') onPlace(chosen);
  };
  // While another folder is on its way, "this folder" is neither the one that is shown nor the one that comes.
  const here = isLoading ? undefined : listing?.folder;
  const chooseHere = () => {
    if (here !== undefined) onPlace(here);
  };
  return (
    <Dialog
      title={texts.titles[what]}
      subtitle={texts.subtitle}
      width={640}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{commonTexts.cancel}</Button>
          {what === 'folder' ? (
            <>
              <Button disabled={entry?.kind !== 'folder'} onClick={() => open(entry)}>
                {entry?.kind === 'folder' ? texts.openNamed(entry.name) : texts.open}
              </Button>
              <Button variant="primary" disabled={here === undefined} onClick={chooseHere}>
                {here === undefined ? texts.chooseThis : texts.chooseNamed(here.name)}
              </Button>
            </>
          ) : (
            <Button variant="primary" disabled={entry === undefined} onClick={() => open(entry)}>
              {entry?.kind === 'folder' ? texts.open : texts.choose}
            </Button>
          )}
        </>
      }
    >
      <nav aria-label={texts.path} className={styles.trail}>
        {trail.map((place, index) => (
          <span key={place.token} className={styles.crumb}>
            {index === 0 ? null : <ChevronRight size={14} aria-hidden="true" />}
            <button
              type="button"
              title={place.path}
              aria-current={index === trail.length - 1 ? 'location' : undefined}
              onClick={() => show(place.token, trail.slice(0, index))}
            >
              {place.name}
            </button>
          </span>
        ))}
      </nav>
      <RefusalNotice refusal={refusal} />
      <Entries
        listing={listing}
        what={what}
        selected={selected}
        onSelect={setSelected}
        onOpen={open}
        onUp={up}
      />
      {listing?.cut ? <p className={styles.cut}>{texts.cut}</p> : null}
    </Dialog>
  );
}

interface EntriesProps {
  readonly listing: Listing | null;
  readonly what: Choosing;
  readonly selected: number;
  readonly onSelect: (index: number) => void;
  readonly onOpen: (entry: Entry) => void;
  readonly onUp: () => void;
}

/** A list of which one entry is selected: arrow keys move, Enter opens, Backspace goes up, letters find. */
function Entries({ listing, what, selected, onSelect, onOpen, onUp }: EntriesProps) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const entries = listing?.entries ?? [];

  // A new folder takes the focus along, so that the keyboard goes on where it was.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each listing is a new folder.
  useEffect(() => list.current?.focus(), [listing]);
  useEffect(() => {
    document.getElementById(`${id}-${selected}`)?.scrollIntoView({ block: 'nearest' });
  }, [id, selected]);

  const onKeyDown = (event: KeyboardEvent) => {
    const entry = entries[selected];
    if (event.key === 'Enter' && entry !== undefined) onOpen(entry);
    else if (event.key === 'Backspace') onUp();
    else {
      const letter =
        event.key.length === 1 && !event.ctrlKey && !event.altKey ? event.key.toLowerCase() : null;
      const next = letter === null ? indexAfterKey(event.key, selected, entries.length) : afterLetter(letter);
      if (next === undefined || next < 0) return;
      onSelect(next);
    }
    event.preventDefault();
  };
  const afterLetter = (letter: string) => {
    const begins = (entry: Entry) => entry.name.toLowerCase().startsWith(letter);
    const after = entries.findIndex((entry, index) => index > selected && begins(entry));
    return after >= 0 ? after : entries.findIndex(begins);
  };

  return (
    <div
      ref={list}
      role="listbox"
      aria-label={texts.list}
      aria-activedescendant={entries.length === 0 ? undefined : `${id}-${selected}`}
      tabIndex={0}
      className={styles.list}
      onKeyDown={onKeyDown}
    >
      {listing === null ? <EmptyState title={texts.loading} /> : null}
      {listing !== null && entries.length === 0 ? <EmptyState title={texts.empty} /> : null}
      {entries.map((entry, index) => {
        const isFolder = entry.kind === 'folder';
        return (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the list itself hears the keys.
          <div
            key={entry.token}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === selected}
            aria-disabled={!isFolder && what === 'folder' ? true : undefined}
            className={styles.entry}
            title={entry.path}
            onClick={() => onSelect(index)}
            onDoubleClick={() => onOpen(entry)}
          >
            {isFolder ? <Folder size={16} aria-hidden="true" /> : <File size={16} aria-hidden="true" />}
            <span className={styles.name}>{entry.name}</span>
            <small>{isFolder ? texts.folder : formatBytes(entry.size)}</small>
          </div>
        );
      })}
    </div>
  );
}
