import { dirname, resolve } from 'node:path';
import { formatBytes } from '../../../src-shared/units.ts';
import { longestMetainfo, readMetainfo } from '../../engine/bittorrent/metainfo.ts';
import { removeFolder } from '../../io/course-folder.ts';
import { isWithin } from '../../io/folder-listing.ts';
import { sha1 } from '../../io/hasher.ts';
import { realPlace } from '../../io/real-place.ts';
import { isThere, readWholeFile, writeWholeFile } from '../../io/whole-file.ts';
import type { HostedShare } from '../shares/share.ts';
import { type ShareEngine, ShareProblem } from '../shares/share-engine.ts';
import { exitCode } from './exit-codes.ts';
import { shareDisplayFor } from './share-display.ts';
import { makeSessionFolder, openSession, readPeers, untilInterrupted } from './share-session.ts';
import type { Output } from './terminal.ts';

export interface ShareCommandOptions {
  readonly version: string;
  readonly trackers: readonly string[];
  /** Where the .torrent is written; the share's name in this folder otherwise. */
  readonly outFile?: string;
  readonly name?: string;
  readonly pieceLength?: number;
  readonly isPrivate: boolean;
  readonly config?: string;
  readonly port?: number;
  readonly host?: string;
  /** Who may want it, besides those who are found. */
  readonly peers: readonly string[];
  readonly uploadBytesPerSecond?: number;
  readonly lan: boolean;
  readonly json: boolean;
}

/** `piecewise share PATH…`: hashes files, and seeds them until it is interrupted. Returns the exit code. */
export async function shareCommand(
  paths: readonly string[],
  options: ShareCommandOptions,
  out: Output,
  err: Output,
): Promise<number> {
  // The files lie where they are; what is known of them needs no longer life than the command.
  const profileFolder = await makeSessionFolder('piecewise-share-');
  try {
    return await untilInterrupted(err, async interrupted => {
      const peers = readPeers(options.peers);
      if (options.outFile !== undefined) await mustCostNothing(options.outFile);
      const places = await Promise.all(paths.map(path => realPlace(path)));
      const display = shareDisplayFor(options.json, out);
      let onChanged = () => {};
      const engine: ShareEngine = await openSession(
        {
          ...options,
          profileFolder,
          downloadFolder: resolve('.'),
          onAdded: share => display.begin(share, () => engine.finding.lastRefusal),
          onChanged: () => onChanged(),
        },
        err,
      );
      try {
        for (const notice of engine.notices) err.write(`${notice}\n`);
        const share = await engine.shareFiles({
          paths: places,
          name: options.name ?? null,
          pieceLength: options.pieceLength ?? null,
          isPrivate: options.isPrivate,
          trackers: options.trackers.map(url => [url]),
        });
        share.addPeers(peers, 'typed');
        const settled = new Promise<boolean>(isSeeding => {
          onChanged = () => {
            const { activity } = share;
            if (activity === 'seeding') isSeeding(true);
            if (activity === 'failed') isSeeding(false);
          };
          onChanged();
        });
        const isSeeding = await Promise.race([settled, interrupted.then(() => undefined)]);
        if (isSeeding === undefined) return exitCode.interrupted;
        if (!isSeeding) {
          err.write(`${share.summary().problem}\n`);
          return exitCode.badSetUp;
        }
        const torrentFile = await writeTorrent(engine, share, options.outFile, places);
        const { infoHash, notices } = share;
        for (const notice of notices) err.write(`${notice}\n`);
        const { magnet, totalLength } = share.summary();
        const { name, pieceLength } = share.metainfo!;
        const port = engine.finding.listenPort;
        display.tell({ share: { infoHash, name, magnet, torrent: torrentFile, port, totalLength, notices } });
        const pieceCount = share.content!.layout.pieceCount;
        display.say(
          `${name}: ${formatBytes(totalLength)} in ${pieceCount} pieces of ${formatBytes(pieceLength)}`,
        );
        display.say(`Info-hash: ${infoHash}`);
        display.say(`Torrent: ${torrentFile}`);
        display.say(`Link: ${magnet}`);
        display.say(`Others fetch it from port ${port} of this computer. Ctrl-C ends it.`);
        const failed = new Promise<void>(resolve => {
          onChanged = () => {
            if (share.activity === 'failed') resolve();
          };
        });
        await Promise.race([interrupted, failed]);
        const { activity, problem } = share.summary();
        if (activity !== 'failed') return exitCode.interrupted;
        err.write(`${problem}\n`);
        return exitCode.storageFailed;
      } finally {
        display.end();
        await engine.close();
      }
    });
  } finally {
    await removeFolder(profileFolder);
  }
}

/** Throws a `ShareProblem` where there is something else than a torrent, such as what is to be shared. */
async function mustCostNothing(outFile: string): Promise<void> {
  if (!(await isThere(outFile))) return;
  try {
    readMetainfo(await readWholeFile(outFile, longestMetainfo), sha1);
  } catch {
    throw new ShareProblem(
      `${outFile} is no torrent, and is not overwritten. Give another name after --out.`,
    );
  }
}

async function writeTorrent(
  engine: ShareEngine,
  share: HostedShare,
  outFile: string | undefined,
  places: readonly string[],
): Promise<string> {
  if (outFile === undefined) {
    const here = await realPlace('.');
    // Inside what is shared it would be one more file of it the next time, which makes another share.
    const around = places.find(place => isWithin(place, here));
    return engine.saveTorrent(share, around === undefined ? here : dirname(around));
  }
  const path = resolve(outFile);
  await writeWholeFile(path, engine.torrentOf(share)!);
  return path;
}
