import { basename, dirname } from 'node:path';
import { type Found, type Listing, type Place, RefusedError } from '../../../src-shared/contract.ts';
import type { PeerId } from '../../../src-shared/journal.ts';
import type { TorrentView } from '../../../src-shared/share.ts';
import { longestMetainfo, type Metainfo, MetainfoError } from '../../engine/bittorrent/metainfo.ts';
import { pieceLengthFor } from '../../engine/content/piece-length.ts';
import { FileFailure, inWords } from '../../io/file-failure.ts';
import { isWithin, listFolder } from '../../io/folder-listing.ts';
import { freePortsFrom } from '../../io/free-ports.ts';
import { kindOfPlace } from '../../io/place-kind.ts';
import { realFolder, realPlace } from '../../io/real-place.ts';
import { listShare } from '../../io/share-listing.ts';
import { readWholeFile } from '../../io/whole-file.ts';
import { ShareContent } from '../shares/share-content.ts';
import type { ShareEngine } from '../shares/share-engine.ts';
import { viewCourseFolder } from './course-folder-view.ts';
import type { Places } from './places.ts';

/** What the screen is shown of files and folders. */

const firstPort = 6001;
const portCount = 12;
const countingMs = 1_000;
/** The course's protocol takes pieces of any length. */
const largestPiece = 2 ** 30;

/** Gives a token for what the user dropped or chose. @throws FileFailure when it is not there */
export async function grant(places: Places, path: string): Promise<Place> {
  return places.add(await realPlace(path));
}

/** What a place turns out to be now. */
export async function look(
  places: Places,
  token: string,
  shares: Pick<ShareEngine, 'readTorrent' | 'byInfoHash'>,
  isRunning: (folder: string, peer: PeerId) => boolean,
): Promise<Found> {
  const path = places.path(token);
  const found = await kindOfPlace(path);
  const viewFolder = (folder: string) =>
    viewCourseFolder(places.add(folder), peer => isRunning(folder, peer));
  switch (found.kind) {
    case 'course-folder':
      return viewFolder(path);
    case 'configuration':
      // Whoever hands over one of the two files means the swarm that it describes.
      return viewFolder(dirname(path));
    case 'lab-plan':
      return { kind: 'lab-plan', place: places.add(path) };
    case 'journal':
      return { kind: 'journal', place: places.add(path), size: found.size };
    case 'file':
      return {
        kind: 'file',
        place: places.add(path),
        size: found.size,
        suggestedPieceSize: pieceLengthFor(found.size, { most: largestPiece }),
        suggestedPorts: await freePortsFrom(firstPort, portCount),
      };
    case 'torrent':
      return lookAtTorrent(places.add(path), shares);
    case 'folder':
      return { ...found, place: places.add(path), ...(await sizesOf(path)) };
    case 'nothing':
      return { ...found, place: places.add(path) };
  }
}

/** What a .torrent says, or why it cannot be used. */
async function lookAtTorrent(
  place: Place,
  shares: Pick<ShareEngine, 'readTorrent' | 'byInfoHash'>,
): Promise<Found> {
  try {
    const metainfo = shares.readTorrent(await readWholeFile(place.path, longestMetainfo));
    return { kind: 'torrent', place, torrent: torrentView(metainfo, shares) };
  } catch (error) {
    if (error instanceof FileFailure) return { kind: 'nothing', place, message: `${error.message}.` };
    if (!(error instanceof MetainfoError)) throw error;
    return { kind: 'nothing', place, message: `${place.name} cannot be used. ${error.message}` };
  }
}

function torrentView(metainfo: Metainfo, shares: Pick<ShareEngine, 'byInfoHash'>): TorrentView {
  const { infoHash, name, totalLength, pieceLength, isPrivate, comment, trackers, notices } = metainfo;
  const { files, layout } = new ShareContent(metainfo);
  return {
    infoHash,
    name,
    totalLength,
    pieceLength,
    pieceCount: layout.pieceCount,
    isPrivate,
    comment,
    files: files.map(({ path, length }) => ({ path, length })),
    trackers,
    notices,
    listedAs: shares.byInfoHash(infoHash)?.id ?? null,
  };
}

/** Of what a folder would share; nulls when that takes longer than anybody wants to wait. */
async function sizesOf(folder: string) {
  try {
    const { files } = await listShare([folder], AbortSignal.timeout(countingMs));
    const size = files.reduce((sum, { length }) => sum + length, 0);
    return { size, fileCount: files.length, suggestedPieceSize: pieceLengthFor(size) };
  } catch {
    return { size: null, fileCount: null, suggestedPieceSize: null };
  }
}

/**
 * Lists the work folder, or a folder below it.
 * @throws RefusedError
 */
export async function browse(places: Places, workFolder: string, token: string | null): Promise<Listing> {
  const root = await realFolder(workFolder);
  // Resolved once more: a folder may have become a link since it was shown.
  const folder = token === null ? root : await realPlace(places.path(token));
  if (!isWithin(root, folder)) {
    throw new RefusedError('unavailable', `Only ${root} and what is below it can be shown here.`);
  }
  try {
    const { entries, cut } = await listFolder(root, folder);
    return {
      folder: places.add(folder),
      parent: folder === root ? null : places.add(dirname(folder)).token,
      entries: entries.map(({ path, name, kind, size }) => ({ ...places.add(path, name), kind, size })),
      cut,
    };
  } catch (error) {
    if (error instanceof Error && 'errno' in error) {
      throw new RefusedError('set-up', `The folder ${basename(folder)} cannot be listed: ${inWords(error)}.`);
    }
    throw error;
  }
}
