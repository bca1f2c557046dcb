import { expect, it } from 'vitest';
import { rowAfterKey } from './list-keys.ts';

it.each([
  ['ArrowDown', 5],
  ['ArrowUp', 3],
  ['PageDown', 14],
  ['PageUp', 0],
  ['Home', 0],
  ['End', 29],
])('moves by %s from row 4 of 30 to row %i', (key, row) => {
  expect(rowAfterKey(key, 4, 30)).toBe(row);
});

it('stays within the list', () => {
  expect(rowAfterKey('ArrowUp', 0, 3)).toBe(0);
  expect(rowAfterKey('PageDown', 1, 3)).toBe(2);
});

it('goes nowhere by other keys, and where there is nothing', () => {
  expect(rowAfterKey('ArrowLeft', 1, 3)).toBeUndefined();
  expect(rowAfterKey('End', 0, 0)).toBeUndefined();
});
