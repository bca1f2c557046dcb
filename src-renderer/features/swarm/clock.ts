/** Local wall time as `HH:MM:SS`. */
export function clockText(wallMs: number): string {
  const time = new Date(wallMs);
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map(value => String(value).padStart(2, '0'))
    .join(':');
}

/** A duration as `m:ss`, or `h:mm:ss`; undefined when it is none that a person would wait for. */
export function durationText(ms: number): string | undefined {
  const seconds = Math.ceil(ms / 1000);
  if (!(seconds >= 0 && seconds < 360_000)) return undefined;
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown
    .map((value, index) => (index === 0 ? String(value) : String(value).padStart(2, '0')))
    .join(':');
}

/** "5 s" for "5.0 s". */
export function plain(amount: string): string {
  return amount.replace('.0 ', ' ');
}
