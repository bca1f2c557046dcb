/** A multiple of 8, and what bytes may have to be shifted by. */
const detourLength = 16 * 1024 + 8;
const detour = new Uint8Array(detourLength);

/**
 * Copies bytes into others, `at` bytes from their start. V8 copies into shared memory a byte at a time, at a tenth of the
 * speed, unless both sides lie alike to its words of 8 bytes; so what does not takes a detour through memory where it does.
 */
export function copyBytes(bytes: Uint8Array, into: Uint8Array, at: number): void {
  const shift = (into.byteOffset + at) & 7;
  if (shift === (bytes.byteOffset & 7) || !(into.buffer instanceof SharedArrayBuffer))
    return into.set(bytes, at);
  // A multiple of 8, so that the shift stays.
  const step = detourLength - 8;
  for (let done = 0; done < bytes.length; done += step) {
    const length = Math.min(step, bytes.length - done);
    detour.set(length === bytes.length ? bytes : bytes.subarray(done, done + length), shift);
    into.set(detour.subarray(shift, shift + length), at + done);
  }
}
