import { formatBytes, formatRate } from '../../../src-shared/units.ts';
import type { SwarmView } from '../../../src-shared/view.ts';
import { percent } from './peer-display.ts';
import { bar, table } from './terminal.ts';

/** The demo's swarm in a terminal: a line a peer, with whom it unchokes and why. */
export function swarmLines(
  peers: readonly { readonly id: string; readonly view: SwarmView | undefined }[],
): string[] {
  return table(peers.map(({ id, view }) => (view === undefined ? [id, 'starting'] : peerCells(view))));
}

function peerCells(view: SwarmView): string[] {
  return [
    view.self,
    bar(view.totalLength === 0 ? 1 : view.haveBytes / view.totalLength, 20),
    `${percent(view.haveCount, view.pieceCount)} %`.padStart(5),
    `down ${formatRate(view.downBytesPerSecond)}`,
    `up ${formatRate(view.upBytesPerSecond)}`,
    `unchokes ${unchokedBy(view) || 'nobody'}`,
  ];
}

/** The neighbours a peer unchokes, the optimistic one marked. */
function unchokedBy({ neighbours }: SwarmView): string {
  return neighbours
    .flatMap(({ peer, link }) => {
      if (link?.unchoked === undefined) return [];
      return link.unchoked.as === 'optimistic' ? [`${peer} (optimistic)`] : [peer];
    })
    .join(', ');
}

/** The same in one line, where a terminal cannot be drawn on. */
export function swarmLine(
  peers: readonly { readonly id: string; readonly view: SwarmView | undefined }[],
): string {
  return peers
    .map(
      ({ id, view }) => `${id} ${view === undefined ? '…' : `${percent(view.haveCount, view.pieceCount)} %`}`,
    )
    .join('   ');
}

export function planLine(plan: {
  readonly peers: number;
  readonly seeds: number;
  readonly fileSize: number;
  readonly pieceSize: number;
  readonly uploadBytesPerSecond: number;
}): string {
  const limit = Number.isFinite(plan.uploadBytesPerSecond)
    ? `each uploads at most ${formatRate(plan.uploadBytesPerSecond)} so that choking can be watched (--upload-limit none: no limit)`
    : 'no upload limit';
  return (
    `${plan.peers} peers, ${plan.seeds} of them ${plan.seeds === 1 ? 'a seed' : 'seeds'}; ` +
    `${formatBytes(plan.fileSize)} in pieces of ${formatBytes(plan.pieceSize)}; ${limit}`
  );
}
