import { spawnSync } from 'node:child_process';
import { root } from './processes.ts';

/** Builds the command line when its sources are newer, unless another build is to be tested. */
export function setup(): void {
  if (process.env.PIECEWISE_CLI !== undefined) return;
  const { status } = spawnSync(process.execPath, ['.ci/set-up.mjs', '--build'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the command line could not be built');
}
