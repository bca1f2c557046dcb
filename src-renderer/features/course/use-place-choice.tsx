import { type ReactNode, useState } from 'react';
import type { Place } from '../../../src-shared/contract.ts';
import { type Choosing, toastOf, useAppStore } from '../../store/app-store.ts';
import { BrowseDialog } from './browse-dialog.tsx';

export interface PlaceChoice {
  readonly choose: (what: Choosing) => Promise<void>;
  /** The page's own dialog while it is open; belongs into what is drawn. */
  readonly dialog: ReactNode;
}

/** Lets the user choose files or folders for something that is being filled in, over whatever else is open. */
export function usePlaceChoice(onPlaces: (places: readonly Place[], what: Choosing) => void): PlaceChoice {
  const store = useAppStore();
  const [browsing, setBrowsing] = useState<Choosing | null>(null);
  const choose = async (what: Choosing) => {
    const { about, bridge, toast } = store.getState();
    try {
      const { choosing } = about ?? (await bridge.ask('about', {}));
      if (choosing === 'browse') return setBrowsing(what);
      const { places } = await bridge.ask('choose', { what });
      if (places.length > 0) onPlaces(places, what);
    } catch (error) {
      toastOf(toast)(error);
    }
  };
  const dialog =
    browsing === null ? null : (
      <BrowseDialog
        what={browsing}
        onClose={() => setBrowsing(null)}
        onPlace={place => {
          setBrowsing(null);
          onPlaces([place], browsing);
        }}
      />
    );
  return { choose, dialog };
}
