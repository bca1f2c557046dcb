import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DnsMessage,
  type DnsRecord,
  decodeDnsMessage,
  encodeDnsMessage,
  isSameName,
} from './dns-message.ts';

const latin1 = (minLength: number, maxLength: number) =>
  fc
    .uint8Array({ minLength, maxLength })
    .map(bytes => Array.from(bytes, byte => String.fromCharCode(byte)).join(''));
const name = fc.array(
  fc.oneof(fc.constantFrom('local', '_tcp', '_piecewise', 'a.b'), latin1(1, 20), latin1(63, 63)),
  { minLength: 0, maxLength: 3 },
);
const head = { name, ttlSeconds: fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.constant(0)) };
const port = fc.integer({ min: 0, max: 65_535 });
const address = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const record: fc.Arbitrary<DnsRecord> = fc.oneof(
  fc.record({ type: fc.constant('ptr' as const), ...head, target: name }),
  fc.record({ type: fc.constant('srv' as const), ...head, port, target: name }),
  fc.record({
    type: fc.constant('txt' as const),
    ...head,
    strings: fc.array(latin1(1, 255), { maxLength: 4 }),
  }),
  fc.record({ type: fc.constant('a' as const), ...head, address: address(4) }),
  fc.record({ type: fc.constant('aaaa' as const), ...head, address: address(16) }),
);
const message: fc.Arbitrary<DnsMessage> = fc.record({
  isResponse: fc.boolean(),
  questions: fc.array(fc.record({ name, type: port }), { maxLength: 3 }),
  records: fc.array(record, { maxLength: 6 }),
});

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('a DNS message', () => {
  it('comes out as it went in', () => {
    fc.assert(
      fc.property(message, said => {
        const bytes = encodeDnsMessage(said);
        expect(decodeDnsMessage(bytes)).toEqual(said);
      }),
      { numRuns: 500 },
    );
  });

  it('writes an end of a name once', () => {
    const local = ['_piecewise', '_tcp', 'local'];
    const bytes = encodeDnsMessage({
      isResponse: true,
      questions: [],
      records: [{ type: 'ptr', name: local, ttlSeconds: 120, target: ['lab-07', ...local] }],
    });
    expect(Buffer.from(bytes).toString('hex')).toBe(
      '000084000000000100000000' +
        `0a${Buffer.from('_piecewise').toString('hex')}04${Buffer.from('_tcp').toString('hex')}05${Buffer.from('local').toString('hex')}00` +
        `000c0001000000780009` +
        `06${Buffer.from('lab-07').toString('hex')}c00c`,
    );
  });

  it('passes over records that mean nothing here', () => {
    const nsec = '00 002f 8001 00000078 0006 c00c 0004 4000';
    const txt = '00 0010 8001 00000078 0004 03 763d31';
    expect(decodeDnsMessage(hex(`0000 8400 0000 0002 0000 0000 ${nsec} ${txt}`))).toEqual({
      isResponse: true,
      questions: [],
      records: [{ type: 'txt', name: [], ttlSeconds: 120, strings: ['v=1'] }],
    });
  });

  it.each([
    ['nothing', ''],
    ['half a head', '0000 8400 0000'],
    ['an error', '0000 8403 0000 0000 0000 0000'],
    ['another kind of query', '0000 2800 0000 0000 0000 0000'],
    ['a question that is missing', '0000 0000 0001 0000 0000 0000'],
    ['too many questions', `0000 0000 0041 0000 0000 0000 ${'00 000c 0001'.repeat(65)}`],
    ['too many records', `0000 8400 0000 0201 0000 0000 ${'00 0010 0001 00000000 0000'.repeat(513)}`],
    ['a name that points to itself', '0000 0000 0001 0000 0000 0000 c00c 000c 0001'],
    ['a name that points forward', '0000 0000 0001 0000 0000 0000 c010 000c 0001 00'],
    ['a name that points into the head', '0000 0000 0001 0000 0000 0000 c000 000c 0001'],
    ['a label of a kind there is not', '0000 0000 0001 0000 0000 0000 41 6100 000c 0001'],
    ['a label that goes on beyond the end', '0000 0000 0001 0000 0000 0000 3f 61'],
    [
      'a name that is too long',
      `0000 0000 0001 0000 0000 0000 ${`3f${'61'.repeat(63)}`.repeat(4)} 00 000c 0001`,
    ],
    ['a record that goes on beyond the end', '0000 8400 0000 0001 0000 0000 00 0010 0001 00000000 0005 00'],
    ['a record shorter than its name', '0000 8400 0000 0001 0000 0000 00 000c 0001 00000000 0001 0161 00'],
    [
      'a text longer than its record',
      '0000 8400 0000 0001 0000 0000 00 0010 0001 00000000 0002 0561 626364 65',
    ],
    ['more than 9,000 bytes', `0000 0000 0000 0000 0000 0000 ${'00'.repeat(8_989)}`],
  ])('is not %s', (_, bytes) => {
    expect(decodeDnsMessage(hex(bytes))).toBeUndefined();
  });

  it('survives any rubbish, and rubbish in the middle', () => {
    const mutated = fc
      .tuple(message, fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { minLength: 1, maxLength: 6 }))
      .map(([said, changes]) => {
        const bytes = encodeDnsMessage(said);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 1_000 }), mutated), rubbish => {
        const heard = decodeDnsMessage(rubbish);
        if (heard === undefined) return;
        expect(heard.records.length).toBeLessThanOrEqual(512);
        for (const { name: labels } of [...heard.records, ...heard.questions])
          expect(labels.reduce((length, label) => length + label.length + 1, 1)).toBeLessThanOrEqual(255);
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses to write what DNS does not allow', () => {
    const question = (label: string): DnsMessage => ({
      isResponse: false,
      questions: [{ name: [label], type: 12 }],
      records: [],
    });
    expect(() => encodeDnsMessage(question('x'.repeat(63)))).not.toThrow();
    expect(() => encodeDnsMessage(question('x'.repeat(64)))).toThrow(RangeError);
  });
});

describe('names', () => {
  it('are the same whatever the case, and not when a dot stands in a label', () => {
    expect(isSameName(['A', 'local'], ['a', 'LOCAL'])).toBe(true);
    expect(isSameName(['a.local'], ['a', 'local'])).toBe(false);
    expect(isSameName(['a'], ['a', 'local'])).toBe(false);
  });
});
