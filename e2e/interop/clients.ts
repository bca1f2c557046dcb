/** Programs of others that the tests run, as `.ci/clients.mjs` finds them. */

export type ClientName = 'aria2' | 'transmission' | 'libtorrent';

export type Clients = Readonly<Record<ClientName | 'opentracker', Found | Missing>>;

export interface Found {
  readonly path: string;
  readonly version: string;
}

export interface Missing {
  /** Why it cannot be had. */
  readonly missing: string;
}

/** @throws Error when it is not there */
export function pathOf(clients: Clients, name: keyof Clients): string {
  const client = clients[name];
  if ('missing' in client) throw new Error(client.missing);
  return client.path;
}

/** Why a test that needs these cannot run; undefined when it can. */
export function reasonToSkip(clients: Clients, names: readonly (keyof Clients)[]): string | undefined {
  const missing = names.map(name => clients[name]).find(client => 'missing' in client);
  return missing !== undefined && 'missing' in missing ? missing.missing : undefined;
}
