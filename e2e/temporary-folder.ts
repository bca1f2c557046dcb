import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Gives the tests, and all that they start, a folder of their own for what is temporary: who is killed leaves things
 * behind. Returns what removes it.
 */
export function moveTemporaryFolder(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'piecewise-tests-'));
  // Some tests do things as another user, who passes through it as through the usual one.
  chmodSync(folder, 0o711);
  Object.assign(process.env, { TMPDIR: folder, TEMP: folder, TMP: folder });
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
