import { describe, expect, it } from 'vitest';
import { ReloadBudget, watchScreen } from './crash.ts';
import { FakeContents, FakeElectron } from './testing/fake-electron.ts';

function watched() {
  const electron = new FakeElectron();
  const contents = new FakeContents();
  const happened: string[] = [];
  let nowMs = 0;
  watchScreen(contents, {
    dialog: electron.api.dialog,
    now: () => nowMs,
    log: line => happened.push(`log ${line}`),
    onGone: () => happened.push('gone'),
    reload: () => happened.push('reload'),
    quit: () => happened.push('quit'),
  });
  const crash = (reason = 'crashed') => contents.emit('render-process-gone', { reason, exitCode: 11 });
  const wait = (ms: number) => {
    nowMs += ms;
  };
  return { electron, contents, happened, crash, wait };
}

const answered = () => new Promise(resolve => setImmediate(resolve));

describe('a screen whose process ends', () => {
  it('is loaded again, on a session of its own', () => {
    const { happened, crash } = watched();
    crash();
    expect(happened).toEqual(['gone', "log the screen's process is gone: crashed, 11", 'reload']);
  });

  it('is loaded three times a minute, then the user is asked', async () => {
    const { electron, happened, crash, wait } = watched();
    for (let time = 0; time < 3; time += 1) {
      crash();
      wait(10_000);
    }
    electron.dialog.response = 1;
    happened.length = 0;
    crash();
    expect(happened).not.toContain('reload');
    expect(electron.dialog.asked).toHaveLength(1);
    await answered();
    expect(happened).toContain('quit');
  });

  it('is loaded again when the user wants that', async () => {
    const { happened, crash } = watched();
    for (let time = 0; time < 4; time += 1) crash();
    await answered();
    expect(happened.filter(what => what === 'reload')).toHaveLength(4);
  });

  it('is left alone when it ended by itself', () => {
    const { happened, crash } = watched();
    crash('clean-exit');
    expect(happened).toEqual(['gone']);
  });

  it('may fail again after a quiet minute', () => {
    const budget = new ReloadBudget();
    expect([0, 1, 2, 3].map(nowMs => budget.allows(nowMs))).toEqual([true, true, true, false]);
    expect(budget.allows(59_999)).toBe(false);
    expect(budget.allows(60_000)).toBe(true);
  });
});

describe('a screen that hangs', () => {
  it('is left alone or loaded again, as the user says, who is asked once', async () => {
    const { electron, contents, happened } = watched();
    contents.emit('unresponsive');
    contents.emit('unresponsive');
    await answered();
    expect(electron.dialog.asked).toHaveLength(1);
    expect(happened).not.toContain('reload');
    electron.dialog.response = 1;
    contents.emit('unresponsive');
    await answered();
    expect(happened).toContain('reload');
  });
});
