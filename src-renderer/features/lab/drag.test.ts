import { expect, it } from 'vitest';
import { indexAt } from './drag.ts';

const rows = [
  { top: 100, height: 40 },
  { top: 140, height: 40 },
];

it.each([
  [0, 0],
  [119, 0],
  [121, 1],
  [159, 1],
  [161, 2],
  [900, 2],
])('at %i something comes to stand before row %i', (y, index) => {
  expect(indexAt(y, rows)).toBe(index);
});

it('is the first where nothing stands yet', () => {
  expect(indexAt(50, [])).toBe(0);
});
