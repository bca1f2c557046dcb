import { formatBytes, formatRate } from '../../../src-shared/units.ts';
import type { SwarmView } from '../../../src-shared/view.ts';
import { plural } from '../../engine/course/findings.ts';
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

/** What is about to run, and why it takes its time. */
export function planLines(plan: {
  readonly peers: number;
  readonly seeds: number;
  readonly fileSize: number;
  readonly pieceSize: number;
  readonly uploadBytesPerSecond: number;
}): string[] {
  const seeds = plan.seeds === 1 ? '1 of them a seed' : `${plan.seeds} of them seeds`;
  const what = `${formatBytes(plan.fileSize)} in pieces of ${formatBytes(plan.pieceSize)}`;
  const plain = `${plural(plan.peers, 'peer')}, ${seeds}, share ${what}.`;
  if (!Number.isFinite(plan.uploadBytesPerSecond)) return [plain];
  const limit = formatRate(plan.uploadBytesPerSecond);
  return [
    plain,
    `Each uploads at most ${limit}, so that choking can be watched (--upload-limit none lifts that).`,
  ];
}
