import { isUtf8 } from 'node:buffer';
import { FileFailure } from './file-failure.ts';
import { readWholeFile } from './whole-file.ts';

/** A larger file is something else, and is not read. */
const mostBytes = 4 * 1024 * 1024;

/**
 * The text of a plan's file. One in UTF-16 is read as well: that is what `>` writes in Windows PowerShell. Throws a
 * `FileFailure` that names the file when it cannot be read, or is no text.
 */
export async function readPlanFile(path: string): Promise<string> {
  const bytes = await readWholeFile(path, mostBytes);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (!isUtf8(bytes))
    throw new FileFailure(`${path}: it is not text in UTF-8; save it as plain text in UTF-8`);
  return new TextDecoder().decode(bytes);
}
