import { expect, it } from 'vitest';
import { defaultGateways, gatewaysOfLinux, gatewaysOfTable } from './default-gateways.ts';

it('the routers of Linux are in its table, the cheapest first', () => {
  const table = [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0',
    'eth0\t00000000\tFE4D000A\t0003\t0\t0\t100\t00000000\t0\t0\t0',
    'eth0\t004D000A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0',
  ].join('\n');
  expect(gatewaysOfLinux(table)).toEqual(['10.0.77.254', '192.168.1.1']);
});

it('the routers of Windows and macOS are in what is printed', () => {
  const windows = `IPv4 Route Table\r\n  Network Destination  Netmask  Gateway\r\n    0.0.0.0    0.0.0.0    192.168.1.1   192.168.1.7   25\r\n`;
  expect(gatewaysOfTable(windows)).toEqual(['192.168.1.1']);
  const mac = 'Destination  Gateway  Flags\ndefault  10.0.0.1  UGScg en0\n127  127.0.0.1 UCS lo0\n';
  expect(gatewaysOfTable(mac)).toEqual(['10.0.0.1']);
});

it('asking for them never fails', async () => {
  for (const address of await defaultGateways()) expect(address).toMatch(/^\d+(\.\d+){3}$/);
});
