import { rm } from 'node:fs/promises';
import type { JournalEvent } from '../../src-shared/journal.ts';
import { naming } from './file-failure.ts';
import { createFreeFile } from './free-name.ts';

/** Lines that are written together: few system calls, and a moment for everything else in between. */
const eventsPerWrite = 2_000;

/**
 * Writes `count` events as JSON lines into a new file of a folder, and returns its path. A file that cannot be
 * written to its end is removed. Throws a `FileFailure` that names the file.
 */
export async function writeJournal(
  folder: string,
  name: string,
  count: number,
  eventAt: (seq: number) => JournalEvent,
): Promise<string> {
  const { path, file } = await createFreeFile(folder, name, '.jsonl');
  try {
    for (let start = 0; start < count; start += eventsPerWrite) {
      const length = Math.min(eventsPerWrite, count - start);
      const lines = Array.from({ length }, (_, i) => `${JSON.stringify(eventAt(start + i))}\n`);
      await naming({ path, shown: path }, file.appendFile(lines.join('')));
    }
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
  await file.close();
  return path;
}
