import type { PeerId, ReleaseReason } from '../../src-shared/journal.ts';
import { RateMeter } from '../../src-shared/rate-meter.ts';
import type { Layout } from './content/layout.ts';
import { copyBytes } from './copy-bytes.ts';
import type { OutstandingRequest, Peer, UploadRequest } from './peer.ts';
import type { Block, Pick, PickerPeer } from './picker.ts';
import type { StorageFailure } from './ports.ts';
import { Allowance } from './rate-limiter.ts';
import { Suspicion } from './suspicion.ts';
import type { ArrivedPiece, SwarmContext } from './swarm-context.ts';
import type { PieceMessage } from './wire/message.ts';

/** Wrong pieces after which a neighbour is dropped (A14). */
const faultLimit = 3;
/** Pieces waiting for verification and storage may take this much memory, or four pieces, before links are paused. */
const backlogLimit = 8 * 1024 * 1024;
/**
 * Pieces that are being put together may take this much memory, or eight pieces, before those are dropped that nobody is
 * asked for: whoever begins pieces and leaves must not have us keep them all.
 */
const assemblyLimit = 64 * 1024 * 1024;
/** How often a full disk is tried again. */
const roomRetryMs = 2_000;
/** Requests leave together: a neighbour is asked again when this part of its places is free. */
const refillPart = 1 / 4;
/** One request asks for no more than a neighbour gives in this time, so that what it owes comes in many answers. */
const longestAnswerMs = 250;

/** So long others have the first choice of what a neighbour let time out. */
const snubPauseMs = 2_000;
/** So long a neighbour is left alone that rejected a request: it would reject the next one, too. */
const rejectionPauseMs = 1_000;
/** Blocks of one neighbour that are still taken in after their time, or may still be rejected after a cancel. */
const mostLate = 500;

/** A piece of several blocks, being put together. */
interface Assembly {
  readonly bytes: Uint8Array;
  /** By block: who sent it. */
  readonly senderOf: (PeerId | undefined)[];
}

/** Asks for blocks, takes them in, and passes whole pieces on to verification and storage. */
export class Downloads {
  /** What all neighbours gave us, departed ones included. */
  readonly meter: RateMeter;
  readonly #context: SwarmContext;
  readonly #allowance: Allowance;
  readonly #assemblies = new Map<number, Assembly>();
  readonly #suspicion: Suspicion;
  /** Pieces that wait for room on the disk. */
  readonly #waitingForRoom: ArrivedPiece[] = [];
  /** The last piece may have fewer. */
  readonly #blocksInPiece: number;
  #backlogBytes = 0;
  #callOffWait: (() => void) | undefined;
  #callOffRetry: (() => void) | undefined;

  constructor(context: SwarmContext) {
    const { pieceLength, blockLength } = context.layout;
    this.#blocksInPiece = Math.ceil(pieceLength / blockLength);
    this.#context = context;
    this.meter = new RateMeter(context.ports.clock.now());
    this.#allowance = new Allowance(context.settings.limits?.download ?? []);
    this.#suspicion = new Suspicion(context.layout.blockLength);
  }

  /** Whether storage is so far behind that nothing more should be read from the network. */
  get isBackedUp(): boolean {
    return this.#backlogBytes > Math.max(backlogLimit, 4 * this.#context.layout.pieceLength);
  }

  /** Whether the disk is full. */
  get isWaitingForRoom(): boolean {
    return this.#waitingForRoom.length > 0;
  }

