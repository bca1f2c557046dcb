import type { Answer, Done, Question } from '../../../src-shared/contract.ts';
import { RefusedError } from '../../../src-shared/contract.ts';
import type { shareQuestions } from '../../../src-shared/share.ts';
import { longestMetainfo } from '../../engine/bittorrent/metainfo.ts';
import { FileFailure } from '../../io/file-failure.ts';
import { readMachineAddress } from '../../io/lan/machine-address.ts';
import { realFolder, writableFolder } from '../../io/real-place.ts';
import { readWholeFile } from '../../io/whole-file.ts';
import type { HostedShare } from '../shares/share.ts';
import type { ShareEngine, Taking } from '../shares/share-engine.ts';
import type { AppOptions } from './app.ts';
import type { Places } from './places.ts';
import type { SettingsKeeper } from './settings-keeper.ts';

/** What the screen asks of shares. */

type ShareCommands = {
  readonly [C in Exclude<keyof typeof shareQuestions, 'chooseDownloadFolder'>]: (
    question: Question<C>,
  ) => Promise<Answer<C>>;
};

const done: Done = {};
const mostMachines = 200;

export interface ShareWorkplace {
  readonly options: AppOptions;
  readonly places: Places;
  readonly settings: SettingsKeeper;
  readonly shares: ShareEngine;
}

export function shareCommandsOf({ options, places, settings, shares }: ShareWorkplace): ShareCommands {
  const find = (swarm: string): HostedShare => {
    const share = shares.shares.find(({ id }) => id === swarm);
    if (share === undefined) throw new RefusedError('unknown', 'This share is no longer on the list.');
    return share;
  };
  const folderOf = async (token: string | null): Promise<string> =>
    token === null ? downloadFolderOf(options, settings) : writableFolder(await places.keptPath(token));
  return {
    async shareFiles({ places: tokens, ...question }) {
      const paths = await Promise.all(tokens.map(token => places.keptPath(token)));
      return { swarm: (await shares.shareFiles({ paths, ...question })).id };
    },
    readMagnet: async ({ link }) => shares.readMagnet(link),
    async addTorrent({ file, folder, skip, sequential, paused }) {
      const torrent = await readWholeFile(places.path(file), longestMetainfo);
      const taking: Taking = { folder: await folderOf(folder), skip, sequential, paused };
      return { swarm: (await shares.addTorrent(torrent, taking)).id };
    },
    async addMagnet({ link, folder, sequential, paused }) {
      const taking: Taking = { folder: await folderOf(folder), sequential, paused };
      return { swarm: (await shares.addMagnet(link, taking)).id };
    },
    async takeNearby({ infoHash, folder }) {
      const taking: Taking = { folder: await folderOf(folder), sequential: false, paused: false };
      return { swarm: (await shares.takeNearby(infoHash, taking)).id };
    },
    async addMachine({ address }) {
      if (readMachineAddress(address) === undefined) throw noAddress(address);
      const { machines } = settings.settings;
      if (machines.length >= mostMachines) {
        throw new RefusedError('set-up', 'There are too many computers on the list; take some off first.');
      }
      await settings.change({ machines: [...machines.filter(other => other !== address), address] });
      return done;
    },
    async removeMachine({ address }) {
      const { machines } = settings.settings;
      await settings.change({ machines: machines.filter(other => other !== address) });
      return done;
    },
    async addPeer({ swarm, address }) {
      const read = readMachineAddress(address);
      if (read === undefined) throw noAddress(address);
      find(swarm).addPeers([read], 'typed');
      return done;
    },
    async pauseShare({ swarm }) {
      find(swarm).pause();
      return done;
    },
    async resumeShare({ swarm }) {
      find(swarm).resume();
      return done;
    },
    async recheckShare({ swarm }) {
      find(swarm).recheck();
      return done;
    },
    async removeShare({ swarm, deleteData }) {
      const share = find(swarm);
      const unmade = share.hashing?.paths ?? [];
      await shares.remove(share, deleteData);
      const unused = unmade.filter(path => !shares.uses(path));
      if (deleteData) await options.onDeleted?.(share.record.folder, unused);
      return done;
    },
    async limitShare({ swarm, uploadBytesPerSecond, downloadBytesPerSecond }) {
      find(swarm).setLimits(uploadBytesPerSecond, downloadBytesPerSecond);
      return done;
    },
    async setFilePriorities({ swarm, files, priority }) {
      find(swarm).setFilePriorities(files, priority);
      return done;
    },
    async setShareOptions({ swarm, sequential, seedRatio, trackers }) {
      const share = find(swarm);
      if (sequential !== undefined) share.setSequential(sequential);
      if (seedRatio !== undefined) share.setSeedRatio(seedRatio);
      if (trackers !== undefined) share.setTrackers(trackers);
      return done;
    },
    async moveInQueue({ swarm, to }) {
      shares.moveInQueue(find(swarm), to);
      return done;
    },
    async announceNow({ swarm }) {
      find(swarm).announceNow();
      return done;
    },
    saveTorrent: async ({ swarm }) => ({ path: await shares.saveTorrent(find(swarm)) }),
  };
}

/**
 * Where a share comes to lie for which no folder is named. A folder that the user has chosen and that is gone is not
 * made anew: it may be on a disk that is not there now.
 */
export async function downloadFolderOf(options: AppOptions, { settings }: SettingsKeeper): Promise<string> {
  const { downloadFolder } = settings;
  if (downloadFolder === null || options.choose === undefined) return realFolder(options.downloadFolder);
  try {
    return await writableFolder(downloadFolder);
  } catch (error) {
    if (!(error instanceof FileFailure)) throw error;
    throw new FileFailure(
      `Shares come to lie in ${error.message}. Bring this folder back, or choose another one in the settings.`,
    );
  }
}

function noAddress(address: string): RefusedError {
  return new RefusedError(
    'set-up',
    `"${address}" is no address. Give a computer's name or address, such as lab-07 or 192.168.1.7:6881.`,
  );
}
