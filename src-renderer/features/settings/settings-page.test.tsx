// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { RefusedError } from '../../../src-shared/contract.ts';
import { defaultSettings } from '../../../src-shared/settings.ts';
import { render } from '../../testing/render.tsx';
import { place } from '../../testing/scenes.ts';
import { SettingsPage } from './settings-page.tsx';

async function open(options: Parameters<typeof render>[1] = {}) {
  const page = await render(<SettingsPage />, options);
  const field = (label: string) => {
    const found = [...page.container.querySelectorAll('label')].find(({ textContent }) =>
      textContent?.startsWith(label),
    );
    return document.getElementById(found?.htmlFor ?? '') as HTMLInputElement;
  };
  const changes = () => page.bridge.asked.filter(({ command }) => command === 'changeSettings');
  /** Where new course swarms are written, as it is shown. */
  const folder = () =>
    [...page.container.querySelectorAll('dt')].find(({ textContent }) => textContent === 'Folder')
      ?.nextElementSibling?.textContent;
  return { ...page, field, changes, folder };
}

describe('the settings', () => {
  it('save a number as soon as it is one, and say what is wrong when it is none', async () => {
    const page = await open();
    const field = page.field('Preferred neighbours');
    await page.type(field, '0');
    expect(page.changes()).toEqual([]);
    expect(field.getAttribute('aria-invalid')).toBe('true');
    const note = document.getElementById(field.getAttribute('aria-describedby') ?? '');
    expect(note?.textContent).toBe('A whole number from 1 to 1,000.');
    await page.type(field, '4');
    expect(page.changes().map(({ question }) => question)).toEqual([{ preferredNeighbours: 4 }]);
    expect(field.getAttribute('aria-invalid')).toBeNull();
    expect(page.find('[role=status]').textContent).toBe('Saved.');
    await page.unmount();
  });

  it('follow a change that comes from elsewhere', async () => {
    const page = await open();
    await page.click(page.named('Dark'));
    expect(page.named('Dark').getAttribute('aria-pressed')).toBe('true');
    expect(page.named('As the system').getAttribute('aria-pressed')).toBe('false');
    await page.unmount();
  });

  it('say what was refused and show the old value again', async () => {
    const page = await open({
      answers: {
        changeSettings: () => {
          throw new RefusedError('set-up', 'The settings could not be written.', ['Free some space.']);
        },
      },
    });
    await page.click(page.named('Dark'));
    expect(page.find('[role=alert]').textContent).toContain('Free some space.');
    expect(page.named('Dark').getAttribute('aria-pressed')).toBe('false');
    await page.unmount();
  });

  describe('that a lab presets', () => {
    const values = { theme: 'light', activeSeeds: 3, machines: ['lab-01'], workFolder: '/labs' } as const;
    const withLab = (changes: object = {}) =>
      open({
        about: {
          preset: { file: '/etc/piecewise/settings.json', values: { ...values, machines: ['lab-01'] } },
        },
        settings: { ...values, machines: ['lab-01'], ...changes },
      });
    const marks = (page: Awaited<ReturnType<typeof open>>) =>
      [...page.container.querySelectorAll('p')].flatMap(
        ({ textContent }) => /^(.*(?:as|what) the lab has set)/.exec(textContent ?? '')?.[1] ?? [],
      );

    it('are marked where they stand, and say where they come from', async () => {
      const page = await withLab();
      expect(marks(page)).toEqual([
        'Theme: as the lab has set',
        'Shared at a time: as the lab has set',
        'Computers that are asked for their shares: as the lab has set',
        'Folder: as the lab has set',
      ]);
      expect(page.container.textContent).toContain(
        '4 settings have their defaults from /etc/piecewise/settings.json.',
      );
      expect(page.named('Reset to the lab’s defaults')).toMatchObject({ disabled: true });
      await page.unmount();
    });

    it('are taken back one by one when they were changed', async () => {
      const page = await withLab({ theme: 'dark', activeSeeds: 5 });
      expect(marks(page)).toContain('Theme: changed from what the lab has set');
      await page.click(page.named('Reset (Theme)'));
      expect(page.bridge.asked.at(-1)).toEqual({ command: 'resetSettings', question: { names: ['theme'] } });
      expect(marks(page)).toContain('Theme: as the lab has set');
      expect(marks(page)).toContain('Shared at a time: changed from what the lab has set');
      expect(page.find('[role=status]').textContent).toBe('Saved.');
      await page.unmount();
    });

    it('are taken back all at once', async () => {
      const page = await withLab({ theme: 'dark', activeSeeds: 5, notify: false });
      await page.click(page.named('Reset to the lab’s defaults'));
      expect(page.bridge.asked.at(-1)).toEqual({
        command: 'resetSettings',
        question: { names: ['theme', 'activeSeeds'] },
      });
      expect(marks(page).filter(mark => mark.includes('changed'))).toEqual([]);
      await page.unmount();
    });

    it('have no mark where no lab presets anything', async () => {
      const page = await open();
      expect(marks(page)).toEqual([]);
      expect(() => page.named('Reset to the lab’s defaults')).toThrow();
      await page.unmount();
    });
  });

  describe('about the folder for new course swarms', () => {
    const usual = '/home/lab/Documents/Piecewise';
    const workFolder = '/labs/shared';

    it('let it be chosen in the dialog of the system', async () => {
      const page = await open({
        answers: {
          choose: () => ({ places: [place('shared', 'p1')] }),
          chooseWorkFolder: () => ({ ...defaultSettings, workFolder }),
        },
      });
      expect(page.folder()).toBe(usual);
      expect(() => page.named('Use the usual one (Folder)')).toThrow();
      await page.click(page.named('Choose … (Folder)'));
      expect(page.bridge.asked.slice(-2)).toEqual([
        { command: 'choose', question: { what: 'folder' } },
        { command: 'chooseWorkFolder', question: { place: place('shared', 'p1').token } },
      ]);
      expect(page.folder()).toBe(workFolder);
      expect(page.find('[role=status]').textContent).toBe('Saved.');
      await page.unmount();
    });

    it('leave it when the dialog is closed without an answer', async () => {
      const page = await open({ answers: { choose: () => ({ places: [] }) } });
      await page.click(page.named('Choose … (Folder)'));
      expect(page.bridge.asked.at(-1)).toMatchObject({ command: 'choose' });
      expect(page.find('[role=status]').textContent).toBe('');
      await page.unmount();
    });

    it('go back to the usual one', async () => {
      const page = await open({
        settings: { workFolder },
        answers: { chooseWorkFolder: () => defaultSettings },
      });
      expect(page.folder()).toBe(workFolder);
      await page.click(page.named('Use the usual one (Folder)'));
      expect(page.bridge.asked.at(-1)).toEqual({ command: 'chooseWorkFolder', question: { place: null } });
      expect(page.folder()).toBe(usual);
      await page.unmount();
    });

    it('say why a folder is refused', async () => {
      const page = await open({
        answers: {
          choose: () => ({ places: [place('shared', 'p1')] }),
          chooseWorkFolder: () => {
            throw new RefusedError('set-up', '/labs/shared: the disk may only be read.');
          },
        },
      });
      await page.click(page.named('Choose … (Folder)'));
      expect(page.find('[role=alert]').textContent).toContain('/labs/shared');
      expect(page.folder()).toBe(usual);
      await page.unmount();
    });

    it('only show it in a browser, where the start decides it', async () => {
      const page = await open({
        about: { choosing: 'browse', workFolder: '/work' },
        settings: { workFolder },
      });
      expect(page.folder()).toBe('/work');
      expect(page.container.textContent).toContain('--dir');
      expect(() => page.named('Choose … (Folder)')).toThrow();
      expect(() => page.named('Use the usual one (Folder)')).toThrow();
      await page.unmount();
    });
  });

  it('turn the upload limit on and off', async () => {
    const page = await open();
    const isLimited = [...page.container.querySelectorAll<HTMLInputElement>('[role=switch]')].find(
      ({ parentElement }) => parentElement?.textContent === 'Limit the upload of each course swarm',
    );
    await page.click(isLimited!);
    await page.type(page.field('Upload of each course swarm'), '250');
    await page.click(isLimited!);
    expect(page.changes().map(({ question }) => question)).toEqual([
      { uploadBytesPerSecond: 1_000_000 },
      { uploadBytesPerSecond: 250_000 },
      { uploadBytesPerSecond: null },
    ]);
    await page.unmount();
  });

  describe('about shares', () => {
    const switches = (page: Awaited<ReturnType<typeof open>>) =>
      new Map(
        [...page.container.querySelectorAll<HTMLInputElement>('[role=switch]')].map(input => [
          input.parentElement?.textContent ?? '',
          input,
        ]),
      );
    const questions = (page: Awaited<ReturnType<typeof open>>) =>
      page.changes().map(({ question }) => question);

    it('let the folder for downloads be chosen', async () => {
      const page = await open({
        answers: {
          choose: () => ({ places: [place('big', 'p2')] }),
          chooseDownloadFolder: () => ({ ...defaultSettings, downloadFolder: '/data/big' }),
        },
      });
      await page.click(page.named('Choose … (Downloads)'));
      expect(page.bridge.asked.at(-1)).toEqual({
        command: 'chooseDownloadFolder',
        question: { place: 'p2' },
      });
      expect(page.container.textContent).toContain('/data/big');
      await page.unmount();
    });

    it('say what it means to fetch everything, when that is switched on', async () => {
      const page = await open();
      await page.click(switches(page).get('Fetch everything that is shared in this room')!);
      expect(questions(page)).toEqual([{ takeAll: true }]);
      expect(page.find('[role=note]').textContent).toContain('only where you trust everybody');
      await page.unmount();
    });

    it('say of each way of finding peers what leaves the network, and keep what does off', async () => {
      const page = await open();
      const dht = switches(page).get('Distributed hash table')!;
      expect(dht.checked).toBe(false);
      const hint = document.getElementById(dht.getAttribute('aria-describedby') ?? '');
      expect(hint?.textContent).toContain('leave the network');
      await page.click(dht);
      await page.click(switches(page).get('Find peers on this network')!);
      expect(questions(page)).toEqual([{ dht: true }, { localDiscovery: false }]);
      await page.unmount();
    });

    it('schedule the alternative limits', async () => {
      const page = await open();
      await page.click(page.named('By schedule'));
      await page.type(page.field('From'), '22:30');
      await page.type(page.field('To'), '25:00');
      await page.click(page.named('Sunday'));
      const schedule = defaultSettings.alternativeSchedule;
      expect(questions(page)).toEqual([
        { alternativeLimits: 'scheduled' },
        { alternativeSchedule: { ...schedule, from: 1350 } },
        { alternativeSchedule: { ...schedule, from: 1350, days: [0, 1, 2, 3, 4, 5] } },
      ]);
      expect(page.field('To').getAttribute('aria-invalid')).toBe('true');
      expect(page.container.textContent).toContain('Until the next morning.');
      await page.unmount();
    });

    it('start the tracker inside, and tell its address', async () => {
      const page = await open();
      await page.click(switches(page).get('Answer over HTTP')!);
      expect(questions(page)).toEqual([{ trackerHttpPort: 6969 }]);
      expect(page.container.textContent).toContain('http://10.14.3.21:6969/announce');
      await page.unmount();
    });
  });
});
