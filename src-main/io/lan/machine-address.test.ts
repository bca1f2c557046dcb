import { expect, it } from 'vitest';
import { machineAddressText, readMachineAddress } from './machine-address.ts';

it.each([
  ['lab-07', 'lab-07', 6881],
  [' lab-07.cs.example:7000 ', 'lab-07.cs.example', 7000],
  ['192.168.1.7', '192.168.1.7', 6881],
  ['192.168.1.7:80', '192.168.1.7', 80],
  ['[fe80::1%eth0]:7000', 'fe80::1%eth0', 7000],
  ['[::1]', '::1', 6881],
  ['fe80::1', 'fe80::1', 6881],
  ['::1', '::1', 6881],
])('%s is a machine', (text, host, port) => {
  expect(readMachineAddress(text)).toEqual({ host, port });
});

it.each(['', 'lab 07', 'lab-07:', 'lab-07:0', 'lab-07:65536', 'http://lab-07', '[lab-07]', 'a:b', ':80'])(
  '%j is none',
  text => {
    expect(readMachineAddress(text)).toBeUndefined();
  },
);

it('is written as it is read', () => {
  for (const text of ['lab-07:6881', '[fe80::1%eth0]:7000'])
    expect(machineAddressText(readMachineAddress(text)!)).toBe(text);
});
