import { expect, it } from 'vitest';
import { nearestWord } from './nearest-word.ts';

const keys = ['id', 'port', 'has_file', 'machine_name'];

it.each([
  ['hasFile', 'has_file'],
  ['has-file', 'has_file'],
  ['PORT', 'port'],
  ['prot', 'port'],
  ['machineName', 'machine_name'],
  ['ID', 'id'],
  ['idd', 'id'],
])('takes %s for %s', (name, meant) => {
  expect(nearestWord(name, keys)).toBe(meant);
});

it.each(['', 'x', 'ab', 'seed', 'machine', 'p'.repeat(1_000_000)])('takes %s for another word', name => {
  expect(nearestWord(name, keys)).toBeUndefined();
});
