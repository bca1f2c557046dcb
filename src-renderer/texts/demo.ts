import { formatBytes } from '../../src-shared/units.ts';
import { plural } from './common.ts';

export const demoTexts = {
  title: 'Watch a demo',
  subtitle: 'Several peers on this computer share a made-up file, each a process of its own.',
  peers: 'Peers',
  seeds: 'Seeds among them',
  late: 'Started by hand later',
  lateHint: 'Watch what a newcomer does.',
  size: 'Size of the file',
  pieceSize: 'Piece size',
  preferred: 'Preferred neighbours',
  unchoking: 'Choke round every',
  optimistic: 'Optimistic draw every',
  seconds: 's',
  strategy: 'Which piece next',
  strategies: { random: 'Random', rarest: 'Rarest first' },
  speed: 'Speed',
  speeds: { paced: 'Paced to watch', limited: 'Limited', unlimited: 'As fast as it goes' },
  limit: 'Upload of each peer',
  limitUnit: 'KB/s',
  pieces: (count: number) => plural(count, 'piece', 'pieces'),
  start: 'Start the demo',
  problems: {
    wholeNumber: (least: number, most: number) => `A whole number from ${least} to ${most}.`,
    seeds: (most: number) => `From 1 to ${most}: somebody must still download.`,
    late: (most: number) =>
      `${most === 0 ? 'None' : `From 0 to ${most}`}: somebody must download from the beginning.`,
    size: `A size such as 20 MB, from 1 byte to ${formatBytes(2 ** 34)}.`,
    pieceSize: 'A size such as 32 KiB, from 1 byte to 1 GiB.',
    tooManyPieces: 'More than 100,000 pieces are too many to watch; take larger ones.',
    seconds: 'Seconds, from 0.1 to 86,400.',
    limit: 'A whole number from 2 KB/s on.',
  },
} as const;
