import type { Address, Clock, Random } from '../ports.ts';
import { type HttpQuestion, httpAnswer, httpRefusal, isSentByPage } from './http-visitor.ts';
import type { InfoHash } from './metainfo.ts';
import { hostOf } from './remote.ts';
import { type Refusal, Tracker } from './tracker.ts';
import {
  readAnnounce,
  readQuery,
  readScrape,
  writeAnnounceAnswer,
  writeRefusal,
  writeScrapeAnswer,
} from './tracker-queries.ts';

/**
 * A tracker for the shares of this computer alone, on the port where their peers connect to: a link that names it leads
 * any client here, without anything else in the room. It knows no other swarm, so it is of no use to strangers.
 */
export interface PortTrackerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Where this computer's peers listen. */
  readonly ownPeers: () => readonly Address[];
  /** What is asked for is looked up here: a share of this computer that has anybody's leave to be found. */
  readonly share: (infoHash: InfoHash) => SharedHere | undefined;
}

export interface SharedHere {
  readonly isSeed: boolean;
  /** Somebody announced to us: that is where it listens. */
  onPeer(address: Address): void;
}

export const announcePath = '/announce';
const scrapePath = '/scrape';

export class PortTracker {
  readonly #options: PortTrackerOptions;
  readonly #tracker: Tracker;

  constructor(options: PortTrackerOptions) {
    this.#options = options;
    const { clock, random } = options;
    this.#tracker = new Tracker({ clock, random });
  }

  /** `remote`: who asks, "10.0.0.7:51413". Undefined: the question is none for a tracker. */
  answer({ method, target, headers }: HttpQuestion, remote: string): Uint8Array | undefined {
    const mark = target.indexOf('?');
    const path = mark < 0 ? target : target.slice(0, mark);
    if (method !== 'GET' || (path !== announcePath && path !== scrapePath)) return undefined;
    // A page that somebody reads here could announce in this computer's name.
    if (isSentByPage([...headers.keys()])) return httpRefusal(403, 'Not for web pages');
    const query = readQuery(mark < 0 ? '' : target.slice(mark + 1));
    // Refusals have the status 200 too: clients look for the reason only there.
    return httpAnswer('200 OK', ['Content-Type: text/plain'], this.#answer(path, query, hostOf(remote)));
  }

  close(): void {
    this.#tracker.close();
  }

  #answer(path: string, query: ReturnType<typeof readQuery>, host: string): Uint8Array {
    if (query === undefined)
      return writeRefusal({ refused: 'The query of this URL is not what a client says.' });
    if (path === scrapePath) {
      const infoHashes = readScrape(query);
      return 'refused' in infoHashes
        ? writeRefusal(infoHashes)
        : writeScrapeAnswer(infoHashes, this.#tracker.scrape(infoHashes));
    }
    return this.#announce(query, host);
  }

  #announce(query: NonNullable<ReturnType<typeof readQuery>>, from: string): Uint8Array {
    const { ownPeers, share } = this.#options;
    const read = readAnnounce(query, from, ownPeers()[0]?.host ?? from);
    if ('refused' in read) return writeRefusal(read);
    const { announce, form } = read;
    const shared = share(announce.infoHash);
    if (shared === undefined) return writeRefusal(notShared);
    const answer = this.#tracker.announce(announce);
    if ('refused' in answer) return writeRefusal(answer);
    if (announce.event !== 'stopped') shared.onPeer(announce.address);
    const own = ownPeers().map(address => ({ peerId: '00'.repeat(20), address }));
    const peers = announce.event === 'stopped' ? [] : [...own, ...answer.peers];
    const [seeders, leechers] = shared.isSeed ? [1, 0] : [0, 1];
    return writeAnnounceAnswer(
      { ...answer, peers, seeders: answer.seeders + seeders, leechers: answer.leechers + leechers },
      form,
    );
  }
}

const notShared: Refusal = { refused: 'This computer does not share that, or no longer.' };
