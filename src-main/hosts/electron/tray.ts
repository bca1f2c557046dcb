import type { MenuItemConstructorOptions } from 'electron';
import type { HomeView } from '../../../src-shared/contract.ts';
import { formatShortRate } from '../../../src-shared/units.ts';
import { runningSwarms } from './swarms.ts';

/** "Piecewise: 2 swarms running, 1.2 MB/s down, 94 KB/s up". */
export function traySummary(home: HomeView): string {
  const running = runningSwarms(home);
  if (running.length === 0) return 'Piecewise: nothing is running';
  const situations = running.flatMap(({ peers }) => peers.flatMap(({ situation }) => situation ?? []));
  const down = situations.reduce((sum, { downBytesPerSecond }) => sum + downBytesPerSecond, 0);
  const up = situations.reduce((sum, { upBytesPerSecond }) => sum + upBytesPerSecond, 0);
  const swarms = running.length === 1 ? '1 swarm running' : `${running.length} swarms running`;
  return `Piecewise: ${swarms}, ${formatShortRate(down)} down, ${formatShortRate(up)} up`;
}

export interface TrayActions {
  readonly show: () => void;
  readonly stopAll: () => void;
  readonly quit: () => void;
}

export function trayMenu(running: number, actions: TrayActions): MenuItemConstructorOptions[] {
  return [
    { label: 'Show Piecewise', click: actions.show },
    { label: 'Stop all swarms', enabled: running > 0, click: actions.stopAll },
    { type: 'separator' },
    { label: 'Quit', click: actions.quit },
  ];
}
