import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('clients.mjs', import.meta.url));

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
    env: { PATH: commands, PIECEWISE_PYTHON: join(commands, 'python3'), CI: 'true', ...env },
  });
  return { clients: JSON.parse(stdout), says: stderr, status };
}

const install = {
  aria2: 'echo aria2 version 1.36.0',
  'transmission-daemon': 'echo "transmission-daemon 3.00 (bb6b5a062e)" >&2',
  python3: 'echo libtorrent 2.0.8.0',
  opentracker: 'echo "Usage: opentracker [-i ip]" >&2',
};

describe.skipIf(process.platform !== 'linux')('the search for BitTorrent clients', () => {
  it('finds those that are installed, with their versions', () => {
    const aria2 = command('aria2c', install.aria2);
    const transmission = command('transmission-daemon', install['transmission-daemon']);
    const libtorrent = command('python3', install.python3);
    const opentracker = command('opentracker', install.opentracker);
    expect(find()).toEqual({
      clients: {
        aria2: { path: aria2, version: '1.36.0' },
        transmission: { path: transmission, version: '3.00' },
        libtorrent: { path: libtorrent, version: '2.0.8.0' },
        opentracker: { path: opentracker, version: '' },
      },
      says: '',
      status: 0,
    });
  });

  it('says of each that is missing why, and goes on', () => {
    command('transmission-daemon', 'exit 127');
    command('python3', 'echo "No module named libtorrent" >&2; exit 1');
    const { clients, says, status } = find();
    expect(clients).toMatchObject({
      aria2: { missing: 'the package aria2 is not installed' },
      transmission: { missing: 'the package transmission-daemon is not installed' },
      libtorrent: { missing: 'the package python3-libtorrent is not installed' },
      opentracker: { missing: 'the package opentracker is not installed' },
    });
    expect(says).toContain('no tests with libtorrent: the package python3-libtorrent is not installed.');
    expect(status).toBe(0);
  });

  it('installs what is missing where packages come with apt, after asking for their list if need be', () => {
    command('aria2c', install.aria2);
    command('transmission-daemon', install['transmission-daemon']);
    command('python3', install.python3);
    command('later', install.opentracker);
    command('sudo', 'shift; exec "$@"');
    command(
      'apt-get',
      `echo "$@" >> ${commands}/asked
      case "$*" in
        *update*) echo > ${commands}/list;;
        *) [ -e ${commands}/list ] && /bin/mv ${commands}/later ${commands}/opentracker;;
      esac`,
    );
    const { clients, says } = find();
    expect(says).toContain('installing opentracker');
    expect(clients.opentracker).toEqual({ path: join(commands, 'opentracker'), version: '' });
    const asked = readFileSync(join(commands, 'asked'), 'utf8').trimEnd().split('\n');
    const wanted = '--quiet --yes install --no-install-recommends opentracker';
    expect(asked).toEqual([wanted, '--quiet --yes update', wanted]);
  });
});
