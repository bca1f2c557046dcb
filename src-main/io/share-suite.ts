import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TorrentFile } from '../engine/bittorrent/metainfo.ts';
import { type ContentFile, Layout } from '../engine/content/layout.ts';
import { sha1 } from './hasher.ts';
import type { ShareContent } from './share-storage.ts';

/** What tests of shares on disk need. */

export interface DrawnFile extends ContentFile {
  readonly isPad?: boolean;
}

/** A torrent of this content. */
export function shareOf(layout: Layout, files: readonly DrawnFile[], content: Uint8Array): ShareContent {
  const { totalLength, pieceLength, pieceCount } = layout;
  const pieceHashes = new Uint8Array(pieceCount * 20);
  for (let piece = 0; piece < pieceCount; piece += 1) {
    const start = layout.offsetOf(piece);
    pieceHashes.set(sha1(content.subarray(start, start + layout.lengthOf(piece))), piece * 20);
  }
  const infoHash = Buffer.from(sha1(pieceHashes)).toString('hex');
  const torrentFiles = files.map(({ isPad = false, ...file }): TorrentFile => ({ ...file, isPad }));
  return { infoHash, name: 'the share', totalLength, pieceLength, pieceHashes, files: torrentFiles };
}

/** Puts files with their final names into a folder. */
export function putFiles(folder: string, files: readonly DrawnFile[], content: Uint8Array): void {
  let start = 0;
  for (const { path, length, isPad } of files) {
    const place = join(folder, path);
    if (!isPad) {
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, content.subarray(start, start + length));
    }
    start += length;
  }
}

/** What the process in `share-writer-suite.ts` downloads: 800 pieces over files from one byte to many pieces. */
export function killedShare(): { readonly metainfo: ShareContent; readonly content: Uint8Array } {
  const layout = new Layout(800 * 4_096 - 1_000, 4_096);
  const content = Uint8Array.from(
    { length: layout.totalLength },
    (_, at) => (at * 31 + (at >> 8) * 7 + 1) & 0xff,
  );
  const files: DrawnFile[] = [];
  for (let left = layout.totalLength; left > 0; left -= files.at(-1)!.length) {
    const length = Math.min(left, [1, 700, 4_096, 60_000, 0, 300_000][files.length % 6]!);
    files.push({ path: `box/${files.length % 4}/file-${files.length}`, length });
  }
  return { metainfo: shareOf(layout, files, content), content };
}
