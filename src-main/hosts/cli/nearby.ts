import type { NearbyView } from '../../../src-shared/share.ts';
import { formatBytes } from '../../../src-shared/units.ts';
import { removeFolder } from '../../io/course-folder.ts';
import { exitCode } from './exit-codes.ts';
import { makeSessionFolder, openSession, readPeers, untilInterrupted } from './share-session.ts';
import { type Output, table } from './terminal.ts';

export interface NearbyCommandOptions {
  readonly version: string;
  readonly forMs: number;
  /** Who is asked besides those that are found. */
  readonly peers: readonly string[];
  readonly json: boolean;
  readonly config?: string;
}

/** `piecewise nearby`: what other computers of the network share. Returns the exit code. */
export async function nearbyCommand(
  { version, forMs, peers, json, config }: NearbyCommandOptions,
  out: Output,
  err: Output,
): Promise<number> {
  const profileFolder = await makeSessionFolder('piecewise-nearby-');
  try {
    return await untilInterrupted(err, async interrupted => {
      readPeers(peers);
      const engine = await openSession(
        {
          version,
          profileFolder,
          downloadFolder: profileFolder,
          port: 0,
          lan: true,
          machines: peers,
          settings: { localDiscovery: false, catalogue: true, dht: false, portMapping: false },
          ...(config === undefined ? {} : { config }),
        },
        err,
      );
      try {
        let timer: NodeJS.Timeout | undefined;
        const over = new Promise<void>(resolve => {
          timer = setTimeout(resolve, forMs);
        });
        await Promise.race([over, interrupted]);
        clearTimeout(timer);
        const view = engine.finding.nearby();
        for (const problem of problemsOf(view.machines)) err.write(`${problem}\n`);
        out.write(json ? `${JSON.stringify(view)}\n` : nearbyText(view));
        return exitCode.ok;
      } finally {
        await engine.close();
      }
    });
  } finally {
    await removeFolder(profileFolder);
  }
}

/** What keeps computers from being asked, in sentences. */
export function problemsOf(machines: NearbyView['machines']): readonly string[] {
  const problems = machines.flatMap(({ problem }) => problem ?? []);
  return problems.map(problem => (problem.endsWith('?') ? problem : `${problem}.`));
}

const titles = ['Computer', 'Share', 'Size', 'Files', 'Has', 'Info-hash'];

export function nearbyText({ machines }: NearbyView): string {
  const rows = machines.flatMap(machine =>
    machine.shares.map(share => [
      machine.name,
      share.name,
      formatBytes(share.totalLength),
      share.fileCount === 1 ? '1 file' : `${share.fileCount} files`,
      `${Math.floor(share.progress * 100)} %`,
      share.infoHash,
    ]),
  );
  if (rows.length === 0) return 'Nobody nearby shares anything, or multicast does not reach them.\n';
  return `${table([titles, ...rows], [2, 4]).join('\n')}\n`;
}
