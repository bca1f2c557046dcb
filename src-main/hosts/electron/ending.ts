/** Closing the window, and the end of the app. */

/** What closing the window does. */
export function onWindowClose(state: {
  readonly isEnding: boolean;
  readonly keepInTray: boolean;
  readonly running: number;
}): 'close' | 'hide' | 'ask' {
  if (state.isEnding || state.running === 0) return 'close';
  return state.keepInTray ? 'hide' : 'ask';
}

/** Swarms get this long to end tidily. */
const longestEndMs = 5_000;

/** Ends the app once: every swarm tidily, within bounds, and then the process. */
export class Ending {
  readonly #closeApp: () => Promise<void>;
  readonly #exit: (code: number) => void;
  #hasBegun = false;

  constructor(closeApp: () => Promise<void>, exit: (code: number) => void) {
    this.#closeApp = closeApp;
    this.#exit = exit;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  async begin(code: number): Promise<void> {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>(resolve => {
      timer = setTimeout(resolve, longestEndMs);
    });
    // A swarm that cannot end tidily does not keep the app from ending.
    await Promise.race([this.#closeApp().catch(() => {}), limit]);
    clearTimeout(timer);
    this.#exit(code);
  }
}
