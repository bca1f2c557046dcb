import { createCipheriv, createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * What travels in these tests: a file, a folder with everything that is awkward and allowed, or so many files with long
 * names that a link's metadata comes in several parts (BEP 9).
 */
export type ContentKind = 'file' | 'folder' | 'many';

/** Lengths in bytes. Pieces go over the borders of files, and one file has several. */
const folderFiles: Readonly<Record<string, number>> = {
  'Grüße aus Köln.txt': 1_234,
  'a first one.bin': 700_001,
  'empty.txt': 0,
  'nested/deeper/and deeper/öäüß €.bin': 2_500_000,
  'nested/another.bin': 65_536,
  'nested/zz/empty too': 0,
  'z last.bin': 100_003,
};

export interface Content {
  /** Of the file or folder. */
  readonly name: string;
  readonly path: string;
  /** The folder it lies in. */
  readonly folder: string;
}

const manyFiles = Object.fromEntries(
  Array.from({ length: 400 }, (_, i) => [
    `part ${i % 7}/of what a whole class hands in at the end of a long term, number ${i}.txt`,
    (i * 977) % 5_000,
  ]),
);

/** Makes content below a folder; the same for the same seed. */
export function makeContent(kind: ContentKind, folder: string, { size = 3_333_333, seed = 1 } = {}): Content {
  if (kind === 'file') {
    const name = `Übung ${seed}.bin`;
    writeContent(join(folder, name), size, `file ${seed}`);
    return { name, path: join(folder, name), folder };
  }
  const name = `Ordner mit Zubehör ${seed}`;
  for (const [path, length] of Object.entries(kind === 'folder' ? folderFiles : manyFiles))
    writeContent(join(folder, name, path), length, `${path} ${seed}`);
  return { name, path: join(folder, name), folder };
}

/** The key stream of a cipher: as good as random, and the same every time. */
export function bytesOf(length: number, seed: string): Buffer {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

function writeContent(path: string, length: number, seed: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytesOf(length, seed));
}

/** SHA-256 of an empty file. */
export const digestOfNothing = createHash('sha256').digest('hex');

/** The SHA-256 of every file of a content that lies in `folder`, by its path there. */
export function digestsOf({ name }: Pick<Content, 'name'>, folder: string): Record<string, string> {
  const top = join(folder, name);
  const files = filesBelow(top).map(path => [path.slice(folder.length + 1), digestOf(path)]);
  return Object.fromEntries(files.sort());
}

function filesBelow(path: string): string[] {
  let entries: string[];
  try {
    entries = readdirSync(path);
  } catch {
    return [path];
  }
  return entries.flatMap(entry => filesBelow(join(path, entry)));
}

function digestOf(path: string): string {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch (error) {
    return String(error);
  }
}
