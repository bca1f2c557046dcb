import { lookup } from 'node:dns';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { gunzip } from 'node:zlib';
import {
  type AnnounceAnswer,
  type AnnounceRequest,
  announceLimits,
  type ScrapeEntry,
  type TrackerFailure,
  trackerName,
  wordsOf,
} from '../engine/bittorrent/announce.ts';
import { isLoopback } from '../engine/bittorrent/compact.ts';
import {
  announceUrl,
  readAnnounceAnswer,
  readScrapeAnswer,
  scrapeUrl,
} from '../engine/bittorrent/http-announce.ts';
import { reasonOf, sourceOf } from './tcp.ts';

/** Announcing over HTTP and HTTPS. */

const totalMs = 15_000;
const mostRedirects = 3;
const mebibyte = 1024 * 1024;

export interface HttpTrackerOptions {
  /** For all of it, redirects included. */
  readonly timeoutMs?: number;
  /** Asks from this address of our own. */
  readonly from?: string;
}

/** Announces once; see `TrackerClient`. */
export function httpAnnounce(
  url: string,
  request: AnnounceRequest,
  done: (result: AnnounceAnswer | TrackerFailure) => void,
  options: HttpTrackerOptions = {},
): () => void {
  return get(announceUrl(url, request), options, result =>
    done('failed' in result ? result : readAnnounceAnswer(result.bytes, url)),
  );
}

/** Asks what a tracker knows of these; `done` as with an announce. What it does not know is left out. */
export function httpScrape(
  url: string,
  infoHashes: readonly string[],
  done: (result: ReadonlyMap<string, ScrapeEntry> | TrackerFailure) => void,
  options: HttpTrackerOptions = {},
): () => void {
  const asked = scrapeUrl(url, infoHashes);
  if (asked === undefined) {
    const timer = setImmediate(done, { failed: `${trackerName(url)} cannot be scraped.` });
    return () => clearImmediate(timer);
  }
  return get(asked, options, result =>
    done('failed' in result ? result : readScrapeAnswer(result.bytes, url)),
  );
}

type Got = { readonly bytes: Uint8Array } | TrackerFailure;

/** `done` is called later and once, unless the returned function gives up first. */
function get(url: string, options: HttpTrackerOptions, done: (got: Got) => void): () => void {
  const getting = new Getting(url, options, done);
  const start = setImmediate(() => getting.open(url));
  return () => {
    clearImmediate(start);
    getting.giveUp();
  };
}

/** One question and all that follows until there is an answer or none. */
class Getting {
  readonly #name: string;
  readonly #done: (got: Got) => void;
  readonly #limit: NodeJS.Timeout;
  readonly #from: string | undefined;
  #request: ClientRequest | undefined;
  #redirects = 0;
  #over = false;

