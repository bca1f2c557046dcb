import { expect, it } from 'vitest';
import { iconPixels } from './icon.ts';

it.each([16, 32, 64])('the mark fills a picture of %i pixels and leaves one piece missing', size => {
  const pixels = iconPixels(size);
  expect(pixels).toHaveLength(size * size * 4);
  const isDrawn = (x: number, y: number) =>
    pixels[(Math.floor(y * size) * size + Math.floor(x * size)) * 4 + 3] === 255;
  expect([isDrawn(0.3, 0.3), isDrawn(0.7, 0.3), isDrawn(0.3, 0.7), isDrawn(0.7, 0.7)]).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
