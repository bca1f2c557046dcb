/** Whole numbers in a row that grows, without the cost of boxed ones. */
export class GrowingNumbers {
  #values = new Uint32Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) this.#grow(this.#length * 2);
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  /** 0 where nothing was written. */
  at(index: number): number {
    return this.#values[index] ?? 0;
  }

  /** Adds to a value, with zeros up to it where there was nothing. */
  add(index: number, amount: number): void {
    if (index >= this.#values.length) this.#grow(Math.max(index + 1, this.#values.length * 2));
    this.#values[index]! += amount;
    this.#length = Math.max(this.#length, index + 1);
  }

  /** How many of the values, which must ascend, are below `limit`. */
  countBelow(limit: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#values[middle]! < limit) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #grow(capacity: number): void {
    const values = new Uint32Array(capacity);
    values.set(this.#values);
    this.#values = values;
  }
}
