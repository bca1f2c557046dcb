import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommandName, Question } from '../../../src-shared/contract.ts';
import type { LabDraft, OpenedLab } from '../../../src-shared/lab.ts';
import { formatPlan } from '../../engine/lab-plan/plan-text.ts';
import { type App, type AppOptions, startApp } from './app.ts';
import { MemoryScreen } from './testing/memory-screen.ts';

/** What the screen can ask about labs, through the app as every host has it. */

let dir: string;
let app: App;
let screen: MemoryScreen;

beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'lab-app-')));
  await start();
});

afterEach(async () => {
  await app.close();
  await rm(dir, { recursive: true });
});

async function start(options: Partial<AppOptions> = {}): Promise<void> {
  app = await startApp({
    version: '1.2.3',
    profileFolder: join(dir, 'profile'),
    workFolder: join(dir, 'work'),
    downloadFolder: join(dir, 'downloads'),
    lan: { kind: 'loopback', discoveryPort: null },
    launchPeer: () => {
      throw new Error('no demo is started here');
    },
    ...options,
  });
  screen = new MemoryScreen(send => app.connect(send));
}

function ask<C extends CommandName>(command: C, question: Question<C>) {
  return screen.conversation.ask(command, question);
}

async function refusalOf(asking: Promise<unknown>) {
  const error = await asking.then(
    () => undefined,
    (thrown: { refusal?: unknown }) => thrown,
  );
  return error?.refusal;
}

/** A file that the user has dropped, by its token. */
async function dropped(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(dir, name), content);
  return (await app.grant(join(dir, name))).token;
}

const numbers = {
  command: null,
  scripts: 'both',
  fileName: 'Die Datei.bin',
  fileSize: 1000,
  pieceSize: 100,
  preferredNeighbours: 2,
  unchokingSeconds: 1,
  optimisticSeconds: 2,
} as const;

async function sampleDraft(machines: number): Promise<LabDraft> {
  return { plan: (await ask('sampleLab', { machines })).plan, ...numbers };
}

