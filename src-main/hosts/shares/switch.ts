import type { MechanismView } from '../../../src-shared/share.ts';
import type { Finder } from './share-parts.ts';

type Mechanism = MechanismView['mechanism'];

/** Something that is opened and closed while the app runs; what is asked for last is what it comes to. */
export class Switch<T extends Finder> {
  readonly #mechanism: Mechanism;
  readonly #onOpened: (part: T) => void;
  #part: T | undefined;
  /** What is open or being opened; undefined for nothing. */
  #key: string | undefined;
  #problem: string | undefined;
  #changing: Promise<void> = Promise.resolve();

  constructor(mechanism: Mechanism, onOpened: (part: T) => void = () => {}) {
    this.#mechanism = mechanism;
    this.#onOpened = onOpened;
  }

  get part(): T | undefined {
    return this.#part;
  }

  /** Closes what is open unless it is this, and opens this; undefined: leaves it closed. */
  set(key: string | undefined, open: () => Promise<T>): Promise<void> {
    if (key === this.#key) return this.#changing;
    this.#key = key;
    this.#changing = this.#changing.then(async () => {
      const before = this.#part;
      this.#part = undefined;
      this.#problem = undefined;
      await before?.close().catch(() => {});
      if (key === undefined || this.#key !== key) return;
      try {
        this.#part = await open();
        this.#onOpened(this.#part);
      } catch (error) {
        this.#problem = (error as Error).message;
      }
    });
    return this.#changing;
  }

  async close(): Promise<void> {
    await this.set(undefined, () => Promise.reject(new Error('closed')));
  }

  status(offMessage: string): MechanismView {
    if (this.#part !== undefined) return this.#part.status();
    const view = { mechanism: this.#mechanism, found: null, lastAtMs: null };
    if (this.#problem !== undefined) return { ...view, state: 'failed', message: this.#problem };
    if (this.#key !== undefined) return { ...view, state: 'trying', message: 'It is being started.' };
    return { ...view, state: 'off', message: offMessage };
  }
}
