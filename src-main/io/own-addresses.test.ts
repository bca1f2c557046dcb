import { hostname, networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { isLoopback, isOwnHost, ownAddresses } from './own-addresses.ts';

it.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.3.2.1', '::1'])('%s is loopback', host => {
  expect(isLoopback(host)).toBe(true);
});

it.each(['10.0.0.1', 'localhost.lab', '128.0.0.1', 'lab127.0.0.1'])('%s is not loopback', host => {
  expect(isLoopback(host)).toBe(false);
});

it('this computer is known by its name, with or without a domain, and by its addresses', () => {
  const name = hostname().split('.')[0]!;
  const outside = Object.values(networkInterfaces()).flatMap(list => list ?? []);
  for (const { address, internal } of outside) expect(isOwnHost(address)).toBe(!internal);
  expect(isOwnHost(hostname())).toBe(true);
  expect(isOwnHost(`${name.toUpperCase()}.lab.example`)).toBe(true);
  expect(isOwnHost(`${name}x`)).toBe(false);
  expect(isOwnHost('192.0.2.77')).toBe(false);
});

it('there is always an address to tell others', () => {
  expect(ownAddresses()).not.toEqual([]);
});
