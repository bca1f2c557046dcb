import { spawn } from 'node:child_process';

/** Peers as operating-system processes of their own: `piecewise peer` with a control channel. */

/** What the host tells a peer that it started. */
export type PeerControl =
  /** From now on; null: no limit. */
  | { readonly control: 'limit'; readonly uploadBytesPerSecond: number | null }
  /** Ends tidily, within about a second. */
  | { readonly control: 'stop' };

export interface PeerHandle {
  /** To be called once, at once: gives every line of standard output. */
  readonly events: (onLine: (line: string) => void) => void;
  /** Nothing happens when the process has ended. */
  send(control: PeerControl): void;
  /** Ends the process at once, without a word to anybody. */
  kill(): void;
  /**
   * When the process is gone and all its lines were given: its exit code, null when a signal ended it or it could
   * not be started, and what it said on standard error.
   */
  readonly ended: Promise<{ readonly code: number | null; readonly complaints: readonly string[] }>;
}

/** Starts `piecewise peer` with these further arguments, in a process that ends with the host, even when that crashes. */
export type LaunchPeer = (args: readonly string[]) => PeerHandle;

/** For hosts that run on Node, or as the command line of the installed app: `cliFile` is the built command line. */
export function launchNodePeer(cliFile: string): LaunchPeer {
  const words = isElectron(process) ? commandLineWords(process.platform) : [cliFile];
  return args => {
    const child = spawn(process.execPath, [...words, 'peer', ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Out of the terminal's reach: a Ctrl-C there is passed on once, and would count as the second one otherwise.
      detached: process.platform !== 'win32',
    });
    const complaints = new Complaints();
    child.stderr!.on('data', lineSplitter(complaints.add));
    return {
      events: onLine => void child.stdout!.on('data', lineSplitter(onLine)),
      send(control) {
        // A process that ends meanwhile is no failure.
        if (child.connected) child.send(control, () => {});
      },
      kill: () => void child.kill('SIGKILL'),
      ended: new Promise(resolve => {
        child.on('error', error => complaints.add(error.message));
        child.on('close', code =>
          resolve({ code: child.pid === undefined ? null : code, complaints: complaints.lines }),
        );
      }),
    };
  };
}

/** The longest line of a journal is its first, with a bitfield of at most 2^24 pieces. */
const longestLine = 8 * 1024 * 1024;

/** Takes the bytes of a stream and gives its lines. One that is too long to be ours is left out. */
export function lineSplitter(
  onLine: (line: string) => void,
  longest: number = longestLine,
): (bytes: Uint8Array) => void {
  const decoder = new TextDecoder();
  let begun: string[] = [];
  let length = 0;
  const add = (text: string) => {
    length += text.length;
    if (length > longest) begun = [];
    else begun.push(text);
  };
  return bytes => {
    const [rest = '', ...more] = decoder.decode(bytes, { stream: true }).split('\n');
    add(rest);
    for (const text of more) {
      const line = begun.join('');
      const fits = length <= longest;
      begun = [];
      length = 0;
      if (fits) onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
      add(text);
    }
  };
}

function isElectron({ versions }: NodeJS.Process): boolean {
  return 'electron' in versions;
}

/** What makes a command line of the installed app, whose program cannot be run as Node. */
export function commandLineWords(platform: NodeJS.Platform): readonly string[] {
  // There the program would look for a display.
  return [...(platform === 'linux' ? ['--ozone-platform=headless'] : []), '--cli', '--'];
}

const mostComplaints = 50;
const longestComplaint = 2_000;

/** The first lines that a peer said on standard error. */
export class Complaints {
  readonly lines: string[] = [];

  readonly add = (line: string): void => {
    if (this.lines.length < mostComplaints) this.lines.push(line.slice(0, longestComplaint));
  };
}
