import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { promisify } from 'node:util';

/** The routers (IPv4) through which this computer reaches the internet, the preferred one first. Never rejects. */
export async function defaultGateways(): Promise<string[]> {
  try {
    const gateways =
      process.platform === 'linux'
        ? gatewaysOfLinux(await readFile('/proc/net/route', 'latin1'))
        : gatewaysOfTable(await printedRoutes());
    return [...new Set(gateways)].filter(address => isIPv4(address) && address !== '0.0.0.0').slice(0, 4);
  } catch {
    return [];
  }
}

async function printedRoutes(): Promise<string> {
  const [command, ...args] =
    process.platform === 'win32' ? ['route', 'print', '-4', '0.0.0.0'] : ['netstat', '-rn', '-f', 'inet'];
  const { stdout } = await promisify(execFile)(command!, args, { timeout: 3_000, windowsHide: true });
  return stdout;
}

/** Of `/proc/net/route`: interface, destination, gateway, flags, …, metric; addresses in hexadecimal, last byte first. */
export function gatewaysOfLinux(table: string): string[] {
  return table
    .split('\n')
    .map(line => line.split('\t'))
    .filter(([, destination]) => destination === '00000000')
    .sort((a, b) => Number(a[6]) - Number(b[6]))
    .map(([, , gateway = '']) => Buffer.from(gateway.trim(), 'hex').reverse().join('.'));
}

/** Of Windows ("0.0.0.0  0.0.0.0  192.168.1.1 …") and macOS ("default  192.168.1.1 …"). */
export function gatewaysOfTable(table: string): string[] {
  return table.split(/\r?\n/).flatMap(line => {
    const [first, second, third] = line.trim().split(/\s+/);
    if (first === 'default') return [second ?? ''];
    return first === '0.0.0.0' && second === '0.0.0.0' ? [third ?? ''] : [];
  });
}
