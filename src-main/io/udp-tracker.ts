import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns';
import {
  type AnnounceAnswer,
  type AnnounceRequest,
  announceLimits,
  clampedInterval,
  refusalWords,
  type ScrapeEntry,
  type TrackerFailure,
  trackerName,
} from '../engine/bittorrent/announce.ts';
import {
  decodeAnswer,
  encodeQuestion,
  mostScraped,
  type UdpAnswer,
  type UdpQuestion,
} from '../engine/bittorrent/udp-tracker-packets.ts';
import { reasonOf } from './tcp.ts';

/** Announcing over UDP (BEP 15). */

/**
 * When a datagram is sent again: a lab answers within milliseconds, the far end of the world within a second. Then it
 * is over.
 */
const waitsMs = [500, 1_000, 2_000, 4_000, 7_500];
/** A connection ID may be used for this long, and a socket is kept as long for it. */
const connectionMs = 60_000;

type Kind = 'ipv4' | 'ipv6';
type Answered = Exclude<UdpAnswer, { action: 'connect' | 'error' }>;
type Result = Answered | TrackerFailure;

/** What is asked, once there is a connection. */
type Ask = (connection: Uint8Array, transaction: number) => Uint8Array;

/** All conversations with UDP trackers: one socket for each tracker that is talked to. */
export class UdpTrackers {
  readonly #conversations = new Map<string, Conversation>();
  readonly #from: string | undefined;

  /** `from`: asks from this address of our own. */
  constructor(from?: string) {
    this.#from = from;
  }

  /** Announces once; see `TrackerClient`. */
  announce(
    url: string,
    request: AnnounceRequest,
    done: (result: AnnounceAnswer | TrackerFailure) => void,
  ): () => void {
    const { trackerId: _, ...fields } = request;
    const ask = (connection: Uint8Array, transaction: number) =>
      encode({ action: 'announce', connection, transaction, ip: undefined, ...fields }, url);
    return this.#ask(url, ask, result => {
      if ('failed' in result) return done(result);
      if (result.action !== 'announce') return done({ failed: confused(url) });
      const { intervalSeconds, seeders, leechers, peers } = result;
      done({
        intervalMs: clampedInterval(intervalSeconds, announceLimits.usualIntervalMs),
        minIntervalMs: announceLimits.shortestIntervalMs,
        seeders,
        leechers,
        peers,
        warning: undefined,
      });
    });
  }

  /** Asks what a tracker knows of these, 74 at most; `done` as with an announce. */
  scrape(
    url: string,
    infoHashes: readonly string[],
    done: (result: ReadonlyMap<string, ScrapeEntry> | TrackerFailure) => void,
  ): () => void {
    const asked = infoHashes.slice(0, mostScraped);
    const ask = (connection: Uint8Array, transaction: number) =>
      encode({ action: 'scrape', connection, transaction, infoHashes: asked }, url);
    return this.#ask(url, ask, result => {
      if ('failed' in result) return done(result);
      if (result.action !== 'scrape') return done({ failed: confused(url) });
      done(new Map(result.entries.slice(0, asked.length).map((entry, i) => [asked[i]!, entry])));
    });
  }

  /** Ends everything at once; nobody is called back. */
  close(): void {
    for (const conversation of this.#conversations.values()) conversation.close();
    this.#conversations.clear();
  }

  /** Asks at the first address of each kind that the name has; the first answer counts. */
  #ask(url: string, ask: Ask, done: (result: Result) => void): () => void {
    const giveUps = new Set<() => void>();
    const giveUp = () => {
      isOver = true;
      for (const each of giveUps) each();
    };
    let isOver = false;
    let failures = 0;
    const settle = (result: Result) => {
      if (isOver) return;
      giveUp();
      done(result);
    };
    const { host, port } = hostAndPort(url);
    const start = setImmediate(() => {
      if (port === undefined) return settle({ failed: `The address of ${trackerName(url)} has no port.` });
      // Such a one is looked up without an error, and without an address.
      if (host === '') return settle({ failed: `The address of ${trackerName(url)} names no computer.` });
      lookup(host, { all: true }, (error, found) => {
        if (isOver) return;
        if (error !== null) return settle({ failed: unreachable(url, error) });
        const addresses = [4, 6].flatMap(kind => found.find(({ family }) => family === kind) ?? []);
        for (const { address, family } of addresses) {
          const conversation = this.#with(address, port, family === 6 ? 'ipv6' : 'ipv4');
          const onResult = (result: Result) => {
            if ('failed' in result) failures += 1;
            if (!('failed' in result) || failures === addresses.length) settle(result);
          };
          giveUps.add(conversation.ask(url, ask, onResult));
        }
      });
    });
    giveUps.add(() => clearImmediate(start));
    return giveUp;
  }

  #with(address: string, port: number, kind: Kind): Conversation {
    const key = `${address} ${port}`;
    const known = this.#conversations.get(key);
    if (known !== undefined) return known;
    const forget = () => this.#conversations.delete(key);
    const conversation = new Conversation(address, port, kind, this.#from, forget);
    this.#conversations.set(key, conversation);
    return conversation;
  }
}

