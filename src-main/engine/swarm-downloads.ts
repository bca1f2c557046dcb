import type { PeerId, ReleaseReason } from '../../src-shared/journal.ts';
import { RateMeter } from '../../src-shared/rate-meter.ts';
import type { Layout } from './content/layout.ts';
import { copyBytes } from './copy-bytes.ts';
import { blocksOf, type OutstandingRequest } from './outstanding.ts';
import type { Peer, UploadRequest } from './peer.ts';
import type { Block, OwedBlock, Pick, Run } from './picker.ts';
import type { StorageFailure } from './ports.ts';
import { Allowance } from './rate-limiter.ts';
import { Suspicion } from './suspicion.ts';
import type { ArrivedPiece, SwarmContext } from './swarm-context.ts';
import { reasonToTalk } from './talk-budget.ts';
import type { OutgoingMessage, PieceMessage } from './wire/message.ts';

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

/** Until it is looked again for what is old enough to be asked of a neighbour too, as a part of that age. */
const endgameRest = 1 / 10;

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
  /** One of them that is being written, to see whether there is room. */
  #tried: ArrivedPiece | undefined;
  #backlogBytes = 0;
  #callOffWait: (() => void) | undefined;
  #callOffRetry: (() => void) | undefined;

  constructor(context: SwarmContext) {
    this.#context = context;
    this.meter = new RateMeter(context.ports.clock.now());
    this.#allowance = new Allowance(context.settings.limits?.download ?? []);
    this.#suspicion = new Suspicion(context.layout.blockLength);
  }

  /** Whether storage is so far behind that nothing more should be read from the network. */
  get isBackedUp(): boolean {
    if (this.isWaitingForRoom) return false; // nothing is asked for, and others want what we have
    return this.#backlogBytes > Math.max(backlogLimit, 4 * this.#context.layout.pieceLength);
  }

  /** Whether the disk is full. */
  get isWaitingForRoom(): boolean {
    return this.#waitingForRoom.length > 0 || this.#tried !== undefined;
  }

  /** Fills a neighbour's places for requests. */
  request(peer: Peer): void {
    if (peer.connection.phase !== 'open' || this.isWaitingForRoom) return;
    // Nobody takes a turn at a limit without something to ask for.
    if (!peer.amInterested || (peer.peerChoking && peer.allowedFast.size === 0)) return;
    if (this.#isPassedOver(peer) || this.#context.ports.clock.now() < peer.restsUntil) return;
    const places = this.#placesOf(peer);
    const owed = peer.requests.blocks;
    const free = places - owed;
    if (free <= 0 || (owed > 0 && free < places * refillPart)) return;
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
    const run = runOf(layout, { piece, offset, length: bytes.length });
    if (run === undefined) {
      message.release();
      return this.#onWrongPiece(peer, message);
    }
    if (run.count > peer.blocksPerRequest) {
      message.release();
      const most = peer.blocksPerRequest * layout.blockLength;
      return `it sent ${bytes.length} bytes at once, and was asked for ${most} at most`;
    }
    const wanted = this.#take(peer, run);
    const length = this.#lengthOf(wanted);
    const now = ports.clock.now();
    peer.received.add(length, now);
    // The next request leaves before this piece is worked on, so that the neighbour is not kept waiting.
    this.request(peer);
    if (wanted.length === 0) {
      message.release(); // A12
      return peer.talk.spend() ? undefined : 'it sends what nobody needs without end';
    }
    peer.talk.earn(reasonToTalk);
    this.meter.add(length, now);
    peer.receivedBytes += length;
    this.#assemble(peer, wanted, message);
    return undefined;
  }

  /** Notes that blocks are here. Returns those that were still lacking. */
  #take(peer: Peer, run: Run): readonly Run[] {
    const { requests, late, cancelled } = peer;
    const request = requests.take(run);
    const isAsAsked = request !== undefined && late.size === 0 && cancelled.size === 0;
    if (isAsAsked || run.count === 1) return this.#takeAlike(peer, run, request);
    if (request !== undefined) requests.add(request);
    requests.split(run);
    return blocksOf(run).flatMap(block => {
      const alone = { ...block, count: 1 };
      return this.#takeAlike(peer, alone, requests.take(alone));
    });
  }

  /** The same for blocks of which all were requested, or none; one alone if any is late or cancelled. */
  #takeAlike(peer: Peer, run: Run, request: OutstandingRequest | undefined): readonly Run[] {
    const { picker, ports, note, dialect } = this.#context;
    const { piece } = run;
    const isLate = peer.late.size > 0 && peer.late.delete(this.#numberOf(run));
    if (peer.cancelled.size > 0) peer.cancelled.delete(this.#numberOf(run));
    const requested = isLate || request !== undefined;
    if (isLate && request !== undefined) this.#sayCancelled(peer, blocksOf(run)); // or it would send it again
    if (request !== undefined) this.#onAnswered(peer, request);
    const isOfUse =
      requested ||
      dialect.rules.takesUnasked ||
      (picker.stateOf(piece) === 'requested' && peer.trust !== 'on parole');
    if (!isOfUse) return []; // released long ago, or never asked for: no memory is begun for it
    const { wanted, others } = picker.onReceived(peer.inPicker, run);
    if (requested || wanted.length > 0) peer.isSnubbed = false;
    if (wanted.length > 0 && !requested)
      note(peer, 'unsolicited', `it sent piece ${piece}, which was not requested; accepted`); // A13
    if (others.length > 0) this.#cancel(others, request?.sentAt ?? ports.clock.now());
    return wanted;
  }

  /** What comes soon lets the next wait behind one more. */
  #onAnswered(peer: Peer, { sentAt, count }: OutstandingRequest): void {
    if (peer.requestWindow === Number.POSITIVE_INFINITY) return;
    const { dialect, ports } = this.#context;
    if (ports.clock.now() - sentAt < dialect.rules.requestTimeoutMs / 2) peer.requestWindow += count;
  }

  /** The neighbour says that it will not send some blocks (BEP 6). */
  onReject(peer: Peer, rejected: UploadRequest): void {
    const run = runOf(this.#context.layout, rejected);
    if (run === undefined) return;
    peer.requests.split(run);
    // What it was told not to send is rejected for that, even if it was asked for again.
    const rejectedNow = blocksOf(run).filter(block => !peer.cancelled.delete(this.#numberOf(block)));
    const requests = rejectedNow.flatMap(block => peer.requests.of(block) ?? []);
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
    const gaveNothing = peer.requests.blocks > 0 && peer.received.total === peer.receivedAtUnchoke;
    if (gaveNothing && this.#allowance.portion !== Number.POSITIVE_INFINITY) this.#snub(peer);
    this.releaseAll(peer, 'choked');
    this.requestFromAll();
  }

  /** The neighbour no longer owes us anything: it choked us or left. */
  releaseAll(peer: Peer, reason: ReleaseReason): void {
    for (const request of [...peer.requests]) this.#release(peer, request, reason);
    this.#giveUpAlone(peer, reason);
  }

  /** Asks again for what has been waited for too long, of others first (A16). */
  releaseOverdue(now: number): void {
    const { peers, dialect } = this.#context;
    for (const peer of peers.values()) {
      const overdue = [...peer.requests].filter(
        ({ sentAt }) => now - sentAt >= dialect.rules.requestTimeoutMs,
      );
      if (overdue.length === 0) continue;
      for (const request of overdue) this.#release(peer, request, 'timed-out');
      this.#snub(peer);
      peer.requestWindow = 1;
      if (this.#isPassedOver(peer)) this.#giveUpAlone(peer, 'timed-out');
      if (peer.late.size >= mostLate) peer.late.clear();
      const blocks = overdue.flatMap(blocksOf);
      for (const block of blocks) peer.late.add(this.#numberOf(block));
      this.#sayCancelled(peer, blocks);
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
    const owed = [...peer.requests].flatMap(blocksOf);
    this.releaseAll(peer, 'wrong-piece');
    this.#sayCancelled(peer, owed);
  }

  /** The disk is full: the piece is kept until there is room, and until then nothing is asked for. */
  onNoRoom(arrived: ArrivedPiece, { failed }: StorageFailure): void {
    if (!this.isWaitingForRoom) {
      this.#context.record({ kind: 'note', text: `${failed}; downloading goes on when there is room` });
      this.#takeBackAll();
    }
    if (this.#tried === arrived) this.#tried = undefined;
    this.#waitingForRoom.push(arrived);
    if (this.#tried === undefined) this.#lookForRoomLater();
  }

  /** Tries to write one of those that wait for room. */
  onRoomLookedFor(): void {
    this.#callOffRetry = undefined;
    this.#tried = this.#waitingForRoom.shift();
    if (this.#tried !== undefined) this.#write(this.#tried);
  }

  /** A piece is written. Where others waited for room, there is some now. */
  onWritten(arrived: ArrivedPiece): void {
    this.settle(arrived);
    if (this.#tried !== arrived) return;
    this.#tried = undefined;
    for (const waiting of this.#waitingForRoom.splice(0)) this.#write(waiting);
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

  /** Nobody need send what we have asked for. */
  #takeBackAll(): void {
    for (const peer of this.#context.peers.values()) {
      const owed = [...peer.requests].flatMap(blocksOf);
      this.releaseAll(peer, 'cancelled');
      if (owed.length > 0) this.#sayCancelled(peer, owed);
    }
  }

  #snub(peer: Peer): void {
    peer.isSnubbed = true;
    peer.askAgainAt = this.#context.ports.clock.now() + snubPauseMs;
  }

  /** Others may be asked for what the neighbour alone was to give. */
  #giveUpAlone(peer: Peer, reason: ReleaseReason): void {
    const owed = this.#context.picker.giveUpAlone(peer.inPicker);
    for (const block of owed) {
      peer.requests.split({ ...block, count: 1 });
      peer.requests.take({ ...block, count: 1 });
      this.#recordReleased(peer, block, reason);
    }
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
    return peer.trust === 'on parole' ? Math.min(most, this.#context.layout.blocksInPiece) : most;
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
    if (picks.length > 0 || peer.requests.blocks > 0) return picks;
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

  /** `wanted`: the blocks in a message that were lacking. */
  #assemble(peer: Peer, wanted: readonly Run[], message: PieceMessage): void {
    const { layout, ports, picker } = this.#context;
    const { piece } = message;
    const blocks = layout.blocksIn(piece);
    const begun = this.#assemblies.get(piece);
    if (!message.isLent && wanted[0]!.count === blocks && begun === undefined) {
      return this.#pass({
        piece,
        bytes: message.bytes,
        senders: [peer.id],
        senderOf: new Array<PeerId>(blocks).fill(peer.id),
        release: message.release,
      });
    }
    const assembly = begun ?? this.#beginAssembly(piece);
    for (const run of wanted) {
      const { offset, length } = bytesOf(layout, run);
      const at = offset - message.offset;
      const isAll = length === message.bytes.length;
      copyBytes(isAll ? message.bytes : message.bytes.subarray(at, at + length), assembly.bytes, offset);
      assembly.senderOf.fill(peer.id, run.block, run.block + run.count);
    }
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
    this.#callOffRetry ??= ports.clock.after(roomRetryMs, () => post({ type: 'room-looked-for' }));
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

  /** Looks at every block begun, and so not each time that anything comes while there is nothing to find. */
  #duplicate(peer: Peer): Pick | undefined {
    const { peers, picker, dialect, ports } = this.#context;
    const { endgameAfterMs } = dialect.rules;
    const now = ports.clock.now();
    if (now < peer.endgameRestsUntil) return undefined;
    // Looked up once: very many blocks may be owed while very many neighbours have nothing to do.
    const requestsOf = new Map(Array.from(peers.values(), ({ inPicker, requests }) => [inPicker, requests]));
    const duplicate = picker.nextEndgame(peer.inPicker, (block, owner) => {
      const request = requestsOf.get(owner)?.of(block);
      return request !== undefined && request.sentAt <= now - endgameAfterMs;
    });
    if (duplicate === undefined) peer.endgameRestsUntil = now + endgameAfterMs * endgameRest;
    return duplicate;
  }

  #send(peer: Peer, picks: readonly Pick[]): void {
    const { layout, ports, record } = this.#context;
    const sentAt = ports.clock.now();
    const most = this.#blocksPerRequest(peer, sentAt);
    const messages: OutgoingMessage[] = [];
    for (const { piece, block, count } of picks) {
      for (let first = block; first < block + count; first += most) {
        const request = { piece, block: first, count: Math.min(most, block + count - first), sentAt };
        peer.requests.add(request);
        messages.push({ type: 'request', ...bytesOf(layout, request) });
      }
    }
    peer.connection.sendAll(messages);
    this.#allowance.spend(this.#lengthOf(picks));
    // A fact for each run: one for each block would fill journals and slow everybody down.
    for (const pick of picks) {
      record({ kind: 'requested', peer: peer.id, ...bytesOf(layout, pick), reason: pick.reason });
    }
  }

  /** These blocks are here: whoever else owes one need not send it any more. `askedAt`: of whom they came from. */
  #cancel(others: readonly OwedBlock[], askedAt: number): void {
    for (const peer of this.#context.peers.values()) {
      const blocks = others.filter(({ by }) => by === peer.inPicker);
      for (const block of blocks) {
        peer.requests.split({ ...block, count: 1 });
        const request = peer.requests.of(block);
        if (request === undefined) continue;
        this.#release(peer, request, 'cancelled');
        if (request.sentAt < askedAt) peer.isSnubbed = true;
      }
      if (blocks.length > 0) this.#sayCancelled(peer, blocks);
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
    for (const block of blocks) cancelled.add(this.#numberOf(block));
  }

  #release(peer: Peer, request: OutstandingRequest, reason: ReleaseReason): void {
    peer.requests.take(request);
    for (const block of blocksOf(request)) {
      this.#context.picker.onReleased(peer.inPicker, block);
      this.#recordReleased(peer, block, reason);
    }
  }

  #recordReleased(peer: Peer, { piece, block }: Block, reason: ReleaseReason): void {
    const offset = this.#context.layout.blockOffset(block);
    this.#context.record({ kind: 'request-released', peer: peer.id, piece, offset, reason });
  }

  #numberOf({ piece, block }: Block): number {
    return this.#context.layout.numberOf(piece, block);
  }

  /** In bytes. */
  #lengthOf(runs: readonly Run[]): number {
    let sum = 0;
    for (const run of runs) sum += bytesOf(this.#context.layout, run).length;
    return sum;
  }
}

/** The blocks that a run of bytes is made of; undefined when it is not made of whole ones of one piece. */
function runOf(layout: Layout, { piece, offset, length }: UploadRequest): Run | undefined {
  if (!layout.isWithinPiece(piece, offset, length)) return undefined;
  const block = offset / layout.blockLength;
  const isToItsEnd = offset + length === layout.lengthOf(piece);
  if (!Number.isInteger(block) || !(isToItsEnd || length % layout.blockLength === 0)) return undefined;
  return { piece, block, count: Math.ceil(length / layout.blockLength) };
}

/** Where a run lies in its piece, in bytes. */
function bytesOf(layout: Layout, { piece, block, count }: Run): UploadRequest {
  const offset = layout.blockOffset(block);
  return { piece, offset, length: Math.min(count * layout.blockLength, layout.lengthOf(piece) - offset) };
}
