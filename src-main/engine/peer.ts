import type { Bitfield } from '../../src-shared/bitfield.ts';
import type { PeerId } from '../../src-shared/journal.ts';
import { RateMeter } from '../../src-shared/rate-meter.ts';
import type { ChokerPeer } from './choker.ts';
import type { Connection } from './connection.ts';
import type { Layout } from './content/layout.ts';
import { OutstandingRequests } from './outstanding.ts';
import type { PickerPeer } from './picker.ts';
import type { TalkBudget } from './talk-budget.ts';
import type { Handshake, OutgoingMessage } from './wire/message.ts';

/** What is asked for of a piece, in bytes. */
export interface UploadRequest {
  readonly piece: number;
  readonly offset: number;
  readonly length: number;
}

/** What we know of one connected neighbour. Only the swarm changes it; the flags start as BEP 3 says. */
export class Peer implements ChokerPeer {
  readonly id: PeerId;
  readonly connection: Connection;
  readonly pieces: Bitfield;
  readonly inPicker: PickerPeer;

  amChoking = true;
  amInterested = false;
  peerChoking = true;
  /** The last word it said about its interest; `peerInterested` is what it amounts to. */
  saidInterested = false;
  /** Why it is unchoked by us, and since when. */
  unchoked: { readonly as: 'preferred' | 'optimistic'; readonly since: number } | undefined;

  readonly requests: OutstandingRequests;
  /** Requests it is willing to remember. */
  mostRequests = 250;
  /**
   * Requests it may have outstanding since it let one time out: one, and one more for each block that comes soon, as TCP
   * finds out how much it may send.
   */
  requestWindow = Number.POSITIVE_INFINITY;
  /** Blocks in a row that it gives in answer to one request. */
  blocksPerRequest = 1;
  /**
   * It let a request time out, or somebody else overtook it, and it has given nothing since: it is asked for one block
   * at a time, and only for what the others leave.
   */
  isSnubbed = false;
  /** Until then others have the first choice of what it let time out. */
  askAgainAt = 0;
  /** What it had given when it let us ask last, in bytes. */
  receivedAtUnchoke = 0;
  /** It rejects what it is asked for although it does not choke us: until then it is left alone. */
  restsUntil = 0;
  /** Until then it is asked for nothing that others owe: there was nothing of it that is old enough. */
  endgameRestsUntil = 0;
  /**
   * Whether a piece that it had a part in was right since one was wrong. On parole it gives whole pieces alone, until one
   * is right: so it is soon known who spoils pieces that several have a part in.
   */
  trust: 'unknown' | 'trusted' | 'on parole' = 'unknown';
  /** Blocks that it let time out and may be about to send, by number. */
  readonly late = new Set<number>();
  /** Blocks that it was told not to send, and has neither sent nor rejected since, by number. */
  readonly cancelled = new Set<number>();
  /** Pieces it lets us have although it chokes us (BEP 6). */
  readonly allowedFast = new Set<number>();
  /** It understands reject, have all and have none (BEP 6). */
  readonly isFast: boolean;
  readonly handshake: Handshake;
  readonly uploads: UploadRequest[] = [];
  /** What it took in its turns beyond a block each, in bytes: it lets others go first for as many turns. */
  uploadDebt = 0;
  /** What is being read from storage for it, in bytes. */
  readingBytes = 0;

  readonly received: RateMeter;
  readonly sent: RateMeter;
  /** Bytes of pieces since the last rechoke. */
  receivedBytes = 0;
  /** A bitfield may still come as its first message. */
  mayIntroduceItself = true;
  /** Told to the membership and the journal. */
  isKnownComplete = false;
  readonly talk: TalkBudget;
  /** Wrong pieces it sent. */
  faults = 0;
  /** Kinds of oddities already noted, so that each is noted once. */
  readonly noted = new Set<string>();

  constructor(
    connection: Connection,
    id: PeerId,
    handshake: Handshake,
    pieces: Bitfield,
    inPicker: PickerPeer,
    layout: Layout,
    talk: TalkBudget,
    now: number,
  ) {
    this.connection = connection;
    this.id = id;
    this.handshake = handshake;
    this.isFast = handshake.bitTorrent?.fast ?? false;
    this.pieces = pieces;
    this.inPicker = inPicker;
    this.requests = new OutstandingRequests(layout);
    this.talk = talk;
    this.received = new RateMeter(now);
    this.sent = new RateMeter(now);
  }

  /** A complete peer is not interested, whatever it said last (course protocol, A10). */
  get peerInterested(): boolean {
    return this.saidInterested && !this.pieces.isFull;
  }

  send(message: OutgoingMessage, onSent?: () => void): void {
    this.connection.send(message, onSent);
  }
}
