import type { Place } from '../../../src-shared/contract.ts';
import { type AppStore, type Choosing, type OpenDialog, refusalOf, toastOf } from '../../store/app-store.ts';
import { courseTexts as texts } from '../../texts/course.ts';
import { frameTexts } from '../../texts/frame.ts';

/**
 * What happens to a file or folder that was dropped, chosen or handed over: it is looked at, and the dialog that fits
 * it opens. What is refused is said in that dialog.
 */

/** Lets the user choose, in the system's dialog or in the page's own. */
export async function choosePlace(store: AppStore, what: Choosing): Promise<void> {
  const { about, bridge, openDialog, toast } = store.getState();
  try {
    const { choosing } = about ?? (await bridge.ask('about', {}));
    if (choosing === 'browse') return openDialog({ kind: 'browse', what });
    const { places } = await bridge.ask('choose', { what });
    await openPlaces(store, places);
  } catch (error) {
    toastOf(toast)(error);
  }
}

/** Opens what was dropped; the bytes may have to travel first. */
export async function openDropped(store: AppStore, transfer: DataTransfer): Promise<void> {
  const name = transfer.files[0]?.name ?? texts.whatWasDropped;
  const looking = new Looking(store, name);
  try {
    const places = await store.getState().bridge.drop(transfer, share => looking.progress(share));
    if (!looking.isWanted) return;
    await openPlaces(store, places);
    looking.end();
  } catch (error) {
    looking.refuse(error);
  }
}

/** Opens the first of several places, and says so. */
export async function openPlaces(store: AppStore, places: readonly Place[]): Promise<void> {
  const [first] = places;
  if (first === undefined) return;
  // Both configuration files together mean their folder, which the dialog asks for.
  const isConfig = places.every(({ name }) => isConfigFile(name));
  if (places.length > 1 && !isConfig) {
    store
      .getState()
      .toast({ tone: 'info', title: frameTexts.oneAtATime(first.name, places.length), problems: [] });
  }
  await openPlace(store, first);
}

export async function openPlace(store: AppStore, place: Place): Promise<void> {
  const { bridge, openDialog, go } = store.getState();
  const looking = new Looking(store, place.name);
  try {
    const found = await bridge.ask('look', { place: place.token });
    if (!looking.isWanted) return;
    switch (found.kind) {
      case 'course-folder':
        return openDialog({ kind: 'course-folder', found });
      case 'file':
        return openDialog(
          isConfigFile(place.name)
            ? { kind: 'nothing', found: { kind: 'nothing', place, message: texts.nothing.config } }
            : { kind: 'file', found },
        );
      case 'folder':
        return openDialog({ kind: 'nothing', found: { kind: 'nothing', place, message: found.message } });
      case 'nothing':
        return openDialog({ kind: 'nothing', found });
      case 'torrent':
        return looking.end();
      case 'journal': {
        const { swarm } = await bridge.ask('openJournal', { file: place.token });
        if (!looking.isWanted) return;
        looking.end();
        return go({ page: 'swarm', swarm, peer: null });
      }
    }
  } catch (error) {
    looking.refuse(error);
  }
}

/** On some systems names differ in case only by accident. */
export function isConfigFile(name: string): boolean {
  return /^(common|peerinfo)\.cfg$/i.test(name);
}

/** The dialog that stands while something is looked at; closing it means that nobody wants the result. */
class Looking {
  readonly #store: AppStore;
  readonly #name: string;
  #dialog: OpenDialog;

  constructor(store: AppStore, name: string) {
    this.#store = store;
    this.#name = name;
    this.#dialog = { kind: 'looking', name, share: null };
    store.getState().openDialog(this.#dialog);
  }

  get isWanted(): boolean {
    return this.#store.getState().dialog === this.#dialog;
  }

  progress(share: number): void {
    if (!this.isWanted) return;
    this.#dialog = { kind: 'looking', name: this.#name, share };
    this.#store.getState().openDialog(this.#dialog);
  }

  refuse(error: unknown): void {
    if (!this.isWanted) return;
    this.#store.getState().openDialog({ kind: 'refused', name: this.#name, refusal: refusalOf(error) });
  }

  end(): void {
    this.#store.getState().closeDialog(this.#dialog);
  }
}
