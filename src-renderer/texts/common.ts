/** Words that every page uses. */
export const commonTexts = {
  brand: 'Piecewise',
  close: 'Close',
  cancel: 'Cancel',
} as const;

/** "1 peer", "3 peers". */
export function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