  /** Fills a neighbour's places for requests. */
  request(peer: Peer): void {
    if (peer.connection.phase !== 'open' || this.isWaitingForRoom || this.#isPassedOver(peer)) return;
    if (this.#context.ports.clock.now() < peer.restsUntil) return;
    const places = this.#placesOf(peer);
    const free = places - peer.requests.size;
    if (free <= 0 || (peer.requests.size > 0 && free < places * refillPart)) return;
    const room = this.#allowed(free);
    if (room === 0) return;
    const picks = peer.peerChoking ? this.#pickAllowedFast(peer, room) : this.#pick(peer, room);
    if (picks.length > 0) this.#send(peer, picks);
  }

  requestFromAll(): void {
    const peers = [...this.#context.peers.values()];
    for (const peer of peers) if (!peer.isSnubbed) this.request(peer);
    for (const peer of peers) if (peer.isSnubbed) this.request(peer);
  }

  /** The limit has let some time pass, or is another now. */
  onAllowed(): void {
    this.#callOffWait?.();
    this.#callOffWait = undefined;
    this.requestFromAll();
  }

  /** Takes blocks in. Returns why the neighbour must be dropped, when its faults were too many. */
  onPiece(peer: Peer, message: PieceMessage): string | undefined {
    const { layout, ports } = this.#context;
    const { piece, offset, bytes } = message;
    const blocks = blocksOf(layout, { piece, offset, length: bytes.length });
    if (blocks.length === 0) {
      message.release();
      return this.#onWrongPiece(peer, message);
    }
    if (blocks.length > peer.blocksPerRequest) {
      message.release();
      const most = peer.blocksPerRequest * layout.blockLength;
      return `it sent ${bytes.length} bytes at once, and was asked for ${most} at most`;
    }
    const wanted: Block[] = [];
    for (const block of blocks) if (this.#take(peer, block)) wanted.push(block);
    const runs = runsOf(layout, wanted);
    const length = lengthOf(runs);
    const now = ports.clock.now();
    peer.received.add(length, now);
    // The next request leaves before this piece is worked on, so that the neighbour is not kept waiting.
    this.request(peer);
    if (wanted.length === 0) {
      message.release(); // A12
      return undefined;
    }
    this.meter.add(length, now);
    peer.receivedBytes += length;
    this.#assemble(peer, wanted, runs, message);
    return undefined;
  }

  /** Notes that a block is here. Returns whether it was still lacking. */
  #take(peer: Peer, block: Block): boolean {
    const { picker, ports, note, dialect } = this.#context;
    const { piece } = block;
    const key = this.#keyOf(block);
    const request = peer.requests.get(key);
    peer.requests.delete(key);
    const isLate = peer.late.size > 0 && peer.late.delete(key);
    if (peer.cancelled.size > 0) peer.cancelled.delete(key);
    const requested = isLate || request !== undefined;
    if (isLate && request !== undefined) this.#sayCancelled(peer, [block]); // or it would send it again
    if (request !== undefined) this.#onAnswered(peer, request);
    const isOfUse =
      requested ||
      dialect.rules.takesUnasked ||
      (picker.stateOf(piece) === 'requested' && peer.trust !== 'on parole');
    if (!isOfUse) return false; // released long ago, or never asked for: no memory is begun for it
    const { wanted, others } = picker.onBlockReceived(peer.inPicker, block);
    if (requested || wanted) peer.isSnubbed = false;
    if (wanted && !requested)
      note(peer, 'unsolicited', `it sent piece ${piece}, which was not requested; accepted`); // A13
    if (others.length > 0) this.#cancel(block, others, request?.sentAt ?? ports.clock.now());
    return wanted;
  }

  /** What comes soon lets the next wait behind one more. */
  #onAnswered(peer: Peer, { sentAt }: OutstandingRequest): void {
    if (peer.requestWindow === Number.POSITIVE_INFINITY) return;
    const { dialect, ports } = this.#context;
    if (ports.clock.now() - sentAt < dialect.rules.requestTimeoutMs / 2) peer.requestWindow += 1;
  }

  /** The neighbour says that it will not send some blocks (BEP 6). */
  onReject(peer: Peer, rejected: UploadRequest): void {
    const requests = blocksOf(this.#context.layout, rejected).flatMap(block => {
      const key = this.#keyOf(block);
      // It answers the cancel, not the request that was made after it.
      return peer.cancelled.delete(key) ? [] : (peer.requests.get(key) ?? []);
    });
    if (requests.length === 0) return;
    peer.allowedFast.delete(rejected.piece);
    if (!peer.peerChoking) peer.restsUntil = this.#context.ports.clock.now() + rejectionPauseMs;
    for (const request of requests) this.#release(peer, request, 'rejected');
    this.#giveUpAlone(peer, 'rejected');
    this.requestFromAll();
  }

  /**
   * The neighbour chokes us, and sends nothing of what it owes. What was asked for counts against a limit whether it comes
   * or not: one that took it back and gave nothing is asked after the others.
   */
  onChoked(peer: Peer): void {
    const gaveNothing = peer.requests.size > 0 && peer.received.total === peer.receivedAtUnchoke;
    if (gaveNothing && this.#allowance.portion !== Number.POSITIVE_INFINITY) this.#snub(peer);
    this.releaseAll(peer, 'choked');
    this.requestFromAll();
  }

  /** The neighbour no longer owes us anything: it choked us or left. */
  releaseAll(peer: Peer, reason: ReleaseReason): void {
    for (const request of [...peer.requests.values()]) this.#release(peer, request, reason);
    this.#giveUpAlone(peer, reason);
  }

  /** Asks again for what has been waited for too long, of others first (A16). */
  releaseOverdue(now: number): void {
    const { peers, dialect } = this.#context;
    for (const peer of peers.values()) {
      const overdue: OutstandingRequest[] = [];
      for (const request of peer.requests.values()) {
        if (now - request.sentAt < dialect.rules.requestTimeoutMs) break; // the oldest come first
        overdue.push(request);
      }
      for (const request of overdue) this.#release(peer, request, 'timed-out');
      if (overdue.length === 0) continue;
      this.#snub(peer);
      peer.requestWindow = 1;
      if (this.#isPassedOver(peer)) this.#giveUpAlone(peer, 'timed-out');
      if (peer.late.size >= mostLate) peer.late.clear();
      for (const { block } of overdue) peer.late.add(this.#keyOf(block));
      this.#sayCancelled(
        peer,
        overdue.map(({ block }) => block),
      );
    }
  }

  /** Returns those whose blocks are known to have spoilt a piece, now or before. */
  onVerified(arrived: ArrivedPiece, ok: boolean): readonly PeerId[] {
    const { picker, record } = this.#context;
    if (ok) {
      this.#write(arrived);
      for (const peer of this.#sendersOf(arrived)) peer.trust = 'trusted';
      return this.#suspicion.onPassed(arrived);
    }
    const guilty = this.#suspicion.onFailed(arrived);
    this.settle(arrived);
    picker.onVerifyFailed(arrived.piece, arrived.senders.length > 1);
    record({ kind: 'piece-failed', piece: arrived.piece, peers: arrived.senders });
    if (arrived.senders.length > 1) for (const peer of this.#sendersOf(arrived)) this.#distrust(peer);
    return guilty;
  }

  #sendersOf({ senders }: ArrivedPiece): Peer[] {
    return senders.flatMap(id => this.#context.peers.get(id) ?? []);
  }

  /** One of several who gave a wrong piece. Whoever was right since the last one stays what it is, this once. */
  #distrust(peer: Peer): void {
    if (peer.trust === 'on parole') return;
    const wasTrusted = peer.trust === 'trusted';
    peer.trust = wasTrusted ? 'unknown' : 'on parole';
    if (wasTrusted) return;
    this.discardFrom(peer.id);
    const owed = Array.from(peer.requests.values(), ({ block }) => block);
    this.releaseAll(peer, 'wrong-piece');
    this.#sayCancelled(peer, owed);
  }

  /** The disk is full: the piece is kept until there is room, and nothing more is asked for. */
  onNoRoom(arrived: ArrivedPiece, { failed }: StorageFailure): void {
    if (!this.isWaitingForRoom) {
      this.#context.record({ kind: 'note', text: `${failed}; downloading goes on when there is room` });
      this.#lookForRoomLater();
    }
    this.#waitingForRoom.push(arrived);
  }

  /** Tries to write what waits for room. */
  onRoomLookedFor(): void {
    this.#callOffRetry = undefined;
    const waiting = this.#waitingForRoom.splice(0);
    for (const arrived of waiting) this.#write(arrived);
  }

  stop(): void {
    this.#callOffWait?.();
    this.#callOffRetry?.();
    for (const arrived of this.#waitingForRoom.splice(0)) this.settle(arrived);
    for (const piece of [...this.#assemblies.keys()]) this.#dropAssembly(piece);
  }

  /** The piece needs no memory any more. */
  settle(arrived: ArrivedPiece): void {
    this.#backlogBytes -= arrived.bytes.length;
    arrived.release();
  }

  /** Nothing of what a neighbour sent for pieces that are not whole yet is kept: it is not to be trusted. */
  discardFrom(id: PeerId): void {
    const { picker } = this.#context;
    for (const [piece, { senderOf }] of this.#assemblies) {
      const blocks: Block[] = [];
      for (const [block, sender] of senderOf.entries()) {
        if (sender !== id) continue;
        senderOf[block] = undefined;
        blocks.push({ piece, block });
      }
      picker.onDiscarded(blocks);
    }
  }

  #snub(peer: Peer): void {
    peer.isSnubbed = true;
    peer.askAgainAt = this.#context.ports.clock.now() + snubPauseMs;
  }

  /** Others may be asked for what the neighbour alone was to give. */
  #giveUpAlone(peer: Peer, reason: ReleaseReason): void {
    const owed = this.#context.picker.giveUpAlone(peer.inPicker);
    for (const block of owed) this.#onReleased(peer, block, reason);
    if (owed.length > 0) this.#sayCancelled(peer, owed);
  }

  /** Whether others are to be asked for what this one let time out, while there are any. */
  #isPassedOver(peer: Peer): boolean {
    const { peers, ports } = this.#context;
    if (!peer.isSnubbed || ports.clock.now() >= peer.askAgainAt) return false;
    for (const other of peers.values()) {
      if (!other.isSnubbed && !other.peerChoking && other.amInterested) return true;
    }
    return false;
  }

  #placesOf(peer: Peer): number {
    if (peer.isSnubbed) return 1;
    const { dialect, ports } = this.#context;
    const places = dialect.rules.requestsPerPeer(peer.received.rate(ports.clock.now()));
    const most = Math.min(places, peer.mostRequests, peer.requestWindow);
    return peer.trust === 'on parole' ? Math.min(most, this.#blocksInPiece) : most;
  }

  /** How many blocks in a row one request may ask for. */
  #blocksPerRequest(peer: Peer, now: number): number {
    if (peer.blocksPerRequest === 1) return 1;
    const blocks = (peer.received.rate(now) * longestAnswerMs) / 1000 / this.#context.layout.blockLength;
    return Math.max(1, Math.min(peer.blocksPerRequest, Math.floor(blocks)));
  }

  /** How many blocks may be asked for now, of so many that there are places for. */
  #allowed(free: number): number {
    const { clock } = this.#context.ports;
    const { portion } = this.#allowance;
    if (portion === Number.POSITIVE_INFINITY) return free;
    if (this.#callOffWait !== undefined) return 0;
    const waitMs = this.#allowance.claim(clock.now());
    if (waitMs === 0)
      return Math.max(1, Math.min(free, Math.floor(portion / this.#context.layout.blockLength)));
    if (waitMs !== Number.POSITIVE_INFINITY) {
      this.#callOffWait = clock.after(waitMs, () => this.#context.post({ type: 'download-allowed' }));
    }
    return 0;
  }

  #pick(peer: Peer, room: number): readonly Pick[] {
    const { picker } = this.#context;
    const isOnParole = peer.trust === 'on parole';
    let picks = picker.next(peer.inPicker, room, isOnParole);
    if (picks.length > 0 || peer.requests.size > 0) return picks;
    if (isOnParole) picks = picker.next(peer.inPicker, room); // what others have begun is all that is left
    if (picks.length > 0 || peer.isSnubbed) return picks;
    const duplicate = this.#duplicate(peer);
    return duplicate === undefined ? [] : [duplicate];
  }

  #pickAllowedFast(peer: Peer, room: number): readonly Pick[] {
    for (const piece of peer.allowedFast) {
      const picks = this.#context.picker.nextOf(peer.inPicker, piece, room);
      if (picks.length > 0) return picks;
    }
    return [];
  }

  /** `wanted`: the blocks in a message that were lacking, which make up the `runs`. */
  #assemble(peer: Peer, wanted: readonly Block[], runs: readonly Run<Block>[], message: PieceMessage): void {
    const { layout, ports, dialect, picker } = this.#context;
    const { piece } = message;
    if (layout.blocksIn(piece) === 1 && !dialect.codec.lendsPieces) {
      return this.#pass({
        piece,
        bytes: message.bytes,
        senders: [peer.id],
        senderOf: [peer.id],
        release: message.release,
      });
    }
    const assembly = this.#assemblies.get(piece) ?? this.#beginAssembly(piece);
    for (const { offset, length } of runs) {
      const at = offset - message.offset;
      const isAll = length === message.bytes.length;
      copyBytes(isAll ? message.bytes : message.bytes.subarray(at, at + length), assembly.bytes, offset);
    }
    for (const { block } of wanted) assembly.senderOf[block] = peer.id;
    message.release();
    if (picker.stateOf(piece) !== 'verifying') return;
    this.#assemblies.delete(piece);
    const { bytes } = assembly;
    const senderOf = assembly.senderOf as PeerId[];
    const senders = new Set(senderOf);
    senders.delete(peer.id); // the last to send stands last
    this.#pass({
      piece,
      bytes,
      senders: [...senders, peer.id],
      senderOf,
      release: () => ports.pool.release(bytes),
    });
  }

  #beginAssembly(piece: number): Assembly {
    const { layout, picker, ports } = this.#context;
    const most = Math.max(8, assemblyLimit / layout.pieceLength);
    for (const begun of this.#assemblies.keys()) {
      if (this.#assemblies.size < most) break;
      if (!picker.isAwaited(begun)) this.#dropAssembly(begun);
    }
    const assembly = {
      bytes: ports.pool.acquire(layout.lengthOf(piece)),
      senderOf: new Array<PeerId | undefined>(layout.blocksIn(piece)).fill(undefined),
    };
    this.#assemblies.set(piece, assembly);
    return assembly;
  }

  #dropAssembly(piece: number): void {
    const { bytes, senderOf } = this.#assemblies.get(piece)!;
    this.#assemblies.delete(piece);
    this.#context.picker.onDiscarded([...senderOf.keys()].map(block => ({ piece, block })));
    this.#context.ports.pool.release(bytes);
  }

  #pass(arrived: ArrivedPiece): void {
    const { ports, record, post } = this.#context;
    this.#backlogBytes += arrived.bytes.length;
    record({ kind: 'piece-received', peer: arrived.senders.at(-1)!, piece: arrived.piece });
    ports.verifier.verify(arrived.piece, arrived.bytes, ok => post({ type: 'piece-verified', arrived, ok }));
  }

  #write(arrived: ArrivedPiece): void {
    const { ports, post } = this.#context;
    ports.storage.write(arrived.piece, arrived.bytes, failure =>
      post({ type: 'piece-written', arrived, failure }),
    );
  }

  #lookForRoomLater(): void {
    const { ports, post } = this.#context;
    this.#callOffRetry = ports.clock.after(roomRetryMs, () => post({ type: 'room-looked-for' }));
  }

  /** A14: discard, ask again; repeated, it costs the connection. */
  #onWrongPiece(peer: Peer, { piece, offset, bytes }: PieceMessage): string | undefined {
    const { layout, note } = this.#context;
    peer.faults += 1;
    const isWhole = layout.pieceLength === layout.blockLength && offset === 0;
    const expected = isWhole
      ? ` instead of ${layout.lengthOf(piece)}`
      : ` at ${offset} instead of blocks of ${layout.blockLength} bytes`;
    const what = layout.isPiece(piece)
      ? `piece ${piece} with ${bytes.length} bytes${expected}`
      : `piece ${piece}, which does not exist`;
    note(peer, 'wrong-piece', `it sent ${what}; discarded`);
    if (peer.faults >= faultLimit) return `it sent ${peer.faults} wrong pieces, the last one ${what}`;
    this.releaseAll(peer, 'wrong-piece');
    this.request(peer);
    return undefined;
  }

  #duplicate(peer: Peer): Pick | undefined {
    const { picker, dialect, ports } = this.#context;
    const now = ports.clock.now();
    return picker.nextEndgame(
      peer.inPicker,
      block => this.#ageOf(block, now) >= dialect.rules.endgameAfterMs,
    );
  }

  /** How long the oldest request for a block has been waiting. */
  #ageOf(block: Block, now: number): number {
    const key = this.#keyOf(block);
    let oldest = now;
    for (const peer of this.#context.peers.values()) {
      oldest = Math.min(oldest, peer.requests.get(key)?.sentAt ?? now);
    }
    return now - oldest;
  }

  #send(peer: Peer, picks: readonly Pick[]): void {
    const { layout, ports, record } = this.#context;
    const now = ports.clock.now();
    for (const block of picks) peer.requests.set(this.#keyOf(block), { block, sentAt: now });
    const requests = runsOf(layout, picks, this.#blocksPerRequest(peer, now));
    this.#allowance.spend(lengthOf(requests));
    peer.connection.sendAll(
      requests.map(({ piece, offset, length }) => ({ type: 'request', piece, offset, length })),
    );
    // A fact for each run: one for each block would fill journals and slow everybody down.
    for (const { piece, offset, length, first } of runsOf(layout, picks)) {
      record({ kind: 'requested', peer: peer.id, piece, offset, length, reason: first.reason });
    }
  }

  /** The block is here: whoever else owes it need not send it any more. `askedAt`: of whom it came from. */
  #cancel(block: Block, others: readonly PickerPeer[], askedAt: number): void {
    for (const peer of this.#context.peers.values()) {
      if (!others.includes(peer.inPicker)) continue;
      const request = peer.requests.get(this.#keyOf(block));
      if (request !== undefined) {
        this.#release(peer, request, 'cancelled');
        if (request.sentAt < askedAt) peer.isSnubbed = true;
      }
      this.#sayCancelled(peer, [block]);
    }
  }

  #sayCancelled(peer: Peer, blocks: readonly Block[]): void {
    const { layout, dialect } = this.#context;
    if (dialect.handshake.bitTorrent === undefined) return; // the course knows no cancel
    if (peer.isFast) this.#expectRejects(peer, blocks);
    peer.connection.sendAll(
      blocks.map(({ piece, block }) => ({
        type: 'cancel',
        piece,
        offset: layout.blockOffset(block),
        length: layout.blockLengthOf(piece, block),
      })),
    );
  }

  /** Whoever understands rejects answers a cancel with one, unless the block is on its way (BEP 6). */
  #expectRejects({ cancelled }: Peer, blocks: readonly Block[]): void {
    if (cancelled.size >= mostLate) cancelled.clear();
    for (const block of blocks) cancelled.add(this.#keyOf(block));
  }

  #release(peer: Peer, { block }: OutstandingRequest, reason: ReleaseReason): void {
    this.#context.picker.onReleased(peer.inPicker, block);
    this.#onReleased(peer, block, reason);
  }

  #onReleased(peer: Peer, block: Block, reason: ReleaseReason): void {
    const { layout, record } = this.#context;
    peer.requests.delete(this.#keyOf(block));
    const offset = layout.blockOffset(block.block);
    record({ kind: 'request-released', peer: peer.id, piece: block.piece, offset, reason });
  }

  #keyOf({ piece, block }: Block): number {
    return piece * this.#blocksInPiece + block;
  }
}

