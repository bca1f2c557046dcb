/** What a share has under way; `stop` waits for its end. */
export interface Work {
  /** Says what it is; another key is other work. */
  readonly key: string;
  stop(): Promise<void>;
}

export const noWork: Work = { key: 'none', stop: async () => {} };

/** Work that ends by itself or is aborted. What it throws before that is given to `onError`. */
export function abortable(
  key: string,
  work: (signal: AbortSignal) => Promise<void>,
  onError: (error: unknown) => void,
): Work {
  const abort = new AbortController();
  // Not before it is the work under way: what it says at once would be taken for the last one's.
  const done = Promise.resolve()
    .then(() => work(abort.signal))
    .catch(error => {
      if (!abort.signal.aborted) onError(error);
    });
  return {
    key,
    stop() {
      abort.abort();
      return done;
    },
  };
}