  constructor(url: string, { timeoutMs = totalMs, from }: HttpTrackerOptions, done: (got: Got) => void) {
    this.#from = from;
    this.#name = trackerName(url);
    this.#done = done;
    this.#limit = setTimeout(
      () => this.#fail(`${this.#name} has not answered within ${timeoutMs / 1000} s.`),
      timeoutMs,
    );
  }

  giveUp(): void {
    this.#over = true;
    clearTimeout(this.#limit);
    this.#request?.destroy();
  }

  open(url: string): void {
    if (this.#over) return;
    try {
      this.#open(new URL(url));
    } catch {
      this.#fail(`The address of ${this.#name} is none that can be asked.`);
    }
  }

  #open(url: URL): void {
    if (isTrespass(url)) return this.#fail(trespass(this.#name));
    const ask = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = ask(url, {
      agent: false,
      headers: { 'User-Agent': 'Piecewise', 'Accept-Encoding': 'gzip', Connection: 'close' },
      maxHeaderSize: 16 * 1024,
      ...sourceOf(this.#from),
      ...(looksLikeTracker(url) ? {} : { lookup: lookupElsewhere }),
    });
    this.#request = request;
    request.on('response', response => this.#onResponse(url, response));
    request.on('error', error => this.#fail(this.#reason(error)));
    request.end();
  }

  #reason(error: NodeJS.ErrnoException): string {
    if (error instanceof TrespassError) return trespass(this.#name);
    if (/^HPE_/.test(error.code ?? '')) return `${this.#name} does not speak HTTP.`;
    return `${this.#name} cannot be reached: ${reasonOf(error)}.`;
  }

  #onResponse(url: URL, response: IncomingMessage): void {
    const { statusCode = 0, headers } = response;
    if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
      this.#request?.removeAllListeners('error').on('error', () => {});
      response.destroy();
      return this.#follow(url, headers.location);
    }
    const chunks: Uint8Array[] = [];
    let length = 0;
    response.on('data', (bytes: Uint8Array) => {
      length += bytes.length;
      chunks.push(bytes);
      if (length > announceLimits.answerBytes) this.#fail(tooMuch(this.#name));
    });
    response.on('error', () => this.#fail(`${this.#name} broke off in the middle of its answer.`));
    response.on('end', () => this.#unpack(response, Buffer.concat(chunks)));
  }

  #follow(from: URL, location: string): void {
    this.#redirects += 1;
    if (this.#redirects > mostRedirects) {
      return this.#fail(`${this.#name} sends us from one address to the next, without end.`);
    }
    const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    if (to?.protocol !== 'http:' && to?.protocol !== 'https:') {
      return this.#fail(`${this.#name} sends us to an address that is none of a tracker.`);
    }
    this.open(to.href);
  }

  #unpack(response: IncomingMessage, bytes: Uint8Array): void {
    if (this.#over) return;
    const encoding = response.headers['content-encoding']?.toLowerCase() ?? 'identity';
    if (encoding === 'identity') return this.#finish(response, bytes);
    if (encoding !== 'gzip' && encoding !== 'x-gzip') {
      return this.#fail(`${this.#name} packs its answer in a way that was not asked for.`);
    }
    gunzip(bytes, { maxOutputLength: announceLimits.answerBytes }, (error, unpacked) => {
      if (error === null) return this.#finish(response, unpacked);
      const { code } = error as NodeJS.ErrnoException;
      this.#fail(
        code === 'ERR_BUFFER_TOO_LARGE' ? tooMuch(this.#name) : `The answer of ${this.#name} is damaged.`,
      );
    });
  }

  /** Some trackers refuse with a status other than 200 and say in the answer why. */
  #finish({ statusCode = 0, statusMessage = '' }: IncomingMessage, bytes: Uint8Array): void {
    const isAnswer = statusCode >= 200 && statusCode < 300;
    const saysWhy = bytes[0] === 'd'.charCodeAt(0);
    if (isAnswer || saysWhy) return this.#settle({ bytes: new Uint8Array(bytes) });
    const words = wordsOf(Buffer.from(statusMessage, 'latin1').subarray(0, 100));
    this.#fail(`${this.#name} answered with the error ${statusCode} ${words}`.trimEnd().concat('.'));
  }

  #fail(failed: string): void {
    this.#settle({ failed });
  }

  #settle(got: Got): void {
    if (this.#over) return;
    this.giveUp();
    this.#done(got);
  }
}

function tooMuch(name: string): string {
  return `${name} answers with more than ${announceLimits.answerBytes / mebibyte} MiB, which no tracker does.`;
}

/**
 * A torrent comes from strangers, and its trackers could be anything that listens on this computer. There, only what is
 * called like a tracker is asked.
 */
function isTrespass(url: URL): boolean {
  return !looksLikeTracker(url) && isHere(url.hostname.replace(/^\[|\]$/g, ''));
}

/** Who dials "any address" gets to this computer, too. */
function isHere(host: string): boolean {
  return isLoopback(host) || /^(0\.0\.0\.0|::)$/.test(host);
}

function looksLikeTracker({ pathname }: URL): boolean {
  return /\/(?:announce|scrape)[^/]*$/.test(pathname);
}

class TrespassError extends Error {}

function trespass(name: string): string {
  return `${name} is not asked: it is on this computer, and its address is not that of a tracker ("/announce").`;
}

/** Finds no names that stand for this computer. */
const lookupElsewhere: LookupFunction = (host, options, callback) => {
  lookup(host, { ...options, all: true }, (error, found) => {
    const leadsHere = error === null && found.some(({ address }) => isHere(address));
    if (leadsHere) return callback(new TrespassError(), []);
    if (options.all) return callback(error, found);
    callback(error, found?.[0]?.address ?? '', found?.[0]?.family);
  });
};
