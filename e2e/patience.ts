/**
 * How long tests wait for what has to come, in milliseconds: long enough for a machine that is slow and busy, since only
 * a test that fails waits so long.
 */
export const patienceMs = 60_000;
