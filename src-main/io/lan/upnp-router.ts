import { createSocket } from 'node:dgram';
import { request } from 'node:http';
import { isIPv4 } from 'node:net';
import type { MappedProtocol } from '../../engine/lan/nat-pmp.ts';
import type { NetworkAddress } from './network-addresses.ts';
import { type Mapping, type Router, RouterRefusal } from './router.ts';
import {
  between,
  callText,
  gatewayTypes,
  type MappingService,
  readDescription,
  readSearchAnswer,
  searchText,
} from './upnp-messages.ts';

export interface UpnpSearch {
  /** Where routers listen: 239.255.255.250:1900 but in tests. */
  readonly group: { readonly address: string; readonly port: number };
  readonly interfaces: readonly NetworkAddress[];
  /** How long routers are waited for; a second is what they are allowed, and they are asked twice. */
  readonly searchMs?: number | undefined;
  readonly signal: AbortSignal;
}

const usualSearchMs = 2_500;
const searchAgainMs = 1_000;
/** After one has answered, others are waited for no longer. */
const furtherMs = 300;
const locationLimit = 8;
const longestDescription = 256 * 1024;
const requestMs = 5_000;
/** Other ports that are tried when the wanted one is somebody else's. */
const otherPorts = 4;

/** Routers of these networks that map ports by UPnP. Never rejects. */
export async function findUpnpRouters(search: UpnpSearch): Promise<Router[]> {
  const own = search.interfaces.filter(({ family }) => family === 'IPv4');
  const heard = await Promise.all(own.map(({ address }) => searchFrom(address, search)));
  const locations = [...new Map(heard.flat().map(found => [found.location.href, found])).values()];
  const routers = await Promise.all(
    locations.slice(0, locationLimit).map(async ({ location, ownAddress }) => {
      const { text } = await ask(location, 'GET', {}, '', search.signal).catch(() => ({ text: '' }));
      const [service] = readDescription(text, location);
      return service === undefined ? [] : [new UpnpRouter(service, ownAddress)];
    }),
  );
  return routers.flat();
}

interface Found {
  readonly location: URL;
  readonly ownAddress: string;
}

/** What answers on one interface. An answer that leads elsewhere than to who gave it is left out. */
function searchFrom(
  ownAddress: string,
  { group, searchMs = usualSearchMs, signal }: UpnpSearch,
): Promise<Found[]> {
  return new Promise(resolve => {
    const found: Found[] = [];
    const socket = createSocket('udp4');
    const timers: NodeJS.Timeout[] = [];
    const finish = () => {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      socket.off('error', finish).on('error', () => {});
      try {
        socket.close();
      } catch {
        // It never opened.
      }
      resolve(found);
    };
    const send = () => {
      for (const type of gatewayTypes)
        socket.send(searchText(group.address, group.port, type), group.port, group.address, () => {});
    };
    socket.on('error', finish);
    socket.on('message', (bytes, from) => {
      const text = bytes.length <= 4_096 ? readSearchAnswer(bytes.toString('latin1')) : undefined;
      const location = text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
      if (
        location?.protocol !== 'http:' ||
        location.hostname !== from.address ||
        found.length >= locationLimit
      )
        return;
      found.push({ location, ownAddress });
      if (found.length === 1) timers.push(setTimeout(finish, furtherMs));
    });
    socket.bind(0, ownAddress, () => {
      try {
        socket.setMulticastInterface(ownAddress);
        socket.setMulticastTTL(2);
      } catch {
        return finish();
      }
      send();
      timers.push(setTimeout(send, searchAgainMs));
    });
    timers.push(setTimeout(finish, searchMs));
    signal.addEventListener('abort', finish);
    if (signal.aborted) finish();
  });
}

class UpnpRouter implements Router {
  readonly way = 'UPnP';
  readonly host: string;
  readonly #service: MappingService;
  /** This computer, as the router knows it. */
  readonly #ownAddress: string;

