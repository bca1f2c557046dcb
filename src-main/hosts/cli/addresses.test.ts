import { expect, it } from 'vitest';
import { networkAddresses } from '../../io/lan/network-addresses.ts';
import { addressesCommand } from './addresses.ts';

const rest = { netmask: '', mac: '', cidr: null };
const ipv4 = (address: string, internal = false) => ({ ...rest, address, internal, family: 'IPv4' as const });
const loop = { lo: [ipv4('127.0.0.1', true)] };

function listed(found: Parameters<typeof networkAddresses>[0], json = false): string {
  let text = '';
  addressesCommand({ json }, { write: part => (text += part) }, networkAddresses(found));
  return text;
}

it('points out the address that others can probably reach, and says what is wrong with the rest', () => {
  const found = { docker0: [ipv4('172.17.0.1')], ...loop, eth0: [ipv4('192.168.1.7'), ipv4('169.254.1.1')] };
  expect(listed(found).split('\n')).toEqual([
    '192.168.1.7  eth0     others can probably reach this one',
    '169.254.1.1  eth0     given by the computer to itself: only on the same cable, and not always the same',
    '172.17.0.1   docker0  of a virtual network or a tunnel: seldom reached from outside this computer',
    '127.0.0.1    lo       this computer only',
    '',
  ]);
  expect(JSON.parse(listed(found, true)).map((each: { isLikeliest: boolean }) => each.isLikeliest)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

it('says so when this computer is in no network', () => {
  expect(listed({ docker0: [ipv4('172.17.0.1')], ...loop })).toMatch(/This computer is in no network/);
});
