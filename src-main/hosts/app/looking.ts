import { basename, dirname } from 'node:path';
import { type Found, type Listing, type Place, RefusedError } from '../../../src-shared/contract.ts';
import type { PeerId } from '../../../src-shared/journal.ts';
import { pieceLengthFor } from '../../engine/content/piece-length.ts';
import { inWords } from '../../io/file-failure.ts';
import { isWithin, listFolder } from '../../io/folder-listing.ts';
import { freePortsFrom } from '../../io/free-ports.ts';
import { kindOfPlace } from '../../io/place-kind.ts';
import { realFolder, realPlace } from '../../io/real-place.ts';
import { viewCourseFolder } from './course-folder-view.ts';
import type { Places } from './places.ts';

/** What the screen is shown of files and folders. */

const firstPort = 6001;
const portCount = 12;
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
      throw new RefusedError('unavailable', 'Torrents cannot be opened here yet.');
    case 'folder':
      return { ...found, place: places.add(path), size: null, fileCount: null, suggestedPieceSize: null };
    case 'nothing':
      return { ...found, place: places.add(path) };
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
