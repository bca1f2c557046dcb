import { describe, expect, it } from 'vitest';
import type { MechanismView } from '../../../src-shared/share.ts';
import { networkViewOf } from './network-view.ts';

const off = (mechanism: MechanismView['mechanism']): MechanismView => {
  return { mechanism, state: 'off', message: '', found: null, lastAtMs: null };
};

/** How being reached looks while nobody is connected that way. */
function reached(refusal: string | undefined): MechanismView | undefined {
  const { mechanisms } = networkViewOf({
    computer: 'lab-01',
    listening: {
      port: 6881,
      addresses: ['*:6881'],
      announceUrls: [],
      notice: undefined,
      lastRefusal: () => refusal,
      register: () => () => {},
      close: async () => {},
    },
    listenProblem: undefined,
    addresses: [],
    settings: { peerExchange: true, machines: [] },
    shares: [],
    machines: [],
    localDiscovery: off('local-discovery'),
    catalogue: off('catalogue'),
    dht: off('dht'),
    portMapping: off('port-mapping'),
    ownTracker: off('own-tracker'),
  });
  return mechanisms.find(({ mechanism }) => mechanism === 'listening');
}

describe('being reached, while nobody is connected that way', () => {
  it('may be prevented by a firewall', () => {
    expect(reached(undefined)).toMatchObject({ state: 'quiet' });
    expect(reached(undefined)?.message).toContain('firewall');
  });

  it('works where somebody came and was turned away, whatever a firewall does', () => {
    expect(reached('10.0.0.7:51234: it wants a share that is paused')).toMatchObject({
      state: 'working',
      message:
        'Others reach port 6881. Nobody is connected that way now. Turned away last: 10.0.0.7:51234: it wants a share that is paused.',
    });
  });
});
