import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BufferPool } from '../engine/buffer-pool.ts';
import { Layout } from '../engine/content/layout.ts';
import { type Hasher, openHasher } from './hasher.ts';
import { openShareStorage, type ShareStorageOptions } from './share-storage.ts';
import { killedShare } from './share-suite.ts';
import { close, complete, pieceOf, readAll, write } from './storage-suite.ts';

const kills = 25;
const workingFolder = mkdtempSync(join(tmpdir(), 'piecewise-'));
const at = (name: string) => join(workingFolder, name);
const hasher = openHasher();

beforeAll(() =>
  build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: join(import.meta.dirname, 'share-writer-suite.ts'),
      outDir: at('built'),
      target: 'node20',
      rolldownOptions: { output: { entryFileNames: 'writer.mjs' } },
    },
  }),
);

afterAll(async () => {
  await hasher.close();
  rmSync(workingFolder, { recursive: true });
});

/** Pieces that a process said it had written before it was killed. */
async function runUntilKilled(seed: number): Promise<number[]> {
  const child = spawn(process.execPath, [at('built/writer.mjs'), at('downloads'), at('state'), `${seed}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const written: number[] = [];
  const killAfter = (seed * 7) % 23;
  // Some at any moment since their start: while they open, say.
  const timer = seed % 4 === 0 ? setTimeout(() => child.kill('SIGKILL'), (seed * 37) % 250) : undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (/^\d/.test(line)) written.push(Number(line));
    if (written.length >= killAfter || line === 'nothing left') child.kill('SIGKILL');
  }
  const [, signal] = await ended;
  clearTimeout(timer);
  expect(signal).toBe('SIGKILL');
  return written;
}

it(`a download killed ${kills} times loses no piece that was written, and hashes little`, async () => {
  const { metainfo, content } = killedShare();
  const layout = new Layout(metainfo.totalLength, metainfo.pieceLength);
  let hashed = 0;
  const counting: Hasher = {
    sha1(bytes, done) {
      hashed += bytes.length;
      hasher.sha1(bytes, done);
    },
    close: () => Promise.resolve(),
  };
  const options: ShareStorageOptions = {
    metainfo,
    folder: at('downloads'),
    stateFile: at('state'),
    priorities: new Uint8Array(metainfo.files.length).fill(1),
    pool: new BufferPool(),
    hasher: counting,
  };
  const written = new Set<number>();
  for (let kill = 0; kill < kills; kill += 1) {
    for (const piece of await runUntilKilled(kill + 1)) written.add(piece);
    const opened = await openShareStorage(options);
    if ('failed' in opened) throw new Error(opened.failed);
    expect([...written].filter(piece => !opened.have.has(piece))).toEqual([]);
    await close(opened.storage);
  }
  expect(written.size).toBeGreaterThan(100);
  // What is hashed are pieces of files of which nothing was recorded yet.
  expect(hashed / kills).toBeLessThan(layout.totalLength / 10);

  const { storage, have } = (await openShareStorage(options)) as Exclude<
    Awaited<ReturnType<typeof openShareStorage>>,
    { failed: string }
  >;
  for (let piece = 0; piece < layout.pieceCount; piece += 1) {
    if (!have.has(piece))
      expect(await write(storage, piece, pieceOf(content, layout, piece))).toBeUndefined();
  }
  expect(await complete(storage)).toBeUndefined();
  expect(Buffer.compare(await readAll(storage, layout), content)).toBe(0);
  await close(storage);
});
