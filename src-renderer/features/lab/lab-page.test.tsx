// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Answer, Question } from '../../../src-shared/contract.ts';
import { RefusedError } from '../../../src-shared/contract.ts';
import type { LabPlan } from '../../../src-shared/lab.ts';
import { defaultSettings } from '../../../src-shared/settings.ts';
import type { FakeOptions } from '../../testing/fake-bridge.ts';
import { labAnswers, labPlan, labPreview, wrongPlan } from '../../testing/lab-scenes.ts';
import { type Rendered, render } from '../../testing/render.tsx';
import { place } from '../../testing/scenes.ts';
import { draftOf } from './draft.ts';
import { LabPage } from './lab-page.tsx';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Long enough for whoever types to be done, and for the app to answer. */
async function settle(page: Rendered): Promise<void> {
  await page.during(() => vi.advanceTimersByTime(300));
  await page.during(() => {});
}

async function show(plan: LabPlan, answers: FakeOptions['answers'] = {}): Promise<Rendered> {
  const page = await render(<LabPage part="plan" />, { answers: { ...labAnswers, ...answers } });
  await page.during(() =>
    page.store
      .getState()
      .lab.getState()
      .begin(draftOf({ plan, common: null }, defaultSettings), []),
  );
  await settle(page);
  return page;
}

const sentence = (page: Rendered) => page.find('header [role=status]').textContent;
const field = (page: Rendered, label: string) => page.find<HTMLInputElement>(`input[aria-label="${label}"]`);
const idsOf = (page: Rendered) =>
  [...page.container.querySelectorAll<HTMLInputElement>('input[aria-label^="ID of peer"]')].map(
    ({ value }) => value,
  );

describe('the plan', () => {
  it('begins with a sample of as many machines as are asked for', async () => {
    const page = await render(<LabPage part="plan" />, { answers: labAnswers });
    await page.type(page.find<HTMLInputElement>('input'), 'none');
    await page.click(page.named('Begin with a sample'));
    expect(page.bridge.asked.some(({ command }) => command === 'sampleLab')).toBe(false);
    await page.type(page.find<HTMLInputElement>('input'), '5');
    await page.click(page.named('Begin with a sample'));
    await settle(page);
    expect(sentence(page)).toBe('5 machines with 9 peers: every folder can be written.');
    await page.unmount();
  });

  it('says each problem at its field, and leads there from the summary', async () => {
    const page = await show(wrongPlan);
    expect(sentence(page)).toContain('problems stand in the way');
    const host = page.find<HTMLInputElement>('input[value="lab 02"]');
    expect(host.getAttribute('aria-invalid')).toBe('true');
    const note = document.getElementById(host.getAttribute('aria-describedby') ?? '');
    expect(note?.textContent).toContain('"lab 02" of Machine B is no address');
    const link = [...page.container.querySelectorAll('section button')].find(button =>
      button.textContent?.includes('"lab 02"'),
    ) as HTMLElement;
    await page.click(link);
    await page.during(() => vi.advanceTimersByTime(50));
    expect(document.activeElement).toBe(host);
    expect(page.named('Export').hasAttribute('disabled')).toBe(true);
    await page.unmount();
  });

  it('says what is typed wrongly beside the machines, and nothing that only follows from it', async () => {
    const page = await show(labPlan(2), {
      previewLab: question => ({
        ...labPreview(question),
        problems: [{ place: { field: 'common' }, message: 'It follows.', isError: true }],
      }),
    });
    expect(page.container.textContent).toContain('It follows.');
    const size = [...page.container.querySelectorAll('label')].find(
      ({ textContent }) => textContent === 'Size',
    );
    await page.type(document.getElementById(size!.htmlFor) as HTMLInputElement, 'much');
    await settle(page);
    expect(page.container.textContent).toContain('Size: A size such as 10 MiB');
    expect(page.container.textContent).not.toContain('It follows.');
    await page.unmount();
  });

  it('waits until nobody types, and does not hear an answer about an older draft', async () => {
    const waiting: { question: Question<'previewLab'>; answer: (a: Answer<'previewLab'>) => void }[] = [];
    const page = await show(labPlan(2), {
      previewLab: question => new Promise(answer => waiting.push({ question, answer })),
    });
    const name = field(page, 'Name of Machine B');
    for (const text of ['L', 'La', 'Lat', 'Later']) {
      await page.type(name, text);
      await page.during(() => vi.advanceTimersByTime(100));
    }
    expect(waiting).toHaveLength(1);
    await settle(page);
    expect(waiting.map(({ question }) => question.draft.plan[1]?.name)).toEqual(['Machine B', 'Later']);
    const old = { problems: [{ place: {}, message: 'Old news.', isError: true }], folders: [], shown: null };
    await page.during(() => waiting[0]!.answer(old));
    expect(page.container.textContent).not.toContain('Old news.');
    await page.during(() => waiting[1]!.answer(labPreview(waiting[1]!.question)));
    expect(sentence(page)).toContain('every folder can be written');
    await page.unmount();
  });

  it('says why the app cannot check it', async () => {
    const page = await show(labPlan(2), {
      previewLab: () => {
        throw new RefusedError('failed', 'Something went wrong.');
      },
    });
    expect(sentence(page)).toContain('the app could not check it');
    expect(page.container.textContent).toContain('Something went wrong.');
    await page.unmount();
  });
});

