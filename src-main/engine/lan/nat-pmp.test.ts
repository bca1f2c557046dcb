import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeNatPmpAnswer, encodeAddressRequest, encodeMappingRequest } from './nat-pmp.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const decoded = (text: string) =>
  decodeNatPmpAnswer(Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex')));

describe('NAT-PMP', () => {
  it('asks as RFC 6886 has it', () => {
    expect(hex(encodeAddressRequest())).toBe('0000');
    expect(hex(encodeMappingRequest('tcp', 6881, 6882, 3600))).toBe('000200001ae11ae200000e10');
    expect(hex(encodeMappingRequest('udp', 6881, 0, 0))).toBe('000100001ae1000000000000');
  });

  it('understands the answers', () => {
    expect(decoded('00 80 0000 00000001 cb007105')).toEqual({ about: 'address', address: '203.0.113.5' });
    expect(decoded('00 82 0000 00000001 1ae1 1ae2 00000e10')).toEqual({
      about: 'tcp',
      internalPort: 6881,
      externalPort: 6882,
      lifetimeSeconds: 3600,
    });
    expect(decoded('00 81 0002 00000001 1ae1 1ae2 00000e10')).toEqual({
      about: 'udp',
      failed: 'it refuses: port mapping is switched off in it',
    });
    expect(decoded('00 80 0003')).toMatchObject({ about: 'address' });
  });

  it.each(['', '00', '00 80 0000', '01 80 0000 00000001 cb007105', '00 02 0000 00000001 1ae1 1ae2 00000e10'])(
    'takes %j for nothing',
    text => {
      expect(decoded(text)).toBeUndefined();
    },
  );

  it('survives any rubbish', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), bytes => {
        const answer = decodeNatPmpAnswer(bytes);
        if (answer !== undefined && 'externalPort' in answer)
          expect(answer.externalPort).toBeLessThan(65_536);
      }),
    );
  });
});
