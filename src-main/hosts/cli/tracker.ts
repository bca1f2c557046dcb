import { systemClock } from '../../io/clock.ts';
import { openTrackerServer, TrackerListenError, type TrackerServer } from '../../io/tracker-server.ts';
import { exitCode } from './exit-codes.ts';
import { onInterrupt } from './interrupt.ts';
import { LiveLines, type Output } from './terminal.ts';

export interface TrackerCommandOptions {
  /** Ports; 0 for any that is free. Without either, both are the usual one. */
  readonly http?: number;
  readonly udp?: number;
  /** One address of this computer; all of them otherwise. */
  readonly host?: string;
  /** JSON lines for a script. */
  readonly json: boolean;
}

/** The port that trackers have by custom. */
const usualPort = 6969;
const lookMs = 500;

/** `piecewise tracker`: brings peers together until it is interrupted. Returns the exit code. */
export async function trackerCommand(
  options: TrackerCommandOptions,
  out: Output,
  err: Output,
): Promise<number> {
  const { http, udp, host, json } = options;
  const isUsual = http === undefined && udp === undefined;
  let release = () => {};
  const interrupted = new Promise<void>(resolve => {
    release = onInterrupt(resolve);
  });
  let server: TrackerServer | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    server = await openTrackerServer({
      httpPort: isUsual ? usualPort : (http ?? null),
      udpPort: isUsual ? usualPort : (udp ?? null),
      ...(host === undefined ? {} : { host }),
      clock: systemClock,
      random: Math.random,
    });
    const show = displayFor(json, out);
    const { announceUrls, tracker } = server;
    show.begin(announceUrls);
    show.counts(tracker.counts);
    timer = setInterval(() => show.counts(tracker.counts), lookMs);
    await interrupted;
    return exitCode.interrupted;
  } catch (error) {
    if (!(error instanceof TrackerListenError)) throw error;
    err.write(`${error.message}\n`);
    return exitCode.badSetUp;
  } finally {
    clearInterval(timer);
    await server?.close();
    release();
  }
}

type Counts = TrackerServer['tracker']['counts'];

interface Display {
  begin(announceUrls: readonly string[]): void;
  counts(counts: Counts): void;
}

function displayFor(json: boolean, out: Output): Display {
  const live = out.isTTY === true ? new LiveLines(out) : undefined;
  const startedAt = performance.now();
  let shown = '';
  const ifChanged = (line: string, show: () => void) => {
    if (line === shown) return;
    shown = line;
    show();
  };
  if (json) {
    return {
      begin: announceUrls => out.write(`${JSON.stringify({ announceUrls })}\n`),
      counts: ({ torrents, peers }) => {
        const line = JSON.stringify({ torrents, peers });
        ifChanged(line, () => out.write(`${line}\n`));
      },
    };
  }
  return {
    begin: announceUrls => out.write(welcome(announceUrls)),
    counts: counts => {
      const line = countsLine(counts);
      if (live !== undefined) return live.draw([`${line}, ${counts.announces} announces so far`]);
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      ifChanged(line, () => out.write(`${seconds} s  ${line}\n`));
    },
  };
}

function welcome(announceUrls: readonly string[]): string {
  const urls = announceUrls.map(url => `  ${url}\n`).join('');
  return `The tracker is running. Give torrents one of these addresses:\n${urls}Ctrl-C ends it, and it forgets everything.\n`;
}

function countsLine({ torrents, peers }: Counts): string {
  return `${torrents} ${torrents === 1 ? 'torrent' : 'torrents'}, ${peers} ${peers === 1 ? 'peer' : 'peers'}`;
}
