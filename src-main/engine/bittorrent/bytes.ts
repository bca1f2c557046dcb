/** Bytes as text and back. The engine has neither Buffer nor TextDecoder. */

/** How many arguments a call takes at a time. */
const chunkLength = 4096;

/** One character for each byte, U+0000 to U+00FF: any bytes have such a text, and it sorts as they do. */
export function latin1Text(bytes: Uint8Array): string {
  if (bytes.length <= chunkLength) return String.fromCharCode(...bytes);
  let text = '';
  for (let start = 0; start < bytes.length; start += chunkLength) {
    text += String.fromCharCode(...bytes.subarray(start, start + chunkLength));
  }
  return text;
}

/** @throws RangeError when a character is beyond U+00FF. */
export function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 0xff) throw new RangeError(`'${text[i]}' does not fit into a byte`);
    bytes[i] = code;
  }
  return bytes;
}

/** UTF-8. Half of a surrogate pair becomes U+FFFD. */
export function utf8Bytes(text: string): Uint8Array {
  // A UTF-16 unit takes at most three bytes.
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (let i = 0; i < text.length; i += 1) {
    let code = text.codePointAt(i)!;
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) {
      bytes[length++] = code;
    } else if (code < 0x800) {
      bytes[length++] = 0xc0 | (code >> 6);
      bytes[length++] = 0x80 | (code & 0x3f);
    } else if (code < 0x1_0000) {
      bytes[length++] = 0xe0 | (code >> 12);
      bytes[length++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[length++] = 0x80 | (code & 0x3f);
    } else {
      i += 1;
      bytes[length++] = 0xf0 | (code >> 18);
      bytes[length++] = 0x80 | ((code >> 12) & 0x3f);
      bytes[length++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[length++] = 0x80 | (code & 0x3f);
    }
  }
  return bytes.slice(0, length);
}

/** Reads UTF-8. What is none becomes U+FFFD, as browsers do it: once for each run that begins like a character. */
export function utf8Text(bytes: Uint8Array): string {
  let text = '';
  let units: number[] = [];
  for (let i = 0; i < bytes.length; ) {
    const [code, length] = codePointAt(bytes, i);
    i += length;
    if (code < 0x1_0000) units.push(code);
    else units.push(0xd800 + ((code - 0x1_0000) >> 10), 0xdc00 + (code & 0x3ff));
    if (units.length >= chunkLength) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}

/** Whether bytes are UTF-8 throughout. */
export function isUtf8(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; ) {
    const [code, length] = codePointAt(bytes, i);
    // U+FFFD itself takes three bytes, as can a run that is cut off: so look.
    if (code === 0xfffd && !(bytes[i] === 0xef && bytes[i + 1] === 0xbf && bytes[i + 2] === 0xbd))
      return false;
    i += length;
  }
  return true;
}

/** The code point at a place and its length in bytes, by the table of well-formed sequences (Unicode, table 3-7). */
function codePointAt(bytes: Uint8Array, start: number): readonly [code: number, length: number] {
  const first = bytes[start]!;
  if (first < 0x80) return [first, 1];
  const follow = first < 0xc2 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : 0;
  if (follow === 0) return [0xfffd, 1];
  let code = first & (0x3f >> follow);
  let lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  let highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  for (let i = 1; i <= follow; i += 1) {
    const next = bytes[start + i];
    if (next === undefined || next < lowest || next > highest) return [0xfffd, i];
    code = (code << 6) | (next & 0x3f);
    lowest = 0x80;
    highest = 0xbf;
  }
  return [code, follow + 1];
}

const hexDigits = '0123456789abcdef';

/** Two lower-case hexadecimal digits for each byte. */
export function hexText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += hexDigits[byte >> 4]! + hexDigits[byte & 15]!;
  return text;
}

/** @throws RangeError unless the text is pairs of hexadecimal digits. */
export function hexBytes(text: string): Uint8Array {
  if (!/^(?:[\da-f]{2})*$/i.test(text)) throw new RangeError(`'${text.slice(0, 80)}' is not hexadecimal`);
  return Uint8Array.from({ length: text.length / 2 }, (_, i) =>
    Number.parseInt(text.slice(2 * i, 2 * i + 2), 16),
  );
}

/** Whether two runs of bytes are the same. */
export function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
