import type { SwarmSummary } from '../../../src-shared/contract.ts';
import { type AppStore, refusalOf, toastOf } from '../../store/app-store.ts';
import { sharesTexts as texts } from '../../texts/shares.ts';
import { magnetIn } from './link.ts';

/** What is done with shares from more than one place of the screen. */

export async function copyLink(store: AppStore, magnet: string): Promise<void> {
  const { toast } = store.getState();
  try {
    await navigator.clipboard.writeText(magnet);
    toast({ tone: 'info', title: texts.link.copied, problems: [] });
  } catch (error) {
    toast({ tone: 'error', title: texts.link.notCopied, problems: [refusalOf(error).message] });
  }
}

/** Pauses what goes on, resumes what waits for its user. */
export function togglePause(store: AppStore, { swarm, share }: SwarmSummary): void {
  const { bridge, toast } = store.getState();
  bridge.ask(canResume(share) ? 'resumeShare' : 'pauseShare', { swarm }).catch(toastOf(toast));
}

/** Whether it waits for its user: paused, or stopped by a problem. */
export function canResume(share: SwarmSummary['share']): boolean {
  return share?.activity === 'paused' || share?.activity === 'failed';
}

/** Asks for something that says by itself what it does; what is refused is shown in a corner. */
export function askOf(
  store: AppStore,
  command: 'recheckShare' | 'announceNow' | 'revealFolder',
  swarm: string,
): void {
  const { bridge, toast } = store.getState();
  bridge.ask(command, { swarm }).catch(toastOf(toast));
}

export function saveTorrent(store: AppStore, swarm: string): void {
  const { bridge, toast } = store.getState();
  bridge
    .ask('saveTorrent', { swarm })
    .then(({ path }) => toast({ tone: 'info', title: texts.savedTorrent(path), problems: [] }))
    .catch(toastOf(toast));
}

/** Opens the dialog for a magnet link in what was pasted, dropped or clicked. Says whether there was one. */
export function openMagnet(store: AppStore, text: string): boolean {
  const link = magnetIn(text);
  if (link === undefined) return false;
  store.getState().openDialog({ kind: 'magnet', link });
  return true;
}
