export interface Point {
  readonly x: number;
  readonly y: number;
}

export function distanceOf(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** A point as SVG paths name it. */
export function svg({ x, y }: Point): string {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}

const samples = 720;

/** An ellipse by its length: equal shares are equally far apart. */
export class Ellipse {
  readonly centre: Point;
  readonly #radiusX: number;
  readonly #radiusY: number;
  /** Length from the top up to each sample. */
  readonly #lengths = new Float64Array(samples + 1);

  constructor(centre: Point, radiusX: number, radiusY: number) {
    this.centre = centre;
    this.#radiusX = Math.max(1, radiusX);
    this.#radiusY = Math.max(1, radiusY);
    for (let i = 1; i <= samples; i += 1) {
      this.#lengths[i] = this.#lengths[i - 1]! + distanceOf(this.#sample(i - 1), this.#sample(i));
    }
  }

  shrunk(by: number): Ellipse {
    return new Ellipse(this.centre, this.#radiusX - by, this.#radiusY - by);
  }

  /** Clockwise from the top; any number, whole turns are the same place. */
  at(share: number): Point {
    return this.#sample(this.#turnOf(share) * samples);
  }

  get length(): number {
    return this.#lengths[samples]!;
  }

  /** An SVG path from one share to another, clockwise when it is the larger; `A` goes on from where one is. */
  arc(from: number, to: number, begin: 'M' | 'A' = 'M'): string {
    const isClockwise = to > from;
    const [low, high] = isClockwise ? [from, to] : [to, from];
    const isLong = (this.#turnOf(high) - this.#turnOf(low) + 1) % 1 > 0.5;
    const radii = `${this.#radiusX.toFixed(1)} ${this.#radiusY.toFixed(1)}`;
    const start = begin === 'M' ? `M${svg(this.at(from))}` : '';
    return `${start}A${radii} 0 ${isLong ? 1 : 0} ${isClockwise ? 1 : 0} ${svg(this.at(to))}`;
  }

  #turnOf(share: number): number {
    const length = (share - Math.floor(share)) * this.#lengths[samples]!;
    let low = 0;
    let high = samples;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#lengths[middle]! <= length) low = middle;
      else high = middle;
    }
    const [before, after] = [this.#lengths[low]!, this.#lengths[high]!];
    return (low + (after === before ? 0 : (length - before) / (after - before))) / samples;
  }

  #sample(i: number): Point {
    const angle = (i / samples) * 2 * Math.PI;
    return {
      x: this.centre.x + this.#radiusX * Math.sin(angle),
      y: this.centre.y - this.#radiusY * Math.cos(angle),
    };
  }
}
