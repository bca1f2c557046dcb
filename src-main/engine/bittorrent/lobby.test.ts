import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Link } from '../ports.ts';
import { MemoryNetwork } from '../testing/memory-network.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { latin1Bytes, latin1Text } from './bytes.ts';
import { Lobby } from './lobby.ts';

const here = { host: '10.0.0.1', port: 6881 };
const infoHash = '0123456789abcdef0123456789abcdef01234567';
const start =
  '\x13BitTorrent protocol\0\0\0\0\0\x10\0\x05\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67';
const handshake = latin1Bytes(`${start}-qB4520-abcdefghijkl`);

/** Somebody who dials, or whom a link was handed to: hears everything, and notes the end. */
class Ear {
  readonly link: Link;
  heard = '';
  ends = 0;
  closes: (string | undefined)[] = [];

  constructor(link: Link) {
    this.link = link;
    link.open({
      onBytes: bytes => {
        this.heard += latin1Text(bytes);
      },
      onEnd: () => {
        this.ends += 1;
      },
      onClosed: error => this.closes.push(error),
    });
  }
}

class Scene {
  readonly clock = new VirtualClock();
  readonly network = new MemoryNetwork(this.clock);
  readonly refused: string[] = [];
  readonly asked: Link[] = [];
  readonly swarm: Link[] = [];
  readonly lobby: Lobby;

  constructor(http = true) {
    this.lobby = new Lobby({
      clock: this.clock,
      ...(http ? { onHttp: (link: Link) => this.asked.push(link) } : {}),
      onRefused: (remote, reason) => this.refused.push(`${remote}: ${reason}`),
    });
    this.lobby.register(infoHash, link => this.swarm.push(link));
    this.network.listen(here, link => this.lobby.accept(link));
  }

  dial(host = '10.0.0.2', port = 1000): Ear {
    let ear: Ear | undefined;
    this.network.dialerOf({ host, port }).dial(here, result => {
      if (!('failed' in result)) ear = new Ear(result);
    });
    this.clock.advance(2);
    return ear!;
  }

  dialAndSay(text: string | Uint8Array, host?: string): Ear {
    const ear = this.dial(host);
    ear.link.send([typeof text === 'string' ? latin1Bytes(text) : text]);
    this.clock.advance(5);
    return ear;
  }
}

describe('a link that says which share it wants', () => {
  it('is handed on unread, in any fragments', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(120), { maxLength: 5 }),
        fc.uint8Array({ maxLength: 100 }),
        fc.nat(3),
        (cuts, more, delay) => {
          const scene = new Scene();
          const stream = Uint8Array.from([...handshake, ...more]);
          const ear = scene.dial();
          const places = [0, ...cuts.map(cut => cut % stream.length), stream.length].sort((a, b) => a - b);
          for (const [i, end] of places.slice(1).entries()) {
            ear.link.send([stream.subarray(places[i], end)]);
            scene.clock.advance(1);
          }
          scene.clock.advance(delay);
          expect(scene.swarm).toHaveLength(1);
          const member = new Ear(scene.swarm[0]!);
          expect(member.heard).toBe('');
          scene.clock.advance(5);
          ear.link.send([latin1Bytes('and on')]);
          scene.clock.advance(5);
          expect(member.heard).toBe(`${latin1Text(stream)}and on`);
          expect(scene.refused).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is the same link for the one it is handed to: both ways, to its end', () => {
    const scene = new Scene();
    const ear = scene.dialAndSay(handshake);
    const [link] = scene.swarm;
    expect(link!.remote).toBe('10.0.0.2:1000');
    const member = new Ear(link!);
    link!.send([latin1Bytes('good '), latin1Bytes('day')]);
    expect(link!.unsentBytes).toBe(8);
    link!.sendSoon(latin1Bytes(', too'));
    scene.clock.advance(5);
    expect(ear.heard).toBe('good day, too');
    ear.link.finish();
    scene.clock.advance(5);
    expect([member.ends, member.closes.length]).toEqual([1, 0]);
    link!.finish();
    scene.clock.advance(5);
    expect([member.ends, member.closes]).toEqual([1, [undefined]]);
    expect([ear.ends, ear.closes]).toEqual([1, [undefined]]);
    expect(scene.lobby.links).toBe(0);
  });

  it('may be paused before what was read is heard, and goes on where it was', () => {
    const scene = new Scene();
    const ear = scene.dialAndSay(handshake);
    const member = new Ear(scene.swarm[0]!);
    member.link.pause();
    ear.link.send([latin1Bytes('more')]);
    scene.clock.advance(5);
    expect(member.heard).toBe('');
    member.link.resume();
    scene.clock.advance(5);
    expect(member.heard).toBe(`${latin1Text(handshake)}more`);
    member.link.pause();
    ear.link.send([latin1Bytes('again')]);
    scene.clock.advance(5);
    expect(member.heard).not.toContain('again');
    member.link.resume();
    scene.clock.advance(5);
    expect(member.heard).toContain('again');
  });

  it('has its end told, also when that came before it was opened', () => {
    const scene = new Scene();
    const ear = scene.dialAndSay(handshake);
    ear.link.finish();
    scene.clock.advance(5);
    const member = new Ear(scene.swarm[0]!);
    scene.clock.advance(5);
    expect([member.heard, member.ends]).toEqual([latin1Text(handshake), 1]);

    const other = scene.dialAndSay(handshake);
    other.link.abort();
    scene.clock.advance(5);
    const late = new Ear(scene.swarm[1]!);
    scene.clock.advance(5);
    expect(late.closes).toEqual(['connection reset']);

    const third = scene.dialAndSay(handshake);
    const early = new Ear(scene.swarm[2]!);
    third.link.abort();
    scene.clock.advance(5);
    expect(early.closes).toEqual(['connection reset']);
  });

  it('hears nothing more once it was aborted', () => {
    const scene = new Scene();
    scene.dialAndSay(handshake);
    const member = new Ear(scene.swarm[0]!);
    member.link.abort();
    scene.clock.advance(50);
    expect([member.heard, member.closes.length]).toEqual(['', 1]);
    expect(scene.lobby.links).toBe(0);
  });

  it('is read into the memory that its taker names, once it is through', () => {
    const scene = new Scene();
    const handlers: (() => Uint8Array | undefined)[] = [];
    const memory = new Uint8Array(10);
    const inner: Link = {
      remote: '10.0.0.2:1',
      unsentBytes: 0,
      open: handler => {
        handlers.push(() => handler.window?.());
        handler.onBytes(handshake);
      },
      send() {},
      sendSoon() {},
      pause() {},
      resume() {},
      finish() {},
      abort() {},
    };
    scene.lobby.accept(inner);
    expect(handlers[0]!()).toBeUndefined();
    scene.swarm[0]!.open({ window: () => memory, onBytes() {}, onEnd() {}, onClosed() {} });
    expect(handlers[0]!()).toBeUndefined();
    scene.clock.advance(1);
    expect(handlers[0]!()).toBe(memory);
  });

  it('goes nowhere once its share is gone', () => {
    const scene = new Scene();
    const leave = scene.lobby.register(infoHash, link => scene.swarm.push(link));
    leave();
    const ear = scene.dialAndSay(handshake);
    expect(scene.refused).toEqual([
      `10.0.0.2:1000: it wants ${infoHash}, which is not shared here, or is paused`,
    ]);
    expect(ear.closes).toHaveLength(1);
  });
});

