import type { PeerId } from '../../../src-shared/journal.ts';
import { Layout } from '../content/layout.ts';
import type { FinishedRun } from './finished-run.ts';
import type { LogFacts } from './log-facts.ts';

/** What one peer did in a finished run, by the logs of all. */
export interface PeerSummary {
  readonly peer: PeerId;
  readonly role: 'seed' | 'downloader';
  /** It started with the file, or logged that it downloaded it. */
  readonly complete: boolean;
  /** Pieces it downloaded, each counted once. */
  readonly downloaded: number;
  readonly pieceCount: number;
  /** Those who gave it pieces, the most generous first. */
  readonly sources: readonly { readonly peer: PeerId; readonly pieces: number }[];
  /** From its first connection to its completion, to the resolution of its log. */
  readonly durationMs: number | undefined;
  readonly bytesPerSecond: number | undefined;
  /** How often another peer newly took it among its preferred neighbours, and as its optimistic one. */
  readonly chosenPreferred: number;
  readonly chosenOptimistic: number;
  readonly unchokesReceived: number;
  readonly chokesReceived: number;
}

/** One summary per peer, in the order of `PeerInfo.cfg`; peers without a log have zeros. */
export function summariseRun(run: FinishedRun): PeerSummary[] {
  const layout = new Layout(run.common.fileSize, run.common.pieceSize);
  const chosen = countChoices(run);
  return run.roster.map(({ peer, seed }) => {
    const log = run.logs.get(peer);
    const chokes = log ? [...log.chokes.values()].flat() : [];
    const unchokesReceived = chokes.filter(({ unchoked }) => unchoked).length;
    const durationMs = seed ? undefined : log && durationOf(log);
    const bytes = [...(log?.firstOfPiece.keys() ?? [])].reduce(
      (sum, piece) => sum + layout.lengthOf(piece),
      0,
    );
    return {
      peer,
      role: seed ? 'seed' : 'downloader',
      complete: seed || (log?.completions.length ?? 0) > 0,
      downloaded: log?.firstOfPiece.size ?? 0,
      pieceCount: layout.pieceCount,
      sources: log ? sourcesOf(log) : [],
      durationMs,
      bytesPerSecond: durationMs ? (bytes / durationMs) * 1000 : undefined,
      chosenPreferred: chosen.preferred.get(peer) ?? 0,
      chosenOptimistic: chosen.optimistic.get(peer) ?? 0,
      unchokesReceived,
      chokesReceived: chokes.length - unchokesReceived,
    };
  });
}

function durationOf(log: LogFacts): number | undefined {
  const first = [...log.connections.values()].map(([connection]) => connection?.timeMs ?? Number.NaN);
  const elapsedMs = (log.completions[0]?.timeMs ?? Number.NaN) - Math.min(...first);
  return Number.isFinite(elapsedMs) && elapsedMs >= 0 ? elapsedMs : undefined;
}

function sourcesOf(log: LogFacts): { peer: PeerId; pieces: number }[] {
  const counts = new Map<PeerId, number>();
  for (const { peer } of log.firstOfPiece.values()) counts.set(peer, (counts.get(peer) ?? 0) + 1);
  return [...counts].map(([peer, pieces]) => ({ peer, pieces })).sort((a, b) => b.pieces - a.pieces);
}

/** Some log a choice on every interval and some only when it changes (A20); counted is who is new in it. */
function countChoices(run: FinishedRun): Record<'preferred' | 'optimistic', ReadonlyMap<PeerId, number>> {
  const counts = { preferred: new Map<PeerId, number>(), optimistic: new Map<PeerId, number>() };
  for (const log of run.logs.values()) {
    const before = { preferred: new Set<PeerId>(), optimistic: new Set<PeerId>() };
    for (const { kind, peers } of log.choices) {
      const now = new Set(peers);
      for (const peer of now) {
        if (!before[kind].has(peer)) counts[kind].set(peer, (counts[kind].get(peer) ?? 0) + 1);
      }
      before[kind] = now;
    }
  }
  return counts;
}
