import { BufferPool } from '../src-main/engine/buffer-pool.ts';
import { Layout } from '../src-main/engine/content/layout.ts';
import { courseCodec } from '../src-main/engine/course/wire.ts';
import type { OutgoingMessage } from '../src-main/engine/wire/message.ts';

/** How fast the course's codec is on its own, in one process, no sockets. */
export interface CodecFigures {
  readonly havesPerSecond: number;
  /** Bytes of pieces decoded per second, in segments of 64 KiB, by piece length. */
  readonly pieceBytesPerSecond: ReadonlyMap<number, number>;
}

const handshake: OutgoingMessage = { type: 'handshake', peer: '1001' };
const segment = 64 * 1024;

export function measureCodec(): CodecFigures {
  const pieceBytesPerSecond = new Map<number, number>();
  for (const pieceLength of [32, 256, 1024].map(KiB => KiB * 1024)) {
    const piece: OutgoingMessage = { type: 'piece', piece: 1, offset: 0, bytes: new Uint8Array(pieceLength) };
    const { seconds, passes } = decodeForAWhile(
      pieceLength,
      Array.from({ length: 8 }, () => piece),
    );
    pieceBytesPerSecond.set(pieceLength, (passes * 8 * pieceLength) / seconds);
  }
  const haves: OutgoingMessage[] = Array.from({ length: 10_000 }, (_, piece) => ({ type: 'have', piece }));
  const { seconds, passes } = decodeForAWhile(1024, haves);
  return { havesPerSecond: (passes * haves.length) / seconds, pieceBytesPerSecond };
}

/** Decodes the messages over and over for about a second, after a warm-up. */
function decodeForAWhile(
  pieceLength: number,
  messages: readonly OutgoingMessage[],
): { readonly seconds: number; readonly passes: number } {
  const layout = new Layout(100_000 * pieceLength, pieceLength);
  const codec = courseCodec(layout, new BufferPool());
  const stream = Buffer.concat(messages.flatMap(message => [...codec.encode(message)]));
  const decoder = codec.createDecoder();
  Array.from(decoder.push(codec.encode(handshake)[0]!));
  const pass = () => {
    for (let at = 0; at < stream.length; at += segment) {
      for (const message of decoder.push(stream.subarray(at, at + segment))) {
        if (message.type === 'piece') message.release();
      }
    }
  };
  for (let i = 0; i < 20; i += 1) pass();
  const startedAt = performance.now();
  let passes = 0;
  while (performance.now() - startedAt < 1_000) {
    pass();
    passes += 1;
  }
  return { seconds: (performance.now() - startedAt) / 1000, passes };
}
