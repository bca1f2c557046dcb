import { describe, expect, it } from 'vitest';
import { decodeDnsMessage, encodeDnsMessage, recordType } from './dns-message.ts';
import {
  goodbyeMessage,
  instanceName,
  isAskedFor,
  type OwnService,
  searchMessage,
  serviceMessage,
  servicesIn,
} from './service-records.ts';

const service: OwnService = {
  instance: 'lab-07 3f2a',
  host: 'piecewise-3f2a',
  port: 6881,
  text: { v: '1', rev: '4', id: 'abc' },
};
const read = (bytes: Uint8Array) => decodeDnsMessage(bytes)!;

describe('a service in the network', () => {
  it('tells where it is and about itself', () => {
    const message = read(serviceMessage(service, [Uint8Array.of(192, 168, 1, 7)]));
    expect(servicesIn(message)).toEqual({
      seen: [{ instance: service.instance, port: 6881, text: new Map(Object.entries(service.text)) }],
      gone: [],
    });
    expect(message.records.find(({ type }) => type === 'a')).toMatchObject({
      name: ['piecewise-3f2a', 'local'],
      address: Uint8Array.of(192, 168, 1, 7),
    });
  });

  it('tells that it is gone', () => {
    expect(servicesIn(read(goodbyeMessage(service)))).toEqual({ seen: [], gone: [service.instance] });
  });

  it('answers who searches, unless they know it', () => {
    expect(isAskedFor(service, read(searchMessage([])))).toBe(true);
    expect(isAskedFor(service, read(searchMessage(['lab-08 1111'])))).toBe(true);
    expect(isAskedFor(service, read(searchMessage([service.instance])))).toBe(false);
    expect(isAskedFor(service, read(serviceMessage(service, [])))).toBe(false);
  });

  it.each([
    [[service.instance, '_piecewise', '_tcp', 'local'], recordType.srv, true],
    [[service.instance, '_piecewise', '_tcp', 'local'], recordType.a, false],
    [['_services', '_dns-sd', '_udp', 'local'], recordType.ptr, true],
    [['PIECEWISE-3F2A', 'local'], recordType.a, true],
    [['piecewise-3f2a', 'local'], recordType.any, true],
    [['piecewise-other', 'local'], recordType.a, false],
    [['_http', '_tcp', 'local'], recordType.ptr, false],
  ])('answers questions about itself: %j, type %i: %s', (name, type, expected) => {
    const message = encodeDnsMessage({ isResponse: false, questions: [{ name, type }], records: [] });
    expect(isAskedFor(service, read(message))).toBe(expected);
  });

  it('is not taken from what others tell of other services, or leave out', () => {
    const type = ['_piecewise', '_tcp', 'local'];
    const records = [
      { type: 'srv', name: ['x', '_http', '_tcp', 'local'], ttlSeconds: 9, port: 80, target: ['x'] },
      { type: 'srv', name: ['no text', ...type], ttlSeconds: 9, port: 80, target: ['x'] },
      { type: 'srv', name: ['no port', ...type], ttlSeconds: 9, port: 0, target: ['x'] },
      { type: 'txt', name: ['no port', ...type], ttlSeconds: 9, strings: ['v=1'] },
      { type: 'ptr', name: ['_http', '_tcp', 'local'], ttlSeconds: 0, target: ['x', ...type] },
    ] as const;
    const message = encodeDnsMessage({ isResponse: true, questions: [], records });
    expect(servicesIn(read(message))).toEqual({ seen: [], gone: [] });
  });

  it('is told about in letters of any size, by the first text of its name', () => {
    const records = [
      { type: 'txt', name: ['X', '_PIECEWISE', '_tcp', 'local'], ttlSeconds: 9, strings: ['v=1'] },
      { type: 'srv', name: ['x', '_piecewise', '_tcp', 'local'], ttlSeconds: 9, port: 1, target: ['x'] },
      { type: 'txt', name: ['x', '_piecewise', '_tcp', 'local'], ttlSeconds: 9, strings: ['v=2'] },
    ] as const;
    const message = encodeDnsMessage({ isResponse: true, questions: [], records });
    expect(servicesIn(read(message)).seen).toEqual([{ instance: 'x', port: 1, text: new Map([['v', '1']]) }]);
  });

  it('reads pairs by the first of each key', () => {
    const name = ['x', '_piecewise', '_tcp', 'local'];
    const records = [
      { type: 'srv', name, ttlSeconds: 9, port: 1, target: ['x'] },
      { type: 'txt', name, ttlSeconds: 9, strings: ['V=1', 'v=2', '=3', 'flag', '__proto__=x', 'a=b=c'] },
    ] as const;
    const message = encodeDnsMessage({ isResponse: true, questions: [], records });
    expect(servicesIn(read(message)).seen[0]!.text).toEqual(
      new Map([
        ['v', '1'],
        ['flag', ''],
        ['__proto__', 'x'],
        ['a', 'b=c'],
      ]),
    );
  });
});

describe('an instance name', () => {
  it.each([
    ['lab-07', '2d50573030312d0123456789abcdef', 'lab-07 0123456789abcdef'],
    ['Büro.PC', 'x', 'B-ro-PC x'],
    ['', 'x', 'computer x'],
    ['x'.repeat(100), 'y', `${'x'.repeat(40)} y`],
  ])('of %s is plain and fits', (machine, id, name) => {
    expect(instanceName(machine, id)).toBe(name);
  });
});
