import { Download, File, Folder, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { NearbyMachine, NearbyView } from '../../../src-shared/share.ts';
import { hrefOf } from '../../routes.ts';
import { toastOf, useApp, useAppStore } from '../../store/app-store.ts';
import { nearbyTexts as texts } from '../../texts/nearby.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { TextInput } from '../../ui/field.tsx';
import styles from './nearby-panel.module.css';
import { foundRows, type NearbyRow, nearbyRows } from './nearby-rows.ts';

/** From this many on there is a box to find one. */
const manyRows = 9;
const mostShown = 100;

const nobody: NearbyView = { machines: [] };

/** What other computers of the room share, and Fetch: nothing is fetched by itself. */
export function NearbyPanel() {
  const store = useAppStore();
  const nearby = useApp(state => state.nearby) ?? nobody;
  const isOn = useApp(state => state.settings?.catalogue ?? true);
  const { openDialog } = store.getState();
  const [find, setFind] = useState('');
  const rows = useMemo(() => nearbyRows(nearby), [nearby]);
  const found = foundRows(rows, rows.length < manyRows ? '' : find);
  const seen = nearby.machines.filter(({ problem }) => problem === null);
  const typed = nearby.machines.filter(({ isTyped }) => isTyped);
  return (
    <section className={styles.panel} aria-labelledby="nearby" tabIndex={-1} id="nearby-panel">
      <div className={styles.head}>
        <h2 id="nearby">{texts.title}</h2>
        <p>{rows.length === 0 ? texts.noShares : texts.summary(rows.length, seen.length)}</p>
        {rows.length < manyRows ? null : (
          <TextInput
            className={styles.find}
            type="search"
            aria-label={texts.find}
            placeholder={texts.find}
            value={find}
            onChange={event => setFind(event.currentTarget.value)}
          />
        )}
      </div>
      {rows.length > 0 ? (
        <ul>
          {found.slice(0, mostShown).map(row => (
            <Row key={row.infoHash} row={row} />
          ))}
        </ul>
      ) : (
        <div className={styles.empty}>
          {seen.length > 0 ? (
            <p>{texts.others(seen.map(({ name }) => name))}</p>
          ) : (
            <>
              <h3>{texts.emptyTitle}</h3>
              <p>{texts.emptyText}</p>
            </>
          )}
        </div>
      )}
      {rows.length > 0 && found.length === 0 ? <p className={styles.note}>{texts.noneFound(find)}</p> : null}
      {found.length > mostShown ? (
        <p className={styles.note}>{texts.more(found.length - mostShown)}</p>
      ) : null}
      {typed.length === 0 ? null : (
        <ul className={styles.typed} aria-label={texts.typed}>
          {typed.map(machine => (
            <TypedRow key={machine.address} machine={machine} />
          ))}
        </ul>
      )}
      {isOn ? null : <p className={styles.note}>{texts.off}</p>}
      <div className={styles.foot}>
        <a href={hrefOf({ page: 'network' })}>{texts.check}</a>
        <Button size="small" onClick={() => openDialog({ kind: 'add-machine' })}>
          {texts.enter}
        </Button>
      </div>
    </section>
  );
}

function Row({ row }: { readonly row: NearbyRow }) {
  const store = useAppStore();
  const [busy, setBusy] = useState(false);
  const { name, infoHash, totalLength, fileCount, whole, inPart, listedAs } = row;
  const fetchIt = () => {
    const { bridge, toast } = store.getState();
    setBusy(true);
    bridge
      .ask('takeNearby', { infoHash, folder: null })
      .catch(toastOf(toast))
      .finally(() => setBusy(false));
  };
  const who = [
    ...whole.map(machine => texts.who(machine, 1)),
    ...inPart.map(({ name: machine, progress }) => texts.who(machine, progress)),
  ];
  const Picture = fileCount > 1 ? Folder : File;
  return (
    <li className={styles.row}>
      <Picture size={24} strokeWidth={1.25} aria-hidden="true" />
      <div className={styles.text} title={`${name}\n${who.join('\n')}`}>
        <b dir="auto">{name}</b>
        <small>{texts.what(totalLength, fileCount) + texts.whoHas(whole, inPart)}</small>
      </div>
      {listedAs === null ? (
        <Button size="small" busy={busy} aria-label={texts.fetchNamed(name)} onClick={fetchIt}>
          <Download size={14} aria-hidden="true" /> {texts.fetch}
        </Button>
      ) : (
        <a
          className={styles.listed}
          href={hrefOf({ page: 'swarm', swarm: listedAs, peer: null })}
          aria-label={texts.listedNamed(name)}
        >
          {texts.listed}
        </a>
      )}
    </li>
  );
}

function TypedRow({ machine }: { readonly machine: NearbyMachine }) {
  const store = useAppStore();
  const { name, address, problem } = machine;
  const remove = () => {
    const { bridge, toast } = store.getState();
    bridge.ask('removeMachine', { address }).catch(toastOf(toast));
  };
  return (
    <li className={styles.typedRow}>
      <div>
        <b>{name === '' ? address : name}</b>
        {name === '' || name === address ? null : <small>{address}</small>}
        {problem === null ? null : <p className={styles.problem}>{problem}</p>}
      </div>
      <IconButton label={texts.remove(name === '' ? address : name)} onClick={remove}>
        <X size={14} aria-hidden="true" />
      </IconButton>
    </li>
  );
}
