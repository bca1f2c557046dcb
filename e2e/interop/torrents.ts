import { promisify } from 'node:util';
import createTorrent from 'create-torrent';
import parseTorrent from 'parse-torrent';
import type { Content } from './content.ts';

/** Torrents of others' making: `create-torrent` makes them, `parse-torrent` reads them. */

const create = promisify<string, object, Uint8Array>(createTorrent);

export interface MadeTorrent {
  readonly bytes: Uint8Array;
  readonly infoHash: string;
}

export async function makeTorrent(
  { path, name }: Content,
  { pieceLength = 65_536, trackers = [] as readonly string[] } = {},
): Promise<MadeTorrent> {
  // Without a list it puts in public trackers of its own.
  const announceList = trackers.map(url => [url]);
  const bytes = await create(path, { name, pieceLength, announceList, createdBy: 'create-torrent' });
  return { bytes, infoHash: await infoHashOf(bytes) };
}

export async function infoHashOf(torrent: Uint8Array): Promise<string> {
  return (await parseTorrent(torrent)).infoHash;
}
