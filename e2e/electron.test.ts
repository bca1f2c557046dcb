import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright';
import { describe, expect } from 'vitest';
import { electronBinary } from './electron-binary.ts';
import { it, type Lab } from './lab.ts';
import { RunningProcess, root } from './processes.ts';

/** The desktop app in a real Electron, wherever there is one. */

const binary = electronBinary();

/** A profile of its own. Chromium's sandbox cannot be had by root, as whom tests in a container run. */
function argumentsFor(lab: Lab, ...args: readonly string[]): string[] {
  const profile = mkdtempSync(join(tmpdir(), 'piecewise-profile-'));
  lab.onEnd(() => rmSync(profile, { recursive: true, force: true }));
  const isRoot = process.getuid?.() === 0;
  return [root, `--user-data-dir=${profile}`, ...(isRoot ? ['--no-sandbox'] : []), ...args];
}

describe.runIf(binary === undefined)('the desktop app', () => {
  it.skip('in a real Electron: skipped: no Electron binary on this machine', () => {});
});

describe.runIf(binary !== undefined)('the desktop app', () => {
  it('opens a course folder that it is started with, and quits', async ({ lab }) => {
    const folder = await lab.folder({ roster: '1001* 1002' });
    const app = await _electron.launch({
      executablePath: binary!,
      args: argumentsFor(lab, folder.dir),
    });
    lab.onEnd(() => app.process().kill('SIGKILL'));
    const page = await app.firstWindow();
    await page.getByText('Which peer is this computer?').waitFor();
    expect(page.url()).toMatch(/^app:\/\/piecewise\//);
    expect(await page.title()).toBe('Piecewise');
    const ended = new Promise(resolve => app.process().once('exit', resolve));
    await app.close();
    expect(await ended).toBe(0);
  });

  it('gives its page nothing of Node or Electron but three functions', async ({ lab }) => {
    const app = await _electron.launch({ executablePath: binary!, args: argumentsFor(lab) });
    lab.onEnd(() => app.process().kill('SIGKILL'));
    const page = await app.firstWindow();
    // As text: the page's own names are not this test's.
    const found = await page.evaluate(
      `[typeof require, typeof process, typeof module, Object.keys(window.piecewise).sort().join()].join(' ')`,
    );
    expect(found).toBe('undefined undefined undefined drop,onMessage,send');
    await app.close();
  });

  it('passes its smoke test', async ({ lab }) => {
    const run = lab.watch(new RunningProcess(binary!, argumentsFor(lab, '--smoke-test')));
    await run.says(/^smoke test passed/);
    await run.endsWith(0);
  });
});
