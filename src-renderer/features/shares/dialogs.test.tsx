// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { RefusedError } from '../../../src-shared/contract.ts';
import type { ShareOffer } from '../../store/app-store.ts';
import { type Rendered, render } from '../../testing/render.tsx';
import { place, plainFile } from '../../testing/scenes.ts';
import { magnetOf, shareAnswers, shareSwarms, torrentFound } from '../../testing/share-scenes.ts';
import { MagnetDialog } from './magnet-dialog.tsx';
import { RemoveShareDialog } from './remove-share-dialog.tsx';
import { ShareDialog } from './share-dialog.tsx';
import { TorrentDialog } from './torrent-dialog.tsx';

const offer: ShareOffer = {
  places: [plainFile.place],
  size: plainFile.size,
  fileCount: 1,
  suggestedPieceSize: plainFile.suggestedPieceSize,
  courseFile: plainFile,
  isCopy: false,
};

function submit(page: Rendered) {
  return page.during(() => {
    page.find('form').dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
  });
}

function asked(page: Rendered, command: string) {
  return page.bridge.asked.filter(each => each.command === command).map(({ question }) => question);
}

describe('sharing a file', () => {
  it('takes one Enter, and shows its link on Home', async () => {
    const page = await render(<ShareDialog offer={offer} />, { answers: shareAnswers });
    expect(document.activeElement?.textContent).toBe('Share it');
    expect(page.container.textContent).toContain('1,338 pieces of 1 MiB, chosen by size');
    await submit(page);
    expect(asked(page, 'shareFiles')).toEqual([
      { places: [plainFile.place.token], name: null, pieceLength: null, isPrivate: false, trackers: [] },
    ]);
    expect(page.store.getState()).toMatchObject({
      fresh: 'toolchain',
      dialog: null,
      route: { page: 'home' },
    });
    await page.unmount();
  });

  it('promises nobody else a private one', async () => {
    const page = await render(<ShareDialog offer={offer} />);
    expect(page.container.textContent).toContain('Every computer in the room');
    await page.click(page.find('[role=switch]'));
    expect(page.container.textContent).not.toContain('Every computer in the room');
    await page.unmount();
  });

  it('can become a course swarm instead', async () => {
    const page = await render(<ShareDialog offer={offer} />);
    await page.click(page.named('Make a course swarm instead'));
    expect(page.store.getState().dialog).toEqual({ kind: 'file', found: plainFile });
    await page.unmount();
  });

  it('says what was refused where it was asked', async () => {
    const page = await render(<ShareDialog offer={offer} />, {
      answers: {
        shareFiles: () => {
          throw new RefusedError('set-up', 'The file cannot be read.', ['Close the program that holds it.']);
        },
      },
    });
    await submit(page);
    expect(page.find('[role=alert]').textContent).toContain('Close the program that holds it.');
    await page.unmount();
  });

  it('wants trackers of a private share, and says so at their field', async () => {
    const page = await render(<ShareDialog offer={offer} />);
    await page.click(page.find('[role=switch]'));
    await submit(page);
    expect(page.find('textarea').getAttribute('aria-invalid')).toBe('true');
    expect(asked(page, 'shareFiles')).toEqual([]);
    await page.unmount();
  });
});

describe('a .torrent', () => {
  it('is fetched whole, or without the files that are not wanted', async () => {
    const page = await render(<TorrentDialog found={torrentFound} />, { answers: shareAnswers });
    const tree = page.find('[role=tree]');
    // The virtual list has no height here, but the row that the keyboard is on is always drawn.
    const active = () => document.getElementById(tree.getAttribute('aria-activedescendant') ?? '');
    expect(active()?.getAttribute('aria-label')).toContain('Week 07 dataset, folder of 28 files');
    expect(active()?.getAttribute('aria-checked')).toBe('true');
    await page.press('ArrowDown', tree);
    expect(active()?.getAttribute('aria-label')).toContain('frames, folder of 24 files');
    await page.press(' ', tree);
    expect(active()?.getAttribute('aria-checked')).toBe('false');
    await page.press('ArrowLeft', tree);
    expect(active()?.getAttribute('aria-checked')).toBe('mixed');
    expect(page.named('Fetch 51.9 MiB')).toBeDefined();
    await submit(page);
    expect(asked(page, 'addTorrent')).toEqual([
      {
        file: 'torrent',
        folder: null,
        skip: Array.from({ length: 24 }, (_, at) => at + 1),
        sequential: false,
        paused: false,
      },
    ]);
    await page.unmount();
  });

  it('is not fetched when nothing of it is wanted, but can be added paused', async () => {
    const page = await render(<TorrentDialog found={torrentFound} />, { answers: shareAnswers });
    await page.click(page.named('None'));
    await submit(page);
    expect(page.container.textContent).toContain('Choose a file at least');
    expect(asked(page, 'addTorrent')).toEqual([]);
    const [, paused] = page.container.querySelectorAll<HTMLInputElement>('[role=switch]');
    await page.click(paused!);
    await submit(page);
    expect(asked(page, 'addTorrent')).toMatchObject([{ paused: true }]);
    await page.unmount();
  });

  it('goes into another folder that is chosen', async () => {
    const page = await render(<TorrentDialog found={torrentFound} />, {
      answers: { ...shareAnswers, choose: () => ({ places: [place('films', 'films')] }) },
    });
    await page.click(page.named('Choose …'));
    expect(page.container.textContent).toContain('/home/lab/films');
    await submit(page);
    expect(asked(page, 'addTorrent')).toMatchObject([{ folder: 'films' }]);
    await page.unmount();
  });
});

