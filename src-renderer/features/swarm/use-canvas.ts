import { type RefObject, useEffect, useRef, useState } from 'react';

/** Names of the colours in theme/tokens.css that drawings use. */
const colourNames = [
  'bg',
  'surface',
  'inset',
  'hover',
  'line',
  'line-2',
  'ctl',
  'ink',
  'ink-2',
  'ink-3',
  'in',
  'in-soft',
  'pref',
  'pref-soft',
  'opt',
  'opt-soft',
  'choke',
  'have',
  'rare',
  'ok',
  'on-accent',
] as const;
export type ColourName = (typeof colourNames)[number];
export type Colours = Readonly<Record<ColourName, string>>;

export interface Surface {
  readonly context: CanvasRenderingContext2D;
  /** In CSS pixels; the context is scaled for the screen's own. */
  readonly width: number;
  readonly height: number;
  readonly colours: Colours;
  readonly fontFamily: string;
}

/**
 * A canvas that is drawn again after every render, and when its size, the theme or the screen's scale changes; at most
 * once a frame. `draw` gets a cleared surface.
 */
export function useCanvas(draw: (surface: Surface) => void): RefObject<HTMLCanvasElement | null> {
  const canvas = useRef<HTMLCanvasElement | null>(null);
  const size = useRef({ width: 0, height: 0 });
  const latest = useRef(draw);
  latest.current = draw;
  const [, setOutside] = useState(0);

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const again = () => setOutside(count => count + 1);
    // Asking an element for its size in the middle of a frame would make the browser lay the page out.
    const sizes = new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      const { width, height } = entry.contentRect;
      size.current = { width: Math.round(width), height: Math.round(height) };
      again();
    });
    sizes.observe(element);
    const theme = new MutationObserver(again);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: themeAttributes });
    return () => {
      sizes.disconnect();
      theme.disconnect();
    };
  }, []);

  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      const surface = canvas.current === null ? undefined : surfaceOf(canvas.current, size.current);
      if (surface !== undefined) latest.current(surface);
    });
    return () => cancelAnimationFrame(frame);
  });

  return canvas;
}

const themeAttributes = ['data-theme', 'data-presenting'];

function surfaceOf(
  canvas: HTMLCanvasElement,
  { width, height }: { readonly width: number; readonly height: number },
): Surface | undefined {
  const context = canvas.getContext('2d');
  if (width === 0 || height === 0 || context === null) return undefined;
  const scale = devicePixelRatio || 1;
  const [pixelWidth, pixelHeight] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
    canvas.width = pixelWidth;
    canvas.height = pixelHeight;
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height, ...themeNow() };
}

let theme: Pick<Surface, 'colours' | 'fontFamily'> | undefined;
let themeName: string | undefined;

/** Read once per theme: asking for a computed style is slow. */
function themeNow(): Pick<Surface, 'colours' | 'fontFamily'> {
  const root = document.documentElement;
  const name = themeAttributes.map(attribute => root.getAttribute(attribute)).join(' ');
  if (theme === undefined || name !== themeName) {
    const style = getComputedStyle(root);
    const colours = Object.fromEntries(
      colourNames.map(colour => [colour, style.getPropertyValue(`--${colour}`).trim()]),
    ) as Record<ColourName, string>;
    theme = { colours, fontFamily: style.getPropertyValue('--font') };
    themeName = name;
  }
  return theme;
}
