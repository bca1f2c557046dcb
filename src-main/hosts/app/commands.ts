import { hostname } from 'node:os';
import {
  type Answer,
  type CommandName,
  type Done,
  isCommand,
  type Question,
  RefusedError,
  readQuestion,
} from '../../../src-shared/contract.ts';
import { FileFailure } from '../../io/file-failure.ts';
import { writeJournal } from '../../io/journal-file.ts';
import { ownAddresses } from '../../io/own-addresses.ts';
import { realFolder, writableFolder } from '../../io/real-place.ts';
import type { ShareEngine } from '../shares/share-engine.ts';
import type { AppOptions } from './app.ts';
import { makeCourse } from './course-making.ts';
import { startDemoSwarm } from './demo-swarm.ts';
import { labCommandsOf } from './lab-commands.ts';
import { browse, grant, look } from './looking.ts';
import type { Places } from './places.ts';
import { openReplay } from './replay-swarm.ts';
import type { SettingsKeeper } from './settings-keeper.ts';
import { shareCommandsOf } from './share-commands.ts';
import type { SwarmList } from './swarm-list.ts';

/** What the commands work with. */
export interface Workplace {
  readonly options: AppOptions;
  readonly places: Places;
  readonly swarms: SwarmList;
  readonly settings: SettingsKeeper;
  readonly shares: ShareEngine;
}

/** One handler for each command; its question has been checked. */
export type Commands = { readonly [C in CommandName]: (question: Question<C>) => Promise<Answer<C>> };

const done: Done = {};

export function commandsOf({ options, places, swarms, settings, shares }: Workplace): Commands {
  return {
    async about() {
      const { preset } = settings;
      return {
        version: options.version,
        computer: hostname(),
        addresses: ownAddresses(),
        platform: process.platform,
        choosing: options.choose === undefined ? 'browse' : 'dialog',
        workFolder: options.workFolder,
        downloadFolder: options.downloadFolder,
        preset: preset.file === undefined ? null : { file: preset.file, values: preset.values },
      };
    },
    async choose({ what }) {
      if (options.choose === undefined)
        throw unavailable('There is no dialog of the system here; browse instead.');
      const paths = await options.choose(what);
      return { places: await Promise.all(paths.map(path => grant(places, path))) };
    },
    browse: ({ folder }) => browse(places, options.workFolder, folder),
    look: ({ place }) => look(places, place, shares, (folder, peer) => swarms.runs(folder, peer)),
    async startCourse({ folder, peer }) {
      const path = places.path(folder);
      // At once, and not after it: an app that closes meanwhile ends what has begun.
      const started = swarms.startCourse(path, peer, settings.settings);
      const [swarm] = await Promise.all([started, places.keep(path)]);
      return { swarm };
    },
    async makeCourse({ file, ...wanted }) {
      const path = places.path(file);
      const folder = await makeCourse(await workFolderOf(options, settings), path, wanted);
      return { folder: await grant(places, folder) };
    },
    async startDemo(question) {
      const { launchPeer } = options;
      return { swarm: await swarms.add(id => startDemoSwarm(id, question, { launchPeer })) };
    },
    async openJournal({ file }) {
      const path = places.path(file);
      return { swarm: await swarms.add(id => openReplay(id, path)) };
    },
    async stopSwarm({ swarm }) {
      await swarms.swarm(swarm).stop();
      return done;
    },
    async removeSwarm({ swarm }) {
      const share = shares.shares.find(({ id }) => id === swarm);
      if (share === undefined) await swarms.remove(swarm);
      else await shares.remove(share, false);
      return done;
    },
    async saveJournal({ swarm, peer }) {
      const { folder } = swarms.swarm(swarm);
      const { tape } = swarms.peer(swarm, peer);
      await places.keep(folder);
      const path = await writeJournal(folder, `journal_peer_${peer}`, tape.length, seq => tape.event(seq));
      return { file: await grant(places, path) };
    },
    async revealFolder({ swarm }) {
      const { folder } = swarms.swarm(swarm);
      if (options.reveal === undefined) throw unavailable('There is no file manager to show a folder in.');
      options.reveal(folder);
      return done;
    },
    async limitPeer({ swarm, peer, uploadBytesPerSecond }) {
      swarms.swarm(swarm).limitPeer(peer, uploadBytesPerSecond);
      return done;
    },
    async killPeer({ swarm, peer }) {
      swarms.swarm(swarm).killPeer(peer);
      return done;
    },
    async startPeer({ swarm, peer }) {
      swarms.swarm(swarm).startPeer(peer);
      return done;
    },
    async chooseWorkFolder({ place }) {
      if (options.choose === undefined) {
        throw unavailable('Here the folder is decided by the --dir with which Piecewise is started.');
      }
      return settings.change({
        workFolder: place === null ? null : await writableFolder(places.path(place)),
      });
    },
    changeSettings: patch => settings.change(patch),
    resetSettings: ({ names }) => settings.reset(names),
    async chooseDownloadFolder({ place }) {
      if (options.choose === undefined) {
        throw unavailable('Here the folder is decided by the --dir with which Piecewise is started.');
      }
      return settings.change({
        downloadFolder: place === null ? null : await writableFolder(places.path(place)),
      });
    },
    ...shareCommandsOf({ options, places, settings, shares }),
    ...labCommandsOf({
      options,
      places,
      workFolder: async () => realFolder(await workFolderOf(options, settings)),
    }),
  };
}

/**
 * Where a new course swarm is written. A folder that the user has chosen and that is gone is not made anew: it may be
 * on a disk that is not there now.
 */
async function workFolderOf(options: AppOptions, { settings }: SettingsKeeper): Promise<string> {
  const { workFolder } = settings;
  if (workFolder === null || options.choose === undefined) return options.workFolder;
  try {
    return await writableFolder(workFolder);
  } catch (error) {
    if (!(error instanceof FileFailure)) throw error;
    throw new FileFailure(
      `New course swarms are kept in ${error.message}. Bring this folder back, or choose another one in the settings.`,
    );
  }
}

/**
 * Does what somebody asks for, if it is a command and asked as it should be.
 * @throws RefusedError, or whatever went wrong
 */
export async function answer(commands: Commands, command: string, question: unknown): Promise<unknown> {
  if (!isCommand(command)) throw new RefusedError('bad-question', 'There is no such command.');
  // A list without anything in it would do for an object without anything in it.
  if (Array.isArray(question)) throw new RefusedError('bad-question', 'A question is an object.');
  return run(commands, command, question);
}

function run<C extends CommandName>(commands: Commands, command: C, question: unknown): Promise<Answer<C>> {
  return commands[command](readQuestion(command, question));
}

function unavailable(message: string): RefusedError {
  return new RefusedError('unavailable', message);
}
