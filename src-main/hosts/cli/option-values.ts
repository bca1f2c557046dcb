import { InvalidArgumentError } from 'commander';
import { parseSize } from '../../../src-shared/units.ts';

/** What is typed after an option, as the values that commands take. */

export function size(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined) throw new InvalidArgumentError('give a size such as 20MiB, 512KiB or 1000000.');
  return bytes;
}

export function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 0) || text.trim() === '') throw new InvalidArgumentError('give a number of seconds.');
  return value;
}

export function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('give a whole number.');
  return Number(text);
}
