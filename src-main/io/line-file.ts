import { type FileHandle, open, rename } from 'node:fs/promises';

/** What is said is on disk this soon, or sooner when there is much of it. */
const flushMs = 50;
const flushLength = 64 * 1024;

/** An append-only text file, written in batches so that a line costs no system call of its own. */
export class LineFile {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #onError: (error: Error) => void;
  #waiting: string[] = [];
  #waitingLength = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failed = false;

  private constructor(path: string, file: FileHandle, onError: (error: Error) => void) {
    this.path = path;
    this.#file = file;
    this.#onError = onError;
  }

  /**
   * Begins the file anew, or goes on at its end. `onError` is called once, when a write fails; nothing is written
   * after that.
   * @throws the file system's error when it cannot be opened
   */
  static async open(
    path: string,
    mode: 'anew' | 'append',
    onError: (error: Error) => void,
  ): Promise<LineFile> {
    const file = await open(path, mode === 'anew' ? 'w' : 'a+');
    if (mode === 'append') await endTornLine(file);
    return new LineFile(path, file, onError);
  }

  write(line: string): void {
    if (this.#failed) return;
    this.#waiting.push(line);
    this.#waitingLength += line.length + 1;
    if (this.#waitingLength >= flushLength) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), flushMs);
  }

  /** Writes what is left and closes the file. */
  async close(): Promise<void> {
    this.#flush();
    await this.#writing;
    await this.#file.close();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const text = `${this.#waiting.join('\n')}\n`;
    this.#waiting = [];
    this.#waitingLength = 0;
    this.#writing = this.#writing.then(() => this.#append(text));
  }

  async #append(text: string): Promise<void> {
    if (this.#failed) return;
    try {
      await this.#file.appendFile(text);
    } catch (error) {
      this.#failed = true;
      this.#onError(error as Error);
    }
  }
}

/** A full disk or a killed process may have left half a line; what follows must not be read as its rest. */
async function endTornLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  if (size === 0) return;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  if (buffer.toString() !== '\n') await file.appendFile('\n');
}

/** Renames a file of an earlier run to `NAME.previous`, if there is one. */
export async function setAside(path: string): Promise<void> {
  await rename(path, `${path}.previous`).catch(() => {});
}
