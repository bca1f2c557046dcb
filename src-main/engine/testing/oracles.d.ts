/** Packages that tests ask for a second opinion, as far as they ask. They come without types. */

declare module 'bencode' {
  const bencode: {
    encode(value: unknown): Uint8Array;
    decode(bytes: Uint8Array): unknown;
  };
  // biome-ignore lint/style/noDefaultExport: it is the package that has one.
  export default bencode;
}
