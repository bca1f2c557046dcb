// @vitest-environment happy-dom
import { useState } from 'react';
import { describe, expect, it } from 'vitest';
import { render } from '../testing/render.tsx';
import { indexAfterKey, TabPanel, Tabs } from './tabs.tsx';

const tabs = [
  { value: 'a', label: 'First' },
  { value: 'b', label: 'Second' },
  { value: 'c', label: 'Third' },
] as const;

function Deck() {
  const [value, setValue] = useState<'a' | 'b' | 'c'>('a');
  return (
    <>
      <Tabs id="deck" label="Deck" tabs={tabs} value={value} onChange={setValue} />
      <TabPanel id="deck" value={value}>
        {value}
      </TabPanel>
    </>
  );
}

describe('tabs', () => {
  it('are moved through by arrow keys, Home and End, round at the ends', async () => {
    const page = await render(<Deck />);
    page.named('First').focus();
    const chosen = () => page.find('[aria-selected=true]').textContent;
    for (const [key, expected] of [
      ['ArrowRight', 'Second'],
      ['End', 'Third'],
      ['ArrowRight', 'First'],
      ['ArrowLeft', 'Third'],
      ['Home', 'First'],
    ]) {
      await page.press(key!);
      expect(chosen()).toBe(expected);
      expect(document.activeElement?.textContent).toBe(expected);
    }
    await page.unmount();
  });

  it('have one way in by Tab, and name their panel', async () => {
    const page = await render(<Deck />);
    await page.click(page.named('Second'));
    const reachable = [...page.container.querySelectorAll('[role=tab]')].filter(
      tab => (tab as HTMLElement).tabIndex === 0,
    );
    expect(reachable.map(tab => tab.textContent)).toEqual(['Second']);
    expect(page.find('[role=tabpanel]').getAttribute('aria-labelledby')).toBe(reachable[0]?.id);
    await page.unmount();
  });

  it('do nothing for other keys', () => {
    expect(indexAfterKey('x', 0, 3)).toBeUndefined();
    expect(indexAfterKey('ArrowDown', 0, 0)).toBeUndefined();
  });
});
