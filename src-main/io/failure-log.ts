import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const longestLog = 1024 * 1024;

/** Appends to a log of failures, at once, since the process may be about to end. Failing here would hide the failure. */
export function logFailure(path: string, text: string, now: Date): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > longestLog) renameSync(path, `${path}.previous`);
    appendFileSync(path, `${now.toISOString()} ${text}\n`);
  } catch {}
}
