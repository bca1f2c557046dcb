import { request } from 'node:http';
import { catalogueHost, cataloguePath, longestCatalogue } from '../../engine/bittorrent/catalogue-answer.ts';
import type { Address } from '../../engine/ports.ts';
import { readShareList, type ShareList } from './share-list.ts';

/** What came of asking a machine for its shares. */
export type ShareListAnswer =
  /** `tag` names this state of the list, to be asked with next time. */
  | { readonly list: ShareList; readonly tag: string }
  | 'unchanged'
  /** Why not: nobody answers, nobody is called so, or it is something else that answers. */
  | { readonly failed: 'silent' | 'unknown' | 'strange' };

/** All of it takes no longer. */
const askTimeMs = 5_000;

/**
 * Asks the Piecewise that listens there for its shares. `tag` is that of the list that is known, or undefined. Never
 * rejects.
 */
export function requestShareList(
  { host, port }: Address,
  tag: string | undefined,
  signal: AbortSignal,
): Promise<ShareListAnswer> {
  return new Promise(resolve => {
    const giveUp = () => asked.destroy(new Error('given up'));
    const timer = setTimeout(giveUp, askTimeMs).unref();
    // Not by a signal of both: of each of those something stays with the one that lives on.
    signal.addEventListener('abort', giveUp);
    const settle = (answer: ShareListAnswer) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      resolve(answer);
    };
    const failed = (why: 'silent' | 'unknown' | 'strange') => settle({ failed: why });
    const asked = request(
      {
        host,
        port,
        path: cataloguePath,
        agent: false,
        maxHeaderSize: 8_192,
        headers: {
          Host: catalogueHost,
          Connection: 'close',
          ...(tag === undefined ? {} : { 'If-None-Match': tag }),
        },
      },
      response => {
        const bytes: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > longestCatalogue) {
            failed('strange');
            asked.destroy();
          } else bytes.push(chunk);
        });
        response.on('error', () => failed('silent'));
        response.on('aborted', () => failed('silent'));
        response.on('end', () => {
          if (response.statusCode === 304 && tag !== undefined) return settle('unchanged');
          const list =
            response.statusCode === 200 ? readShareList(Buffer.concat(bytes).toString()) : undefined;
          if (list === undefined) return failed('strange');
          settle({ list, tag: response.headers.etag ?? '' });
        });
      },
    );
    asked.on('error', (error: NodeJS.ErrnoException) => {
      const code = error.code ?? '';
      if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') failed('unknown');
      // Other BitTorrent clients hang up on what is no handshake.
      else if (code === 'ECONNRESET' || code === 'EPIPE' || code.startsWith('HPE_')) failed('strange');
      else failed('silent');
    });
    if (signal.aborted) giveUp();
    asked.end();
  });
}
