// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { render } from '../../testing/render.tsx';
import { nearbyView, networkView } from '../../testing/share-scenes.ts';
import { NetworkPage } from './network-page.tsx';
import { lastTextOf, networkSentence } from './network-words.ts';

describe('the network check', () => {
  it('tells each way with its state in a word, and what to do', async () => {
    const page = await render(<NetworkPage />, { network: networkView, nearby: nearbyView });
    await page.during(() => {});
    const ways = [...page.container.querySelectorAll('h3')].map(({ textContent }) => textContent);
    expect(ways).toHaveLength(networkView.mechanisms.length);
    expect(ways[4]).toBe('Trackers of shares Not working');
    expect(page.container.textContent).toContain('10.14.3.21:6881');
    expect(page.container.textContent).toContain('[fe80::a00:27ff:fe4e:66a1]:6881');
    await page.unmount();
  });

  it('says so where the app cannot tell', async () => {
    const page = await render(<NetworkPage />);
    await page.during(() => {});
    expect(page.find('[role=alert]').textContent).toContain('There is no network here.');
    await page.unmount();
  });

  it('comes to a sentence', () => {
    expect(networkSentence(networkView, 3)).toEqual({
      lead: 'One way does not work',
      rest: ': trackers of shares; below is what to do',
    });
    const fine = {
      ...networkView,
      mechanisms: networkView.mechanisms.filter(({ state }) => state !== 'failed'),
    };
    expect(networkSentence(fine, 3).lead).toBe('3 other computers are seen');
    expect(networkSentence(fine, 0).lead).toBe('Nobody else is seen');
  });

  it('says when something was heard last, also when a clock went back', () => {
    expect(lastTextOf(-50)).toBe('now');
    expect(lastTextOf(1500)).toBe('now');
    expect(lastTextOf(12_400)).toBe('12 s ago');
    expect(lastTextOf(5_000)).toBe('5 s ago');
  });
});