/** Every file below a folder, with forward slashes. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile())
    .map(entry =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
}

describe('a plan', () => {
  it('comes as a sample that can be made at once', async () => {
    const draft = await sampleDraft(200);
    const { problems, folders } = await ask('previewLab', { draft, machine: 0 });
    expect(problems.filter(({ isError }) => isError)).toEqual([]);
    expect(folders).toHaveLength(200);
  });

  it('is opened from its file, as Windows writes it', async () => {
    const { plan } = await ask('sampleLab', { machines: 3 });
    const text = `\uFEFF${formatPlan(plan).replaceAll('\n', '\r\n')}`;
    const opened = await ask('openLab', { file: await dropped('plan.json', text) });
    expect(opened).toMatchObject<Partial<OpenedLab>>({ plan, common: null });
  });

  it('is opened from a roster, with the Common.cfg beside it', async () => {
    await writeFile(
      join(dir, 'Common.cfg'),
      'NumberOfPreferredNeighbors 3\r\nUnchokingInterval 4\r\nOptimisticUnchokingInterval 9\r\nFileName a.bin\r\nFileSize 70\r\nPieceSize 7\r\n',
    );
    const roster = '1001 lin-01 6008 1\r\n1002 lin-02 6008 0\r\n1003 lin-01 6009 0\r\n';
    const file = await dropped('PeerInfo.cfg', `\uFEFF${roster}`);
    const opened = await ask('openLab', { file });
    expect(opened.plan.map(({ host, peers }) => [host, peers.map(({ id }) => id)])).toEqual([
      ['lin-01', ['1001', '1003']],
      ['lin-02', ['1002']],
    ]);
    expect(opened.common).toEqual({
      fileName: 'a.bin',
      fileSize: 70,
      pieceSize: 7,
      preferredNeighbours: 3,
      unchokingSeconds: 4,
      optimisticSeconds: 9,
    });
    expect(opened.notices.join(' ')).toContain('peers of one host do not stand together');
  });

  it('is opened from a folder that an export made', async () => {
    const draft = await sampleDraft(2);
    const { place } = await ask('exportLab', { draft, file: null, into: null, as: 'folders' });
    const folder = await app.grant(join(place.path, 'machine-b'));
    const { plan, common } = await ask('openLab', { file: folder.token });
    expect(plan).toEqual(draft.plan);
    expect(common).toMatchObject({ fileName: 'Die Datei.bin', fileSize: 1000 });
  });

  it.each([
    ['plan.json', '[\n  { "machine_name": "A", "host": "a",\n    "pears": [] }\n]', /plan\.json:3: .*pears/],
    ['plan.json', '[', /plan\.json:\d+: /],
    ['PeerInfo.cfg', '1001 a 6008 1\n1001 b 6008 0\n', /PeerInfo\.cfg:2: /],
    ['notes.txt', 'Dear Ada', /notes\.txt:1: /],
    ['empty.json', '', /empty\.json/],
  ])('that is wrong is refused with the line: %s, %j', async (name, text, problem) => {
    const refusal = await refusalOf(ask('openLab', { file: await dropped(name, text) }));
    expect(refusal).toMatchObject({ code: 'set-up' });
    expect(JSON.stringify(refusal)).toMatch(problem);
  });

  it('that is no text is refused', async () => {
    const file = await dropped('plan.json', new Uint8Array([0xff, 0xfe, 0x5b, 0]));
    expect(await refusalOf(ask('openLab', { file }))).toMatchObject({ code: 'set-up' });
  });
});

describe('a preview', () => {
  it('has the texts of one machine only, and writes nothing', async () => {
    const draft = await sampleDraft(3);
    const { folders, shown } = await ask('previewLab', { draft, machine: 1 });
    expect(folders.flatMap(({ files }) => files).every(({ text }) => text === null)).toBe(true);
    expect(shown).toMatchObject({ name: 'machine-b', machine: 1 });
    expect(shown?.files.find(({ path }) => path === 'PeerInfo.cfg')?.text?.split(/\r?\n/)[0]).toMatch(
      /^1001 /,
    );
    expect(await filesBelow(dir)).not.toContain('work/lab/machine-b/PeerInfo.cfg');
  });

  it('says at their places what is wrong, and makes no folders then', async () => {
    const draft = await sampleDraft(2);
    const wrong: LabDraft = {
      ...draft,
      fileName: 'a/b',
      plan: [{ ...draft.plan[0]!, host: 'not a host' }, ...draft.plan.slice(1)],
    };
    const { problems, folders, shown } = await ask('previewLab', { draft: wrong, machine: 0 });
    const places = problems.filter(({ isError }) => isError).map(({ place }) => place);
    expect(places).toEqual([{ machine: 0, field: 'host' }, { field: 'fileName' }]);
    expect({ folders, shown }).toEqual({ folders: [], shown: null });
  });
});

describe('an export', () => {
  it('lies in the work folder, twice under two names, with the random file where it begins', async () => {
    const draft = await sampleDraft(2);
    const question = { draft, file: null, into: null, as: 'folders' } as const;
    const first = await ask('exportLab', question);
    const second = await ask('exportLab', question);
    expect([first.place.path, second.place.path]).toEqual([
      join(dir, 'work', 'lab'),
      join(dir, 'work', 'lab 2'),
    ]);
    const files = await filesBelow(first.place.path);
    expect(files).toEqual(expect.arrayContaining(['machine-a/Common.cfg', 'machine-b/run_peers.sh']));
    expect(files.filter(file => file.endsWith('Die Datei.bin'))).toEqual([
      'machine-a/peer_1001/Die Datei.bin',
    ]);
    expect(await readFile(join(first.place.path, 'machine-a/peer_1001/Die Datei.bin'))).toHaveLength(1000);
  });

  it('takes a file of the user, and a zip goes where it was told to', async () => {
    const file = await dropped('own.bin', 'x'.repeat(1000));
    await mkdir(join(dir, 'stick'));
    const into = (await app.grant(join(dir, 'stick'))).token;
    const { place } = await ask('exportLab', { draft: await sampleDraft(2), file, into, as: 'zip' });
    expect(place.path).toBe(join(dir, 'stick', 'lab.zip'));
    const zip = await readFile(place.path);
    expect(zip.subarray(0, 2).toString()).toBe('PK');
    expect(await readdir(join(dir, 'stick'))).toEqual(['lab.zip']);
  });

  it('that fails leaves nothing behind', async () => {
    const file = await dropped('own.bin', 'too short');
    for (const as of ['folders', 'zip'] as const) {
      const refusal = await refusalOf(
        ask('exportLab', { draft: await sampleDraft(2), file, into: null, as }),
      );
      expect(refusal).toMatchObject({ code: 'set-up', message: expect.stringContaining('own.bin') });
    }
    expect(await filesBelow(join(dir, 'work'))).toEqual([]);
    expect(await readdir(join(dir, 'work'))).toEqual([]);
  });

  it('of a wrong plan is refused', async () => {
    const draft: LabDraft = { ...(await sampleDraft(2)), plan: [] };
    expect(await refusalOf(ask('exportLab', { draft, file: null, into: null, as: 'folders' }))).toMatchObject(
      { code: 'set-up', message: 'A lab cannot be made of this plan.' },
    );
  });

  it('is shown where there is a file manager', async () => {
    const { place } = await ask('exportLab', {
      draft: await sampleDraft(1),
      file: null,
      into: null,
      as: 'folders',
    });
    expect(await refusalOf(ask('revealPlace', { place: place.token }))).toMatchObject({
      code: 'unavailable',
    });
    const shown: string[] = [];
    await app.close();
    await start({ reveal: path => shown.push(path) });
    const { token, path } = await app.grant(place.path);
    await ask('revealPlace', { place: token });
    expect(shown).toEqual([path]);
  });
});

describe('collecting', () => {
  it('reports on folders, and writes the report into the work folder', async () => {
    const { place } = await ask('exportLab', {
      draft: await sampleDraft(2),
      file: null,
      into: null,
      as: 'folders',
    });
    const line = '[2026-01-31 14:05:44]: Peer 1001 has the preferred neighbors 1002.\n';
    await writeFile(join(place.path, 'machine-a', 'log_peer_1001.log'), line);
    const { report, html } = await ask('collectLab', { folders: [place.token] });
    expect(report.peers.map(({ peer }) => peer)).toContain('1001');
    expect(report.verdict).not.toBe('ok');
    expect(html.path).toBe(report.htmlPath);
    expect(await readFile(html.path, 'utf8')).toContain('<!doctype html>');
  });

  it('says why there is nothing to report on', async () => {
    await mkdir(join(dir, 'empty'));
    const { token } = await app.grant(join(dir, 'empty'));
    expect(await refusalOf(ask('collectLab', { folders: [token] }))).toMatchObject({ code: 'set-up' });
  });
});
