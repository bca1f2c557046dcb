import { hostname } from 'node:os';
import { peerIdOf } from '../../engine/bittorrent/client-name.ts';
import { systemClock } from '../../io/clock.ts';
import { tcpDialerFrom } from '../../io/tcp.ts';
import type { LanScope } from './lan-scope.ts';
import { openShareMachine } from './machine-parts.ts';
import { openShareEngine, type ShareEngine, type ShareEngineOptions } from './share-engine.ts';

export type MachineEngineOptions = Omit<
  ShareEngineOptions,
  'computer' | 'parts' | 'clock' | 'random' | 'dialer' | 'pool' | 'peerId'
> & {
  /** Of Piecewise: "0.1.0". */
  readonly version: string;
  readonly scope: LanScope;
  /** Listens, dials and announces at this address of this computer only; at all of them when left out. */
  readonly host?: string;
};

/** The engine of all shares on a real machine. */
export function openMachineEngine({
  version,
  scope,
  host,
  ...options
}: MachineEngineOptions): Promise<ShareEngine> {
  const computer = hostname();
  const peerId = peerIdOf(version, Math.random);
  const { parts, pool } = openShareMachine({
    version,
    scope,
    computer,
    peerId,
    log: options.log,
    ...(host === undefined ? {} : { host }),
  });
  return openShareEngine({
    ...options,
    computer,
    parts,
    clock: systemClock,
    random: Math.random,
    dialer: tcpDialerFrom(host),
    pool,
    peerId,
  });
}
