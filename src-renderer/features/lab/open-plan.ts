import type { Place, Question } from '../../../src-shared/contract.ts';
import { defaultSettings } from '../../../src-shared/settings.ts';
import type { AppStore } from '../../store/app-store.ts';
import { labTexts } from '../../texts/lab.ts';
import { changeFile, draftOf } from './draft.ts';

/** Shows a plan, or a roster, that was chosen or dropped. @throws RefusedError that names what is wrong with which line */
export async function openPlan(store: AppStore, place: Place): Promise<void> {
  const { bridge } = store.getState();
  const opened = await bridge.ask('openLab', { file: place.token });
  const { lab, go, settings, toast } = store.getState();
  if (lab.getState().history !== null) {
    toast({ tone: 'info', title: labTexts.opened(place.name), problems: [] });
  }
  lab.getState().begin(draftOf(opened, settings ?? defaultSettings), opened.notices);
  go({ page: 'lab', part: 'plan' });
}

/** @throws RefusedError */
export async function beginSample(store: AppStore, question: Question<'sampleLab'>): Promise<void> {
  const opened = await store.getState().bridge.ask('sampleLab', question);
  const { lab, settings } = store.getState();
  lab.getState().begin(draftOf(opened, settings ?? defaultSettings), opened.notices);
}

/** Makes a file the one that the lab shares; false where it is none to be shared. @throws RefusedError */
export async function takeFile(store: AppStore, place: Place): Promise<boolean> {
  const { bridge, lab } = store.getState();
  const found = await bridge.ask('look', { place: place.token });
  if (found.kind !== 'file' && found.kind !== 'journal') return false;
  lab.getState().change(draft => changeFile(draft, found.place, found.size));
  return true;
}

/**
 * What was dropped on the page of the lab: after the run folders and zips; before it a plan, a roster, or the file to
 * share. @throws RefusedError
 */
export async function takeOnLabPage(store: AppStore, places: readonly Place[]): Promise<void> {
  const { route, lab, toast } = store.getState();
  if (route.page === 'lab' && route.part === 'report') {
    lab.setState({ report: null });
    return lab.getState().gather(places);
  }
  const [first] = places;
  if (first === undefined) return;
  // Of the two configuration files of a folder the roster tells who takes part.
  const plan = places.find(({ name }) => /^peerinfo\.cfg$/i.test(name));
  const { kind } = await store.getState().bridge.ask('look', { place: first.token });
  const isPlan = plan !== undefined || kind === 'lab-plan' || kind === 'course-folder';
  if (isPlan) return openPlan(store, plan ?? first);
  const isTaken = lab.getState().history !== null && (await takeFile(store, first));
  if (!isTaken) toast({ tone: 'error', title: labTexts.notTaken(first.name), problems: [] });
}
