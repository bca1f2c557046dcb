import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright';
import { expect } from 'vitest';
import { desktop, expectAccessible, laptop } from './axe.ts';
import { freePorts, sha256 } from './course-folder.ts';
import { inBrowserOnly as it } from './ui-world.ts';

/** A lab on the screen: planned by keyboard and pointer, exported, run, and reported on. */

const card = (page: Page, machine: string): Locator =>
  page.getByRole('region', { name: 'Machines' }).getByRole('listitem', { name: machine, exact: true });
const idOf = (page: Page, peer: string): Locator => page.getByRole('textbox', { name: `ID of peer ${peer}` });
const head = (page: Page): Locator => page.getByRole('main').locator('header').first().getByRole('status');

/** The IDs on a machine, in their order. */
async function idsOn(page: Page, machine: string): Promise<string[]> {
  const fields = await card(page, machine)
    .getByRole('textbox', { name: /^ID of peer/ })
    .all();
  return Promise.all(fields.map(field => field.inputValue()));
}

async function openLab(page: Page): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.keyboard.type('plan a lab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Plan a lab' }).waitFor();
}

it('is planned, exported, run and reported on', async ({ lab, world }) => {
  const page = await world.open({ reducedMotion: 'reduce' });
  await openLab(page);
  await page.getByLabel('Machines').fill('2');
  await page.keyboard.press('Enter');
  await head(page).getByText('2 machines with 3 peers: every folder can be written.').waitFor();
  await card(page, 'Machine A').getByText('This computer').waitFor();

  // Everything on this computer, at ports that are free.
  const ports = await freePorts(3);
  for (const machine of ['Machine A', 'Machine B']) {
    await card(page, machine).getByLabel('Address').fill('127.0.0.1');
  }
  for (const [index, port] of ports.entries()) {
    await page.getByRole('textbox', { name: `Port of peer ${1001 + index}` }).fill(String(port));
  }
  await page.getByLabel('Size').first().fill('200 KiB');
  await page.getByLabel('Choke round every').fill('1');
  await page.getByLabel('Optimistic draw every').fill('2');

  // By keyboard over the end of a machine, by pointer back in front of the other one.
  await idOf(page, '1002').focus();
  await page.keyboard.press('Alt+ArrowUp');
  await page.getByText('Peer 1002 is on Machine A now, 2 of 2.').waitFor();
  expect(await idsOn(page, 'Machine A')).toEqual(['1001', '1002']);
  expect(await idOf(page, '1002').evaluate(field => field === document.activeElement)).toBe(true);
  await page
    .getByRole('button', { name: 'Move or remove peer 1002' })
    .dragTo(card(page, 'Machine B').getByRole('button', { name: 'Add a peer to Machine B' }));
  expect(await idsOn(page, 'Machine B')).toEqual(['1003', '1002']);

  // IDs that do not ascend are said where they are, and in a summary that leads there.
  const problems = page.getByRole('region', { name: 'Problems of this plan' });
  await problems.getByRole('button', { name: /1002/ }).first().click();
  await expect.poll(() => idOf(page, '1002').evaluate(field => field === document.activeElement)).toBe(true);
  expect(await idOf(page, '1002').getAttribute('aria-invalid')).toBe('true');
  expect(await page.getByRole('button', { name: 'Export' }).isDisabled()).toBe(true);
  await page.keyboard.press('Control+z');
  await expect.poll(() => idsOn(page, 'Machine B')).toEqual(['1003']);
  await page.keyboard.press('Control+y');
  await page.getByRole('button', { name: 'Renumber peers' }).click();
  expect(await idsOn(page, 'Machine B')).toEqual(['1002', '1003']);
  await head(page).getByText('every folder can be written').waitFor();

  // What becomes of it is shown before it is written.
  await page.getByLabel('Folder of').selectOption('Machine B');
  await page.getByRole('option', { name: /^PeerInfo\.cfg/ }).click();
  const text = page.getByRole('region', { name: 'Text of PeerInfo.cfg' });
  await text.getByText(`1002 127.0.0.1 ${ports[2]} 0`).waitFor();

  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('dialog', { name: 'Export the lab' }).getByText('2 folders with').waitFor();
  await page.keyboard.press('Enter');
  const written = page.getByRole('dialog', { name: 'The lab is written' });
  const folder = join(world.workFolder, 'lab');
  await written.getByText(folder).waitFor();
  await written.getByRole('button', { name: 'Close' }).last().click();
  expect(readdirSync(folder).sort()).toEqual(['machine-a', 'machine-b']);
  for (const machine of readdirSync(folder)) {
    expect(readdirSync(join(folder, machine))).toEqual(
      expect.arrayContaining(['Common.cfg', 'PeerInfo.cfg', 'START-HERE.txt', 'lab.json', 'run_peers.sh']),
    );
  }

  const peers = [
    ['1001', 'machine-a'],
    ['1002', 'machine-b'],
    ['1003', 'machine-b'],
  ].map(([peer, machine]) => lab.command(['peer', peer!, '--dir', join(folder, machine!)]));
  for (const peer of peers) await peer.endsWith(0);

  await page.getByRole('link', { name: 'After the run' }).click();
  await page.getByRole('button', { name: 'Add a folder' }).click();
  const browse = page.getByRole('dialog', { name: 'Choose a folder' });
  await browse.getByRole('option', { name: 'lab' }).dblclick();
  await browse.getByRole('button', { name: 'Choose this folder, lab' }).click();
  await page.getByRole('button', { name: 'Hold them against the protocol' }).click();
  const report = page.getByRole('table', { name: 'Peers' });
  const sum = sha256(readFileSync(join(folder, 'machine-a/peer_1001/TheFile.dat'))).slice(0, 12);
  for (const peer of ['1001', '1002', '1003']) {
    await report.getByRole('row', { name: new RegExp(`^${peer} .*Complete.*${sum}`) }).waitFor();
  }
  await page.getByRole('region', { name: 'Checks' }).getByRole('heading', { level: 3 }).first().waitFor();
  const [html] = readdirSync(world.workFolder).filter(name => name.endsWith('.html'));
  await page.getByText(join(world.workFolder, html!)).waitFor();
  await expectAccessible(page, 'report', [laptop]);
});

