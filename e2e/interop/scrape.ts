import bencode from 'bencode';
import { untilSaid } from './partner.ts';

/** What a tracker says to a scrape over HTTP (BEP 48): how the tests know that somebody has announced itself. */

interface Scraped {
  readonly files?: Readonly<Record<string, { readonly complete: number; readonly incomplete: number }>>;
}

/** Waits until a tracker knows so many peers of a swarm. `announceUrl`: its HTTP address. */
export async function untilTrackerKnows(
  announceUrl: string,
  infoHash: string,
  peers: number,
  withinMs?: number,
): Promise<void> {
  const url = `${announceUrl.replace(/announce$/, 'scrape')}?info_hash=${infoHash.replace(/../g, '%$&')}`;
  let known = 0;
  await untilSaid(
    async () => {
      const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
      const { files = {} } = bencode.decode(new Uint8Array(await answer.arrayBuffer())) as Scraped;
      const [swarm] = Object.values(files);
      known = swarm === undefined ? 0 : swarm.complete + swarm.incomplete;
      return known >= peers ? true : undefined;
    },
    () => `the tracker at ${url} knows ${known} peers instead of ${peers}`,
    withinMs,
  );
}
