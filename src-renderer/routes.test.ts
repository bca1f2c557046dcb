import { describe, expect, it } from 'vitest';
import { hrefOf, parseRoute, type Route } from './routes.ts';

describe('a route', () => {
  it.each<Route>([
    { page: 'home' },
    { page: 'settings' },
    { page: 'network' },
    { page: 'lab', part: 'plan' },
    { page: 'lab', part: 'report' },
    { page: 'swarm', swarm: 'course-1', peer: null },
    { page: 'swarm', swarm: 'Kx_9-2', peer: '1003' },
  ])('comes back from its own address: %j', route => {
    expect(parseRoute(hrefOf(route))).toEqual(route);
  });

  it.each([
    '',
    '#',
    '#/',
    '#/nowhere',
    '#/swarm',
    '#/swarm/',
    '#/swarm/a b',
    '#/swarm/../etc',
    '#/swarm/a/notapeer',
    '#/swarm/a/1001/more',
    '#/settings/more',
    '#/lab/elsewhere',
    '#/lab/report/more',
    `#/swarm/${'x'.repeat(65)}`,
  ])('is Home when "%s" says nothing known', hash => {
    expect(parseRoute(hash)).toEqual({ page: 'home' });
  });
});
