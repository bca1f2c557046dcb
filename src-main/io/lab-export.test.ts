import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPromise } from 'yauzl';
import type { LabDraft, LabFolder } from '../../src-shared/lab.ts';
import { planFolders } from '../engine/lab-plan/lab-files.ts';
import { samplePlan } from '../engine/lab-plan/sample-plan.ts';
import { FileFailure } from './file-failure.ts';
import { exportLab } from './lab-export.ts';

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'lab-export-'));
});
afterEach(() => rmSync(top, { recursive: true }));

const fileSize = 3_000_001;
const random = { randomBytes: 0 };

function draft(change: Partial<LabDraft> = {}): LabDraft {
  const plan = samplePlan(3, '10.0.0.1').map((machine, at) => ({
    ...machine,
    name: ['Übungsraum & "links"', 'b', 'c'][at]!,
    // The last peer of the last machine begins with the file as well.
    peers: machine.peers.map(peer => ({ ...peer, hasFile: peer.hasFile || peer.id === '1005' })),
  }));
  return {
    plan,
    command: null,
    scripts: 'both',
    fileName: 'Die Datei.dat',
    fileSize,
    pieceSize: 16_384,
    preferredNeighbours: 2,
    unchokingSeconds: 5,
    optimisticSeconds: 15,
    ...change,
  };
}

const folders = planFolders(draft());

function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter(path => statSync(join(dir, path)).isFile())
    .map(path => path.replaceAll('\\', '/').normalize('NFC'))
    .sort();
}

const expected = folders.flatMap(({ name, files }) => files.map(({ path }) => `${name}/${path}`)).sort();

function sharedFileOf(path: string): Buffer {
  return readFileSync(join(path, 'Die Datei.dat'));
}

async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    reason => reason,
  );
  expect(error).toBeInstanceOf(FileFailure);
  return (error as Error).message;
}

describe('the folders of a lab', () => {
  it('are written, with random bytes that are the same wherever they are made', async () => {
    const place = await exportLab(folders, random, { folder: join(top, 'not', 'there') }, {});
    expect(filesIn(place)).toEqual(expected);
    const file = sharedFileOf(join(place, 'übungsraum-links', 'peer_1001'));
    expect(file.length).toBe(fileSize);
    expect(sharedFileOf(join(place, 'c', 'peer_1005')).equals(file)).toBe(true);
    const alone = await exportLab(folders.slice(2), random, { folder: join(top, 'alone') }, {});
    expect(sharedFileOf(join(alone, 'c', 'peer_1005')).equals(file)).toBe(true);
    expect(readFileSync(join(place, 'b', 'lab.json'), 'utf8')).toBe(
      folders[1]!.files.find(({ path }) => path === 'lab.json')!.text,
    );
    if (process.platform !== 'win32') {
      expect(statSync(join(place, 'b', 'run_peers.sh')).mode & 0o111).toBe(0o111);
      expect(statSync(join(place, 'b', 'run_peers.bat')).mode & 0o111).toBe(0);
    }
  });

  it('hold a copy of a given file', async () => {
    const path = join(top, 'original');
    writeFileSync(path, Buffer.alloc(fileSize, 'abc'));
    const place = await exportLab(folders, { path }, { folder: top }, {});
    expect(sharedFileOf(join(place, 'c', 'peer_1005')).equals(readFileSync(path))).toBe(true);
  });

  it('never take the place of what is there, and then nothing is written', async () => {
    mkdirSync(join(top, 'c'));
    expect(await failure(exportLab(folders, random, { folder: top }))).toMatch(/c: it exists already$/);
    expect(readdirSync(top)).toEqual(['c']);
  });

  it('only replace their own files when they may', async () => {
    mkdirSync(join(top, 'c', 'peer_1005'), { recursive: true });
    writeFileSync(join(top, 'c', 'Common.cfg'), 'old');
    writeFileSync(join(top, 'c', 'Peer.java'), 'class Peer {}');
    await exportLab(folders, random, { folder: top }, { force: true });
    expect(filesIn(top)).toEqual([...expected, 'c/Peer.java'].sort());
    expect(readFileSync(join(top, 'c', 'Common.cfg'), 'utf8')).toContain('FileSize 3000001');
  });

  it.skipIf(process.platform === 'win32')('are not written through links', async () => {
    mkdirSync(join(top, 'elsewhere'));
    symlinkSync('elsewhere', join(top, 'b'));
    expect(await failure(exportLab(folders, random, { folder: top }, { force: true }))).toContain(
      'no folder',
    );
    rmSync(join(top, 'b'));
    mkdirSync(join(top, 'c'));
    symlinkSync(join(top, 'elsewhere'), join(top, 'c', 'peer_1005'));
    expect(await failure(exportLab(folders, random, { folder: top }, { force: true }))).toContain(
      'no folder',
    );
    expect(readdirSync(join(top, 'elsewhere'))).toEqual([]);
    expect(readdirSync(top).sort()).toEqual(['c', 'elsewhere']);
  });

  it('leave nothing behind when something fails on the way', async () => {
    const path = join(top, 'original');
    writeFileSync(path, 'short');
    const into = { folder: join(top, 'not', 'there') };
    expect(await failure(exportLab(folders, { path }, into))).toContain(
      'has 5 bytes, and 3000001 were expected',
    );
    expect(await failure(exportLab(folders, { path: join(top, 'no') }, into))).toContain('it does not exist');
    // Two files of one path: the second fails when the rest is written.
    const [first] = folders as [LabFolder];
    const clash: LabFolder = {
      ...first,
      name: 'clash',
      files: [...first.files, { path: 'lab.json/x', text: '', size: 0, isExecutable: false }],
    };
    expect(await failure(exportLab([...folders, clash], random, into))).toContain('clash/lab.json/x');
    expect(await failure(exportLab([...folders, clash], random, { folder: top }))).toContain(
      'clash/lab.json/x',
    );
    const abort = new AbortController();
    const given = exportLab(folders, random, into, { signal: abort.signal });
    abort.abort();
    await expect(given).rejects.toThrow(/abort/);
    expect(readdirSync(top)).toEqual(['original']);
  });

  it.each(['../x', 'a/../../x', '/etc/x', 'a\\..\\x', 'a//x', 'con', ''])('never lead to %j', async path => {
    const bad = { name: 'm', machine: 0, files: [{ path, text: '', size: 0, isExecutable: false }] };
    expect(await failure(exportLab([bad], random, { folder: top }))).toContain('each part of the path');
    expect(await failure(exportLab([{ ...folders[0]!, name: path }], random, { folder: top }))).toContain(
      'the path',
    );
    expect(readdirSync(top)).toEqual([]);
  });
});

