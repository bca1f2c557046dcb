import type { BufferPool } from '../buffer-pool.ts';
import type { Layout } from '../content/layout.ts';
import { courseCodec } from '../course/wire.ts';
import { FrameDecoder, frameHeader, readUint32 } from '../wire/frames.ts';
import type { Codec, Message, MessageDecoder } from '../wire/message.ts';

const handshakeLength = 32;
const requestType = 6;
const pieceType = 7;

/**
 * The course's bytes, but for requests and pieces, which carry offsets and lengths as in BEP 3: shows that the engine
 * does not depend on a block being a whole piece.
 */
export function blockCodec(layout: Layout, pool: BufferPool): Codec {
  const whole = courseCodec(layout, pool);
  return {
    encode(message) {
      if (message.type === 'request') {
        return [frameHeader(requestType, [message.piece, message.offset, message.length])];
      }
      if (message.type === 'piece') {
        const header = frameHeader(pieceType, [message.piece, message.offset], message.bytes.length);
        return [header, message.bytes];
      }
      return whole.encode(message);
    },
    createDecoder: () => new BlockDecoder(whole, layout, pool),
  };
}

/** Leaves everything but requests and pieces to the course's decoder, frame by frame. */
class BlockDecoder implements MessageDecoder {
  readonly #whole: MessageDecoder;
  readonly #frames: FrameDecoder;
  #handshakeLeft = handshakeLength;

  constructor(whole: Codec, layout: Layout, pool: BufferPool) {
    this.#whole = whole.createDecoder();
    this.#frames = new FrameDecoder(9 + Math.max(layout.pieceLength, Math.ceil(layout.pieceCount / 8)), pool);
  }

  get pendingBytes(): number {
    return this.#frames.pendingBytes;
  }

  readonly window = undefined;

  *push(bytes: Uint8Array): Generator<Message> {
    const taken = Math.min(this.#handshakeLeft, bytes.length);
    this.#handshakeLeft -= taken;
    yield* this.#whole.push(bytes.subarray(0, taken));
    for (const { type, payload, release } of this.#frames.push(bytes.subarray(taken))) {
      if (type === requestType) {
        const [piece, offset, length] = [0, 4, 8].map(at => readUint32(payload, at));
        yield { type: 'request', piece: piece!, offset: offset!, length: length! };
      } else if (type === pieceType) {
        const [piece, offset] = [0, 4].map(at => readUint32(payload, at));
        yield {
          type: 'piece',
          piece: piece!,
          offset: offset!,
          bytes: payload.subarray(8),
          isLent: false,
          release,
        };
      } else {
        yield* this.#whole.push(frameHeader(type, [], payload.length));
        yield* this.#whole.push(payload);
        release();
      }
    }
  }

  diagnoseHalfHandshake(): string {
    return this.#whole.diagnoseHalfHandshake();
  }

  close(): void {
    this.#frames.close();
  }
}
