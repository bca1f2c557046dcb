/** The few words of UPnP that it takes to map a port (WANIPConnection:1): written whole, read without an XML parser. */

/** What is asked of the network: a router that can map ports, of either version. */
export const gatewayTypes = [
  'urn:schemas-upnp-org:device:InternetGatewayDevice:1',
  'urn:schemas-upnp-org:device:InternetGatewayDevice:2',
] as const;

/** A search (SSDP) for one type of device, to be answered within a second. */
export function searchText(host: string, port: number, type: string): string {
  const lines = [
    'M-SEARCH * HTTP/1.1',
    `HOST: ${host}:${port}`,
    'MAN: "ssdp:discover"',
    'MX: 1',
    `ST: ${type}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Where the answer to a search says that the description is; undefined when it answers something else. */
export function readSearchAnswer(text: string): string | undefined {
  const [first = '', ...lines] = text.slice(0, 2_048).split(/\r?\n/);
  if (!/^HTTP\/1\.[01] 200\b/.test(first)) return undefined;
  const header = (name: string) =>
    lines
      .find(line => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  const type = header('st') ?? '';
  return gatewayTypes.some(wanted => wanted === type) ? header('location') : undefined;
}

/** A service of a router that maps ports, and where it is told to. */
export interface MappingService {
  readonly type: string;
  readonly controlUrl: URL;
}

const serviceTypes = [
  'urn:schemas-upnp-org:service:WANIPConnection:2',
  'urn:schemas-upnp-org:service:WANIPConnection:1',
  'urn:schemas-upnp-org:service:WANPPPConnection:1',
];

/** The services of a description that map ports. Those elsewhere than the description itself are left out. */
export function readDescription(text: string, location: URL): MappingService[] {
  const base = urlOf(between(text, 'URLBase') ?? '', location) ?? location;
  const services = text
    .split('<service>')
    .slice(1, 100)
    .flatMap(part => {
      const service = part.split('</service>', 1)[0]!;
      const type = between(service, 'serviceType') ?? '';
      const controlUrl = urlOf(between(service, 'controlURL') ?? '', base);
      if (!serviceTypes.includes(type) || controlUrl?.hostname !== location.hostname) return [];
      return [{ type, controlUrl }];
    });
  return services.sort((a, b) => serviceTypes.indexOf(a.type) - serviceTypes.indexOf(b.type));
}

/** One call, as the body of a POST. Names and values are ours. */
export function callText(
  type: string,
  action: string,
  values: readonly (readonly [string, string])[],
): string {
  const inner = values.map(([name, value]) => `<${name}>${escaped(value)}</${name}>`).join('');
  return (
    '<?xml version="1.0"?>\r\n<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ' +
    's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>' +
    `<u:${action} xmlns:u="${type}">${inner}</u:${action}></s:Body></s:Envelope>\r\n`
  );
}

/** What stands between the first such tag and its end; undefined when there is none. */
export function between(text: string, tag: string): string | undefined {
  const opened = text.indexOf(`<${tag}`);
  const start = text.indexOf('>', opened);
  const end = text.indexOf('</', start);
  if (opened < 0 || start < 0 || end < 0) return undefined;
  return text
    .slice(start + 1, end)
    .trim()
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

function urlOf(text: string, base: URL): URL | undefined {
  try {
    const url = new URL(text, base);
    return text !== '' && url.protocol === 'http:' ? url : undefined;
  } catch {
    return undefined;
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
