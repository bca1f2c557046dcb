/** NAT-PMP (RFC 6886): asking a router, in one datagram, to hand on what arrives at one of its ports. */

export const natPmpPort = 5351;

export type MappedProtocol = 'tcp' | 'udp';

const opcodeOf = { address: 0, udp: 1, tcp: 2 } as const;
const responseBit = 0x80;

/** What a router answered. */
export type NatPmpAnswer =
  | { readonly about: 'address'; readonly address: string }
  | {
      readonly about: MappedProtocol;
      readonly internalPort: number;
      readonly externalPort: number;
      /** 0: it is removed. */
      readonly lifetimeSeconds: number;
    }
  /** `code` as in RFC 6886, 3.5. */
  | { readonly about: 'address' | MappedProtocol; readonly failed: string };

/** Asks for the router's address towards the internet. */
export function encodeAddressRequest(): Uint8Array {
  return Uint8Array.of(0, opcodeOf.address);
}

/** Asks for a mapping, to renew it, or with lifetime 0 (and external port 0) to remove it. */
export function encodeMappingRequest(
  protocol: MappedProtocol,
  internalPort: number,
  externalPort: number,
  lifetimeSeconds: number,
): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  bytes[1] = opcodeOf[protocol];
  view.setUint16(4, internalPort);
  view.setUint16(6, externalPort);
  view.setUint32(8, lifetimeSeconds);
  return bytes;
}

/** Undefined when it is no answer of a router. Never throws. */
export function decodeNatPmpAnswer(bytes: Uint8Array): NatPmpAnswer | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || bytes.length > 64 || bytes[0] !== 0) return undefined;
  const about = aboutOf(bytes[1]! ^ responseBit);
  if (about === undefined) return undefined;
  const result = view.getUint16(2);
  if (result !== 0) return { about, failed: reasonOf(result) };
  if (about === 'address')
    return bytes.length < 12 ? undefined : { about, address: bytes.slice(8, 12).join('.') };
  if (bytes.length < 16) return undefined;
  return {
    about,
    internalPort: view.getUint16(8),
    externalPort: view.getUint16(10),
    lifetimeSeconds: view.getUint32(12),
  };
}

function aboutOf(opcode: number): 'address' | MappedProtocol | undefined {
  if (opcode === opcodeOf.address) return 'address';
  if (opcode === opcodeOf.tcp) return 'tcp';
  return opcode === opcodeOf.udp ? 'udp' : undefined;
}

function reasonOf(result: number): string {
  switch (result) {
    case 2:
      return 'it refuses: port mapping is switched off in it';
    case 3:
      return 'it has no connection to the internet';
    case 4:
      return 'it has no port left';
    default:
      return `it refuses (NAT-PMP error ${result})`;
  }
}
