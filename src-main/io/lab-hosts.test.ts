import { expect, it } from 'vitest';
import type { LabPlan } from '../../src-shared/lab.ts';
import { checkHosts } from './lab-hosts.ts';

function planAt(...hosts: readonly string[]): LabPlan {
  return hosts.map((host, at) => ({ name: `Machine ${at}`, host, peers: [] }));
}

it('asks only for names, each of them once', async () => {
  const asked: string[] = [];
  const lookup = async (host: string) => void asked.push(host);
  const plan = planAt('10.0.0.1', 'lab-1', '::1', 'fe80::1%eth0', 'lab-1', '', 'lab-2.example.edu');
  expect(await checkHosts(plan, { lookup })).toEqual([]);
  expect(asked).toEqual(['lab-1', 'lab-2.example.edu']);
});

it('tells of every machine whose name leads nowhere', async () => {
  const lookup = async (host: string) => {
    if (host === 'lab-9') throw new Error('ENOTFOUND');
  };
  const told = await checkHosts(planAt('lab-9', 'lab-1', 'lab-9'), { lookup });
  const message =
    'The host name "lab-9" cannot be resolved by this computer; if the lab\'s machines do not know it either, write the address.';
  expect(told).toEqual([
    { place: { machine: 0, field: 'host' }, message, isError: false },
    { place: { machine: 2, field: 'host' }, message, isError: false },
  ]);
});

it('does not wait for a name server that is silent', async () => {
  const lookup = (host: string) => (host === 'lab-1' ? Promise.resolve() : new Promise<never>(() => {}));
  const told = await checkHosts(planAt('lab-1', 'lab-2'), { lookup, withinMs: 20 });
  expect(told.map(({ message }) => message)).toEqual([
    expect.stringContaining('"lab-2" was not resolved within 0.02 s'),
  ]);
});
