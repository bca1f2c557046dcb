import type { Address, Clock, Dialer, Link, Random } from '../ports.ts';
import { hexText } from './bytes.ts';
import { encodeExtensionHandshake, ownExtensionIds } from './extension.ts';
import { MetadataAssembly } from './metadata-assembly.ts';
import { type Ending, MetadataConversation } from './metadata-conversation.ts';
import type { InfoHash, Sha1 } from './metainfo.ts';
import { bitTorrentCodec } from './wire.ts';

const tickMs = 250;

const limits = {
  addresses: 1_000,
  /** Of those, what peers told: whoever floods us with addresses leaves room for the tracker's. */
  exchangedAddresses: 500,
  /** With those we dialled: whoever comes by itself takes none of their places. */
  conversations: 24,
  acceptedConversations: 40,
  dialling: 8,
  /** No more are dialled while so many of those we dialled have what we want. */
  enoughOffers: 8,
  /** Pieces asked of one peer at a time: few while others may still join in, then as many as clients answer. */
  firstQuestions: 4,
  questions: 24,
  /** Of all lengths that peers claim. */
  receivedBytes: 24 * 1024 * 1024,
  /** Refused answers before a peer is left alone for a while. */
  rejections: 10,
  notes: 1_000,
  bannedPeers: 10_000,
} as const;

/** Whoever has nothing keeps its place for this long, and then until another wants it. */
const placeMs = 2_000;
const dialTimeoutMs = 6_000;
const shortestRedialMs = 1_000;
const longestRedialMs = 60_000;
const uselessRedialMs = 300_000;
/** Transmission answers what it was asked every three seconds only, but then all of it. */
const firstQuestionsMs = 200;
/** A peer that does not answer a question now may do so then. */
const restMs = 2_000;
/** How long one peer may take when it alone is asked, and how much longer for each 16 KiB. */
const aloneMs = 15_000;
const aloneMsPerByte = 500 / 16_384;

export interface MetadataFetchOptions {
  readonly infoHash: InfoHash;
  /** Ours, 40 hexadecimal digits. */
  readonly peerId: string;
  readonly listenPort: number;
  /** What we call ourselves: "Piecewise 0.1.0". */
  readonly client?: string;
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly random: Random;
  readonly sha1: Sha1;
  /** Whether peers may tell us of others (BEP 11). */
  readonly peerExchange: boolean;
  /**
   * The info dictionary, where to connect to now, the best first, and where not to: whoever lies there, or is ourselves.
   * Every link is closed by then.
   */
  readonly onDone: (
    infoBytes: Uint8Array,
    addresses: readonly Address[],
    leftOut: readonly Address[],
  ) => void;
  /** What went wrong with a peer, in a sentence; not told twice. */
  readonly onNote: (text: string) => void;
}

export interface MetadataProgress {
  /** 0 to 1. */
  readonly fraction: number;
  /** Of the info dictionary in bytes, as those say that are asked; undefined when nobody is. */
  readonly size: number | undefined;
  readonly addresses: number;
  /** Peers that we are connected to, and those of them that have it. */
  readonly peers: number;
  readonly offers: number;
  /** What it waits for, in a sentence; null while pieces come. */
  readonly problem: string | null;
}

interface Candidate {
  readonly address: Address;
  readonly isExchanged: boolean;
  state: 'idle' | 'dialling' | 'connected' | 'never';
  /** In a row. */
  failures: number;
  dialAt: number;
  dialledAt: number;
  giveUp: () => void;
  /** It has been there. */
  isGood: boolean;
}

/** A peer we talk to. */
interface Neighbour {
  readonly conversation: MetadataConversation;
  /** Where it is, as far as that stays the same: each connection that is accepted comes from another port. */
  readonly place: string;
  /** It came by itself. */
  readonly isAccepted: boolean;
  candidate: Candidate | undefined;
  peer: string | undefined;
  /** The assembly it takes part in, by its length. */
  assembly: Assembly | undefined;
  hasGiven: boolean;
  /** Since when there is something to ask of it. */
  askedSince: number;
  rejections: number;
  restsUntil: number;
}

