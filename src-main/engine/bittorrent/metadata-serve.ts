import {
  decodeMetadataMessage,
  encodeMetadataMessage,
  metadataPieceLength,
  metadataPieceLengthOf,
} from './extension.ts';

/** One peer may fetch everything this many times at once, and then again in `refillMs`. */
const wholes = 2;
const refillMs = 60_000;
/** Small info dictionaries cost little, and each peer may ask some pieces again. */
const fewestPieces = 16;

/**
 * Answers what one peer asks of the info dictionary (BEP 9): one of these for each connection. Whoever asks without end
 * gets rejections, so that metadata cannot be used to fill our upload.
 */
export class MetadataServer {
  readonly #infoBytes: Uint8Array;
  readonly #burst: number;
  #left: number;
  #countedAt: number;

  /** `now` in milliseconds of a monotonic clock, here and below. */
  constructor(infoBytes: Uint8Array, now: number) {
    this.#infoBytes = infoBytes;
    this.#burst = Math.max(fewestPieces, wholes * Math.ceil(infoBytes.length / metadataPieceLength));
    this.#left = this.#burst;
    this.#countedAt = now;
  }

  /**
   * The payload to send back under the ID of the other side's ut_metadata; undefined when there is nothing to answer.
   * `isTooMuch`: it has not taken what it was sent, and is given no more.
   * @throws ProtocolError when the message makes no sense
   */
  answer(payload: Uint8Array, now: number, isTooMuch = false): Uint8Array | undefined {
    const message = decodeMetadataMessage(payload);
    if (message?.type !== 'request') return undefined;
    const { piece } = message;
    const totalSize = this.#infoBytes.length;
    const length = metadataPieceLengthOf(totalSize, piece);
    if (length === 0 || isTooMuch || !this.#mayAnswer(now))
      return encodeMetadataMessage({ type: 'reject', piece });
    const start = piece * metadataPieceLength;
    const bytes = this.#infoBytes.subarray(start, start + length);
    return encodeMetadataMessage({ type: 'data', piece, totalSize, bytes });
  }

  #mayAnswer(now: number): boolean {
    const refilled = (this.#burst * (now - this.#countedAt)) / refillMs;
    this.#left = Math.min(this.#burst, this.#left + refilled);
    this.#countedAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
