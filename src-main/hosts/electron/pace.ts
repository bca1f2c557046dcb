/** Counts how often something happens; says no when it is too often within one second. */
export class Pace {
  readonly #mostPerSecond: number;
  #second = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(mostPerSecond: number) {
    this.#mostPerSecond = mostPerSecond;
  }

  allows(nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count <= this.#mostPerSecond;
  }
}
