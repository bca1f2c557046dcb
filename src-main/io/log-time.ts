import { createLogTime } from '../../src-shared/course-log.ts';

/** Writes wall time for the course's log: `YYYY-MM-DD HH:MM:SS` in this machine's time zone. */
export const localLogTime: (wallMs: number) => string = createLogTime(
  wallMs => -new Date(wallMs).getTimezoneOffset() * 60_000,
);
