import {
  ArrowDown,
  ArrowDownToLine,
  ArrowUp,
  ArrowUpToLine,
  FileDown,
  FolderOpen,
  Link,
  Pause,
  Play,
  QrCode,
  Save,
  ScanSearch,
  Trash2,
} from 'lucide-react';
import type { SwarmSummary } from '../../../src-shared/contract.ts';
import { type AppStore, canReveal, toastOf } from '../../store/app-store.ts';
import { homeTexts } from '../../texts/home.ts';
import { sharesTexts } from '../../texts/shares.ts';
import type { MenuItem } from '../../ui/menu.tsx';
import { askOf, canResume, copyLink, saveTorrent, togglePause } from './actions.ts';

const texts = sharesTexts.menu;
const icon = { size: 16, 'aria-hidden': true } as const;

/** Everything that can be done with a share, as its row and its page offer it. */
export function shareMenuItems(store: AppStore, swarm: SwarmSummary): readonly MenuItem[] {
  const { bridge, openDialog, toast } = store.getState();
  const { swarm: id, share, firstPeer } = swarm;
  if (share === null) return [];
  const { magnet } = share;
  const move = (to: 'top' | 'up' | 'down' | 'bottom') => () => {
    bridge.ask('moveInQueue', { swarm: id, to }).catch(toastOf(toast));
  };
  const mayReveal = canReveal(store.getState());
  const hasTape = swarm.peers.some(({ situation }) => situation !== null);
  return [
    canResume(share)
      ? { label: texts.resume, icon: <Play {...icon} />, onChoose: () => togglePause(store, swarm) }
      : { label: texts.pause, icon: <Pause {...icon} />, onChoose: () => togglePause(store, swarm) },
    {
      label: texts.copyLink,
      icon: <Link {...icon} />,
      disabled: magnet === null,
      hint: magnet === null ? texts.noLink : undefined,
      apart: true,
      onChoose: () => {
        if (magnet !== null) copyLink(store, magnet);
      },
    },
    {
      label: texts.qr,
      icon: <QrCode {...icon} />,
      disabled: magnet === null,
      onChoose: () => openDialog({ kind: 'link', swarm: id }),
    },
    {
      label: texts.saveTorrent,
      icon: <Save {...icon} />,
      disabled: share.totalLength === 0,
      onChoose: () => saveTorrent(store, id),
    },
    ...(share.queuePosition === null
      ? []
      : [
          { label: texts.top, icon: <ArrowUpToLine {...icon} />, apart: true, onChoose: move('top') },
          { label: texts.up, icon: <ArrowUp {...icon} />, onChoose: move('up') },
          { label: texts.down, icon: <ArrowDown {...icon} />, onChoose: move('down') },
          { label: texts.bottom, icon: <ArrowDownToLine {...icon} />, onChoose: move('bottom') },
        ]),
    ...(mayReveal
      ? [
          {
            label: texts.openFolder,
            icon: <FolderOpen {...icon} />,
            apart: true,
            onChoose: () => askOf(store, 'revealFolder', id),
          },
        ]
      : []),
    {
      label: texts.recheck,
      icon: <ScanSearch {...icon} />,
      apart: !mayReveal,
      hint: texts.recheckHint,
      disabled:
        share.activity === 'hashing' || share.activity === 'checking' || share.activity === 'metadata',
      onChoose: () => askOf(store, 'recheckShare', id),
    },
    ...(hasTape
      ? [
          {
            label: texts.saveJournal,
            icon: <FileDown {...icon} />,
            onChoose: () => {
              bridge
                .ask('saveJournal', { swarm: id, peer: firstPeer })
                .then(({ file }) => toast({ tone: 'info', title: homeTexts.saved(file.path), problems: [] }))
                .catch(toastOf(toast));
            },
          },
        ]
      : []),
    {
      label: texts.remove,
      icon: <Trash2 {...icon} />,
      tone: 'danger',
      apart: true,
      onChoose: () => openDialog({ kind: 'remove', swarm }),
    },
  ];
}
