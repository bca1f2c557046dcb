import { expect, it } from 'vitest';
import { limitChoices } from './limits.ts';

it('offers the present limit in its place among the usual ones', () => {
  const choices = limitChoices(70_000);
  expect(choices.slice(0, 4)).toEqual([20_000, 50_000, 70_000, 100_000]);
  expect(choices.at(-1)).toBeNull();
});

it('does not offer a limit twice', () => {
  expect(limitChoices(50_000)).toEqual(limitChoices(null));
});
