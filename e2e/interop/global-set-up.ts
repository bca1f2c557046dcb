import { spawnSync } from 'node:child_process';
import type { TestProject } from 'vitest/node';
import { root } from '../processes.ts';
import { moveTemporaryFolder } from '../temporary-folder.ts';
import type { Clients } from './clients.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Which real BitTorrent programs there are, and why one is not. */
    readonly clients: Clients;
  }
}

/** Builds the command line when its sources are newer, and finds the programs it is tested with, or installs them. */
export function setup(project: TestProject): () => void {
  if (process.env.PIECEWISE_CLI === undefined) run('.ci/set-up.mjs', '--build');
  project.provide('clients', JSON.parse(run('.ci/clients.mjs')));
  return moveTemporaryFolder();
}

/** Returns what was printed; what went wrong stands on standard error. */
function run(...args: readonly string[]): string {
  const { status, stdout } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`"${args.join(' ')}" failed; the lines above say why.`);
  return stdout;
}