describe('a link that asks by HTTP', () => {
  it('is handed on with its request', () => {
    const scene = new Scene();
    const ear = scene.dialAndSay('G');
    expect(scene.asked).toEqual([]);
    ear.link.send([latin1Bytes('ET /shares HTTP/1.1\r\n')]);
    scene.clock.advance(5);
    const page = new Ear(scene.asked[0]!);
    scene.clock.advance(5);
    expect(page.heard).toBe('GET /shares HTTP/1.1\r\n');
  });

  it('is refused where there is nothing to be had', () => {
    const scene = new Scene(false);
    expect(scene.dialAndSay('GET / HTTP/1.1\r\n').closes).toHaveLength(1);
    expect(scene.refused).toEqual([expect.stringContaining('web page')]);
  });
});

describe('a stranger', () => {
  it.each([
    ['rubbish', '\x05\x01\x00', /does not begin with a BitTorrent handshake/],
    ['another protocol of that length', '\x13BitTorrent protokol', /does not begin/],
    ['the course protocol', 'P2PFILESHARINGPROJ', /course protocol/],
    [
      'a share we have not',
      latin1Text(handshake).replace('\x67-q', '\x68-q'),
      /wants 0123.*68, which is not shared/,
    ],
  ])('that says %s is refused at once', (_, text, reason) => {
    const scene = new Scene();
    const ear = scene.dialAndSay(text);
    expect(scene.refused).toEqual([expect.stringMatching(reason)]);
    expect(ear.closes).toHaveLength(1);
    expect([scene.lobby.undecided, scene.lobby.links, scene.network.openLinks]).toEqual([0, 0, 0]);
    scene.clock.advance(20_000);
    expect(scene.refused).toHaveLength(1);
  });

  it.each([
    ['nothing', '', 'nothing'],
    ['half of it', '\x13BitTorrent', 'only 11 bytes'],
  ])('that says %s is refused after ten seconds', (_, text, said) => {
    const scene = new Scene();
    const ear = scene.dialAndSay(text);
    scene.clock.advance(9_900);
    expect(ear.closes).toEqual([]);
    scene.clock.advance(200);
    expect(ear.closes).toHaveLength(1);
    expect(scene.refused).toEqual([expect.stringContaining(`said ${said} in 10 seconds`)]);
  });

  it('that dribbles wins no time', () => {
    const scene = new Scene();
    const ear = scene.dial();
    for (let at = 0; at < 11; at += 1) {
      ear.link.send([handshake.subarray(at, at + 1)]);
      scene.clock.advance(1_000);
    }
    expect(ear.closes).toHaveLength(1);
    expect(scene.lobby.links).toBe(0);
  });

  it('that leaves is told of', () => {
    const scene = new Scene();
    scene.dialAndSay('\x13').link.finish();
    scene.clock.advance(5);
    scene.dialAndSay('\x13Bit', '10.0.0.3').link.abort();
    scene.clock.advance(5);
    expect(scene.refused).toEqual([
      expect.stringContaining('10.0.0.2:1000: it left after one byte'),
      expect.stringContaining('10.0.0.3:1000: it left after 4 bytes'),
    ]);
    expect([scene.lobby.undecided, scene.lobby.links]).toEqual([0, 0]);
    expect(scene.clock.pendingTimers).toBe(0);
  });

  it('is no match for any bytes: taken, refused or waited for, never a fault', () => {
    const anyStart = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc
        .tuple(fc.nat(68), fc.uint8Array({ maxLength: 30 }))
        .map(([at, rest]) => Uint8Array.from([...handshake.subarray(0, at), ...rest])),
    );
    fc.assert(
      fc.property(anyStart, bytes => {
        const scene = new Scene();
        scene.dialAndSay(bytes);
        const taken = scene.swarm.length + scene.asked.length;
        expect(scene.refused.length + scene.lobby.undecided + taken).toBe(1);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('a flood', () => {
  it('of one host: eight links that say nothing, no more', () => {
    const scene = new Scene();
    const ears = Array.from({ length: 20 }, () => scene.dial('10.0.0.66'));
    expect(scene.lobby.undecided).toBe(8);
    expect(ears.filter(ear => ear.closes.length > 0)).toHaveLength(12);
    expect(scene.refused).toEqual([expect.stringContaining('8 connections from there have not said')]);
    scene.dialAndSay(handshake, '10.0.0.2');
    expect(scene.swarm).toHaveLength(1);
    scene.clock.advance(10_000);
    scene.dialAndSay(handshake, '10.0.0.66');
    expect(scene.swarm).toHaveLength(2);
  });

  it('of many hosts: a hundred links that say nothing; the oldest makes room', () => {
    const scene = new Scene();
    const ears = Array.from({ length: 130 }, (_, i) => scene.dial(`10.0.1.${i}`));
    expect(scene.lobby.undecided).toBe(100);
    expect(ears.map(ear => ear.closes.length)).toEqual([...Array(30).fill(1), ...Array(100).fill(0)]);
    scene.dialAndSay(handshake);
    expect(scene.swarm).toHaveLength(1);
  });

  it('of this computer is only held to what holds for all', () => {
    const scene = new Scene();
    for (let i = 0; i < 50; i += 1) scene.dial('127.0.0.1', i);
    expect(scene.lobby.undecided).toBe(50);
    for (let i = 0; i < 200; i += 1) scene.dialAndSay(handshake, '127.0.0.1');
    expect(scene.swarm).toHaveLength(200);
  });

  it('of links that are in order: 150 of one host, 600 in all', () => {
    const scene = new Scene();
    for (let i = 0; i < 160; i += 1) scene.dialAndSay(handshake, '10.0.0.66');
    expect(scene.swarm).toHaveLength(150);
    for (let i = 0; i < 460; i += 1) scene.dialAndSay(handshake, `10.0.${i % 7}.7`);
    expect(scene.swarm).toHaveLength(600);
    expect(scene.lobby.links).toBe(600);
    const members = scene.swarm.map(link => new Ear(link));
    for (const { link } of members) link.abort();
    scene.clock.advance(5);
    expect(scene.lobby.links).toBe(0);
    scene.dialAndSay(handshake, '10.0.0.66');
    expect(scene.swarm).toHaveLength(601);
  });

  it('of two thousand connections a second leaves nothing behind', () => {
    const scene = new Scene();
    for (let i = 0; i < 4_000; i += 1) {
      scene.network.dialerOf({ host: `10.${i % 250}.0.1`, port: i }).dial(here, () => {});
      if (i % 2 === 0) scene.clock.advance(1);
    }
    expect(scene.lobby.undecided).toBeLessThanOrEqual(100);
    expect(scene.lobby.links).toBeLessThanOrEqual(100);
    scene.clock.advance(12_000);
    expect([scene.lobby.undecided, scene.lobby.links]).toEqual([0, 0]);
    expect(scene.refused.length).toBeLessThanOrEqual(4 * 250);
  });
});

describe('a lobby that is closed', () => {
  it('sends everybody away who is still in it', () => {
    const scene = new Scene();
    const waiting = scene.dial();
    const served = scene.dialAndSay(handshake);
    scene.lobby.close();
    const late = scene.dialAndSay(handshake);
    expect([waiting, served, late].map(ear => ear.closes.length)).toEqual([1, 0, 1]);
    expect(scene.clock.pendingTimers).toBe(0);
  });
});
