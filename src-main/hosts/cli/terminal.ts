/** Where a command writes; `process.stdout` fits, and so does a list in a test. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** For a terminal that does not know its size, or says that it is 0. */
const usualSize = { columns: 80, rows: 24 };

/** Lines at the bottom of a terminal that are drawn anew in place. */
export class LiveLines {
  readonly #out: Output;
  #drawn = 0;

  constructor(out: Output) {
    this.#out = out;
  }

  /**
   * Replaces what was drawn last. Lines longer than the terminal are cut, so that each takes one row; those it has no
   * rows for are left out, since the cursor could not come back up to them.
   */
  draw(lines: readonly string[]): void {
    const { columns, rows } = this.#out;
    const shown = lines.slice(0, (rows || usualSize.rows) - 1);
    const cut = shown.map(line => `\x1b[2K${line.slice(0, (columns || usualSize.columns) - 1)}\n`);
    this.#out.write(`${this.#up()}${cut.join('')}\x1b[J`);
    this.#drawn = shown.length;
  }

  /** Puts a line above them that stays. */
  print(line: string): void {
    this.#out.write(`${this.#up()}\x1b[J${line}\n`);
    this.#drawn = 0;
  }

  /** To their beginning. The terminal may have shown a key meanwhile, such as ^C. */
  #up(): string {
    return this.#drawn > 0 ? `\r\x1b[${this.#drawn}A` : '\r';
  }
}

/** A bar of `width` characters, `share` of it filled. */
export function bar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}

/** Rows of cells as text, columns aligned; the named columns to the right. */
export function table(rows: readonly (readonly string[])[], alignRight: readonly number[] = []): string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(widest[column] ?? 0, cell.length)),
    [],
  );
  return rows.map(row =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return alignRight.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

/** A value as a script reads it, and somebody too: indented, with a line end. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
