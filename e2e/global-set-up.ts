import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { root } from './processes.ts';
import { moveTemporaryFolder } from './temporary-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where Chromium is; empty when no test of this run needs it. */
    readonly chromium: string;
  }
}

/**
 * Builds the command line and the screen when their sources are newer, unless another build is to be tested; finds
 * Chromium and what labs are tested with, or installs them, when a test of this run needs them.
 */
export function setup(project: TestProject): () => void {
  if (process.env.PIECEWISE_CLI === undefined) run('.ci/set-up.mjs', '--build');
  const testFiles = project.vitest.state.getPaths();
  if (testFiles.some(usesLabTools)) run('.ci/lab-tools.mjs');
  const needsChromium = testFiles.some(usesBrowser);
  project.provide('chromium', needsChromium ? run('.ci/chromium.mjs').trim() : '');
  return moveTemporaryFolder();
}

function usesLabTools(testFile: string): boolean {
  return /from '\.\/(network-namespaces|classmate\/python)\.ts'/.test(readFileSync(testFile, 'utf8'));
}

function usesBrowser(testFile: string): boolean {
  return /from '\.\/(browser|ui-world)\.ts'/.test(readFileSync(testFile, 'utf8'));
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
