import type { PeerId, ReleaseReason } from '../../src-shared/journal.ts';
import { RateMeter } from '../../src-shared/rate-meter.ts';
import type { OutstandingRequest, Peer } from './peer.ts';
import type { Block, Pick } from './picker.ts';
import type { ArrivedPiece, SwarmContext } from './swarm-context.ts';
import type { PieceMessage } from './wire/message.ts';

/** Wrong pieces after which a neighbour is dropped (A14). */
const faultLimit = 3;
/** Pieces waiting for verification and storage may take this much memory, or four pieces, before links are paused. */
const backlogLimit = 8 * 1024 * 1024;

/** A piece of several blocks, being put together. */
interface Assembly {
  readonly bytes: Uint8Array;
  readonly senders: Set<PeerId>;
}

/** Asks for blocks, takes them in, and passes whole pieces on to verification and storage. */
export class Downloads {
  /** What all neighbours gave us, departed ones included. */
  readonly meter: RateMeter;
  readonly #context: SwarmContext;
  readonly #assemblies = new Map<number, Assembly>();
  #backlogBytes = 0;

  constructor(context: SwarmContext) {
    this.#context = context;
    this.meter = new RateMeter(context.ports.clock.now());
  }

  /** Whether storage is so far behind that nothing more should be read from the network. */
  get isBackedUp(): boolean {
    return this.#backlogBytes > Math.max(backlogLimit, 4 * this.#context.layout.pieceLength);
  }

  /** Fills a neighbour's places for requests. */
  request(peer: Peer): void {
    const { dialect, picker } = this.#context;
    if (peer.peerChoking || peer.connection.phase !== 'open') return;
    while (peer.requests.size < dialect.rules.requestsPerPeer) {
      const pick = picker.next(peer.inPicker, 1)[0] ?? this.#duplicate(peer);
      if (pick === undefined) return;
      this.#send(peer, pick);
    }
  }

  requestFromAll(): void {
    for (const peer of this.#context.peers.values()) this.request(peer);
  }

  /** Takes a block in. Returns why the neighbour must be dropped, when its faults were too many. */
  onPiece(peer: Peer, message: PieceMessage): string | undefined {
    const { layout, picker, ports, note } = this.#context;
    const { piece, offset, bytes } = message;
    if (!layout.isPiece(piece) || !isBlockOf(layout, message)) {
      message.release();
      return this.#onWrongPiece(peer, message);
    }
    const block = { piece, block: offset / layout.blockLength };
    const requested = peer.requests.delete(this.#keyOf(block));
    const result = picker.onBlockReceived(peer.inPicker, block);
    // The next request leaves before this piece is worked on, so that the neighbour is not kept waiting.
    this.request(peer);
    if (!result.wanted) {
      message.release(); // A12
    } else {
      if (!requested) note(peer, 'unsolicited', `it sent piece ${piece}, which was not requested; accepted`); // A13
      const now = ports.clock.now();
      this.meter.add(bytes.length, now);
      peer.received.add(bytes.length, now);
      peer.receivedBytes += bytes.length;
      this.#assemble(peer, block, message, result.pieceReceived);
    }
    return undefined;
  }

  /** The neighbour no longer owes us anything: it choked us or left. */
  releaseAll(peer: Peer, reason: ReleaseReason): void {
    for (const request of [...peer.requests.values()]) this.#release(peer, request, reason);
  }

  /** Asks again for what has been waited for too long, of others first (A16). */
  releaseOverdue(now: number): void {
    const { peers, dialect } = this.#context;
    for (const peer of peers.values()) {
      for (const request of [...peer.requests.values()]) {
        if (now - request.sentAt >= dialect.rules.requestTimeoutMs) this.#release(peer, request, 'timed-out');
      }
    }
  }

  onVerified(arrived: ArrivedPiece, ok: boolean): void {
    const { ports, picker, record, post } = this.#context;
    if (ok) {
      ports.storage.write(arrived.piece, arrived.bytes, failure =>
        post({ type: 'piece-written', arrived, failure }),
      );
      return;
    }
    this.settle(arrived);
    picker.onVerifyFailed(arrived.piece);
    record({ kind: 'piece-failed', piece: arrived.piece, peers: arrived.senders });
  }

  /** The piece needs no memory any more. */
  settle(arrived: ArrivedPiece): void {
    this.#backlogBytes -= arrived.bytes.length;
    arrived.release();
  }

  #assemble(peer: Peer, block: Block, message: PieceMessage, isWhole: boolean): void {
    const { layout, ports } = this.#context;
    if (layout.blocksIn(block.piece) === 1) {
      return this.#pass({
        piece: block.piece,
        bytes: message.bytes,
        senders: [peer.id],
        release: message.release,
      });
    }
    const assembly = this.#assemblies.get(block.piece) ?? {
      bytes: ports.pool.acquire(layout.lengthOf(block.piece)),
      senders: new Set(),
    };
    this.#assemblies.set(block.piece, assembly);
    assembly.bytes.set(message.bytes, message.offset);
    assembly.senders.delete(peer.id); // the last to send stands last
    assembly.senders.add(peer.id);
    message.release();
    if (!isWhole) return;
    this.#assemblies.delete(block.piece);
    const { bytes, senders } = assembly;
    this.#pass({
      piece: block.piece,
      bytes,
      senders: [...senders],
      release: () => ports.pool.release(bytes),
    });
  }

  #pass(arrived: ArrivedPiece): void {
    const { ports, record, post } = this.#context;
    this.#backlogBytes += arrived.bytes.length;
    record({ kind: 'piece-received', peer: arrived.senders.at(-1)!, piece: arrived.piece });
    ports.verifier.verify(arrived.piece, arrived.bytes, ok => post({ type: 'piece-verified', arrived, ok }));
  }

  /** A14: discard, ask again; repeated, it costs the connection. */
  #onWrongPiece(peer: Peer, { piece, bytes }: PieceMessage): string | undefined {
    const { layout, note } = this.#context;
    peer.faults += 1;
    const what = layout.isPiece(piece)
      ? `piece ${piece} with ${bytes.length} bytes instead of ${layout.lengthOf(piece)}`
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

  #send(peer: Peer, { piece, block, reason }: Pick): void {
    const { layout, ports, record } = this.#context;
    const offset = layout.blockOffset(block);
    const length = layout.blockLengthOf(piece, block);
    peer.requests.set(this.#keyOf({ piece, block }), { block: { piece, block }, sentAt: ports.clock.now() });
    peer.send({ type: 'request', piece, offset, length });
    record({ kind: 'requested', peer: peer.id, piece, offset, length, reason });
  }

  #release(peer: Peer, { block }: OutstandingRequest, reason: ReleaseReason): void {
    const { layout, picker, record } = this.#context;
    peer.requests.delete(this.#keyOf(block));
    picker.onReleased(peer.inPicker, block);
    const offset = layout.blockOffset(block.block);
    record({ kind: 'request-released', peer: peer.id, piece: block.piece, offset, reason });
  }

  #keyOf({ piece, block }: Block): number {
    return piece * Math.ceil(this.#context.layout.pieceLength / this.#context.layout.blockLength) + block;
  }
}

function isBlockOf(
  layout: SwarmContext['layout'],
  { piece, offset, bytes }: Omit<PieceMessage, 'release'>,
): boolean {
  const block = offset / layout.blockLength;
  return (
    Number.isInteger(block) &&
    block < layout.blocksIn(piece) &&
    bytes.length === layout.blockLengthOf(piece, block)
  );
}