describe('a peer', () => {
  it('moves by Alt with an arrow over the ends of machines, takes the focus along, and is spoken of', async () => {
    const page = await show(labPlan(3));
    const second = field(page, 'ID of peer 1002');
    second.focus();
    await page.press('ArrowUp', second, { altKey: true });
    await page.during(() => vi.advanceTimersByTime(50));
    expect(idsOf(page)).toEqual(['1001', '1002', '1003', '1004', '1005']);
    const said = [...page.container.querySelectorAll('[role=status]')].at(-1);
    expect(said?.textContent).toBe(
      'Peer 1002 is on Machine A now, 2 of 2, at port 6009, since its own was taken.',
    );
    expect(document.activeElement).toBe(field(page, 'ID of peer 1002'));
    await page.press('ArrowLeft', document.activeElement, { altKey: true });
    expect(said?.textContent).toBe('There is no further place in this direction.');
    await page.press('z', document.body, { ctrlKey: true });
    expect(page.find('li[aria-label="Machine A"]').querySelectorAll('[data-peer]')).toHaveLength(1);
    await page.unmount();
  });

  it('does not move by an arrow alone, which belongs to the field', async () => {
    const page = await show(labPlan(2));
    await page.press('ArrowUp', field(page, 'ID of peer 1002'));
    expect(page.find('li[aria-label="Machine A"]').querySelectorAll('[data-peer]')).toHaveLength(1);
    await page.unmount();
  });

  it('is added with the next ID, and takes the focus', async () => {
    const page = await show(labPlan(2));
    await page.click(page.named('Add a peer to Machine A'));
    await page.during(() => vi.advanceTimersByTime(50));
    expect(document.activeElement).toBe(field(page, 'ID of peer 1004'));
    expect(field(page, 'Port of peer 1004').value).toBe('6009');
    await page.unmount();
  });
});

describe('this computer', () => {
  it('is marked as long as a machine has its address', async () => {
    const page = await show(labPlan(2));
    const card = () => page.find('li[aria-label="Machine A"]').textContent;
    expect(card()).toContain('This computer');
    await page.type(page.find<HTMLInputElement>('input[value="10.14.3.21"]'), '10.14.3.99');
    expect(card()).not.toContain('This computer');
    expect(page.container.textContent).toContain('None of them is this computer (10.14.3.21).');
    await page.unmount();
  });
});

describe('after the run', () => {
  it('folders are gathered once each, and the report opens', async () => {
    const page = await render(<LabPage part="report" />, { answers: labAnswers });
    const lab = page.store.getState().lab;
    await page.during(() => lab.getState().gather([place('machine-a'), place('machine-b.zip')]));
    await page.during(() => lab.getState().gather([place('machine-a')]));
    expect(page.container.textContent).toContain('2 folders and zips');
    await page.click(page.named('Hold them against the protocol'));
    expect(page.bridge.asked.at(-1)).toEqual({
      command: 'collectLab',
      question: { folders: ['machine-a', 'machine-b-zip'] },
    });
    const text = page.container.textContent;
    expect(text).toContain('All 3 peers have the whole file');
    expect(text).toContain('[2026-01-31 14:05:44]: Peer 1003 has the preferred neighbors 1001,1002,1004.');
    expect(text).toContain('/home/lab/Documents/Piecewise/lab-report.html');
    expect(text).toContain('Was not among the folders');
    await page.click(page.named('Show the HTML report'));
    expect(page.bridge.asked.at(-1)).toMatchObject({ command: 'revealPlace' });
    await page.click(page.named('Change what is collected'));
    expect(page.container.textContent).toContain('machine-b.zip');
    await page.unmount();
  });

  it('says why nothing could be collected, and keeps the list', async () => {
    const page = await render(<LabPage part="report" />, {
      answers: {
        ...labAnswers,
        collectLab: () => {
          throw new RefusedError('set-up', 'This is no lab.', ['machine-a has no PeerInfo.cfg.']);
        },
      },
    });
    await page.during(() =>
      page.store
        .getState()
        .lab.getState()
        .gather([place('machine-a')]),
    );
    await page.click(page.named('Hold them against the protocol'));
    expect(page.find('[role=alert]').textContent).toContain('machine-a has no PeerInfo.cfg.');
    expect(page.container.textContent).toContain('1 folder or zip');
    await page.unmount();
  });
});
