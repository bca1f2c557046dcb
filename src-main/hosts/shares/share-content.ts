import type { Bitfield } from '../../../src-shared/bitfield.ts';
import { type FileView, filePriorities } from '../../../src-shared/share.ts';
import type { Metainfo } from '../../engine/bittorrent/metainfo.ts';
import { FileMap, Layout } from '../../engine/content/layout.ts';
import { priorityOf } from './share-record.ts';

/** BEP 3: requests of more are refused by others. */
const blockLength = 16 * 1024;

/** The files of a share as people see them, without padding, and what of them is wanted and here. */
export class ShareContent {
  readonly metainfo: Metainfo;
  readonly layout: Layout;
  readonly map: FileMap;
  /** In the order of the metainfo; everybody outside counts files by this list. */
  readonly files: readonly FileView[];
  /** Where each of them stands in the metainfo. */
  readonly #indexes: readonly number[];

  constructor(metainfo: Metainfo) {
    this.metainfo = metainfo;
    this.layout = new Layout(metainfo.totalLength, metainfo.pieceLength, blockLength);
    this.map = new FileMap(metainfo.files);
    this.#indexes = metainfo.files.flatMap(({ isPad }, index) => (isPad ? [] : [index]));
    const own = metainfo.isFolder ? metainfo.name.length + 1 : 0;
    this.files = this.#indexes.map(index => {
      const { path, length } = metainfo.files[index]!;
      return { path: path.slice(own), length, offset: this.map.startOf(index) };
    });
  }

  /** Places in `filePriorities`, a byte a file. */
  filePriorities(priorities: string): Uint8Array {
    return Uint8Array.from(this.files, (_, file) => filePriorities.indexOf(priorityOf(priorities, file)));
  }

  /** The same for every file of the metainfo; padding is wanted by nobody. */
  metainfoPriorities(priorities: string): Uint8Array {
    const all = new Uint8Array(this.metainfo.files.length);
    for (const [file, priority] of this.filePriorities(priorities).entries())
      all[this.#indexes[file]!] = priority;
    return all;
  }

  /** A byte a piece: that of the file in it that is wanted most. */
  piecePriorities(priorities: string): Uint8Array {
    const pieces = new Uint8Array(this.layout.pieceCount);
    for (const [index, priority] of this.metainfoPriorities(priorities).entries()) {
      if (priority === 0) continue;
      const { first, end } = this.map.piecesOf(index, this.layout);
      for (let piece = first; piece < end; piece += 1) pieces[piece] = Math.max(pieces[piece]!, priority);
    }
    return pieces;
  }

  /** Bytes of the files that are wanted. */
  wantedLength(priorities: string): number {
    return this.files.reduce(
      (sum, { length }, file) => sum + (priorityOf(priorities, file) === 'skip' ? 0 : length),
      0,
    );
  }

  /** Bytes of those that are here. */
  haveLength(priorities: string, have: Bitfield): number {
    if (have.isFull) return this.wantedLength(priorities);
    return this.files.reduce((sum, { length, offset }, file) => {
      return priorityOf(priorities, file) === 'skip' ? sum : sum + this.#haveBetween(have, offset, length);
    }, 0);
  }

  /** Bytes that are lacking of pieces that are wanted. */
  missingLength(piecePriorities: Uint8Array, have: Bitfield): number {
    let missing = 0;
    for (const [piece, priority] of piecePriorities.entries())
      if (priority > 0 && !have.has(piece)) missing += this.layout.lengthOf(piece);
    return missing;
  }

  #haveBetween(have: Bitfield, offset: number, length: number): number {
    const { pieceLength } = this.layout;
    const end = offset + length;
    let sum = 0;
    for (let piece = Math.floor(offset / pieceLength); piece * pieceLength < end; piece += 1) {
      if (!have.has(piece)) continue;
      const start = piece * pieceLength;
      sum += Math.min(end, start + pieceLength) - Math.max(offset, start);
    }
    return sum;
  }
}
