import './theme/tokens.css';
import './theme/base.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { createAppStore } from './store/app-store.ts';
import { createFakeBridge, type FakeBridge } from './testing/fake-bridge.ts';
import { answers, busySwarms, place } from './testing/scenes.ts';

/**
 * The screen over made-up states, for looking at it while it is built; no part of the app.
 * `?scene=empty|busy`, `&choosing=browse`, `&introduced=1`, `&theme=dark`; `&journals=URL/` plays `URL/1001.jsonl` and so on
 * as a swarm, `&peers=1001,1002` of them, from `&from=SECONDS` on, `&speed=0` to hold it there.
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

const theme = query.get('theme');
const bridge = createFakeBridge({
  swarms: query.get('scene') === 'empty' ? [] : busySwarms,
  journals: await journals(),
  recent:
    query.get('scene') === 'empty'
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
  answers,
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
const root = document.getElementById('root');
if (root !== null) createRoot(root).render(<App store={store} />);
