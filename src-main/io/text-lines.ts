import { type FileHandle, open, stat } from 'node:fs/promises';

/** Longer lines are cut unless told otherwise: a file without line ends must not fill memory. */
const maxLineLength = 100_000;

const chunkLength = 256 * 1024;

/**
 * Reads a text file line by line, without line ends; false from `onLine` ends it early. Bytes that are not UTF-8
 * become replacement characters.
 * @throws when the file cannot be read or is no ordinary file.
 */
export async function readLines(
  path: string,
  onLine: (line: string) => boolean,
  maxLength = maxLineLength,
): Promise<void> {
  const decoder = new TextDecoder();
  let begun = '';
  let wanted = true;
  await readChunks(path, chunk => {
    const text = decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = text.indexOf('\n'); wanted && end >= 0; end = text.indexOf('\n', start)) {
      wanted = onLine(withoutReturn(begun + text.slice(start, Math.min(end, start + maxLength))));
      begun = '';
      start = end + 1;
    }
    if (begun.length < maxLength) begun += text.slice(start, start + maxLength);
    return wanted;
  });
  const last = begun + decoder.decode();
  if (wanted && last !== '') onLine(withoutReturn(last));
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/**
 * Reads a file through one buffer, which the next chunk overwrites; false from `onChunk` ends it early.
 * @throws when the file cannot be read or is no ordinary file: a pipe would keep us waiting for ever.
 */
export async function readChunks(path: string, onChunk: (chunk: Uint8Array) => boolean): Promise<void> {
  if (!(await stat(path)).isFile()) throw new Error('it is not an ordinary file');
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const buffer = new Uint8Array(chunkLength);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0 || !onChunk(buffer.subarray(0, bytesRead))) return;
    }
  } finally {
    await file?.close();
  }
}
