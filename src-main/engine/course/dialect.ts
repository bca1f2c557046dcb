import type { PeerId } from '../../../src-shared/journal.ts';
import type { BufferPool } from '../buffer-pool.ts';
import { Layout } from '../content/layout.ts';
import type { Dialect } from '../dialect.ts';
import type { CommonConfig } from './config.ts';
import { Roster, type RosterPeer } from './roster.ts';
import { courseCodec } from './wire.ts';

/** How long a vanished peer is waited for unless somebody says otherwise (A24). */
export const defaultLostAfterMs = 60_000;

/** Whole pieces: a block is a piece. */
export function courseLayout({ fileSize, pieceSize }: CommonConfig): Layout {
  return new Layout(fileSize, pieceSize);
}

/** The course protocol as a dialect: whole pieces, one request at a time, a fixed roster. */
export function courseDialect(
  common: CommonConfig,
  roster: readonly RosterPeer[],
  self: PeerId,
  pool: BufferPool,
  lostAfterMs: number = defaultLostAfterMs,
): Dialect {
  const longestIntervalMs = Math.max(common.unchokingIntervalMs, common.optimisticIntervalMs);
  return {
    name: 'course',
    codec: courseCodec(courseLayout(common), pool),
    handshake: { type: 'handshake', peer: self },
    introduce: have => ({ type: 'bitfield', bytes: have.toBytes() }),
    rules: {
      requestsPerPeer: () => 1,
      requestTimeoutMs: 2 * longestIntervalMs + 10_000, // A16
      // Peers cannot cancel, so a second request waits until the first had a whole interval to be answered.
      endgameAfterMs: common.unchokingIntervalMs,
      takesUnasked: true,
      readAheadBytes: 0,
      stretchBytes: 0,
      redialMs: () => 1_000,
      dialsAtOnce: Number.POSITIVE_INFINITY,
      dialTimeoutMs: Number.POSITIVE_INFINITY,
      fillsPlacesAtOnce: false,
      tellsEveryRound: true,
      waitsForRoom: false,
      keepAliveMs: Number.POSITIVE_INFINITY,
      silenceMs: Number.POSITIVE_INFINITY,
      mostTalk: Number.POSITIVE_INFINITY,
      mostUnreadBytes: Number.POSITIVE_INFINITY,
    },
    membership: new Roster(roster, self, lostAfterMs),
  };
}
