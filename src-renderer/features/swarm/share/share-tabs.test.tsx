// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import type { SwarmSummary } from '../../../../src-shared/contract.ts';
import type { ShareView } from '../../../../src-shared/share.ts';
import type { FakeOptions } from '../../../testing/fake-bridge.ts';
import { type Rendered, render } from '../../../testing/render.tsx';
import { shareAnswers, shareSummary, shareSwarm, shareView } from '../../../testing/share-scenes.ts';
import { createSwarmStore, type ShareTab } from '../swarm-store.ts';
import { SwarmContext } from '../use-swarm.ts';
import { ShareTabs } from './share-tabs.tsx';
import { ShareProvider } from './use-share.tsx';

async function open(tab: ShareTab, change: Partial<ShareView> = {}, more: FakeOptions = {}) {
  const summary: SwarmSummary = shareSwarm('week', 'Week 07 dataset');
  const store = createSwarmStore('week', '1');
  store.getState().setTab(tab);
  const page = await render(
    <SwarmContext value={store}>
      <ShareProvider swarm="week">
        <ShareTabs summary={summary}>panels</ShareTabs>
      </ShareProvider>
    </SwarmContext>,
    { swarms: [summary], shares: { week: shareView(change) }, answers: shareAnswers, ...more },
  );
  // The first update comes a moment after the topic is followed.
  await page.during(() => {});
  return page;
}

function asked(page: Rendered, command: string) {
  return page.bridge.asked.filter(each => each.command === command).map(({ question }) => question);
}

function active(page: Rendered) {
  return document.getElementById(page.find('[role=tree]').getAttribute('aria-activedescendant') ?? '');
}

describe('the files of a share', () => {
  it('tell what is here, and change their priority by a key, a folder’s together', async () => {
    const page = await open('files');
    const tree = page.find('[role=tree]');
    expect(active(page)?.getAttribute('aria-label')).toMatch(
      /^Week 07 dataset, folder of 28 files, 545\.5 MiB, \d+ %, mixed$/,
    );
    await page.press('ArrowDown', tree);
    expect(active(page)?.getAttribute('aria-label')).toMatch(/^frames, folder of 24 files, .*, normal$/);
    await page.press('h', tree);
    expect(asked(page, 'setFilePriorities')).toEqual([
      { swarm: 'week', files: Array.from({ length: 24 }, (_, at) => at + 1), priority: 'high' },
    ]);
    // It is shown before the app has said so, and goes by the app once it has.
    expect(active(page)?.getAttribute('aria-label')).toMatch(/, high$/);
    await page.during(() => page.bridge.changeShare('week', { priorities: new Uint8Array(28).fill(1) }));
    expect(active(page)?.getAttribute('aria-label')).toMatch(/, low$/);
    await page.press(' ', tree);
    expect(asked(page, 'setFilePriorities').at(-1)).toMatchObject({ priority: 'skip' });
    await page.unmount();
  });

  it('open and close a folder on a double click, but not where it is on its box', async () => {
    const page = await open('files');
    const doubleClick = (element: Element) =>
      page.during(() => element.dispatchEvent(new MouseEvent('dblclick', { bubbles: true })));
    const folder = () => page.find('[role=treeitem][aria-label^="frames"]');
    await doubleClick(folder());
    expect(folder().getAttribute('aria-expanded')).toBe('true');
    for (const button of folder().querySelectorAll('button')) await doubleClick(button);
    expect(folder().getAttribute('aria-expanded')).toBe('true');
    await page.unmount();
  });

  it('are fetched in order when that is switched on', async () => {
    const page = await open('files');
    await page.click(page.find('[role=switch]'));
    expect(asked(page, 'setShareOptions')).toEqual([{ swarm: 'week', sequential: true }]);
    await page.unmount();
  });

  it('are waited for while a link is all that is known', async () => {
    const page = await open('files', { files: [] });
    expect(page.container.textContent).toContain('told when somebody is found who knows them');
    await page.unmount();
  });

  it('are waited for while they are hashed', async () => {
    const page = await open('files', { files: [], summary: shareSummary({ infoHash: '' }) });
    expect(page.container.textContent).toContain('listed here once they are read');
    await page.unmount();
  });
});

describe('the trackers of a share', () => {
  it('are told tier by tier, and asked at once on demand', async () => {
    const page = await open('trackers');
    const rows = [...page.container.querySelectorAll('tbody tr')].map(row => row.textContent);
    expect(rows).toHaveLength(3);
    expect(rows[2]).toContain('FailedIt does not answer: connection refused.');
    await page.click(page.named('Ask now'));
    expect(asked(page, 'announceNow')).toEqual([{ swarm: 'week' }]);
    await page.unmount();
  });

  it('can be edited, and what is no tracker is refused at its line', async () => {
    const page = await open('trackers');
    await page.click(page.named('Edit the list'));
    const field = page.find<HTMLTextAreaElement>('dialog textarea');
    expect(field.value.split('\n')).toHaveLength(4);
    const type = (text: string) =>
      page.during(() => {
        Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value')?.set?.call(field, text);
        field.dispatchEvent(new Event('input', { bubbles: true }));
      });
    const save = () =>
      page.during(() => {
        page.find('dialog form').dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
      });
    await type('nonsense');
    await save();
    expect(asked(page, 'setShareOptions')).toEqual([]);
    expect(page.container.textContent).toContain('Line 1 is no tracker address');
    await type('http://lab:6969/announce');
    await save();
    expect(asked(page, 'setShareOptions')).toEqual([
      { swarm: 'week', trackers: [['http://lab:6969/announce']] },
    ]);
    expect(page.container.querySelector('dialog')).toBeNull();
    await page.unmount();
  });

  it('are missed by a private share', async () => {
    const view = shareView();
    const page = await open('trackers', {
      trackers: [],
      summary: { ...view.summary, isPrivate: true },
    });
    expect(page.container.textContent).toContain('without a tracker nobody finds it');
    await page.unmount();
  });
});

describe('the details of a share', () => {
  it('change its limits and the ratio at which it stops', async () => {
    const page = await open('details');
    const [down, up, ratio] = page.container.querySelectorAll<HTMLInputElement>('[role=switch]');
    expect(down?.checked).toBe(true);
    await page.click(up!);
    await page.click(ratio!);
    expect(asked(page, 'limitShare')).toEqual([
      { swarm: 'week', uploadBytesPerSecond: 1_000_000, downloadBytesPerSecond: 4_000_000 },
    ]);
    expect(asked(page, 'setShareOptions')).toEqual([{ swarm: 'week', seedRatio: 1 }]);
    await page.unmount();
  });

  it.each(['dialog', 'browse'] as const)('offer its folder where it can be shown: %s', async choosing => {
    const page = await open('details', {}, { about: { choosing } });
    expect(page.container.textContent?.includes('Show folder')).toBe(choosing === 'dialog');
    await page.unmount();
  });
});

describe('a share that does not run', () => {
  it('says why, where its swarm would be', async () => {
    const page = await open('swarm');
    expect(page.container.textContent).toContain('Nothing travels at the moment');
    await page.unmount();
  });
});