describe('a magnet link', () => {
  it('says what it holds, and is fetched', async () => {
    const link = magnetOf('Week 07 dataset');
    const page = await render(<MagnetDialog link={link} />, { answers: shareAnswers });
    expect(page.container.textContent).toContain('Week 07 dataset');
    await submit(page);
    expect(asked(page, 'addMagnet')).toEqual([{ link, folder: null, sequential: false, paused: false }]);
    await page.unmount();
  });

  it('goes where it is listed already', async () => {
    const page = await render(<MagnetDialog link={magnetOf('ubuntu-lab-image.iso')} />, {
      answers: shareAnswers,
    });
    expect(page.named('Go there')).toBeDefined();
    await submit(page);
    expect(page.store.getState().route).toEqual({ page: 'swarm', swarm: 'ubuntu', peer: null });
    expect(asked(page, 'addMagnet')).toEqual([]);
    await page.unmount();
  });

  it('can be typed; what is none, and what the app refuses, is said in place', async () => {
    const page = await render(<MagnetDialog link="" />, { answers: shareAnswers });
    const field = page.find<HTMLInputElement>('input[type=text]');
    await page.type(field, 'https://example.org/');
    expect(field.getAttribute('aria-invalid')).toBe('true');
    await page.type(field, 'magnet:?dn=nothing');
    expect(page.find('[role=alert]').textContent).toContain('no info-hash');
    await submit(page);
    expect(asked(page, 'addMagnet')).toEqual([]);
    await page.unmount();
  });
});

describe('removing a share', () => {
  it('keeps the files unless the user says otherwise', async () => {
    const page = await render(<RemoveShareDialog swarm={shareSwarms[1]!} />, {
      answers: { removeShare: () => ({}) },
    });
    await submit(page);
    expect(asked(page, 'removeShare')).toEqual([{ swarm: 'week', deleteData: false }]);
    await page.unmount();
  });

  it('names what is deleted, and says what could not be', async () => {
    const page = await render(<RemoveShareDialog swarm={shareSwarms[1]!} />, { answers: shareAnswers });
    const [, remove] = page.container.querySelectorAll<HTMLInputElement>('input[type=radio]');
    await page.click(remove!);
    expect(page.named('Remove and delete 774.4 MiB')).toBeDefined();
    await submit(page);
    expect(asked(page, 'removeShare')).toEqual([{ swarm: 'week', deleteData: true }]);
    expect(page.find('[role=alert]').textContent).toContain('could not be deleted');
    await page.unmount();
  });

  it.each([
    ['dialog', false, 'Its files stay in /home/ada/Downloads.'],
    ['browse', true, 'If it was dropped here, that copy is deleted.'],
  ] as const)('that is none yet offers no files to delete: %s', async (choosing, deleteData, words) => {
    const { share, ...swarm } = shareSwarms[1]!;
    const unmade = { ...swarm, folder: '/home/ada/Downloads', share: { ...share!, infoHash: '' } };
    const page = await render(<RemoveShareDialog swarm={unmade} />, {
      about: { choosing },
      answers: { removeShare: () => ({}) },
    });
    expect(page.container.textContent).toContain(words);
    expect(page.container.querySelectorAll('input')).toHaveLength(0);
    await submit(page);
    expect(asked(page, 'removeShare')).toEqual([{ swarm: 'week', deleteData }]);
    await page.unmount();
  });
});
