const known = new Map<string, number>();
let probe: CanvasRenderingContext2D | null | undefined;

/** A colour as a pixel of a picture. Whatever a style sheet can say is understood, the system's own colours too. */
export function colourNumber(colour: string): number {
  const number = known.get(colour);
  // System colours change with the system's theme.
  if (number !== undefined && colour.startsWith('#')) return number;
  probe ??= document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (probe === null) return 0;
  probe.fillStyle = colour;
  probe.fillRect(0, 0, 1, 1);
  const pixel = new Uint32Array(probe.getImageData(0, 0, 1, 1).data.buffer)[0]!;
  known.set(colour, pixel);
  return pixel;
}
