import { createServer, type Server } from 'node:net';

/** TCP ports of one address that nobody uses at the moment, all different. Whoever listens first has them. */
export async function freePorts(count: number, address: string): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listenAnywhere(address)));
  const ports = servers.map(server => (server.address() as { port: number }).port);
  await Promise.all(servers.map(server => new Promise(closed => server.close(closed))));
  return ports;
}

function listenAnywhere(address: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, address, () => resolve(server));
  });
}

/** Free ports from `first` on, as people like to write them down; fewer than `count` when few are free. */
export async function freePortsFrom(first: number, count: number): Promise<number[]> {
  const ports: number[] = [];
  const last = Math.min(65_535, first + 20 * count);
  for (let port = first; port <= last && ports.length < count; port += 1) {
    if (await isPortFree(port)) ports.push(port);
  }
  return ports;
}

/** Whether nobody listens on a port: of one address of this computer, or of all. */
export function isPortFree(port: number, host?: string): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => server.close(() => resolve(true)));
  });
}
