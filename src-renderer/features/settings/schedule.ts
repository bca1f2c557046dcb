/** "08:00" of minutes since midnight. */
export function clockOf(minutes: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** Minutes since midnight of "8:00"; undefined when it is no time of day. */
export function minutesOf(clock: string): number | undefined {
  const match = /^\s*(\d{1,2}):(\d{2})\s*$/.exec(clock);
  if (match === null) return undefined;
  const [hours, minutes] = [Number(match[1]), Number(match[2])];
  return hours < 24 && minutes < 60 ? hours * 60 + minutes : undefined;
}

/** The days with one more, or one less, in their order. */
export function toggledDay(days: readonly number[], day: number): number[] {
  return days.includes(day) ? days.filter(other => other !== day) : [...days, day].sort((a, b) => a - b);
}
