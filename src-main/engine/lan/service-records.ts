import {
  type DnsMessage,
  type DnsName,
  type DnsRecord,
  encodeDnsMessage,
  isSameName,
  recordType,
} from './dns-message.ts';

/** How a running Piecewise makes itself known to others of the network: DNS-SD over multicast DNS (RFC 6762, 6763). */

const serviceType: DnsName = ['_piecewise', '_tcp', 'local'];
/** The name under which tools list the kinds of services of a network. */
const serviceTypes: DnsName = ['_services', '_dns-sd', '_udp', 'local'];

/** How long others may go on believing it without hearing it again. */
export const serviceTtlSeconds = 120;

/** A running Piecewise, as it tells of itself. */
export interface OwnService {
  /** Its name in the network, the only one of this name: "lab-07 3f2a". At most 63 letters of the ASCII. */
  readonly instance: string;
  /** The name its address goes by, for tools that resolve it: "piecewise-3f2a". */
  readonly host: string;
  /** Where it listens for peers, and answers who asks for its shares. */
  readonly port: number;
  /** Keys and values, each pair at most 255 letters of the ASCII. */
  readonly text: Readonly<Record<string, string>>;
}

/** Another Piecewise, as a message tells of it. Its address is the datagram's. */
export interface SeenService {
  readonly instance: string;
  readonly port: number;
  readonly text: ReadonlyMap<string, string>;
}

/** Of a message, more are not looked at. */
const servicesLimit = 64;

/** Tells that it is there, at these addresses (4 or 16 bytes each). */
export function serviceMessage(service: OwnService, addresses: readonly Uint8Array[]): Uint8Array {
  return encodeDnsMessage({
    isResponse: true,
    questions: [],
    records: recordsOf(service, addresses, serviceTtlSeconds),
  });
}

/** Tells that it is there no more. */
export function goodbyeMessage(service: OwnService): Uint8Array {
  return encodeDnsMessage({ isResponse: true, questions: [], records: recordsOf(service, [], 0) });
}

/** Asks who is there. Those whose instances are known keep silent (RFC 6762, 7.1). */
export function searchMessage(known: readonly string[]): Uint8Array {
  return encodeDnsMessage({
    isResponse: false,
    questions: [{ name: serviceType, type: recordType.ptr }],
    // So many as surely fit into a datagram.
    records: known.slice(0, 16).map(instance => pointer(instance, serviceTtlSeconds)),
  });
}

/** Whether a message asks for what only this service can answer. */
export function isAskedFor({ instance, host }: OwnService, { isResponse, questions, records }: DnsMessage) {
  if (isResponse) return false;
  const own = [instance, ...serviceType];
  const isKnown = records.some(
    record =>
      record.type === 'ptr' &&
      record.ttlSeconds * 2 >= serviceTtlSeconds &&
      isSameName(record.name, serviceType) &&
      isSameName(record.target, own),
  );
  return questions.some(({ name, type }) => {
    const asks = (...types: number[]) => type === recordType.any || types.includes(type);
    if (isSameName(name, serviceType)) return asks(recordType.ptr) && !isKnown;
    if (isSameName(name, serviceTypes)) return asks(recordType.ptr);
    if (isSameName(name, own)) return asks(recordType.srv, recordType.txt);
    return isSameName(name, [host, 'local']) && asks(recordType.a, recordType.aaaa);
  });
}

/** The services a message tells of, and the instances that it says are gone. */
export function servicesIn({ isResponse, records }: DnsMessage): {
  readonly seen: readonly SeenService[];
  readonly gone: readonly string[];
} {
  const seen = new Map<string, SeenService>();
  const gone = new Set<string>();
  if (!isResponse) return { seen: [], gone: [] };
  const texts = textsIn(records);
  for (const record of records) {
    if (record.type === 'ptr' && isSameName(record.name, serviceType)) {
      const instance = instanceOf(record.target);
      if (instance !== undefined && record.ttlSeconds === 0) gone.add(instance);
    }
    if (record.type !== 'srv') continue;
    const instance = instanceOf(record.name);
    if (instance === undefined) continue;
    const text = texts.get(instance.toLowerCase());
    if (record.ttlSeconds === 0) gone.add(instance);
    else if (record.port > 0 && text !== undefined && seen.size < servicesLimit)
      seen.set(instance, { instance, port: record.port, text: pairsOf(text) });
  }
  return { seen: [...seen.values()], gone: [...gone] };
}

/** By instance, in small letters: what is hostile has hundreds of each, which must not be searched through for each other. */
function textsIn(records: readonly DnsRecord[]): ReadonlyMap<string, readonly string[]> {
  const texts = new Map<string, readonly string[]>();
  for (const record of records) {
    const instance = record.type === 'txt' ? instanceOf(record.name)?.toLowerCase() : undefined;
    if (record.type === 'txt' && instance !== undefined && !texts.has(instance))
      texts.set(instance, record.strings);
  }
  return texts;
}

function recordsOf(
  { instance, host, port, text }: OwnService,
  addresses: readonly Uint8Array[],
  ttlSeconds: number,
): DnsRecord[] {
  const name = [instance, ...serviceType];
  const target = [host, 'local'];
  const strings = Object.entries(text).map(([key, value]) => `${key}=${value}`);
  return [
    pointer(instance, ttlSeconds),
    { type: 'srv', name, ttlSeconds, port, target },
    { type: 'txt', name, ttlSeconds, strings },
    ...addresses.map(
      (address): DnsRecord => ({
        type: address.length === 4 ? 'a' : 'aaaa',
        name: target,
        ttlSeconds,
        address,
      }),
    ),
    // The kind of service stays when one of its instances goes.
    ...(ttlSeconds > 0
      ? [{ type: 'ptr' as const, name: serviceTypes, ttlSeconds, target: serviceType }]
      : []),
  ];
}

function pointer(instance: string, ttlSeconds: number): DnsRecord {
  return { type: 'ptr', name: serviceType, ttlSeconds, target: [instance, ...serviceType] };
}

function instanceOf(name: DnsName): string | undefined {
  return name.length === serviceType.length + 1 && isSameName(name.slice(1), serviceType)
    ? name[0]
    : undefined;
}

/** "key=value" each; the first of a key counts (RFC 6763, 6.4). */
function pairsOf(strings: readonly string[]): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const text of strings) {
    const at = text.indexOf('=');
    const key = (at < 0 ? text : text.slice(0, at)).toLowerCase();
    if (key !== '' && !pairs.has(key)) pairs.set(key, at < 0 ? '' : text.slice(at + 1));
  }
  return pairs;
}

/**
 * A name in which everything is a letter that a label may safely hold, the only one of this name: IDs differ in their
 * ends, whatever they begin with.
 */
export function instanceName(machine: string, id: string): string {
  const plain = machine.replace(/[^\w -]+/g, '-').slice(0, 40);
  return `${plain === '' ? 'computer' : plain} ${id.slice(-16)}`;
}
