import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('lab-tools.mjs', import.meta.url));

/** The only folder in which commands are looked for. */
let commands: string;

beforeEach(() => {
  commands = mkdtempSync(join(tmpdir(), 'piecewise-commands-'));
  command('sudo', 'shift; exec "$@"');
  command('apt-get', `echo "$@" >> ${commands}/asked`);
});

afterEach(() => rmSync(commands, { recursive: true, force: true }));

function command(name: string, lines: string): void {
  writeFileSync(join(commands, name), `#!/bin/sh\n${lines}\n`);
  chmodSync(join(commands, name), 0o755);
}

/** What apt was asked for. */
function asked(): string | undefined {
  const { status } = spawnSync(process.execPath, [script], { env: { PATH: commands } });
  expect(status).toBe(0);
  const record = join(commands, 'asked');
  return existsSync(record) ? readFileSync(record, 'utf8').trimEnd() : undefined;
}

describe.skipIf(process.platform !== 'linux')('the tools of the tests with several hosts', () => {
  it('are left alone where they are', () => {
    command('ip', '');
    command('python3', '');
    expect(asked()).toBeUndefined();
  });

  it('are installed where packages come with apt: those for hosts only where they can be made', () => {
    const isRoot = process.getuid!() === 0;
    expect(asked()).toBe(`--quiet --yes install --no-install-recommends ${isRoot ? 'iproute2 ' : ''}python3`);
  });
});
