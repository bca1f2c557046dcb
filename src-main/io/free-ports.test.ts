import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { PortRange } from './free-ports.ts';

const address = '127.0.0.1';
/** Neither a demo's, nor those of connections. */
const lowest = 32_100;

describe('PortRange', () => {
  it('gives no port out twice, however many ask at the same time, before it has been through all', async () => {
    const range = new PortRange(lowest, 100, 1);
    const taken = (await Promise.all(Array.from({ length: 10 }, () => range.take(4, address)))).flat();
    expect(new Set(taken).size).toBe(40);
    expect(taken.every(port => port >= lowest && port < lowest + 100)).toBe(true);
  });

  it('begins elsewhere for processes that start one after the other', async () => {
    const demos = Array.from({ length: 8 }, (_, i) =>
      new PortRange(lowest, 600, 4_194_300 + i).take(8, address),
    );
    expect(new Set((await Promise.all(demos)).flat()).size).toBe(64);
  });

  it('leaves out what somebody listens on, and says when nothing is left', async () => {
    const range = new PortRange(lowest, 3, 0);
    const server = createServer().listen(lowest + 1, address);
    await once(server, 'listening');
    expect(await range.take(3, address).catch(String)).toBe('Error: 127.0.0.1 has fewer than 3 free ports');
    expect((await new PortRange(lowest, 3, 0).take(2, address)).sort()).toEqual([lowest, lowest + 2]);
    server.close();
  });
});