describe('the zip of a lab', () => {
  it('holds the same, in order, with scripts that can be run', async () => {
    const path = join(top, 'new', 'lab.zip');
    expect(await exportLab(folders, random, { zip: path })).toBe(path);
    const place = await exportLab(folders, random, { folder: top });
    const zip = await openPromise(path, { autoClose: false });
    const names: string[] = [];
    for await (const entry of zip.eachEntry()) {
      names.push(entry.fileName);
      const content = await buffer(await zip.openReadStreamPromise(entry));
      expect(content.equals(readFileSync(join(place, entry.fileName)))).toBe(true);
      const isScript = entry.fileName.endsWith('.sh');
      expect((entry.externalFileAttributes >>> 16).toString(8)).toBe(isScript ? '100755' : '100644');
    }
    zip.close();
    expect(names).toEqual(folders.flatMap(({ name, files }) => files.map(file => `${name}/${file.path}`)));
  });

  it('never takes the place of what is there, unless it may', async () => {
    const path = join(top, 'lab.zip');
    writeFileSync(path, 'old');
    expect(await failure(exportLab(folders, random, { zip: path }))).toContain('lab.zip: it exists already');
    expect(readFileSync(path, 'utf8')).toBe('old');
    await exportLab(folders, random, { zip: path }, { force: true });
    expect(readFileSync(path).subarray(0, 2).toString()).toBe('PK');
    expect(readdirSync(top)).toEqual(['lab.zip']);
  });

  it('leaves nothing behind when something fails on the way', async () => {
    const path = join(top, 'original');
    mkdirSync(path);
    const zip = join(top, 'new', 'lab.zip');
    expect(await failure(exportLab(folders, { path }, { zip }))).toContain('not an ordinary file');
    const abort = new AbortController();
    const given = exportLab(folders, random, { zip }, { signal: abort.signal });
    abort.abort();
    await expect(given).rejects.toThrow(/abort/);
    expect(readdirSync(top)).toEqual(['original']);
  });
});
