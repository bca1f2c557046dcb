import { useStore } from 'zustand';
import { useAppStore } from '../../store/app-store.ts';
import type { Draft } from './draft.ts';
import type { LabState, LabStore } from './lab-store.ts';

export function useLabStore(): LabStore {
  return useAppStore().getState().lab;
}

/** A part of the lab; draws again when it changes. */
export function useLab<T>(select: (state: LabState) => T): T {
  return useStore(useLabStore(), select);
}

/** A part of the draft, where there is one. */
export function useDraft<T>(select: (draft: Draft) => T): T {
  return useLab(({ history }) => {
    if (history === null) throw new Error('No plan was begun.');
    return select(history.present);
  });
}
