import { describe, expect, it } from 'vitest';
import { Layout } from '../content/layout.ts';
import { ascii, fromHex, toHex, WireWords } from './wire-words.ts';

/** Ten pieces, the last of which is `hello`. */
const content = Uint8Array.of(...new Uint8Array(9 * 64), ...ascii('hello'));
const words = new WireWords(new Layout(content.length, 64), content);
const inBlocks = new WireWords(new Layout(content.length, 64, 4), content);

describe('messages in words', () => {
  it.each([
    ['choke', '00 00 00 01 00'],
    ['unchoke', '00 00 00 01 01'],
    ['interested', '00 00 00 01 02'],
    ['not interested', '00 00 00 01 03'],
    ['have 5', '00 00 00 05 04 00 00 00 05'],
    ['have 305', '00 00 00 05 04 00 00 01 31'],
    ['request 305', '00 00 00 05 06 00 00 01 31'],
    ['bitfield all', '00 00 00 03 05 ff c0'],
    ['bitfield *..*.....*', '00 00 00 03 05 90 40'],
    ['bitfield none', '00 00 00 03 05 00 00'],
    ['piece 9', '00 00 00 0a 07 00 00 00 09 68 65 6c 6c 6f'],
    [
      'handshake 1001',
      '50 32 50 46 49 4c 45 53 48 41 52 49 4e 47 50 52 4f 4a 00 00 00 00 00 00 00 00 00 00 00 00 03 e9',
    ],
  ])('%s is %s, and back', (message, hex) => {
    expect(toHex(words.toBytes(message))).toBe(hex);
    expect(words.reader(message.startsWith('handshake')).push(fromHex(hex))).toEqual([message]);
  });

  it('name the block where a piece has several, or mean all of them', () => {
    expect(toHex(inBlocks.toBytes('piece 9.1'))).toBe('00 00 00 0a 07 00 00 00 09 00 00 00 04 6f');
    expect(inBlocks.reader(false).push(inBlocks.toBytes('request 9'))).toEqual([
      'request 9.0',
      'request 9.1',
    ]);
  });

  it('are read whatever the bytes are cut into', () => {
    const messages = ['handshake 1001', 'bitfield all', 'unchoke', 'piece 9', 'have 3'];
    const reader = words.reader();
    const bytes = messages.flatMap(message => [...words.toBytes(message)]);
    expect(bytes.flatMap(byte => reader.push(Uint8Array.of(byte)))).toEqual(messages);
  });

  it('tell of what is not as it should be', () => {
    const reader = words.reader(false);
    const odd = '00 00 00 03 14 01 02  00 00 00 02 04 00  00 00 00 06 07 00 00 00 03 ff';
    expect(reader.push(fromHex(odd))).toEqual([
      'type 20 with 2 bytes',
      'have with 1 bytes',
      'piece 3 with 1 bytes',
    ]);
  });
});
