import {
  Ellipsis,
  FileDown,
  FolderOpen,
  Link,
  Pause,
  Play,
  SquareArrowOutUpRight,
  SquareStop,
  Trash2,
} from 'lucide-react';
import { type KeyboardEvent, memo, type RefObject, useRef } from 'react';
import type { SwarmSummary } from '../../../src-shared/contract.ts';
import { formatShortRate } from '../../../src-shared/units.ts';
import { hrefOf } from '../../routes.ts';
import { type AppStore, canReveal, toastOf, useApp, useAppStore } from '../../store/app-store.ts';
import { homeTexts as texts } from '../../texts/home.ts';
import { sharesTexts } from '../../texts/shares.ts';
import { IconButton } from '../../ui/button.tsx';
import { Chip } from '../../ui/chip.tsx';
import { classes } from '../../ui/classes.ts';
import { TextInput } from '../../ui/field.tsx';
import { Glyph } from '../../ui/glyph.tsx';
import { rowAfterKey } from '../../ui/list-keys.ts';
import { Menu, type MenuItem } from '../../ui/menu.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { ProgressRing } from '../../ui/progress-ring.tsx';
import { canResume, copyLink, togglePause } from '../shares/actions.ts';
import { FreshLink } from '../shares/fresh-link.tsx';
import { shareMenuItems } from '../shares/share-menu.tsx';
import { allAtOnce, listedShares, type ShareOrder, shareOrders } from './share-list.ts';
import { barTone, rowOf } from './swarm-row.ts';
import styles from './swarm-rows.module.css';

/** From this many on there is a box to find one, and a choice of their order. */
const manyShares = 9;

export interface SwarmRowsProps {
  readonly kind: SwarmSummary['kind'];
  readonly swarms: readonly SwarmSummary[];
}

/** The swarms of one kind, a row each. */
export function SwarmRows({ kind, swarms }: SwarmRowsProps) {
  const { title, subtitle } = texts.groups[kind];
  const listing = useApp(state => state.shareListing);
  const isMany = kind === 'share' && swarms.length >= manyShares;
  const listed = isMany ? listedShares(swarms, listing) : swarms;
  const openDialog = useApp(state => state.openDialog);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const links = [...event.currentTarget.querySelectorAll('a')];
    const at = links.indexOf(event.target as HTMLAnchorElement);
    const swarm = listed[at];
    if (swarm === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    const next = rowAfterKey(event.key, at, links.length);
    if (next !== undefined) links[next]?.focus();
    else if (event.key === 'Delete') openDialog({ kind: 'remove', swarm });
    else return;
    event.preventDefault();
  };
  return (
    <section className={classes(styles.group, styles[kind])} aria-labelledby={`group-${kind}`}>
      <div className={styles.head}>
        <h2 id={`group-${kind}`}>{title}</h2>
        <p>{subtitle}</p>
        {kind === 'share' && swarms.length > 1 ? (
          <div className={styles.tools}>
            {isMany ? <Listing /> : null}
            <MenuOfAll shares={swarms} />
          </div>
        ) : null}
      </div>
      <ul id={kind === 'share' ? 'shares' : undefined} onKeyDown={onKeyDown}>
        {listed.map(swarm => (
          <Row key={swarm.swarm} swarm={swarm} />
        ))}
      </ul>
      {listed.length === 0 ? <p className={styles.note}>{texts.shares.noneFound(listing.find)}</p> : null}
    </section>
  );
}

/** Finds a share by its name, and says how they stand. */
function Listing() {
  const { find, order } = useApp(state => state.shareListing);
  const listShares = useApp(state => state.listShares);
  return (
    <>
      <TextInput
        className={styles.find}
        type="search"
        aria-label={texts.shares.findLabel}
        placeholder={texts.shares.find}
        value={find}
        onChange={event => listShares({ find: event.currentTarget.value })}
      />
      <select
        className={styles.order}
        aria-label={texts.shares.order}
        title={texts.shares.order}
        value={order}
        onChange={event => listShares({ order: event.currentTarget.value as ShareOrder })}
      >
        {shareOrders.map(value => (
          <option key={value} value={value}>
            {texts.shares.orders[value]}
          </option>
        ))}
      </select>
    </>
  );
}

