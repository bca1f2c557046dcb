import type { Dialog, WebContents } from 'electron';

/** The screen's process may end or hang; the swarms go on meanwhile. */

const mostReloads = 3;
const withinMs = 60_000;

/** Whether the screen may be loaded once more: not over and over. */
export class ReloadBudget {
  #reloads: number[] = [];

  allows(nowMs: number): boolean {
    this.#reloads = this.#reloads.filter(at => nowMs - at < withinMs);
    if (this.#reloads.length === mostReloads) return false;
    this.#reloads.push(nowMs);
    return true;
  }
}

export interface CrashWatch {
  readonly dialog: Pick<Dialog, 'showMessageBox'>;
  readonly now: () => number;
  readonly log: (line: string) => void;
  /** The page's end of the carrier is to be closed. */
  readonly onGone: () => void;
  readonly reload: () => void;
  readonly quit: () => void;
}

/** Loads the screen again when its process ends; asks the user when it ends too often or hangs. */
export function watchScreen(
  contents: Pick<WebContents, 'on'>,
  { dialog, now, log, onGone, reload, quit }: CrashWatch,
): void {
  const budget = new ReloadBudget();
  const ask = async (message: string, detail: string, buttons: readonly string[]) => {
    const { response } = await dialog.showMessageBox({
      type: 'warning',
      message,
      detail,
      buttons: [...buttons],
      defaultId: 0,
      cancelId: 0,
      noLink: true,
    });
    return response;
  };
  contents.on('render-process-gone', (_event, { reason, exitCode }) => {
    onGone();
    if (reason === 'clean-exit') return;
    log(`the screen's process is gone: ${reason}, ${exitCode}`);
    if (budget.allows(now())) {
      reload();
      return;
    }
    ask('The screen of Piecewise keeps failing.', 'The swarms of this computer still run.', [
      'Load it again',
      'Stop the swarms and quit',
    ]).then(
      answer => (answer === 0 ? reload() : quit()),
      () => {},
    );
  });
  let asking = false;
  contents.on('unresponsive', () => {
    log('the screen does not respond');
    if (asking) return;
    asking = true;
    ask('The screen of Piecewise does not respond.', 'The swarms of this computer still run.', [
      'Wait',
      'Load it again',
    ])
      .then(
        answer => answer === 1 && reload(),
        () => {},
      )
      .finally(() => {
        asking = false;
      });
  });
}
