import { describe, expect, it } from 'vitest';
import { beginHistory, record, redo, undo } from './draft-history.ts';

describe('a history', () => {
  it('goes back and forth', () => {
    const history = record(record(beginHistory('a'), 'b'), 'c');
    const back = undo(undo(history)!)!;
    expect(back.present).toBe('a');
    expect(undo(back)).toBeNull();
    expect(redo(redo(back)!)).toMatchObject({ present: 'c', future: [] });
    expect(redo(history)).toBeNull();
  });

  it('forgets what was taken back when something else is done', () => {
    const other = record(undo(record(beginHistory('a'), 'b'))!, 'c');
    expect(redo(other)).toBeNull();
    expect(undo(other)?.present).toBe('a');
  });

  it('undoes the letters of one field together, and those of another one apart', () => {
    let history = beginHistory('');
    for (const text of ['n', 'na', 'nam']) history = record(history, text, 'name');
    history = record(history, 'nam h', 'host');
    expect(undo(history)?.present).toBe('nam');
    expect(undo(undo(history)!)?.present).toBe('');
  });

  it('begins a new step after an undo, in the same field too', () => {
    const history = undo(record(record(beginHistory('a'), 'b', 'name'), 'c', 'host'))!;
    expect(undo(record(history, 'd', 'name'))?.present).toBe('b');
  });

  it('has no step where nothing changed, and not endlessly many', () => {
    const history = beginHistory(0);
    expect(record(history, 0)).toBe(history);
    let long = history;
    for (let step = 1; step <= 500; step += 1) long = record(long, step);
    expect(long.past).toHaveLength(200);
  });
});
