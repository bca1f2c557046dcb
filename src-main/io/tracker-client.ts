import {
  type ScrapeEntry,
  type TrackerClient,
  type TrackerFailure,
  trackerName,
} from '../engine/bittorrent/announce.ts';
import { httpAnnounce, httpScrape } from './http-tracker.ts';
import { UdpTrackers } from './udp-tracker.ts';

/** Trackers as they are reached on a real machine. */
export interface OpenTrackerClient extends TrackerClient {
  /** What a tracker knows of these swarms; `done` and the returned function as with an announce. */
  scrape(
    url: string,
    infoHashes: readonly string[],
    done: (result: ReadonlyMap<string, ScrapeEntry> | TrackerFailure) => void,
  ): () => void;
  /** Lets go of all sockets at once. Without it they go by themselves, and hold no process up meanwhile. */
  close(): void;
}

/** A client for trackers of every kind that is understood: http, https and udp. `from`: one of our own addresses. */
export function openTrackerClient({ from }: { readonly from?: string } = {}): OpenTrackerClient {
  const udp = new UdpTrackers(from);
  const options = from === undefined ? {} : { from };
  return {
    announce(url, request, done) {
      switch (schemeOf(url)) {
        case 'http':
        case 'https':
          return httpAnnounce(url, request, done, options);
        case 'udp':
          return udp.announce(url, request, done);
        default:
          return failLater(url, done);
      }
    },
    scrape(url, infoHashes, done) {
      switch (schemeOf(url)) {
        case 'http':
        case 'https':
          return httpScrape(url, infoHashes, done, options);
        case 'udp':
          return udp.scrape(url, infoHashes, done);
        default:
          return failLater(url, done);
      }
    },
    close: () => udp.close(),
  };
}

function schemeOf(url: string): string | undefined {
  return /^([a-z]{1,10}):\/\//i.exec(url)?.[1]?.toLowerCase();
}

function failLater(url: string, done: (failure: TrackerFailure) => void): () => void {
  const how = schemeOf(url) ?? 'no scheme';
  const failed = `${trackerName(url)} is a tracker of a kind that is not understood (${how}); http, https and udp are.`;
  const timer = setImmediate(done, { failed });
  return () => clearImmediate(timer);
}
