import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { describe, expect, it, vi } from 'vitest';
import { networkAddresses } from './network-addresses.ts';

vi.mock('node:os', async importOriginal => {
  const os = await importOriginal<typeof import('node:os')>();
  return { ...os, networkInterfaces: vi.fn(os.networkInterfaces) };
});

const info = (address: string, internal = false): NetworkInterfaceInfo => {
  const rest = { address, internal, netmask: '', mac: '', cidr: null };
  return address.includes(':') ? { ...rest, family: 'IPv6', scopeid: 3 } : { ...rest, family: 'IPv4' };
};

describe('the addresses of this computer', () => {
  it('are in the order in which others are likely to reach them', () => {
    const found = networkAddresses({
      lo: [info('127.0.0.1', true), info('::1', true)],
      docker0: [info('172.17.0.1'), info('fe80::1')],
      eth0: [info('fe80::2'), info('fd00::2'), info('192.168.1.7')],
      'vEthernet (Default Switch)': [info('172.20.0.1')],
      wlan0: [info('169.254.3.4'), info('10.0.0.9')],
    });
    expect(found.map(({ interface: name, address }) => `${name} ${address}`)).toEqual([
      'eth0 192.168.1.7',
      'wlan0 10.0.0.9',
      'eth0 fd00::2',
      'wlan0 169.254.3.4',
      'eth0 fe80::2',
      'docker0 172.17.0.1',
      'vEthernet (Default Switch) 172.20.0.1',
      'docker0 fe80::1',
      'lo 127.0.0.1',
      'lo ::1',
    ]);
    expect(found[2]).toEqual({
      interface: 'eth0',
      address: 'fd00::2',
      family: 'IPv6',
      isInternal: false,
      scope: 3,
    });
  });

  it('are those of this machine when none are given', () => {
    expect(networkAddresses().map(({ address }) => address)).toContain('127.0.0.1');
  });

  it('are as they were when the system cannot tell, for want of descriptors', () => {
    const before = networkAddresses();
    vi.mocked(networkInterfaces).mockImplementationOnce(() => {
      throw new Error('uv_interface_addresses returned Unknown system error 24');
    });
    expect(networkAddresses()).toEqual(before);
  });
});
