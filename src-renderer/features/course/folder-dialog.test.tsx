// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { render } from '../../testing/render.tsx';
import { answers, brokenFolder, courseFolder } from '../../testing/scenes.ts';
import { FolderDialog } from './folder-dialog.tsx';

describe('the dialog of a course folder', () => {
  it('starts as the guessed peer, and goes to its swarm', async () => {
    const page = await render(<FolderDialog found={courseFolder} />, {
      answers: { startCourse: () => ({ swarm: 'new' }) },
    });
    expect(page.find<HTMLInputElement>('input[value="1003"]').checked).toBe(true);
    await page.click(page.named('Start as 1003'));
    expect(page.bridge.asked.at(-1)).toEqual({
      command: 'startCourse',
      question: { folder: courseFolder.place.token, peer: '1003' },
    });
    expect(page.store.getState().route).toEqual({ page: 'swarm', swarm: 'new', peer: null });
    await page.unmount();
  });

  it('starts as another peer that was picked, never as one that runs', async () => {
    const page = await render(<FolderDialog found={courseFolder} />, {
      answers: { startCourse: () => ({ swarm: 'new' }) },
    });
    expect(page.find<HTMLInputElement>('input[value="1002"]').disabled).toBe(true);
    await page.click(page.find('input[value="1005"]'));
    await page.click(page.named('Start as 1005'));
    expect(page.bridge.asked.at(-1)?.question).toMatchObject({ peer: '1005' });
    await page.unmount();
  });

  it('says where it happened what was refused', async () => {
    const page = await render(<FolderDialog found={courseFolder} />, { answers });
    await page.click(page.named('Start as 1003'));
    expect(page.find('[role=alert]').textContent).toContain('Port 6008 is in use');
    await page.unmount();
  });

  it('shows each problem below its line, and cannot start', async () => {
    const page = await render(<FolderDialog found={brokenFolder} />, { answers });
    expect(page.find<HTMLButtonElement>('button[type=submit]').disabled).toBe(true);
    const wrong = page.find('code[data-line="4"] + p, li:nth-child(4) p');
    expect(page.container.textContent).toContain('"60o8" is no port');
    expect(wrong.parentElement?.textContent).toContain('60o8');
    await page.click(page.named('Read again'));
    expect(page.bridge.asked.at(-1)).toEqual({
      command: 'look',
      question: { place: brokenFolder.place.token },
    });
    await page.unmount();
  });
});
