import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { kindOfPlace } from './place-kind.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'place-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

async function kindOf(name: string, content: string | Uint8Array) {
  await writeFile(join(dir, name), content);
  return kindOfPlace(join(dir, name));
}

it('a folder with both configuration files is a course folder, and either file stands for it', async () => {
  expect(await kindOf('Common.cfg', '')).toEqual({ kind: 'configuration' });
  expect(await kindOf('PeerInfo.cfg', '')).toEqual({ kind: 'configuration' });
  expect(await kindOfPlace(dir)).toEqual({ kind: 'course-folder' });
});

it('a folder without them is told what it lacks', async () => {
  const folder = join(dir, 'lab');
  await mkdir(folder);
  expect(await kindOfPlace(folder)).toEqual({
    kind: 'folder',
    message:
      'The folder lab has neither Common.cfg nor PeerInfo.cfg. Open the folder that holds both, or drop a single file to make a course swarm of it.',
  });
  await writeFile(join(folder, 'PeerInfo.cfg'), '');
  expect(await kindOfPlace(folder)).toEqual({
    kind: 'nothing',
    message:
      'The folder lab has no Common.cfg. Put it beside the other configuration file, then open the folder again.',
  });
});

it('what is gone, or is a device, is told so', async () => {
  expect(await kindOfPlace(join(dir, 'gone'))).toEqual({
    kind: 'nothing',
    message: 'gone is no longer there; it was moved or deleted.',
  });
  expect(await kindOfPlace('/dev/null')).toEqual({
    kind: 'nothing',
    message: 'null is not an ordinary file, and cannot be shared.',
  });
});

it.each([
  ['run.jsonl', ''],
  ['run.JSONL', 'anything'],
  ['run.txt', '\n\n {"kind":"started","seq":0}\nmore'],
  ['run', '{"kind":"started","seq":0}'],
  ['long', `{"kind":"started","self":"1","bitfield":"${'0'.repeat(100_000)}"`],
])('a file is a journal by its name or its first line: %s', async (name, content) => {
  expect(await kindOf(name, content)).toEqual({ kind: 'journal', size: content.length });
});

it.each([
  ['plan.json', '\uFEFF[\r\n  { "machine_name": "Machine A", "host": "10.0.0.1", "peers": [] }\r\n]'],
  ['lab.json', '{ "machine": "A", "plan": [{ "machine_name": "A" }] }'],
  ['PLAN.JSON', '[{ "machine_name": '],
])('a file of JSON that speaks of machines is a plan, right or wrong: %s', async (name, content) => {
  expect(await kindOf(name, content)).toEqual({ kind: 'lab-plan' });
});

it.each([
  ['plan.txt', '[{ "machine_name": "Machine A" }]'],
  ['other.json', '[{ "name": "Machine A" }]'],
  ['empty', ''],
  ['text', 'Dear Ada'],
  ['list', '[]'],
  ['json', '{"kind":"started"}\n'],
  ['broken', '{"kind":'],
  ['zeros', '\0'.repeat(200_000)],
])('any other file is a file: %s', async (name, content) => {
  expect(await kindOf(name, content)).toEqual({ kind: 'file', size: content.length });
});
