import type { Bitfield } from '../../src-shared/bitfield.ts';
import type { NeighbourLinkView, SwarmPhase, SwarmView } from '../../src-shared/view.ts';
import type { Layout } from './content/layout.ts';
import type { Peer } from './peer.ts';
import type { Choking } from './swarm-choking.ts';
import type { SwarmContext } from './swarm-context.ts';
import type { Downloads } from './swarm-downloads.ts';
import type { Uploads } from './swarm-uploads.ts';

interface Viewed {
  readonly context: SwarmContext;
  readonly name: string;
  readonly phase: SwarmPhase;
  readonly choking: Choking;
  readonly uploads: Uploads;
  readonly downloads: Downloads;
}

/** What a swarm looks like now. Changes nothing. */
export function viewOf({ context, name, phase, choking, uploads, downloads }: Viewed): SwarmView {
  const { self, layout, have, peers, dialect, ports } = context;
  const now = ports.clock.now();
  const until = (at: number | undefined) => (at === undefined ? undefined : Math.max(0, at - now));
  return {
    self,
    name,
    phase,
    totalLength: layout.totalLength,
    pieceLength: layout.pieceLength,
    pieceCount: layout.pieceCount,
    haveCount: have.count,
    haveBytes: bytesOf(have, layout),
    downloadedBytes: downloads.meter.total,
    uploadedBytes: uploads.meter.total,
    downBytesPerSecond: downloads.meter.rate(now),
    upBytesPerSecond: uploads.meter.rate(now),
    nextRechokeInMs: until(choking.nextRechokeAt),
    nextOptimisticInMs: until(choking.nextOptimisticAt),
    neighbours: dialect.membership.roster
      .filter(({ peer }) => peer !== self)
      .map(({ peer, address }) => {
        const connected = peers.get(peer);
        return {
          peer,
          address,
          complete: dialect.membership.isComplete(peer),
          link: connected && linkViewOf(connected, now),
        };
      }),
  };
}

function linkViewOf(peer: Peer, now: number): NeighbourLinkView {
  return {
    haveCount: peer.pieces.count,
    amChoking: peer.amChoking,
    amInterested: peer.amInterested,
    peerChoking: peer.peerChoking,
    peerInterested: peer.peerInterested,
    unchoked: peer.unchoked && { as: peer.unchoked.as, forMs: now - peer.unchoked.since },
    downBytesPerSecond: peer.received.rate(now),
    upBytesPerSecond: peer.sent.rate(now),
    requested: [...new Set(Array.from(peer.requests, ({ piece }) => piece))],
  };
}

function bytesOf(have: Bitfield, layout: Layout): number {
  const last = layout.pieceCount - 1;
  const missingFromLast = have.has(last) ? layout.pieceLength - layout.lengthOf(last) : 0;
  return have.count * layout.pieceLength - missingFromLast;
}
