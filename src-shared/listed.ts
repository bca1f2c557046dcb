/** "1004", "1004 and 1006", "1001, 1004 and 1006", "1001, 1004, 1006 and 2 more"; four are still named. */
export function listed(names: readonly (string | number)[], count = names.length): string {
  const shown = names.slice(0, count === 4 ? 4 : 3);
  if (count > shown.length) return `${shown.join(', ')} and ${count - shown.length} more`;
  const last = shown.at(-1) ?? 'the others';
  return shown.length < 2 ? String(last) : `${shown.slice(0, -1).join(', ')} and ${last}`;
}
