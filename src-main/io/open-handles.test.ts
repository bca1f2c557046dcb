import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBelow } from './disk-suite.ts';
import { HandleLimit, OpenHandles } from './open-handles.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'piecewise-'));
});
afterEach(() => {
  expect(openBelow(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});

const opened = (file: number) => openSync(join(folder, `${file}`), 'w');

describe('OpenHandles', () => {
  it('closes what was used longest ago when there are too many', async () => {
    const handles = new OpenHandles(3, new HandleLimit());
    for (const file of [0, 1, 2]) handles.release(handles.add(file, opened(file)));
    handles.release(handles.use(0)!);
    handles.release(handles.add(3, opened(3)));
    expect([0, 1, 2, 3].map(file => handles.use(file) !== undefined)).toEqual([true, false, true, true]);
    expect(handles.count).toBe(3);
    for (const file of [0, 2, 3]) {
      const handle = handles.use(file)!;
      handles.release(handle);
      handles.release(handle);
    }
    await handles.closeAll();
  });

  it('never closes what is in use', async () => {
    const handles = new OpenHandles(1, new HandleLimit());
    const [first, second] = [handles.add(0, opened(0)), handles.add(1, opened(1))];
    expect(handles.count).toBe(2);
    handles.release(second);
    expect(handles.count).toBe(1);
    expect(handles.use(1)).toBeUndefined();
    expect(handles.use(0)).toBe(first);
    handles.release(first);
    handles.release(first);
    await handles.closeAll();
  });

  it('counts those of other shares', async () => {
    const limit = new HandleLimit(4);
    const [one, other] = [new OpenHandles(3, limit), new OpenHandles(3, limit)];
    for (const file of [0, 1, 2]) one.release(one.add(file, opened(file)));
    for (const file of [3, 4, 5]) other.release(other.add(file, opened(file)));
    expect([one.count, other.count, limit.open]).toEqual([1, 3, 4]);
    await one.closeIdle();
    expect([one.count, other.count, limit.open]).toEqual([0, 0, 0]);
    await Promise.all([one.closeAll(), other.closeAll()]);
  });

  it('closes what is forgotten as soon as nobody uses it', async () => {
    const handles = new OpenHandles(3, new HandleLimit());
    const handle = handles.add(0, opened(0));
    await handles.forget(0);
    expect(openBelow(folder)).toHaveLength(1);
    expect(handles.use(0)).toBeUndefined();
    handles.release(handle);
    await handles.closeAll();
    expect(openBelow(folder)).toEqual([]);
    expect(() => closeSync(handle.fd)).toThrow();
  });
});