/** What is done with all shares at once. */
function MenuOfAll({ shares }: { readonly shares: readonly SwarmSummary[] }) {
  const store = useAppStore();
  const { bridge, toast } = store.getState();
  const { pausable, resumable } = allAtOnce(shares);
  const askOfEach = (command: 'pauseShare' | 'resumeShare', swarms: readonly string[]) => () => {
    for (const swarm of swarms) bridge.ask(command, { swarm }).catch(toastOf(toast));
  };
  return (
    <Menu
      label={texts.shares.all}
      icon={<Ellipsis size={16} aria-hidden="true" />}
      items={() => [
        {
          label: texts.shares.pauseAll,
          icon: <Pause size={16} aria-hidden="true" />,
          hint: texts.shares.several(pausable.length),
          disabled: pausable.length === 0,
          onChoose: askOfEach('pauseShare', pausable),
        },
        {
          label: texts.shares.resumeAll,
          icon: <Play size={16} aria-hidden="true" />,
          hint: texts.shares.several(resumable.length),
          disabled: resumable.length === 0,
          onChoose: askOfEach('resumeShare', resumable),
        },
      ]}
    />
  );
}

const Row = memo(function Row({ swarm }: { readonly swarm: SwarmSummary }) {
  const { kind, name, peers, firstPeer, notices, share } = swarm;
  const isFresh = useApp(state => state.fresh === swarm.swarm);
  const row = rowOf(swarm);
  const { lead, rest } = row.sentence;
  const area = useRef<HTMLLIElement>(null);
  return (
    <li ref={area} className={styles.row}>
      <ProgressRing share={row.share} state={row.state} />
      <div className={styles.what}>
        <div className={styles.name}>
          <a
            dir="auto"
            href={hrefOf({ page: 'swarm', swarm: swarm.swarm, peer: null })}
            title={`${name}\n${swarm.folder}`}
          >
            {name}
          </a>
          {share === null ? (
            <Chip>{kind === 'demo' ? texts.peers(peers.length) : texts.peer(firstPeer)}</Chip>
          ) : share.isPrivate ? (
            <Chip title={sharesTexts.privateTitle}>{sharesTexts.isPrivate}</Chip>
          ) : null}
          {notices.length === 0 ? null : (
            <Chip tone="warning" title={notices.join('\n')}>
              {texts.notices(notices.length)}
            </Chip>
          )}
        </div>
        <p className={classes(styles.sentence, row.isTrouble && styles.wrapped)} title={lead + rest}>
          <span className={row.isTrouble ? styles.trouble : undefined}>{lead}</span>
          {rest}
        </p>
      </div>
      <div className={styles.progress}>
        <div>
          <b>{texts.percent(row.share)}</b>
          <span>{row.counted}</span>
        </div>
        <ProgressBar share={row.share} label={texts.progressOf(name)} tone={barTone(row)} height={6} />
      </div>
      <Figure label={texts.down} glyph="serves-us" text={rateText(row.down)} isIdle={!row.down} />
      <Figure label={texts.up} glyph="preferred" text={rateText(row.up)} isIdle={!row.up} />
      <Figure
        label={kind === 'demo' ? texts.running : kind === 'share' ? texts.peersLabel : texts.connected}
        text={row.connected ?? texts.noRate}
        isIdle={!row.isRunning}
        className={styles.connected}
      />
      <div className={styles.actions}>
        {share === null ? null : <QuickActions swarm={swarm} />}
        <RowMenu swarm={swarm} isRunning={row.isRunning} area={area} />
      </div>
      {isFresh && share?.magnet != null && row.state !== 'working' ? (
        <FreshLink swarm={swarm} magnet={share.magnet} />
      ) : null}
    </li>
  );
});

