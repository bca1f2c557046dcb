const pageRows = 10;

/** The row that a key of a long list moves to, within it; undefined for other keys and where there are no rows. */
export function rowAfterKey(key: string, at: number, count: number): number | undefined {
  const moved = targetOf(key, at, count);
  return moved === undefined || count === 0 ? undefined : Math.max(0, Math.min(count - 1, moved));
}

function targetOf(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return at + 1;
    case 'ArrowUp':
      return at - 1;
    case 'PageDown':
      return at + pageRows;
    case 'PageUp':
      return at - pageRows;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}
