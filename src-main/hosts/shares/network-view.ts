import type { MechanismView, NearbyMachine, NetworkView } from '../../../src-shared/share.ts';
import type { HostedShare } from './share.ts';
import type { ShareListening } from './share-parts.ts';

/** What the network check shows: each way of finding others or being found, and what it found. */
export function networkViewOf(network: {
  readonly computer: string;
  readonly listening: ShareListening | undefined;
  readonly listenProblem: string | undefined;
  readonly addresses: readonly { readonly address: string; readonly interface: string }[];
  readonly settings: { readonly peerExchange: boolean; readonly machines: readonly string[] };
  readonly shares: readonly HostedShare[];
  readonly machines: readonly NearbyMachine[];
  readonly localDiscovery: MechanismView;
  readonly catalogue: MechanismView;
  readonly dht: MechanismView;
  readonly portMapping: MechanismView;
  readonly ownTracker: MechanismView;
}): NetworkView {
  const { computer, listening, listenProblem, addresses } = network;
  const views = network.shares.map(share => share.peersAndTrackers());
  const peers = views.flatMap(view => view.peers);
  return {
    computer,
    listenPort: listening?.port ?? null,
    addresses,
    mechanisms: [
      listeningView(
        listening,
        listenProblem,
        peers.filter(({ direction }) => direction === 'accepted').length,
      ),
      network.localDiscovery,
      network.catalogue,
      typedView(network.machines),
      trackersView(views.flatMap(view => view.trackers)),
      network.ownTracker,
      exchangeView(
        network.settings.peerExchange,
        peers.filter(({ source }) => source === 'peer exchange').length,
      ),
      network.dht,
      network.portMapping,
    ],
  };
}

function listeningView(
  listening: ShareListening | undefined,
  problem: string | undefined,
  accepted: number,
): MechanismView {
  const view = { mechanism: 'listening', found: accepted, lastAtMs: null } as const;
  if (listening === undefined) {
    const message = `Nobody can connect to this computer: ${problem ?? 'no port is open'}.`;
    return { ...view, state: 'failed', message };
  }
  const { port } = listening;
  const refusal = listening.lastRefusal();
  if (accepted === 0 && refusal === undefined) {
    const message = `Others can connect to port ${port}; nobody is connected that way now. Where others try and fail, allow the port in this computer's firewall.`;
    return { ...view, state: 'quiet', message };
  }
  const nobody = accepted === 0 ? ' Nobody is connected that way now.' : '';
  const turnedAway = refusal === undefined ? '' : ` Turned away last: ${refusal}.`;
  return { ...view, state: 'working', message: `Others reach port ${port}.${nobody}${turnedAway}` };
}

function typedView(machines: readonly NearbyMachine[]): MechanismView {
  const typed = machines.filter(({ isTyped }) => isTyped);
  const view = { mechanism: 'typed', lastAtMs: null } as const;
  if (typed.length === 0) {
    const message =
      'No computer has been typed in. Where multicast is blocked, type the address of one that shares.';
    return { ...view, state: 'off', message, found: null };
  }
  const failing = typed.filter(({ problem }) => problem !== null);
  const message =
    failing.length === 0
      ? 'Every computer that was typed in answers.'
      : failing.map(({ address, problem }) => `${address}: ${problem}`).join(' ');
  const answering = typed.length - failing.length;
  return { ...view, state: answering > 0 ? 'working' : 'failed', message, found: answering };
}

function trackersView(trackers: ReturnType<HostedShare['peersAndTrackers']>['trackers']): MechanismView {
  const view = { mechanism: 'trackers' } as const;
  const byUrl = new Map(trackers.map(tracker => [tracker.url, tracker]));
  for (const tracker of trackers) if (tracker.state === 'working') byUrl.set(tracker.url, tracker);
  const all = [...byUrl.values()];
  if (all.length === 0) {
    return { ...view, state: 'off', message: 'No share has a tracker.', found: null, lastAtMs: null };
  }
  const working = all.filter(({ state }) => state === 'working');
  const failed = all.filter(({ state }) => state === 'failed');
  const times = trackers.flatMap(({ lastAnnounceAtMs }) => lastAnnounceAtMs ?? []);
  const asked = all.some(({ state }) => state === 'announcing');
  return {
    ...view,
    state: working.length > 0 ? 'working' : failed.length > 0 ? 'failed' : asked ? 'trying' : 'quiet',
    message: [
      `${working.length} of ${all.length} trackers answer.`,
      ...new Set(failed.map(({ message }) => message)),
    ].join(' '),
    found: trackers.reduce((sum, { peers }) => sum + (peers ?? 0), 0),
    lastAtMs: times.length === 0 ? null : Math.max(...times),
  };
}

function exchangeView(isOn: boolean, found: number): MechanismView {
  const view = { mechanism: 'peer-exchange', lastAtMs: null } as const;
  if (!isOn) return { ...view, state: 'off', message: 'It is turned off in the settings.', found: null };
  return found > 0
    ? { ...view, state: 'working', message: 'Peers told us of others.', found }
    : {
        ...view,
        state: 'quiet',
        message: 'No peer has told us of another one that we are connected to.',
        found,
      };
}
