/** Lets one at a time through: disks that many read at once are slow for all. */
export class Turnstile {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs the work when those before it are done; not at all when the signal comes first. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    const turn = this.#last.then(() => (signal.aborted ? undefined : work()));
    this.#last = turn.catch(() => {});
    return turn;
  }
}
