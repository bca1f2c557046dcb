const most = 20;

/** Remarks about a share, in sentences: the first ones in full, and how many more there would be. */
export class Notices {
  readonly #sentences: string[] = [];
  #more = 0;

  add(sentence: string): void {
    if (this.#sentences.length < most) this.#sentences.push(sentence);
    else this.#more += 1;
  }

  list(): readonly string[] {
    return this.#more === 0
      ? this.#sentences
      : [...this.#sentences, `There are ${this.#more} more remarks like these.`];
  }
}