/** What is done most with a share, without opening its menu. */
function QuickActions({ swarm }: { readonly swarm: SwarmSummary }) {
  const store = useAppStore();
  const { name, share } = swarm;
  const magnet = share?.magnet ?? null;
  return (
    <>
      <IconButton
        label={sharesTexts.copyNamed(name)}
        disabled={magnet === null}
        onClick={() => magnet !== null && copyLink(store, magnet)}
      >
        <Link size={16} aria-hidden="true" />
      </IconButton>
      <IconButton
        label={canResume(share) ? sharesTexts.resumeNamed(name) : sharesTexts.pauseNamed(name)}
        onClick={() => togglePause(store, swarm)}
      >
        {canResume(share) ? <Play size={16} aria-hidden="true" /> : <Pause size={16} aria-hidden="true" />}
      </IconButton>
    </>
  );
}

interface FigureProps {
  readonly label: string;
  readonly glyph?: 'serves-us' | 'preferred';
  readonly text: string;
  readonly isIdle: boolean;
  readonly className?: string | undefined;
}

function Figure({ label, glyph, text, isIdle, className }: FigureProps) {
  return (
    <div className={classes(styles.figure, isIdle && styles.idle, className)}>
      <small>
        {glyph === undefined ? null : <Glyph name={glyph} size={10} />}
        {label}
      </small>
      {text}
    </div>
  );
}

function rateText(rate: number | null): string {
  if (rate === null) return texts.noRate;
  return rate < 50 ? '0' : formatShortRate(rate);
}

interface RowMenuProps {
  readonly swarm: SwarmSummary;
  readonly isRunning: boolean;
  readonly area: RefObject<HTMLElement | null>;
}

function RowMenu({ swarm, isRunning, area }: RowMenuProps) {
  const store = useAppStore();
  return (
    <Menu
      label={texts.more(swarm.name)}
      icon={<Ellipsis size={16} aria-hidden="true" />}
      area={area}
      items={() => [
        {
          label: texts.menu.open,
          icon: <SquareArrowOutUpRight size={16} aria-hidden="true" />,
          onChoose: () => store.getState().go({ page: 'swarm', swarm: swarm.swarm, peer: null }),
        },
        ...(swarm.kind === 'share' ? shareMenuItems(store, swarm) : courseMenuItems(store, swarm, isRunning)),
      ]}
    />
  );
}

/** What can be done with a swarm that is no share. */
function courseMenuItems(store: AppStore, swarm: SwarmSummary, isRunning: boolean): readonly MenuItem[] {
  const { bridge, openDialog, toast } = store.getState();
  const refused = toastOf(toast);
  const { swarm: id, kind, firstPeer } = swarm;
  const items: MenuItem[] = [];
  if (kind !== 'replay') {
    items.push(
      {
        label: texts.menu.stop,
        icon: <SquareStop size={16} aria-hidden="true" />,
        disabled: !isRunning,
        onChoose: () => {
          bridge.ask('stopSwarm', { swarm: id }).catch(refused);
        },
      },
      {
        label: texts.menu.saveJournal,
        icon: <FileDown size={16} aria-hidden="true" />,
        hint: kind === 'demo' ? texts.peer(firstPeer) : undefined,
        onChoose: () => {
          bridge
            .ask('saveJournal', { swarm: id, peer: firstPeer })
            .then(({ file }) => toast({ tone: 'info', title: texts.saved(file.path), problems: [] }))
            .catch(refused);
        },
      },
    );
  }
  if (canReveal(store.getState())) {
    items.push({
      label: texts.menu.showFolder,
      icon: <FolderOpen size={16} aria-hidden="true" />,
      onChoose: () => {
        bridge.ask('revealFolder', { swarm: id }).catch(refused);
      },
    });
  }
  items.push({
    label: texts.menu.remove,
    icon: <Trash2 size={16} aria-hidden="true" />,
    tone: 'danger',
    apart: true,
    onChoose: () => openDialog({ kind: 'remove', swarm }),
  });
  return items;
}
