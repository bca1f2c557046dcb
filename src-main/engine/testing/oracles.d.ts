/** Packages that tests ask for a second opinion, as far as they ask. They come without types. */

declare module 'bencode' {
  const bencode: {
    encode(value: unknown): Uint8Array;
    decode(bytes: Uint8Array): unknown;
  };
  // biome-ignore lint/style/noDefaultExport: it is the package that has one.
  export default bencode;
}

declare module 'parse-torrent' {
  interface ParsedTorrent {
    readonly infoHash: string;
    readonly name: string;
    readonly announce: readonly string[];
    readonly pieceLength: number;
    readonly pieces: readonly string[];
    readonly length: number;
    readonly private?: boolean;
    readonly comment?: string;
    readonly createdBy?: string;
    readonly created?: { getTime(): number };
    readonly files: readonly { readonly path: string; readonly length: number }[];
    readonly peerAddresses?: readonly string[];
  }
  // biome-ignore lint/style/noDefaultExport: it is the package that has one.
  export default function parseTorrent(torrent: Uint8Array | string): Promise<ParsedTorrent>;
  export function toMagnetURI(magnet: object): string;
}

declare module 'create-torrent' {
  interface Options {
    readonly name?: string;
    readonly pieceLength?: number;
    readonly private?: boolean;
    readonly announceList?: readonly (readonly string[])[];
  }
  // biome-ignore lint/style/noDefaultExport: it is the package that has one.
  export default function createTorrent(
    input: string | readonly string[],
    options: Options,
    done: (error: Error | null, torrent: Uint8Array) => void,
  ): void;
}
