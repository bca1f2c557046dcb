import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('chromium.mjs', import.meta.url));

/** The only folder in which commands are looked for. */
let commands: string;

beforeEach(() => {
  commands = mkdtempSync(join(tmpdir(), 'piecewise-commands-'));
});

afterEach(() => rmSync(commands, { recursive: true, force: true }));

function command(name: string, lines: string): string {
  const path = join(commands, name);
  writeFileSync(path, `#!/bin/sh\n${lines}\n`);
  chmodSync(path, 0o755);
  return path;
}

function find(env: Readonly<Record<string, string>> = {}) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    env: { PATH: commands, ...env },
  });
  return { path: stdout.trim(), says: stderr, status };
}

describe.skipIf(process.platform !== 'linux')('the search for Chromium', () => {
  it('finds one that is installed', () => {
    const path = command('google-chrome', '');
    expect(find()).toEqual({ path, says: '', status: 0 });
  });

  it('takes the one that is named, and no other when that is not there', () => {
    command('chromium', '');
    const named = command('my-chromium', '');
    expect(find({ PIECEWISE_CHROMIUM: named })).toEqual({ path: named, says: '', status: 0 });
    const gone = find({ PIECEWISE_CHROMIUM: '/no/such/browser' });
    expect(gone).toMatchObject({ path: '', status: 1 });
    expect(gone.says).toContain('names /no/such/browser, where there is nothing');
  });

  it('installs it, with the font, where packages come with apt', () => {
    command('sudo', 'shift; exec "$@"');
    command(
      'apt-get',
      `echo "$@" >> ${commands}/asked; case "$*" in *chromium*) echo > ${commands}/chromium;; esac`,
    );
    const found = find();
    expect(found).toMatchObject({ path: join(commands, 'chromium'), status: 0 });
    expect(found.says).toContain('installing Chromium');
    const asked = spawnSync('cat', [join(commands, 'asked')], { encoding: 'utf8' }).stdout;
    expect(asked).toBe('--quiet --yes install --no-install-recommends chromium fonts-inter\n');
  });

  it('asks for the list of packages when it is not there yet', () => {
    command('sudo', 'shift; exec "$@"');
    command(
      'apt-get',
      `case "$*" in *update*) echo > ${commands}/list;; *) [ -e ${commands}/list ] && echo > ${commands}/chromium;; esac`,
    );
    expect(find()).toMatchObject({ path: join(commands, 'chromium'), status: 0 });
  });

  it('says what to do when there is none to be had', () => {
    expect(find()).toMatchObject({
      path: '',
      status: 1,
      says: expect.stringMatching(/Install it, or name it in P/),
    });
    command('sudo', 'exit 1');
    command('apt-get', 'exit 100');
    expect(find()).toMatchObject({
      path: '',
      status: 1,
      says: expect.stringMatching(/Install it, or name it in P/),
    });
  });
});
