import { useState } from 'react';
import type { Refusal } from '../../src-shared/contract.ts';
import { refusalOf } from './app-store.ts';

export interface Asking {
  /** Of what was asked last. */
  readonly refusal: Refusal | null;
  readonly refuse: (refusal: Refusal) => void;
  readonly busy: boolean;
  /** Asks the app for something, unless something else is still under way. */
  readonly during: (work: () => Promise<void>) => Promise<void>;
}

/** What a dialog asks of the app: one thing at a time, and what was refused. */
export function useAsking(): Asking {
  const [refusal, refuse] = useState<Refusal | null>(null);
  const [busy, setBusy] = useState(false);
  const during = async (work: () => Promise<void>) => {
    if (busy) return;
    setBusy(true);
    refuse(null);
    try {
      await work();
    } catch (error) {
      refuse(refusalOf(error));
    } finally {
      setBusy(false);
    }
  };
  return { refusal, refuse, busy, during };
}
