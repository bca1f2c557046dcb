import { closeSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBelow } from './disk-suite.ts';
import { OpenHandles } from './open-handles.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'piecewise-'));
});
afterEach(() => {
  expect(openBelow(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});

/** Files as shares tell them apart. */
const files = Array.from({ length: 4 }, (_, number) => ({ number }));
const open = (handles: OpenHandles, file: number) => handles.open(files[file]!, join(folder, `${file}`), 'w');
const isOpen = (handles: OpenHandles, file: number) => {
  const handle = handles.use(files[file]!);
  if (handle !== undefined) handles.release(handle);
  return handle !== undefined;
};
const closeAll = (handles: OpenHandles) => Promise.all(files.map(file => handles.forget(file)));

describe('OpenHandles', () => {
  it('closes what was used longest ago when there are too many', async () => {
    const handles = new OpenHandles(3);
    for (const file of [0, 1, 2]) handles.release(await open(handles, file));
    handles.release(handles.use(files[0]!)!);
    handles.release(await open(handles, 3));
    await handles.forget(files[1]!);
    expect(openBelow(folder)).toHaveLength(3);
    expect([0, 1, 2, 3].map(file => isOpen(handles, file))).toEqual([true, false, true, true]);
    await closeAll(handles);
  });

  it('never closes what is in use', async () => {
    const handles = new OpenHandles(1);
    const [first, second] = [await open(handles, 0), await open(handles, 1)];
    expect(openBelow(folder)).toHaveLength(2);
    handles.release(second);
    expect(handles.use(files[1]!)).toBeUndefined();
    expect(handles.use(files[0]!)).toBe(first);
    handles.release(first);
    handles.release(first);
    await closeAll(handles);
  });

  it('closes what is forgotten as soon as nobody uses it', async () => {
    const handles = new OpenHandles(3);
    const handle = await open(handles, 0);
    await handles.forget(files[0]!);
    expect(openBelow(folder)).toHaveLength(1);
    expect(handles.use(files[0]!)).toBeUndefined();
    handles.release(handle);
    await handles.forget(files[0]!);
    expect(openBelow(folder)).toEqual([]);
    expect(() => closeSync(handle.fd)).toThrow();
  });
});
