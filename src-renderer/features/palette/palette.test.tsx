// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { render } from '../../testing/render.tsx';
import { busySwarms } from '../../testing/scenes.ts';
import { Palette } from './palette.tsx';

async function open() {
  const page = await render(<Palette />, { swarms: busySwarms });
  const box = page.find<HTMLInputElement>('[role=combobox]');
  const active = () => document.getElementById(box.getAttribute('aria-activedescendant') ?? '')?.textContent;
  return { ...page, box, active };
}

describe('the palette', () => {
  it('has the focus in its box, and moves through the list by arrow keys', async () => {
    const page = await open();
    expect(document.activeElement).toBe(page.box);
    expect(page.active()).toContain('TheFile.dat');
    await page.press('ArrowDown', page.box);
    expect(page.active()).toContain('tree.jpg');
    await page.press('ArrowUp', page.box);
    await page.press('ArrowUp', page.box);
    expect(page.active()).toContain('Peer 1007');
    await page.unmount();
  });

  it('goes where Enter says', async () => {
    const page = await open();
    await page.type(page.box, 'demo 1004');
    await page.press('Enter', page.box);
    expect(page.store.getState().route).toEqual({ page: 'swarm', swarm: 'demo', peer: '1004' });
    await page.unmount();
  });

  it('hands a piece to the swarm page that is shown', async () => {
    const page = await open();
    const pieces: number[] = [];
    await page.during(() => {
      page.store.setState({ route: { page: 'swarm', swarm: 'the-file', peer: null } });
      page.store.getState().lendSwarmPage({ goToPiece: piece => pieces.push(piece) });
    });
    await page.type(page.box, 'piece 17');
    await page.press('Enter', page.box);
    expect(pieces).toEqual([17]);
    await page.unmount();
  });

  it('says so when nothing fits, and Enter does nothing', async () => {
    const page = await open();
    await page.type(page.box, 'zebra');
    expect(page.container.textContent).toContain('Nothing is called "zebra".');
    await page.press('Enter', page.box);
    expect(page.store.getState().route).toEqual({ page: 'home' });
    await page.unmount();
  });
});
