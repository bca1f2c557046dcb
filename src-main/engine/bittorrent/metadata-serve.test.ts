import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../wire/message.ts';
import { latin1Bytes } from './bytes.ts';
import { decodeMetadataMessage, encodeMetadataMessage, metadataPieceLength } from './extension.ts';
import { MetadataServer } from './metadata-serve.ts';

const infoBytes = Uint8Array.from({ length: 2 * metadataPieceLength + 100 }, (_, at) => at * 7);
const request = (piece: number) => encodeMetadataMessage({ type: 'request', piece });

function answered(server: MetadataServer, piece: number, now = 0) {
  const payload = server.answer(request(piece), now);
  return payload && decodeMetadataMessage(payload);
}

describe('a metadata server', () => {
  it('gives the pieces that there are', () => {
    const server = new MetadataServer(infoBytes, 0);
    const pieces = [0, 1, 2].map(piece => answered(server, piece));
    const bytes = pieces.flatMap(message => (message?.type === 'data' ? [...message.bytes] : []));
    expect(bytes).toEqual([...infoBytes]);
  });

  it.each([3, 4, 639])('rejects piece %d, which there is not', piece => {
    expect(answered(new MetadataServer(infoBytes, 0), piece)).toEqual({ type: 'reject', piece });
  });

  it('has no answer to answers', () => {
    const server = new MetadataServer(infoBytes, 0);
    expect(server.answer(encodeMetadataMessage({ type: 'reject', piece: 0 }), 0)).toBeUndefined();
    expect(server.answer(latin1Bytes('d8:msg_typei7e5:piecei0ee'), 0)).toBeUndefined();
    expect(() => server.answer(latin1Bytes('d8:msg_typei0e5:piecei640ee'), 0)).toThrow(ProtocolError);
  });

  it('gives small metadata sixteen pieces at once, large ones twice, then as much again in a minute', () => {
    for (const [length, burst] of [
      [100, 16],
      [640 * metadataPieceLength, 1280],
    ] as const) {
      const server = new MetadataServer(new Uint8Array(length), 0);
      const types = (count: number, now: number) =>
        Array.from({ length: count }, () => answered(server, 0, now)?.type).filter(type => type === 'data')
          .length;
      expect(types(2 * burst, 0)).toBe(burst);
      expect(types(2 * burst, 30_000)).toBe(burst / 2);
      expect(types(2 * burst, 10_000_000)).toBe(burst);
    }
  });

  it('answers any bytes or says what is wrong with them', () => {
    const server = new MetadataServer(infoBytes, 0);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(), (payload, now) => {
        try {
          server.answer(payload, now);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
