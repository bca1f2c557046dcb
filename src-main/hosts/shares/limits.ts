import type { Settings } from '../../../src-shared/settings.ts';

/** Which of the two pairs of limits is in force. */

export interface RateLimits {
  /** Bytes per second; Infinity: no limit. */
  readonly upload: number;
  readonly download: number;
}

export type LimitSettings = Pick<
  Settings,
  | 'shareUploadBytesPerSecond'
  | 'shareDownloadBytesPerSecond'
  | 'alternativeUploadBytesPerSecond'
  | 'alternativeDownloadBytesPerSecond'
  | 'alternativeLimits'
  | 'alternativeSchedule'
>;

/** A moment of local time: minutes since midnight, and the day of the week, 0 for Sunday. */
export interface LocalTime {
  readonly minute: number;
  readonly day: number;
}

export function limitsAt(settings: LimitSettings, time: LocalTime): RateLimits {
  return areAlternative(settings, time)
    ? pair(settings.alternativeUploadBytesPerSecond, settings.alternativeDownloadBytesPerSecond)
    : pair(settings.shareUploadBytesPerSecond, settings.shareDownloadBytesPerSecond);
}

function areAlternative({ alternativeLimits, alternativeSchedule }: LimitSettings, time: LocalTime): boolean {
  if (alternativeLimits !== 'scheduled') return alternativeLimits === 'on';
  return isScheduled(alternativeSchedule, time);
}

/**
 * From one minute until before another, on the days named. Where it goes over midnight, the part after midnight
 * belongs to the day on which it began. The same minute twice is the whole day.
 */
export function isScheduled(
  { from, to, days }: Settings['alternativeSchedule'],
  { minute, day }: LocalTime,
): boolean {
  const dayBefore = (day + 6) % 7;
  if (from < to) return days.includes(day) && minute >= from && minute < to;
  return (days.includes(day) && minute >= from) || (days.includes(dayBefore) && minute < to);
}

/** Milliseconds since the epoch as the wall clock of this place shows them. */
export function localTime(wallMs: number): LocalTime {
  const date = new Date(wallMs);
  return { minute: date.getHours() * 60 + date.getMinutes(), day: date.getDay() };
}

function pair(upload: number | null, download: number | null): RateLimits {
  return { upload: upload ?? Number.POSITIVE_INFINITY, download: download ?? Number.POSITIVE_INFINITY };
}
