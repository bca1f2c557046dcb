/** As much of a terminal as the live display needs: what a person would see of the bytes it writes. */
export class Screen {
  /** Every row so far, those that scrolled away included. */
  readonly rows: string[] = [''];
  /** Control sequences and characters this terminal does not know. */
  readonly garbage: string[] = [];
  readonly #columns: number;
  readonly #height: number;
  #row = 0;
  #column = 0;

  constructor(columns: number, height: number) {
    this.#columns = columns;
    this.#height = height;
  }

  write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what this reads
    for (const [part, count, command] of text.matchAll(/\x1b\[([\d;]*)([A-Za-z])|./gsu)) {
      if (command !== undefined) this.#obey(part, command, count ?? '');
      else if (part === '\n') this.#feed();
      else if (part === '\r') this.#column = 0;
      else if (part < ' ') this.garbage.push(JSON.stringify(part));
      else this.#put(part);
    }
  }

  #obey(sequence: string, command: string, count: string): void {
    if (command === 'A') {
      const first = Math.max(0, this.rows.length - this.#height);
      this.#row = Math.max(first, this.#row - Number(count || 1));
    } else if (command === 'K' && count === '2') {
      this.rows[this.#row] = '';
    } else if (command === 'J' && count === '') {
      this.rows.length = this.#row + 1;
      this.rows[this.#row] = this.rows[this.#row]!.slice(0, this.#column);
    } else if (command !== 'm') {
      this.garbage.push(JSON.stringify(sequence));
    }
  }

  #put(character: string): void {
    if (this.#column === this.#columns) {
      this.#feed();
      this.#column = 0;
    }
    const row = this.rows[this.#row]!.padEnd(this.#column);
    this.rows[this.#row] = row.slice(0, this.#column) + character + row.slice(this.#column + 1);
    this.#column += 1;
  }

  #feed(): void {
    this.#row += 1;
    if (this.#row === this.rows.length) this.rows.push('');
  }
}
