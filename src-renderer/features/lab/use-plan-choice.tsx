import type { ReactNode } from 'react';
import { type AppStore, refusalOf } from '../../store/app-store.ts';
import { usePlaceChoice } from '../course/use-place-choice.tsx';
import { openPlan } from './open-plan.ts';

/** Lets the user choose a plan, and opens it; what is wrong with it is said in a dialog of its own. */
export function usePlanChoice(store: AppStore): { readonly choose: () => void; readonly dialog: ReactNode } {
  const { choose, dialog } = usePlaceChoice(async ([place]) => {
    if (place === undefined) return;
    try {
      await openPlan(store, place);
    } catch (error) {
      store.getState().openDialog({ kind: 'refused', name: place.name, refusal: refusalOf(error) });
    }
  });
  return { choose: () => choose('plan'), dialog };
}