/** The blocks that a run of bytes is made of; none when it is not made of whole ones of one piece. */
function blocksOf(layout: Layout, { piece, offset, length }: UploadRequest): readonly Block[] {
  if (!layout.isWithinPiece(piece, offset, length)) return [];
  const first = offset / layout.blockLength;
  const isToItsEnd = offset + length === layout.lengthOf(piece);
  if (!Number.isInteger(first) || !(isToItsEnd || length % layout.blockLength === 0)) return [];
  const blocks: Block[] = [];
  const end = first + Math.ceil(length / layout.blockLength);
  for (let block = first; block < end; block += 1) blocks.push({ piece, block });
  return blocks;
}

/** Blocks of a piece that lie side by side. */
interface Run<B extends Block> extends UploadRequest {
  readonly first: B;
}

/** Puts blocks together that follow each other, up to so many in a run. */
function runsOf<B extends Block>(
  layout: Layout,
  blocks: readonly B[],
  most = Number.POSITIVE_INFINITY,
): readonly Run<B>[] {
  const runs: Run<B>[] = [];
  for (let at = 0; at < blocks.length; ) {
    const first = blocks[at]!;
    const { piece } = first;
    let count = 1;
    for (; count < most; count += 1) {
      const next = blocks[at + count];
      if (next === undefined || next.piece !== piece || next.block !== first.block + count) break;
    }
    const offset = layout.blockOffset(first.block);
    const length = Math.min(count * layout.blockLength, layout.lengthOf(piece) - offset);
    runs.push({ first, piece, offset, length });
    at += count;
  }
  return runs;
}

function lengthOf(runs: readonly UploadRequest[]): number {
  let sum = 0;
  for (const { length } of runs) sum += length;
  return sum;
}
