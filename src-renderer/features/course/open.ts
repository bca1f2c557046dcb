import type { Found, Place } from '../../../src-shared/contract.ts';
import {
  type AppStore,
  type Choosing,
  type OpenDialog,
  refusalOf,
  type ShareOffer,
  toastOf,
} from '../../store/app-store.ts';
import { courseTexts as texts } from '../../texts/course.ts';
import { frameTexts } from '../../texts/frame.ts';
import { openPlan, takeOnLabPage } from '../lab/open-plan.ts';

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
    await openPlaces(store, places, store.getState().about?.choosing === 'browse');
    looking.end();
  } catch (error) {
    looking.refuse(error);
  }
}

/** More than this are shared without being looked at one by one. */
const mostLookedAt = 100;

/**
 * Several files and folders can be shared together. Where the first one is something else, a course folder or a
 * journal say, it is opened by itself, and that is said.
 */
export async function openPlaces(store: AppStore, places: readonly Place[], isCopy = false): Promise<void> {
  const [first, ...others] = places;
  if (first === undefined) return;
  if (store.getState().route.page === 'lab') return openOnLabPage(store, first, places);
  // Both configuration files together mean their folder, which the dialog asks for.
  const isConfig = places.every(({ name }) => isConfigFile(name));
  if (others.length === 0 || isConfig) return openPlace(store, first, isCopy);

  const { bridge, openDialog, toast } = store.getState();
  const looking = new Looking(store, first.name);
  try {
    const found: Found[] = [await bridge.ask('look', { place: first.token })];
    if (isShareable(found[0]!)) {
      if (places.length <= mostLookedAt) {
        for (const place of others) {
          found.push(await bridge.ask('look', { place: place.token }));
          if (!looking.isWanted) return;
        }
      }
      const offer = offerOf(places, found, isCopy);
      if (offer !== null) return looking.isWanted ? openDialog({ kind: 'share', offer }) : undefined;
    }
    if (!looking.isWanted) return;
    toast({ tone: 'info', title: frameTexts.oneAtATime(first.name, places.length), problems: [] });
    await openPlace(store, first, isCopy);
  } catch (error) {
    looking.refuse(error);
  }
}

export async function openPlace(store: AppStore, place: Place, isCopy = false): Promise<void> {
  const { bridge, openDialog, go, toast } = store.getState();
  const looking = new Looking(store, place.name);
  try {
    const found = await bridge.ask('look', { place: place.token });
    if (!looking.isWanted) return;
    switch (found.kind) {
      case 'course-folder':
        return openDialog({ kind: 'course-folder', found });
      case 'file':
      case 'folder': {
        if (isConfigFile(place.name)) {
          const message = texts.nothing.config;
          return openDialog({ kind: 'nothing', found: { kind: 'nothing', place, message } });
        }
        const offer = offerOf([found.place], [found], isCopy);
        return offer === null ? looking.end() : openDialog({ kind: 'share', offer });
      }
      case 'lab-plan':
        await openPlan(store, found.place);
        return looking.end();
      case 'nothing':
        return openDialog({ kind: 'nothing', found });
      case 'torrent':
        if (found.torrent.listedAs === null) return openDialog({ kind: 'torrent', found });
        looking.end();
        toast({ tone: 'info', title: frameTexts.listedAlready(found.torrent.name), problems: [] });
        return go({ page: 'swarm', swarm: found.torrent.listedAs, peer: null });
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

/** On the page of the lab everything belongs to the lab. */
async function openOnLabPage(store: AppStore, first: Place, places: readonly Place[]): Promise<void> {
  const looking = new Looking(store, first.name);
  try {
    await takeOnLabPage(store, places);
    looking.end();
  } catch (error) {
    looking.refuse(error);
  }
}

function isShareable({ kind }: Found): boolean {
  return kind === 'file' || kind === 'folder';
}

/** What can be shared of what was found; null when something among it cannot. */
function offerOf(places: readonly Place[], found: readonly Found[], isCopy: boolean): ShareOffer | null {
  const parts: Extract<Found, { kind: 'file' | 'folder' }>[] = [];
  for (const each of found) {
    if (each.kind !== 'file' && each.kind !== 'folder') return null;
    parts.push(each);
  }
  const [only] = parts;
  const isWhole = parts.length === places.length;
  const sum = (amounts: readonly (number | null)[]) =>
    isWhole ? amounts.reduce((a, b) => (a === null || b === null ? null : a + b), 0) : null;
  return {
    places,
    size: sum(parts.map(({ size }) => size)),
    fileCount: sum(parts.map(part => (part.kind === 'file' ? 1 : part.fileCount))),
    suggestedPieceSize: parts.length === 1 && only !== undefined ? only.suggestedPieceSize : null,
    courseFile: places.length === 1 && only?.kind === 'file' ? only : null,
    isCopy,
  };
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
