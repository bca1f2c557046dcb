/** Sizes, rates and times as people write and read them. */

const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/**
 * Bytes from a size such as "20MiB", "50 MB", "1.5GiB", "16k" or "1024": KiB, MiB, … count by 1024, kB, MB, … by
 * 1000, and a letter alone by 1024. Upper and lower case are the same. Undefined when it is no size, is not whole
 * without a unit, or reaches 2^53.
 */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?b)?|b)?$/i.exec(text.trim());
  if (!match) return undefined;
  const [, number = '', letter = '', suffix = ''] = match;
  const base = suffix.toLowerCase() === 'b' ? 1000 : 1024;
  const power = letter === '' ? 0 : 'kmgt'.indexOf(letter.toLowerCase()) + 1;
  const bytes = Number(number) * base ** power;
  const whole = power === 0 ? bytes : Math.round(bytes);
  return Number.isSafeInteger(whole) ? whole : undefined;
}

/** "20.0 MiB": one decimal from KiB up, none for bytes. */
export function formatBytes(bytes: number): string {
  let amount = Math.round(bytes);
  let unit = 0;
  // 1023.95 KiB would be shown as 1024.0 KiB; it is 1.0 MiB.
  while (unit < binaryUnits.length - 1 && amount >= (unit === 0 ? 1024 : 1023.95)) {
    amount /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? amount : amount.toFixed(1)} ${binaryUnits[unit]}`;
}

/** "1.5 MiB/s". */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** "0 KB/s", "59 KB/s", "1.2 MB/s", "94 MB/s": by 1000, with two figures that matter, where room is short. */
export function formatShortRate(bytesPerSecond: number): string {
  const units = ['KB/s', 'MB/s', 'GB/s'];
  let amount = bytesPerSecond / 1000;
  let unit = 0;
  while (unit < units.length - 1 && amount >= 999.5) {
    amount /= 1000;
    unit += 1;
  }
  const isSmall = amount > 0 && amount < 9.95 && (unit > 0 || amount < 0.95);
  return `${isSmall ? Math.max(0.1, amount).toFixed(1) : Math.round(amount)} ${units[unit]}`;
}

/** "4.2 s", "42 s", "1 m 05 s", "2 h 03 m", "3 d 04 h": the two units that matter. */
export function formatDuration(ms: number): string {
  const tenths = Math.round(ms / 100);
  if (tenths < 100) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return twoUnits(seconds, 60, 'm', 's');
  const minutes = Math.round(ms / 60_000);
  if (minutes < 24 * 60) return twoUnits(minutes, 60, 'h', 'm');
  return twoUnits(Math.round(ms / 3_600_000), 24, 'd', 'h');
}

function twoUnits(amount: number, perLarge: number, large: string, small: string): string {
  const rest = String(amount % perLarge).padStart(2, '0');
  return `${Math.floor(amount / perLarge)} ${large} ${rest} ${small}`;
}
