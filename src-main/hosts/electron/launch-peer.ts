import type { UtilityProcess, utilityProcess } from 'electron';
import { Complaints, type LaunchPeer, lineSplitter } from '../app/launch-peer.ts';

/** Peers as utility processes: the packaged app cannot be run as Node (a fuse), so it cannot start Node's own. */

export type Utility = Pick<UtilityProcess, 'kill' | 'pid' | 'postMessage' | 'stdout' | 'stderr'> & {
  once(event: 'exit', listener: (code: number) => void): unknown;
  on(event: 'error', listener: (type: 'FatalError', location: string) => void): unknown;
};

export interface Utilities {
  fork: (...args: Parameters<typeof utilityProcess.fork>) => Utility;
}

/** How long the last lines may take to arrive after the process is gone. */
const lastLinesMs = 2_000;

/**
 * @param cliFile the built command line
 * @param endAtOnce ends a process by its ID, without asking it
 */
export function launchUtilityPeer(
  utilities: Utilities,
  cliFile: string,
  endAtOnce: (pid: number) => void,
): LaunchPeer {
  return args => {
    const child = utilities.fork(cliFile, ['peer', ...args], {
      stdio: 'pipe',
      serviceName: 'Piecewise peer',
    });
    const { stdout, stderr } = child;
    if (stdout === null || stderr === null) throw new Error('a peer was started without pipes');
    const complaints = new Complaints();
    let splitOut: (bytes: Uint8Array) => void = () => {};
    const takeOut = (bytes: Uint8Array) => splitOut(bytes);
    const takeErr = lineSplitter(complaints.add);
    let wasKilled = false;
    child.on('error', (type, location) => complaints.add(`${type} at ${location}`));
    stdout.on('data', takeOut);
    stderr.on('data', takeErr);
    return {
      events: onLine => {
        splitOut = lineSplitter(onLine);
      },
      send: control => child.postMessage(control),
      kill() {
        wasKilled = true;
        // `child.kill()` asks with SIGTERM, and the peer would say goodbye.
        if (child.pid !== undefined) endAtOnce(child.pid);
      },
      ended: new Promise(resolve => {
        child.once('exit', code => {
          // Electron forgets both streams now, with all their listeners, although lines may still be under way.
          process.nextTick(async () => {
            await Promise.all([rest(stdout, takeOut), rest(stderr, takeErr)]);
            resolve({ code: wasKilled ? null : code, complaints: complaints.lines });
          });
        });
      }),
    };
  };
}

/** Takes what is left in a stream, to its end. */
function rest(stream: NodeJS.ReadableStream, take: (bytes: Uint8Array) => void): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, lastLinesMs);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    stream.off('data', take);
    stream.on('data', take);
    stream.once('end', end);
    stream.once('close', end);
    if (!stream.readable) end();
  });
}
