import { areAlternativeLimitsOn, type Settings } from '../../../src-shared/settings.ts';

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
  return areAlternativeLimitsOn(settings, time.minute, time.day)
    ? pair(settings.alternativeUploadBytesPerSecond, settings.alternativeDownloadBytesPerSecond)
    : pair(settings.shareUploadBytesPerSecond, settings.shareDownloadBytesPerSecond);
}

/** Milliseconds since the epoch as the wall clock of this place shows them. */
export function localTime(wallMs: number): LocalTime {
  const date = new Date(wallMs);
  return { minute: date.getHours() * 60 + date.getMinutes(), day: date.getDay() };
}

function pair(upload: number | null, download: number | null): RateLimits {
  return { upload: upload ?? Number.POSITIVE_INFINITY, download: download ?? Number.POSITIVE_INFINITY };
}
