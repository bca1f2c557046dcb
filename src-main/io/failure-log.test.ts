import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { logFailure } from './failure-log.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'piecewise-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const now = new Date(0);

it('appends with the time, in a folder that it makes', () => {
  const path = join(folder, 'profile/failures.log');
  logFailure(path, 'one', now);
  logFailure(path, 'two', now);
  expect(readFileSync(path, 'utf8')).toBe('1970-01-01T00:00:00.000Z one\n1970-01-01T00:00:00.000Z two\n');
});

it('begins anew beyond a mebibyte and keeps the one before', () => {
  const path = join(folder, 'failures.log');
  writeFileSync(path, 'x'.repeat(1024 * 1024 + 1));
  logFailure(path, 'one', now);
  expect(readFileSync(path, 'utf8')).toBe('1970-01-01T00:00:00.000Z one\n');
  expect(statSync(`${path}.previous`).size).toBe(1024 * 1024 + 1);
});

it('does not fail where nothing can be written', () => {
  expect(() => logFailure(folder, 'one', now)).not.toThrow();
});
