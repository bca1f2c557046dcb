// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { render } from '../../testing/render.tsx';
import { nearbyView, shareAnswers } from '../../testing/share-scenes.ts';
import { AddMachineDialog } from './add-machine-dialog.tsx';
import { NearbyPanel } from './nearby-panel.tsx';

describe('what is nearby', () => {
  it('is fetched when the user says so, and goes where it is on the list', async () => {
    const page = await render(<NearbyPanel />, { nearby: nearbyView, answers: shareAnswers });
    await page.click(page.named('Fetch Assignment 4 starter'));
    expect(page.bridge.asked.at(-1)).toMatchObject({ command: 'takeNearby', question: { folder: null } });
    const listed = page.named('ubuntu-lab-image.iso is on your list; go there');
    expect(listed.getAttribute('href')).toBe('#/swarm/ubuntu');
    await page.unmount();
  });

  it('has computers that were entered by hand, and why one shows nothing', async () => {
    const page = await render(<NearbyPanel />, { nearby: nearbyView, answers: shareAnswers });
    expect(page.container.textContent).toContain('It does not answer');
    await page.click(page.named('Take 10.20.0.5 off'));
    expect(page.bridge.asked.at(-1)).toEqual({
      command: 'removeMachine',
      question: { address: '10.20.0.5' },
    });
    await page.unmount();
  });

  it('says what is needed when there is nobody', async () => {
    const page = await render(<NearbyPanel />);
    expect(page.container.textContent).toContain('Nobody else is seen');
    expect(page.named('Network check').getAttribute('href')).toBe('#/network');
    await page.unmount();
  });
});

describe('entering an address', () => {
  it('says what is none, and asks for what is one', async () => {
    const page = await render(<AddMachineDialog />, { answers: shareAnswers });
    const field = page.find<HTMLInputElement>('input');
    const submit = () =>
      page.during(() => {
        page.find('form').dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
      });
    await page.type(field, 'lab 07');
    await submit();
    expect(field.getAttribute('aria-invalid')).toBe('true');
    await page.type(field, 'lab-07:6881');
    await submit();
    expect(page.bridge.asked.at(-1)).toEqual({
      command: 'addMachine',
      question: { address: 'lab-07:6881' },
    });
    await page.unmount();
  });
});
