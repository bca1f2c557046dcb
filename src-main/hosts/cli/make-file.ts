import { formatBytes } from '../../../src-shared/units.ts';
import { FileFailure } from '../../io/file-failure.ts';
import { makeTestFile } from '../../io/test-file.ts';
import { exitCode } from './exit-codes.ts';
import { onInterrupt } from './interrupt.ts';
import type { Output } from './terminal.ts';

/** `piecewise make-file SIZE FILE`: a reproducible random file. Returns the exit code. */
export async function makeFileCommand(
  file: string,
  size: number,
  { seed, force }: { readonly seed: number; readonly force: boolean },
  out: Output,
  err: Output,
): Promise<number> {
  const abort = new AbortController();
  const release = onInterrupt(() => abort.abort());
  try {
    await makeTestFile(file, size, { seed, force, signal: abort.signal });
    out.write(`${file}: ${formatBytes(size)}\n`);
    return exitCode.ok;
  } catch (error) {
    if (abort.signal.aborted) return exitCode.interrupted;
    if (!(error instanceof FileFailure)) throw error;
    const hint = error.message.endsWith('it exists already') ? '; --force replaces it' : '';
    err.write(`${error.message}${hint}\n`);
    return exitCode.badSetUp;
  } finally {
    release();
  }
}