it('opens a roster, says what is wrong with a plan, and stays when the page is loaded again', async ({
  world,
}) => {
  const page = await world.open({ reducedMotion: 'reduce' });
  mkdirSync(join(world.workFolder, 'week 7'));
  writeFileSync(
    join(world.workFolder, 'week 7', 'PeerInfo.cfg'),
    '\uFEFF1001 lin-01 6008 1\r\n1002 lin-02 6008 0\r\n1003 lin-02 6009 0\r\n',
  );
  await page.getByRole('button', { name: 'Plan a lab' }).click();
  await expectAccessible(page, 'lab, empty', [laptop]);
  await page.getByRole('button', { name: 'Open a plan or PeerInfo.cfg' }).click();
  const browse = page.getByRole('dialog', { name: 'Choose a plan or PeerInfo.cfg' });
  await browse.getByRole('option', { name: 'week 7' }).dblclick();
  await browse.getByRole('option', { name: 'PeerInfo.cfg' }).dblclick();
  await head(page).getByText('2 machines with 3 peers').waitFor();
  expect(await idsOn(page, 'Machine B')).toEqual(['1002', '1003']);

  // A name with everything in it, and mistakes of every kind.
  const name = page.getByRole('textbox', { name: 'Name of Machine B' });
  await name.fill('Übungsraum "Süd" $1');
  await idOf(page, '1003').fill('1002');
  await page.getByRole('textbox', { name: 'Port of peer 1001' }).fill('0');
  await page.getByLabel('Piece size').fill('none');
  await head(page)
    .getByText(/problems stand in the way/)
    .waitFor();
  await page
    .getByRole('region', { name: 'Problems of this plan' })
    .getByRole('button', { name: /Piece size: A size/ })
    .waitFor();
  await expectAccessible(page, 'lab with problems');
  await page.setViewportSize(desktop);

  await page.reload();
  await page.getByRole('textbox', { name: 'Name of Übungsraum "Süd" $1' }).waitFor();

  const wrong = join(world.workFolder, 'wrong.json');
  writeFileSync(wrong, '[\r\n  { "machine_name": "A", "host": "a",\r\n    "pears": [] }\r\n]\r\n');
  await world.drop(page, wrong);
  const refused = page.getByRole('dialog', { name: 'This could not be opened' });
  await refused.getByText(/wrong\.json:3: .*pears/).waitFor();
});
