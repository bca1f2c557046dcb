/** What is dragged: a peer of the plan, and nothing that another window would take. */
export const peerType = 'application/x-piecewise-peer';

/** Before which of the rows something comes to stand that is dropped at `y`; the number of rows for the end. */
export function indexAt(
  y: number,
  rows: readonly { readonly top: number; readonly height: number }[],
): number {
  const index = rows.findIndex(({ top, height }) => y < top + height / 2);
  return index < 0 ? rows.length : index;
}
