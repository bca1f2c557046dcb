import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GrowingNumbers } from './growing.ts';

it('holds whatever was pushed, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 1000 }), values => {
      const numbers = new GrowingNumbers();
      for (const value of values) numbers.push(value);
      expect(Array.from({ length: numbers.length }, (_, index) => numbers.at(index))).toEqual(values);
    }),
  );
});

it('adds far beyond its end, with zeros between', () => {
  const numbers = new GrowingNumbers();
  numbers.add(5000, 3);
  numbers.add(5000, 4);
  expect(numbers.length).toBe(5001);
  expect(numbers.at(4999)).toBe(0);
  expect(numbers.at(5000)).toBe(7);
  expect(numbers.at(6000)).toBe(0);
});

it('counts those below a limit as a walk would', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000)), fc.nat(1001), (values, limit) => {
      const numbers = new GrowingNumbers();
      for (const value of values.toSorted((a, b) => a - b)) numbers.push(value);
      expect(numbers.countBelow(limit)).toBe(values.filter(value => value < limit).length);
    }),
  );
});
