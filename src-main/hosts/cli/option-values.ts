import { InvalidArgumentError } from 'commander';
import { parseSize } from '../../../src-shared/units.ts';
import { longestPiece, shortestPiece } from '../../engine/bittorrent/metainfo.ts';
import { usableTracker } from '../../engine/bittorrent/tracker-urls.ts';

/** What is typed after an option, as the values that commands take. */

export function size(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined) throw new InvalidArgumentError('give a size such as 20MiB, 512KiB or 1000000.');
  return bytes;
}

/** A rate in bytes per second, or `none`. */
export function rate(text: string): number {
  if (text === 'none') return Number.POSITIVE_INFINITY;
  const bytes = parseSize(text);
  if (bytes) return bytes;
  throw new InvalidArgumentError('give bytes per second, such as 2MiB or 500kB, or none.');
}

export function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 0) || text.trim() === '') throw new InvalidArgumentError('give a number of seconds.');
  return value;
}

export function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('give a whole number.');
  return Number(text);
}

export function pieceSize(text: string): number {
  const bytes = size(text);
  if (bytes >= shortestPiece && bytes <= longestPiece && bytes % shortestPiece === 0) return bytes;
  throw new InvalidArgumentError('give a multiple of 16KiB, up to 64MiB.');
}

export function shareName(text: string): string {
  if (/^[^\\/\p{Cc}]{1,200}$/u.test(text) && !/^\.{1,2}$/.test(text)) return text;
  throw new InvalidArgumentError('give a name without slashes, of at most 200 characters.');
}

export function tracker(text: string): string {
  const url = usableTracker(text);
  if (url !== undefined) return url;
  throw new InvalidArgumentError(
    'give a URL such as http://lab-1:6969/announce or udp://lab-1:6969/announce.',
  );
}