function encode(question: UdpQuestion, url: string): Uint8Array {
  const [, urlData = ''] = /^udp:\/\/[^/?#]*([^#]*)/i.exec(url) ?? [];
  return encodeQuestion(question, urlData === '/' ? '' : urlData);
}

interface Question {
  readonly url: string;
  readonly ask: Ask;
  readonly done: (result: Result) => void;
  transaction: number;
  isConnecting: boolean;
  /** Datagrams sent since the last step forward. */
  sent: number;
  /** The connection in use is an older one, which the tracker may not know any more. */
  usesOld: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** All that passes between us and one address. The socket is connected, so the system takes answers from there only. */
class Conversation {
  readonly #kind: Kind;
  readonly #forget: () => void;
  readonly #socket: Socket;
  /** By the transaction that is waited for. */
  readonly #questions = new Map<number, Question>();
  /** Until the socket is connected. */
  #waiting: Question[] | undefined = [];
  #connection: { readonly id: Uint8Array; readonly until: number } | undefined;
  #idle: NodeJS.Timeout | undefined;
  #hearsRubbish = false;

  constructor(address: string, port: number, kind: Kind, from: string | undefined, forget: () => void) {
    this.#kind = kind;
    this.#forget = forget;
    this.#socket = createSocket(kind === 'ipv6' ? 'udp6' : 'udp4');
    this.#socket.on('error', error => this.#end(url => unreachable(url, error)));
    this.#socket.on('message', (bytes: Uint8Array) => this.#onMessage(bytes));
    this.#socket.on('connect', () => {
      const waiting = this.#waiting ?? [];
      this.#waiting = undefined;
      for (const question of waiting) this.#send(question);
    });
    if (from !== undefined) this.#socket.bind({ address: from, exclusive: true });
    this.#socket.connect(port, address);
  }

  /** Returns a function that gives up; otherwise `done` is called once, later. */
  ask(url: string, ask: Ask, done: (result: Result) => void): () => void {
    const question: Question = {
      url,
      ask,
      done,
      transaction: -1,
      isConnecting: false,
      sent: 0,
      usesOld: this.#connection !== undefined,
      timer: undefined,
    };
    clearTimeout(this.#idle);
    this.#socket.ref();
    this.#renumber(question);
    if (this.#waiting === undefined) this.#send(question);
    else this.#waiting.push(question);
    return () => this.#leave(question);
  }

  close(): void {
    clearTimeout(this.#idle);
    for (const { timer } of this.#questions.values()) clearTimeout(timer);
    this.#questions.clear();
    this.#waiting = undefined;
    this.#socket.close();
  }

  /** Sends what is to be sent next: the question, or a connect before it. */
  #send(question: Question): void {
    if (this.#questions.get(question.transaction) !== question) return;
    const waitMs = waitsMs[question.sent];
    if (waitMs === undefined) {
      const words = this.#hearsRubbish ? confused(question.url) : silent(question.url);
      return this.#settle(question, { failed: words });
    }
    if (this.#connection !== undefined && this.#connection.until <= performance.now()) {
      this.#connection = undefined;
    }
    const { id } = this.#connection ?? {};
    const { transaction } = question;
    question.isConnecting = id === undefined;
    question.sent += 1;
    question.timer = setTimeout(() => this.#send(question), waitMs);
    const bytes =
      id === undefined ? encodeQuestion({ action: 'connect', transaction }) : question.ask(id, transaction);
    // Whatever goes wrong here is also told by the socket's error, or mended by sending again.
    this.#socket.send(bytes, () => {});
  }

  #onMessage(bytes: Uint8Array): void {
    const answer = decodeAnswer(bytes, this.#kind);
    const question = answer === undefined ? undefined : this.#questions.get(answer.transaction);
    if (answer === undefined || question === undefined) {
      // Late answers to datagrams that were sent again are none of ours any more, but no rubbish either.
      this.#hearsRubbish ||= answer === undefined;
      return;
    }
    if (answer.action === 'error') return this.#onError(question, answer.words);
    if (answer.action !== 'connect') {
      if (!question.isConnecting) this.#settle(question, answer);
      return;
    }
    if (!question.isConnecting) return;
    this.#connection = { id: answer.connection, until: performance.now() + connectionMs };
    question.usesOld = false;
    this.#advance(question);
  }

  /** A tracker that was started anew does not know the connections of its former life. */
  #onError(question: Question, words: Uint8Array): void {
    if (!question.usesOld || question.isConnecting) {
      return this.#settle(question, { failed: refusalWords(question.url, words) });
    }
    this.#connection = undefined;
    question.usesOld = false;
    this.#advance(question);
  }

  #advance(question: Question): void {
    clearTimeout(question.timer);
    question.sent = 0;
    this.#renumber(question);
    this.#send(question);
  }

  /** Under a number that nobody can guess. */
  #renumber(question: Question): void {
    this.#questions.delete(question.transaction);
    question.transaction = randomBytes(4).readUInt32BE();
    this.#questions.set(question.transaction, question);
  }

  #settle(question: Question, result: Result): void {
    this.#leave(question);
    question.done(result);
  }

  #leave(question: Question): void {
    clearTimeout(question.timer);
    if (!this.#questions.delete(question.transaction) || this.#questions.size > 0) return;
    if (this.#connection === undefined) return this.#part();
    this.#socket.unref();
    this.#idle = setTimeout(() => this.#part(), connectionMs).unref();
  }

  #part(): void {
    this.#forget();
    this.close();
  }

  /** The address cannot be reached. */
  #end(wordsFor: (url: string) => string): void {
    const questions = [...this.#questions.values()];
    this.#part();
    for (const { url, done } of questions) done({ failed: wordsFor(url) });
  }
}

function hostAndPort(url: string): { readonly host: string; readonly port: number | undefined } {
  const [, host = '', port] =
    /^udp:\/\/(?:[^/?#@]*@)?(\[[^\]/?#]*\]|[^:/?#]*)(?::(\d{1,5}))?/i.exec(url) ?? [];
  const number = Number(port);
  return { host: host.replace(/^\[|\]$/g, ''), port: number >= 1 && number <= 65_535 ? number : undefined };
}

function silent(url: string): string {
  return `${trackerName(url)} does not answer.`;
}

function unreachable(url: string, error: NodeJS.ErrnoException): string {
  return `${trackerName(url)} cannot be reached: ${reasonOf(error)}.`;
}

function confused(url: string): string {
  return `${trackerName(url)} answered with something that is no tracker's answer.`;
}
