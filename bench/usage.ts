/** What this process has used of the machine. */

/** Of all its threads, in user and kernel mode. */
export function cpuSeconds(): number {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return (userCPUTime + systemCPUTime) / 1e6;
}

/** The largest resident set so far. */
export function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
