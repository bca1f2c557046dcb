import type { NearbyView } from '../../../src-shared/share.ts';
import { formatBytes } from '../../../src-shared/units.ts';
import { makeTemporaryFolder, removeFolder } from '../../io/course-folder.ts';
import { exitCode } from './exit-codes.ts';
import { openSession, untilInterrupted } from './share-session.ts';
import { type Output, table } from './terminal.ts';

export interface NearbyCommandOptions {
  readonly version: string;
  readonly forMs: number;
  readonly json: boolean;
  readonly config?: string;
}

/** `piecewise nearby`: what other computers of the network share. Returns the exit code. */
export async function nearbyCommand(
  { version, forMs, json, config }: NearbyCommandOptions,
  out: Output,
  err: Output,
): Promise<number> {
  const profileFolder = await makeTemporaryFolder('piecewise-nearby-');
  try {
    return await untilInterrupted(err, async interrupted => {
      const engine = await openSession(
        {
          version,
          profileFolder,
          downloadFolder: profileFolder,
          port: 0,
          lan: true,
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
  return `${table(rows, [2, 4]).join('\n')}\n`;
}
