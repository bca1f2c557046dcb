import type { ToApp, ToScreen } from './carrier.ts';
import type { Place, Refusal } from './contract.ts';

/** What the desktop app's preload puts at `window.piecewise`. `F` is the browser's `File`. */
export interface Exposed<F> {
  send(message: ToApp): void;
  onMessage(listener: (message: ToScreen) => void): void;
  /** Hands over files that the user dropped; only the preload learns their paths. */
  drop(files: readonly F[]): Promise<Dropped>;
}

/** An error would lose its refusal on the way between the processes. */
export type Dropped = { readonly places: readonly Place[] } | { readonly refusal: Refusal };
