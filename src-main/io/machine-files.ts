import type { PeerId } from '../../src-shared/journal.ts';
import { commonFile, peerInfoFile } from './working-folder.ts';

/** Names in the folder that one machine of a lab brings back. */

export const labMarkFile = 'lab.json';

/** The peer whose log has this name; undefined when it is none. */
export function peerOfLog(name: string): PeerId | undefined {
  return /^log_peer_([1-9]\d{0,9})\.log$/.exec(name)?.[1];
}

/** The peer whose folder has this name: "peer_1001", or "1001" as in the samples of the course. */
export function peerOfFolder(name: string): PeerId | undefined {
  return /^(?:peer_)?([1-9]\d{0,9})$/.exec(name)?.[1];
}

/** Whether a file shows that its folder is one of a lab. */
export function isMachineFile(name: string): boolean {
  return (
    name === commonFile || name === peerInfoFile || name === labMarkFile || peerOfLog(name) !== undefined
  );
}