  constructor(service: MappingService, ownAddress: string) {
    this.host = service.controlUrl.hostname;
    this.#service = service;
    this.#ownAddress = ownAddress;
  }

  async map(
    protocol: MappedProtocol,
    internalPort: number,
    externalPort: number,
    lifetimeSeconds: number,
  ): Promise<Mapping> {
    // Not to be given up half-way: a router that had done it already could not be told from one that had not.
    const { signal } = new AbortController();
    for (let other = 0; ; other += 1) {
      const mapping = {
        protocol,
        internalPort,
        externalPort: (externalPort + other) % 65_536 || 1,
        lifetimeSeconds,
      };
      const code = await this.#add(mapping, lifetimeSeconds, signal);
      if (code === 0) return mapping;
      // The port is somebody else's.
      if (code === 718 && other < otherPorts) continue;
      // It knows only mappings that stay until they are removed.
      if (code === 725 && (await this.#add(mapping, 0, signal)) === 0) return mapping;
      throw new RouterRefusal(reasonOf(code));
    }
  }

  async unmap({ protocol, externalPort }: Mapping, signal: AbortSignal): Promise<void> {
    const { code } = await this.#call('DeletePortMapping', portValues(protocol, externalPort), signal);
    // 714: it is gone already.
    if (code !== 0 && code !== 714) throw new RouterRefusal(reasonOf(code));
  }

  async externalAddress(signal: AbortSignal): Promise<string | undefined> {
    const { text } = await this.#call('GetExternalIPAddress', [], signal);
    const address = between(text, 'NewExternalIPAddress') ?? '';
    return isIPv4(address) && address !== '0.0.0.0' ? address : undefined;
  }

  close(): void {}

  async #add(mapping: Mapping, leaseSeconds: number, signal: AbortSignal): Promise<number> {
    const values: [string, string][] = [
      ...portValues(mapping.protocol, mapping.externalPort),
      ['NewInternalPort', `${mapping.internalPort}`],
      ['NewInternalClient', this.#ownAddress],
      ['NewEnabled', '1'],
      ['NewPortMappingDescription', 'Piecewise'],
      ['NewLeaseDuration', `${leaseSeconds}`],
    ];
    return (await this.#call('AddPortMapping', values, signal)).code;
  }

  /** `code` 0: it is done; otherwise the router's reason. */
  async #call(
    action: string,
    values: readonly (readonly [string, string])[],
    signal: AbortSignal,
  ): Promise<{ readonly code: number; readonly text: string }> {
    const { type, controlUrl } = this.#service;
    const headers = { 'Content-Type': 'text/xml; charset="utf-8"', SOAPAction: `"${type}#${action}"` };
    const { status, text } = await ask(controlUrl, 'POST', headers, callText(type, action, values), signal);
    if (status === 200) return { code: 0, text };
    return { code: Number.parseInt(between(text, 'errorCode') ?? '', 10) || 501, text };
  }
}

function portValues(protocol: MappedProtocol, externalPort: number): [string, string][] {
  return [
    ['NewRemoteHost', ''],
    ['NewExternalPort', `${externalPort}`],
    ['NewProtocol', protocol.toUpperCase()],
  ];
}

function reasonOf(code: number): string {
  switch (code) {
    case 718:
      return 'all ports near the wanted one are taken';
    case 606:
    case 729:
      return 'it refuses: port mapping is not allowed to this computer';
    default:
      return `it refuses (UPnP error ${code})`;
  }
}

/** One HTTP request to a router, within limits. */
function ask(
  url: URL,
  method: 'GET' | 'POST',
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      {
        method,
        agent: false,
        maxHeaderSize: 8_192,
        headers: { ...headers, Connection: 'close', 'Content-Length': Buffer.byteLength(body) },
        signal: AbortSignal.any([signal, AbortSignal.timeout(requestMs)]),
      },
      response => {
        const bytes: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > longestDescription) asked.destroy(new Error('its answer is too long'));
          else bytes.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(bytes).toString() });
        });
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}