type Assembly = MetadataAssembly<Neighbour>;

/**
 * Gets the info dictionary of a magnet link from peers (BEP 9) and checks it with the info-hash. Connects to those it is
 * told of and those they tell of, asks several at a time, and leaves out whoever lies.
 */
export class MetadataFetch {
  readonly #options: MetadataFetchOptions;
  readonly #codec = bitTorrentCodec(undefined);
  readonly #introduction: Uint8Array;
  readonly #candidates = new Map<string, Candidate>();
  #exchanged = 0;
  readonly #neighbours = new Set<Neighbour>();
  /** By length: peers may disagree, and only the hash tells who is right. */
  readonly #assemblies = new Map<number, Assembly>();
  readonly #bannedPeers = new Set<string>();
  readonly #notes = new Set<string>();
  #lastFailure: string | undefined;
  #isOver = false;
  #callOff: () => void;

  constructor(options: MetadataFetchOptions) {
    this.#options = options;
    const { metadata, peerExchange } = ownExtensionIds;
    this.#introduction = encodeExtensionHandshake({
      ids: options.peerExchange ? { metadata, peerExchange } : { metadata },
      port: options.listenPort,
      ...(options.client === undefined ? {} : { client: options.client }),
    });
    this.#callOff = options.clock.after(0, () => this.#tick());
  }

  /** Where somebody may be who has it. */
  addPeers(addresses: readonly Address[]): void {
    if (this.#isOver) return;
    for (const address of addresses) this.#learn(address, false);
    this.#dialWhoeverIsDue();
  }

  /** Takes a link whose handshake names this share; the handshake is still to be read from it. */
  accept(link: Link): void {
    if (this.#isOver || !this.#hasRoom(true)) link.abort();
    else this.#converse(link, undefined);
  }

  progress(): MetadataProgress {
    const offers = [...this.#neighbours].filter(({ conversation }) => conversation.offeredSize !== undefined);
    const [fullest] = [...this.#assemblies.values()].sort((a, b) => b.receivedBytes - a.receivedBytes);
    return {
      fraction: fullest === undefined ? 0 : fullest.receivedBytes / fullest.size,
      size: fullest?.size,
      addresses: this.#candidates.size,
      peers: this.#neighbours.size,
      offers: offers.length,
      problem: offers.length > 0 ? null : this.#problem(),
    };
  }

  /** Ends it without a result: links are closed, nothing is called any more. */
  stop(): void {
    this.#isOver = true;
    this.#callOff();
    for (const candidate of this.#candidates.values()) if (candidate.state === 'dialling') candidate.giveUp();
    for (const { conversation } of [...this.#neighbours]) conversation.end('it is not needed any more');
    this.#assemblies.clear();
  }

  #problem(): string {
    let count = 0;
    for (const { state } of this.#candidates.values()) if (state !== 'never') count += 1;
    if (this.#neighbours.size > 0) {
      return 'The peers that are connected do not have the list of files themselves; waiting for one that has it.';
    }
    const failure = this.#lastFailure;
    if (count === 0)
      return failure === undefined
        ? 'Nobody is known yet who has this share.'
        : `Looking for others who have this share; ${failure}.`;
    const why = failure === undefined ? '' : ` (${failure})`;
    return `None of the ${count === 1 ? 'peers' : `${count} peers`} known so far can be reached${why}; trying again.`;
  }

  #tick(): void {
    const now = this.#options.clock.now();
    for (const candidate of this.#candidates.values()) {
      if (candidate.state === 'dialling' && now - candidate.dialledAt >= dialTimeoutMs) {
        candidate.giveUp();
        this.#onDialFailed(candidate, 'no answer');
      }
    }
    for (const { conversation } of [...this.#neighbours]) conversation.checkTime(now);
    for (const assembly of this.#assemblies.values()) this.#hurry(assembly, now);
    this.#dialWhoeverIsDue();
    this.#askAll();
    if (!this.#isOver) this.#callOff = this.#options.clock.after(tickMs, () => this.#tick());
  }

  #learn(address: Address, isExchanged: boolean): Candidate | undefined {
    if (!Number.isInteger(address.port) || address.port < 1 || address.port > 65_535) return undefined;
    const key = `${address.host} ${address.port}`;
    const known = this.#candidates.get(key);
    if (known !== undefined) return known;
    const isFull = this.#candidates.size >= limits.addresses;
    if (isFull || (isExchanged && this.#exchanged >= limits.exchangedAddresses)) return undefined;
    if (isExchanged) this.#exchanged += 1;
    const candidate: Candidate = {
      address,
      isExchanged,
      state: 'idle',
      failures: 0,
      dialAt: 0,
      dialledAt: 0,
      giveUp: () => {},
      isGood: false,
    };
    this.#candidates.set(key, candidate);
    return candidate;
  }

  #dialWhoeverIsDue(): void {
    const isOffer = ({ isAccepted, conversation }: Neighbour) =>
      !isAccepted && conversation.offeredSize !== undefined;
    if (this.#isOver || this.#count(isOffer) >= limits.enoughOffers) return;
    const now = this.#options.clock.now();
    const candidates = [...this.#candidates.values()];
    let dialling = candidates.filter(({ state }) => state === 'dialling').length;
    const due = candidates
      .filter(({ state, dialAt }) => state === 'idle' && dialAt <= now)
      .sort((a, b) => a.failures - b.failures || Number(a.isExchanged) - Number(b.isExchanged));
    for (const candidate of due) {
      if (dialling >= limits.dialling || !this.#hasRoom(false, dialling)) return;
      dialling += 1;
      this.#dial(candidate, now);
    }
  }

  /** Whether there is a place for one more, that came by itself or not; one that has nothing makes room for it. */
  #hasRoom(isAccepted: boolean, taken = 0): boolean {
    const most = isAccepted ? limits.acceptedConversations : limits.conversations;
    if (this.#count(each => each.isAccepted === isAccepted) + taken < most) return true;
    const longestUseful = this.#options.clock.now() - placeMs;
    for (const { isAccepted: came, conversation } of this.#neighbours) {
      if (came !== isAccepted || conversation.uselessSince > longestUseful) continue;
      conversation.end('it has no metadata itself, and another wants its place');
      return true;
    }
    return false;
  }

  #dial(candidate: Candidate, now: number): void {
    candidate.state = 'dialling';
    candidate.dialledAt = now;
    let isOpen = true;
    const giveUp = this.#options.dialer.dial(candidate.address, result => {
      if (!isOpen) {
        // It came after all, when nobody waited for it any more.
        if (!('failed' in result)) result.abort();
        return;
      }
      isOpen = false;
      if ('failed' in result) this.#onDialFailed(candidate, result.failed);
      else this.#converse(result, candidate);
    });
    candidate.giveUp = () => {
      isOpen = false;
      giveUp();
    };
  }

  #onDialFailed(candidate: Candidate, reason: string): void {
    const { host, port } = candidate.address;
    this.#lastFailure = `${host}:${port}: ${reason}`;
    this.#dialLater(candidate, 'ended');
  }

  #dialLater(candidate: Candidate, ending: Ending): void {
    candidate.state = ending === 'lie' ? 'never' : 'idle';
    const backoff = Math.min(longestRedialMs, shortestRedialMs * 2 ** Math.min(candidate.failures, 10));
    candidate.failures += 1;
    // Many machines of a room are switched on at once: they need not all dial in step.
    const delay = (ending === 'useless' ? uselessRedialMs : backoff) * (0.75 + this.#options.random() / 2);
    candidate.dialAt = this.#options.clock.now() + delay;
  }

  #converse(link: Link, candidate: Candidate | undefined): void {
    const { infoHash, peerId, clock } = this.#options;
    if (candidate !== undefined) candidate.state = 'connected';
    const neighbour: Neighbour = {
      conversation: new MetadataConversation({
        link,
        codec: this.#codec,
        infoHash,
        peerId,
        introduction: this.#introduction,
        now: () => clock.now(),
        events: {
          onGreeted: peer => this.#onGreeted(neighbour, peer),
          onIntroduced: () => this.#onIntroduced(neighbour),
          onData: (piece, bytes) => this.#onData(neighbour, piece, bytes),
          onRejected: piece => this.#onRejected(neighbour, piece),
          onPeers: addresses => this.#onPeers(addresses),
          onNote: text => this.#note(neighbour, text),
          onEnded: (reason, ending) => this.#onEnded(neighbour, reason, ending),
        },
      }),
      place: candidate === undefined ? link.remote.slice(0, link.remote.lastIndexOf(':')) : link.remote,
      isAccepted: candidate === undefined,
      candidate,
      peer: undefined,
      assembly: undefined,
      hasGiven: false,
      askedSince: 0,
      rejections: 0,
      restsUntil: 0,
    };
    this.#neighbours.add(neighbour);
    neighbour.conversation.begin();
  }

  #onGreeted(neighbour: Neighbour, peer: string): string | undefined {
    const { candidate } = neighbour;
    const isOurselves = peer === this.#options.peerId;
    const isBanned = this.#bannedPeers.has(peer);
    if (candidate !== undefined && (isOurselves || isBanned)) candidate.state = 'never';
    if (isOurselves) return 'it is ourselves';
    if (isBanned) {
      this.#note(neighbour, 'it lied before');
      return 'it lied before';
    }
    if (candidate !== undefined) candidate.isGood = true;
    if (this.#count(other => other.peer === peer) > 0) return 'it is connected already';
    neighbour.peer = peer;
    return undefined;
  }

  #onIntroduced(neighbour: Neighbour): void {
    const { conversation } = neighbour;
    const { offeredSize, listens } = conversation;
    if (listens !== undefined && neighbour.candidate === undefined) {
      const candidate = this.#learn(listens, true);
      if (candidate !== undefined && candidate.state === 'idle') {
        candidate.state = 'connected';
        candidate.isGood = true;
        neighbour.candidate = candidate;
      }
    }
    if (neighbour.assembly?.size !== offeredSize) {
      this.#leave(neighbour);
      if (offeredSize !== undefined) this.#join(neighbour, offeredSize);
    }
    this.#askAll();
  }

  #join(neighbour: Neighbour, size: number): void {
    const assembly = this.#assemblies.get(size) ?? new MetadataAssembly<Neighbour>(size);
    this.#assemblies.set(size, assembly);
    neighbour.assembly = assembly;
    neighbour.askedSince = this.#options.clock.now();
  }

  #leave(neighbour: Neighbour): void {
    const { assembly } = neighbour;
    if (assembly === undefined) return;
    neighbour.assembly = undefined;
    assembly.forget(neighbour);
    if (this.#count(other => other.assembly === assembly) > 0) return;
    // Kept for those who come again, while it is the only one.
    if (this.#assemblies.size > 1) this.#assemblies.delete(assembly.size);
  }

  #onPeers(addresses: readonly Address[]): void {
    if (!this.#options.peerExchange) return;
    for (const { host, port } of addresses) this.#learn({ host, port }, true);
  }

  #onRejected(neighbour: Neighbour, piece: number): void {
    neighbour.assembly?.withdraw(neighbour, piece);
    neighbour.rejections += 1;
    neighbour.restsUntil = this.#options.clock.now() + restMs;
    if (neighbour.rejections >= limits.rejections)
      neighbour.conversation.end('it gives no metadata', 'useless');
    else this.#askAll();
  }

  #onData(neighbour: Neighbour, piece: number, bytes: Uint8Array): void {
    const { assembly, candidate } = neighbour;
    if (assembly?.receive(neighbour, piece, bytes)) {
      neighbour.hasGiven = true;
      neighbour.rejections = 0;
      if (candidate !== undefined) candidate.failures = 0;
      if (assembly.isComplete) this.#onComplete(assembly);
      else this.#keepWithinMemory();
    }
    this.#askAll();
  }

  #onComplete(assembly: Assembly): void {
    const { infoHash, sha1 } = this.#options;
    const whole = assembly.whole();
    if (hexText(sha1(whole)) === infoHash) return this.#finish(assembly, whole);
    const liar = assembly.reject();
    if (liar !== undefined) this.#ban(liar);
  }

  #ban(liar: Neighbour): void {
    if (liar.peer !== undefined && this.#bannedPeers.size < limits.bannedPeers)
      this.#bannedPeers.add(liar.peer);
    if (liar.candidate !== undefined) liar.candidate.state = 'never';
    const reason = 'it sent metadata that does not match the link, and is left out';
    // Perhaps it has left meanwhile.
    if (this.#neighbours.has(liar)) liar.conversation.end(reason, 'lie');
    else this.#note(liar, reason);
  }

  /** Whoever makes us keep the most for a length that may not be the right one goes first. */
  #keepWithinMemory(): void {
    const assemblies = [...this.#assemblies.values()];
    const held = assemblies.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
    if (held <= limits.receivedBytes) return;
    const [largest] = assemblies.sort((a, b) => b.size - a.size);
    for (const neighbour of [...this.#neighbours]) {
      if (neighbour.assembly !== largest) continue;
      neighbour.conversation.end(
        'peers disagree on the metadata, and there is no room for its version',
        'useless',
      );
    }
    this.#assemblies.delete(largest!.size);
  }

  /** One that alone is asked may not take as long as it likes. */
  #hurry(assembly: Assembly, now: number): void {
    const { only, size } = assembly;
    if (only === undefined || now - only.since < aloneMs + size * aloneMsPerByte) return;
    only.source.conversation.end('it gives its metadata too slowly', 'useless');
  }

  /** Those who have given something are asked first. */
  #askAll(): void {
    if (this.#isOver) return;
    const neighbours = [...this.#neighbours];
    this.#ask(neighbours.filter(({ hasGiven }) => hasGiven));
    this.#ask(neighbours.filter(({ hasGiven }) => !hasGiven));
  }

  #ask(neighbours: readonly Neighbour[]): void {
    const now = this.#options.clock.now();
    // In turn, so that the first does not get all the questions.
    for (let round = 0; round < limits.questions; round += 1) {
      for (const neighbour of neighbours) {
        const { assembly, conversation, askedSince, restsUntil } = neighbour;
        const most = now - askedSince < firstQuestionsMs ? limits.firstQuestions : limits.questions;
        if (assembly === undefined || now < restsUntil) continue;
        if (conversation.openQuestions > round || conversation.openQuestions >= most) continue;
        const piece = assembly.pick(neighbour, now);
        if (piece !== undefined) conversation.ask(piece);
      }
    }
  }

  #onEnded(neighbour: Neighbour, reason: string, ending: Ending): void {
    this.#neighbours.delete(neighbour);
    if (this.#isOver) return;
    this.#leave(neighbour);
    const { candidate, conversation } = neighbour;
    if (candidate !== undefined) {
      const { state } = candidate;
      this.#dialLater(candidate, ending);
      if (state === 'never') candidate.state = 'never';
    }
    if (ending === 'unwanted') return;
    this.#lastFailure = `${conversation.link.remote}: ${reason}`;
    this.#note(neighbour, reason);
  }

  #finish(assembly: Assembly, whole: Uint8Array): void {
    for (const liar of assembly.liars(whole)) this.#ban(liar);
    const candidates = [...this.#candidates.values()];
    const addresses = candidates
      .filter(({ state }) => state !== 'never')
      .sort((a, b) => Number(b.isGood) - Number(a.isGood) || a.failures - b.failures)
      .map(({ address }) => address);
    const leftOut = candidates.filter(({ state }) => state === 'never').map(({ address }) => address);
    this.stop();
    this.#callOff = this.#options.clock.after(0, () => this.#options.onDone(whole, addresses, leftOut));
  }

  #count(test: (neighbour: Neighbour) => boolean): number {
    let count = 0;
    for (const neighbour of this.#neighbours) if (test(neighbour)) count += 1;
    return count;
  }

  #note({ conversation, place }: Neighbour, text: string): void {
    const note = `${place}: ${text}`;
    if (this.#notes.has(note)) return;
    if (this.#notes.size >= limits.notes) this.#notes.clear();
    this.#notes.add(note);
    this.#options.onNote(`${conversation.link.remote}: ${text}`);
  }
}
