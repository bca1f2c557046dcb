import './theme/tokens.css';
import './theme/base.css';
import { createRoot } from 'react-dom/client';
import { defaultSettings } from '../src-shared/settings.ts';
import { App } from './app.tsx';
import { draftOf } from './features/lab/draft.ts';
import { createAppStore, type OpenDialog } from './store/app-store.ts';
import { createFakeBridge, type FakeBridge } from './testing/fake-bridge.ts';
import { labAnswers, labPlan, labReport, wrongPlan } from './testing/lab-scenes.ts';
import { answers, busySwarms, place, plainFile } from './testing/scenes.ts';
import { shareJournalOf } from './testing/share-run.ts';
import {
  hugeShareView,
  hugeTorrent,
  magnetOf,
  nearbyView,
  networkView,
  shareAnswers,
  sharePeers,
  shareSummary,
  shareSwarm,
  shareSwarms,
  shareView,
  torrentFound,
} from './testing/share-scenes.ts';

/**
 * The screen over made-up states, for looking at it while it is built; no part of the app.
 * `?scene=empty|busy|shares|errors|huge`, `&open=share|several|folder|magnet|paste|torrent|huge|link|remove|machine` for a dialog,
 * `&lab=30|wrong` for a plan and `&report=1` for a report on `#/lab` and `#/lab/report`,
 * `&fresh=1` for a share that was just made, `&choosing=browse`, `&introduced=1`, `&theme=dark`; `&journals=URL/` plays `URL/1001.jsonl` and so on
 * as a swarm, `&peers=1001,1002` of them, or with `&as=share` `URL/replay.jsonl` as a share, from `&from=SECONDS` on, `&speed=0` to hold it there.
 */
declare global {
  interface Window {
    fake?: FakeBridge;
  }
}

const query = new URLSearchParams(location.search);
const number = (name: string, otherwise: number) => Number(query.get(name) ?? otherwise);

async function journals() {
  const folder = query.get('journals');
  if (folder === null) return [];
  const peers = (query.get('peers') ?? '1003').split(',');
  if (query.get('as') === 'share') {
    const text = await (await fetch(`${folder}replay.jsonl`)).text();
    return [
      {
        swarm: 'played',
        kind: 'share' as const,
        name: 'Week 07 dataset',
        share: shareSummary({ fileCount: 28, magnet: magnetOf('Week 07 dataset') }),
        journals: [{ peer: '1', text: shareJournalOf(text, sharePeers) }],
        untilMs: number('from', 30) * 1000,
      },
    ];
  }
  const texts = peers.map(async peer => ({
    peer,
    text: await (await fetch(`${folder}${peer}.jsonl`)).text(),
  }));
  return [
    {
      swarm: 'played',
      kind: peers.length > 1 ? ('demo' as const) : ('course' as const),
      name: 'TheFile.dat',
      journals: await Promise.all(texts),
      untilMs: number('from', 30) * 1000,
    },
  ];
}

const scene = query.get('scene') ?? 'busy';
const scenes = {
  empty: [],
  busy: busySwarms,
  shares: [...shareSwarms.slice(0, 4), ...busySwarms.slice(0, 1)],
  errors: [...shareSwarms, ...busySwarms],
  huge: [shareSwarm('huge', hugeTorrent.name, { fileCount: hugeTorrent.files.length })],
} as const;
const several = [place('slides.pdf'), place('code'), place('recording-1.mp4'), place('recording-2.mp4')];
const dialogs: Readonly<Record<string, OpenDialog>> = {
  share: {
    kind: 'share',
    offer: {
      places: [plainFile.place],
      size: plainFile.size,
      fileCount: 1,
      suggestedPieceSize: plainFile.suggestedPieceSize,
      courseFile: plainFile,
      isCopy: false,
    },
  },
  folder: {
    kind: 'share',
    offer: {
      places: [place('Week 07 dataset')],
      size: 812_000_000,
      fileCount: 214,
      suggestedPieceSize: 524_288,
      courseFile: null,
      isCopy: false,
    },
  },
  several: {
    kind: 'share',
    offer: {
      places: [...several, ...several.map(other => ({ ...other, token: `${other.token}-2` }))],
      size: null,
      fileCount: null,
      suggestedPieceSize: null,
      courseFile: null,
      isCopy: false,
    },
  },
  magnet: {
    kind: 'magnet',
    link: `${magnetOf('Week 07 dataset')}&tr=http%3A%2F%2Ftracker.lab%3A6969%2Fannounce`,
  },
  paste: { kind: 'magnet', link: '' },
  torrent: { kind: 'torrent', found: torrentFound },
  huge: { kind: 'torrent', found: { ...torrentFound, torrent: hugeTorrent } },
  link: { kind: 'link', swarm: 'ubuntu' },
  remove: { kind: 'remove', swarm: shareSwarms[1]! },
  machine: { kind: 'add-machine' },
};

const theme = query.get('theme');
const bridge = createFakeBridge({
  swarms: scenes[scene as keyof typeof scenes] ?? [],
  nearby: scene === 'empty' || scene === 'busy' ? { machines: [] } : nearbyView,
  network: networkView,
  shares: {
    ...Object.fromEntries(
      [...shareSwarms.map(({ swarm }) => swarm), 'played'].map(swarm => [swarm, shareView()]),
    ),
    ...(scene === 'huge' ? { huge: hugeShareView() } : {}),
  },
  journals: await journals(),
  recent:
    scene === 'empty'
      ? []
      : [
          { ...place('course/week-7'), name: 'week-7', peer: '1003' },
          {
            ...place('course/a-folder-with-a-name-that-is-longer-than-its-row-is-wide-by-far'),
            peer: '1001',
          },
        ],
  about: { choosing: query.get('choosing') === 'browse' ? 'browse' : 'dialog' },
  settings: {
    introduced: query.has('introduced'),
    theme: theme === 'dark' || theme === 'light' ? theme : 'system',
  },
  answers: { ...answers, ...shareAnswers, ...labAnswers },
  dropped: [place('compiler-toolchain.tar.zst', 'file')],
});
window.fake = bridge;

const speed = number('speed', 1);
const startedAt = performance.now();
if (speed > 0) {
  setInterval(() => bridge.play(number('from', 30) * 1000 + (performance.now() - startedAt) * speed), 100);
}

const store = createAppStore(bridge, {
  hash: location.hash,
  prefersDark: false,
  setHash: hash => {
    location.hash = hash;
  },
});
const dialog = dialogs[query.get('open') ?? ''];
if (dialog !== undefined) store.getState().openDialog(dialog);
const lab = query.get('lab');
if (lab !== null) {
  const plan = lab === 'wrong' ? wrongPlan : labPlan(Number(lab));
  store
    .getState()
    .lab.getState()
    .begin(draftOf({ plan, common: null }, defaultSettings), []);
}
if (query.has('report')) {
  const html = place('Documents/Piecewise/lab-report.html');
  store.getState().lab.setState({ report: { report: labReport(), html } });
}
if (query.has('fresh')) store.getState().setFresh('week');
const root = document.getElementById('root');
if (root !== null) createRoot(root).render(<App store={store} />);
