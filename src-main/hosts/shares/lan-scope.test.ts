import { expect, it } from 'vitest';
import { readLanScope } from './lan-scope.ts';

it.each([
  [undefined, { kind: 'everywhere' }],
  ['', { kind: 'everywhere' }],
  ['off', { kind: 'off' }],
  ['loopback:40001', { kind: 'loopback', discoveryPort: 40_001 }],
  ['loopback:70000', { kind: 'everywhere' }],
  ['loopback', { kind: 'loopback', discoveryPort: null }],
] as const)('PIECEWISE_LAN=%s', (text, scope) => {
  expect(readLanScope(text)).toEqual(scope);
});
