import { Layout } from '../content/layout.ts';
import type { Dialect, DialectRules, Extension } from '../dialect.ts';
import type { Slabs } from '../slabs.ts';
import type { SwarmContext } from '../swarm-context.ts';
import type { Metainfo } from './metainfo.ts';
import type { PeerBook } from './peer-book.ts';
import { bitTorrentCodec } from './wire.ts';

/** The unit of a request that every client expects (BEP 3). */
export const blockLength = 16 * 1024;

/** Also of somebody who has not given anything yet: the first blocks tell its rate. */
const fewestRequests = 4;
const mostRequests = 500;
/** Requests outstanding last for this long at the rate of the neighbour: more than any round trip in a lab. */
const requestedAheadMs = 1_000;
const longestRedialMs = 120_000;

export function shareLayout({ totalLength, pieceLength }: Metainfo): Layout {
  return new Layout(totalLength, pieceLength, blockLength);
}

const rules: DialectRules = {
  requestsPerPeer(bytesPerSecond) {
    const ahead = Math.ceil((bytesPerSecond * requestedAheadMs) / 1000 / blockLength);
    return Math.min(mostRequests, Math.max(fewestRequests, ahead));
  },
  requestTimeoutMs: 15_000,
  endgameAfterMs: 1_000,
  takesUnasked: false,
  readAheadBytes: 512 * 1024,
  stretchBytes: 1024 * 1024,
  redialMs: failures => Math.min(longestRedialMs, 1_000 * 2 ** Math.min(failures, 16)),
  dialsAtOnce: 8,
  dialTimeoutMs: 10_000,
  fillsPlacesAtOnce: true,
  tellsEveryRound: false,
  waitsForRoom: true,
  keepAliveMs: 45_000, // what was said right after one may be all until the second next; others wait two minutes
  silenceMs: 180_000,
  mostTalk: 2_000,
  mostUnreadBytes: 2 * 1024 * 1024,
};

export interface ShareDialectOptions {
  readonly metainfo: Metainfo;
  /** 40 hexadecimal digits. */
  readonly peerId: string;
  readonly book: PeerBook;
  readonly slabs?: Slabs | undefined;
  readonly extend: (context: SwarmContext) => Extension;
}

/** BitTorrent as a dialect (BEP 3, 6, 10): blocks of 16 KiB, many requests at a time, whoever comes with the info-hash. */
export function shareDialect({ metainfo, peerId, book, slabs, extend }: ShareDialectOptions): Dialect {
  return {
    name: 'bittorrent',
    codec: bitTorrentCodec(shareLayout(metainfo), { slabs }),
    rules,
    membership: book,
    handshake: {
      type: 'handshake',
      peer: peerId,
      bitTorrent: { infoHash: metainfo.infoHash, fast: true, extensions: true, dht: false },
    },
    introduce(have, theirs) {
      const isFast = theirs.bitTorrent?.fast ?? false;
      if (isFast && have.isFull) return { type: 'have-all' };
      if (isFast && have.count === 0) return { type: 'have-none' };
      return { type: 'bitfield', bytes: have.toBytes() };
    },
    extend,
  };
}
