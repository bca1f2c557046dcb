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
  const latest = useRef(draw);
  latest.current = draw;
  const [, setOutside] = useState(0);

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const again = () => setOutside(count => count + 1);
    const sizes = new ResizeObserver(again);
    sizes.observe(element);
    const theme = new MutationObserver(again);
    theme.observe(document.documentElement, {
      attributes: true,
      attributeFilter: ['data-theme', 'data-presenting'],
    });
    return () => {
      sizes.disconnect();
      theme.disconnect();
    };
  }, []);

  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      const surface = canvas.current === null ? undefined : surfaceOf(canvas.current);
      if (surface !== undefined) latest.current(surface);
    });
    return () => cancelAnimationFrame(frame);
  });

  return canvas;
}

function surfaceOf(canvas: HTMLCanvasElement): Surface | undefined {
  const { clientWidth: width, clientHeight: height } = canvas;
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
  const style = getComputedStyle(document.documentElement);
  return { context, width, height, colours: coloursOf(style), fontFamily: style.getPropertyValue('--font') };
}

let colours: Colours | undefined;
let coloursOfTheme: string | undefined;

/** Read once per theme: asking for a computed style is slow. */
function coloursOf(style: CSSStyleDeclaration): Colours {
  const theme = `${document.documentElement.dataset.theme} ${style.getPropertyValue('--bg')}`;
  if (colours === undefined || theme !== coloursOfTheme) {
    colours = Object.fromEntries(
      colourNames.map(name => [name, style.getPropertyValue(`--${name}`).trim()]),
    ) as Record<ColourName, string>;
    coloursOfTheme = theme;
  }
  return colours;
}
