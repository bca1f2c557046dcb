import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { build } from 'vite';
import { afterEach, describe, expect, it } from 'vitest';
import { type Hasher, hasherOn, openHasher, sha1, sharedBuffers } from './hasher.ts';

const oracle = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const open: Hasher[] = [];
function opened(hasher: Hasher): Hasher {
  open.push(hasher);
  return hasher;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(hasher => hasher.close()));
});

function hash(hasher: Hasher, bytes: Uint8Array): Promise<string> {
  return new Promise(resolve => hasher.sha1(bytes, digest => resolve(hex(digest))));
}

function shared(bytes: Uint8Array): Uint8Array {
  const copy = sharedBuffers(bytes.length);
  copy.set(bytes);
  return copy;
}

/** Pieces of many lengths, on every kind of memory. */
function pieces(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const bytes = randomBytes((i * 7919) % 40_000);
    return i % 3 === 0 ? bytes : i % 3 === 1 ? shared(bytes) : shared(bytes).subarray(bytes.length >> 1);
  });
}

describe('hashing at once', () => {
  it('gives what SHA-1 gives', () => {
    expect(hex(sha1(new TextEncoder().encode('abc')))).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
  });
});

describe('a hasher', () => {
  it.each([1, 3])('gives each piece its own digest, with %d threads', async threads => {
    const hasher = opened(openHasher({ threads }));
    const all = pieces(500);
    expect(await Promise.all(all.map(bytes => hash(hasher, bytes)))).toEqual(all.map(oracle));
  });

  it('never answers before the call returns', async () => {
    const hasher = opened(openHasher());
    let answered = false;
    const done = new Promise<void>(resolve => {
      hasher.sha1(new Uint8Array(1), () => {
        answered = true;
        resolve();
      });
    });
    expect(answered).toBe(false);
    await done;
  });

  it('copies bytes that are not shared, so that they may change at once', async () => {
    const hasher = opened(openHasher());
    const bytes = new Uint8Array(1_000).fill(1);
    const before = oracle(bytes);
    const digest = hash(hasher, bytes);
    bytes.fill(2);
    expect(await digest).toBe(before);
    expect(await hash(hasher, bytes)).toBe(oracle(bytes));
  });

  it('answers all it was asked before it closes, and takes no more', async () => {
    const hasher = opened(openHasher());
    const answers: string[] = [];
    const all = pieces(200);
    for (const bytes of all) hasher.sha1(bytes, digest => answers.push(hex(digest)));
    const closed = hasher.close();
    expect(() => hasher.sha1(new Uint8Array(1), () => {})).toThrow('the hasher is closed');
    await closed;
    expect(answers).toEqual(all.map(oracle));
    await hasher.close();
  });

  it('closes when it was never used', async () => {
    await openHasher().close();
  });

  it('goes on when a callback asks for more', async () => {
    const hasher = opened(openHasher());
    const bytes = shared(randomBytes(100));
    const rounds = await new Promise<number>(resolve => {
      const again = (round: number) =>
        round === 50 ? resolve(round) : hasher.sha1(bytes, () => again(round + 1));
      again(0);
    });
    expect(rounds).toBe(50);
  });
});

describe('a thread that breaks', () => {
  const breaksAtOnce = "throw new Error('out of luck')";
  const breaksAtWork =
    "require('worker_threads').parentPort.on('message', () => { throw new Error('out of luck') })";
  const endsItself = "require('worker_threads').parentPort.on('message', () => process.exit())";

  it.each([
    ['at its start', breaksAtOnce, 'out of luck'],
    ['at work', breaksAtWork, 'out of luck'],
    ['by ending', endsItself, 'a hashing thread ended by itself'],
  ])('%s is told of, and every piece is hashed all the same', async (_, text, message) => {
    const failures: string[] = [];
    const hasher = opened(
      hasherOn(() => new Worker(text, { eval: true }), {
        threads: 2,
        onFailure: error => failures.push(error.message),
      }),
    );
    const all = pieces(150);
    expect(await Promise.all(all.map(bytes => hash(hasher, bytes)))).toEqual(all.map(oracle));
    expect(failures.length).toBeGreaterThan(0);
    expect(new Set(failures)).toEqual(new Set([message]));
  });

  it('because it cannot be had is told of too', async () => {
    const failures: string[] = [];
    const hasher = opened(
      hasherOn(
        () => {
          throw new Error('no threads');
        },
        { onFailure: error => failures.push(error.message) },
      ),
    );
    expect(await hash(hasher, Uint8Array.of(1))).toBe(oracle(Uint8Array.of(1)));
    expect(failures).toEqual(['no threads']);
  });
});

describe('bundled into a program', () => {
  it('works, and lets the program end while it is idle', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'piecewise-hasher-'));
    try {
      const module = fileURLToPath(new URL('./hasher.ts', import.meta.url));
      const entry = join(folder, 'entry.ts');
      await writeFile(
        entry,
        `import { openHasher } from ${JSON.stringify(module)};
        openHasher().sha1(new TextEncoder().encode('abc'), digest => console.log(Buffer.from(digest).toString('hex')));`,
      );
      await build({
        configFile: false,
        logLevel: 'error',
        build: { ssr: entry, outDir: folder, emptyOutDir: false, target: 'node20', minify: true },
      });
      const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'entry.js')], {
        timeout: 20_000,
      });
      expect(stdout.trim()).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
