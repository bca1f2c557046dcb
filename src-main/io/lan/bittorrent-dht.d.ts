/** What is used of it. */
declare module 'bittorrent-dht' {
  import type { EventEmitter } from 'node:events';

  interface Options {
    /** Nodes that are asked first; false: none. */
    readonly bootstrap: readonly { readonly host: string; readonly port: number }[] | false;
    /** In place of the UDP socket it would make. */
    readonly socket: EventEmitter;
    /** Milliseconds that peers are remembered for others. */
    readonly maxAge?: number;
    readonly maxPeers?: number;
    readonly maxValues?: number;
  }

  class DHT extends EventEmitter {
    readonly nodes: { toArray(): { readonly host: string; readonly port: number }[] };
    constructor(options: Options);
    listen(port: number, address?: string): void;
    announce(infoHash: string, port: number, done: (error: Error | null) => void): void;
    /** Returns a function that gives up. */
    lookup(infoHash: string, done: (error: Error | null) => void): () => void;
    addNode(node: { readonly host: string; readonly port: number }): void;
    destroy(done: () => void): void;
  }

  // biome-ignore lint/style/noDefaultExport: so it is there.
  export default DHT;
}
