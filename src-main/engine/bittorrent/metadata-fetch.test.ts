import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Address, Link } from '../ports.ts';
import { MemoryNetwork } from '../testing/memory-network.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { type Message, type OutgoingMessage, ProtocolError } from '../wire/message.ts';
import { areEqual, hexText, latin1Bytes } from './bytes.ts';
import {
  decodeExtensionHandshake,
  decodeMetadataMessage,
  type ExtensionHandshake,
  encodeExtensionHandshake,
  encodeMetadataMessage,
  encodePeerExchange,
  longestMetadata,
  type MetadataMessage,
  metadataPieceLength,
} from './extension.ts';
import { MetadataFetch, type MetadataFetchOptions } from './metadata-fetch.ts';
import { MetadataServer } from './metadata-serve.ts';
import { bitTorrentCodec } from './wire.ts';

const sha1 = (bytes: Uint8Array) => new Uint8Array(createHash('sha1').update(bytes).digest());
/** 20 pieces. */
const info = Uint8Array.from({ length: 19 * metadataPieceLength + 77 }, (_, at) => (at * at) % 253);
const infoHash = hexText(sha1(info));
const self = { host: '10.0.0.1', port: 6881 };
const ourId = hexText(latin1Bytes('-PW0100-ourselves..!'));
const theirMetadataId = 7;
const theirPexId = 9;

interface Behaviour {
  /** What it answers to a question; the whole truth when left out. */
  readonly answer?: (piece: number, payload: Uint8Array) => readonly (MetadataMessage | Uint8Array)[];
  readonly says?: Partial<ExtensionHandshake>;
  /** How many it answers at once before it thinks for long about each. */
  readonly quickAnswers?: number;
  /** What comes instead of a handshake, or of an extension handshake. */
  readonly handshake?: Uint8Array;
  readonly introduction?: Uint8Array;
  readonly extensions?: boolean;
  readonly infoHash?: string;
  readonly peerId?: string;
  /** Bytes to say once it is introduced. */
  readonly afterwards?: readonly OutgoingMessage[];
  readonly listens?: boolean;
}

/** A peer that may have the info dictionary, and may be anything but nice. */
class Other {
  readonly address: Address;
  readonly asked: number[] = [];
  readonly rejections: number[] = [];
  introduced: ExtensionHandshake | undefined;
  dials = 0;
  open = 0;
  readonly #codec = bitTorrentCodec(undefined);
  readonly #behaviour: Behaviour;
  readonly #scene: Scene;
  readonly #peerId: string;

  constructor(scene: Scene, host: string, port: number, behaviour: Behaviour) {
    this.#scene = scene;
    this.#behaviour = behaviour;
    this.address = { host, port };
    this.#peerId = behaviour.peerId ?? hexText(sha1(latin1Bytes(`${host} ${port}`)));
    if (behaviour.listens !== false) {
      scene.network.listen(this.address, link => {
        this.dials += 1;
        this.#talk(link);
      });
    }
  }

  /** Connects by itself. */
  dial(): void {
    this.#scene.network.dialerOf({ host: this.address.host, port: 50_000 }).dial(self, result => {
      if ('failed' in result) throw new Error(result.failed);
      this.#talk(result);
    });
  }

  #talk(link: Link): void {
    const decoder = this.#codec.createDecoder();
    this.open += 1;
    const say = (message: OutgoingMessage) => link.send(this.#codec.encode(message));
    link.open({
      onBytes: bytes => {
        for (const message of decoder.push(bytes)) this.#hear(message, say);
      },
      onEnd: () => link.finish(),
      onClosed: () => {
        this.open -= 1;
      },
    });
    const { handshake, extensions = true, infoHash: other } = this.#behaviour;
    if (handshake !== undefined) link.send([handshake]);
    else {
      say({
        type: 'handshake',
        peer: this.#peerId,
        bitTorrent: { infoHash: other ?? infoHash, fast: true, extensions, dht: true },
      });
    }
  }

  #hear(message: Message, say: (message: OutgoingMessage) => void): void {
    const { answer, afterwards = [] } = this.#behaviour;
    if (message.type !== 'extended') return;
    if (message.id === 0) {
      this.introduced = decodeExtensionHandshake(message.payload).handshake;
      say({ type: 'bitfield', bytes: new Uint8Array(33).fill(255) });
      say({ type: 'unchoke' });
      say({ type: 'extended', id: 0, payload: this.#introduction() });
      for (const each of afterwards) say(each);
      return;
    }
    const heard = decodeMetadataMessage(message.payload);
    if (heard?.type === 'reject') this.rejections.push(heard.piece);
    if (heard?.type !== 'request') return;
    this.asked.push(heard.piece);
    const answers = answer?.(heard.piece, message.payload) ?? [
      new MetadataServer(info, 0).answer(message.payload, 0)!,
    ];
    for (const each of answers) {
      const payload = each instanceof Uint8Array ? each : encodeMetadataMessage(each);
      const metadataId = this.introduced!.ids.metadata!;
      const message = { type: 'extended', id: metadataId, payload } as const;
      const { quickAnswers = Number.POSITIVE_INFINITY } = this.#behaviour;
      if (this.asked.length <= quickAnswers) say(message);
      else this.#scene.clock.after((this.asked.length - quickAnswers) * 9_500, () => say(message));
    }
  }

  #introduction(): Uint8Array {
    const { says, introduction } = this.#behaviour;
    return (
      introduction ??
      encodeExtensionHandshake({
        ids: { metadata: theirMetadataId, peerExchange: theirPexId },
        metadataSize: info.length,
        client: 'other',
        ...says,
      })
    );
  }
}

class Scene {
  readonly clock = new VirtualClock();
  readonly network = new MemoryNetwork(this.clock, 1);
  readonly notes: string[] = [];
  readonly done: { infoBytes: Uint8Array; addresses: readonly Address[]; leftOut: readonly Address[] }[] = [];
  readonly fetch: MetadataFetch;
  #others = 0;

  constructor(options: Partial<MetadataFetchOptions> = {}) {
    this.fetch = new MetadataFetch({
      infoHash,
      peerId: ourId,
      listenPort: self.port,
      client: 'Piecewise 0.1.0',
      dialer: this.network.dialerOf(self),
      clock: this.clock,
      random: seededRandom(1),
      sha1,
      peerExchange: true,
      onDone: (infoBytes, addresses, leftOut) => this.done.push({ infoBytes, addresses, leftOut }),
      onNote: text => this.notes.push(text),
      ...options,
    });
    this.network.listen(self, link => this.fetch.accept(link));
  }

  other(behaviour: Behaviour = {}, host = `10.0.1.${this.#others + 1}`, port = 6881): Other {
    this.#others += 1;
    return new Other(this, host, port, behaviour);
  }

  tell(...others: readonly Other[]): void {
    this.fetch.addPeers(others.map(({ address }) => address));
  }

  /** Says whether it was done within this time. */
  within(ms: number): boolean {
    return this.clock.runUntil(() => this.done.length > 0, this.clock.now() + ms);
  }

  /** The right metadata came, once, and nothing is left behind. */
  expectDone(withinMs = 3_000): readonly Address[] {
    expect(this.within(withinMs), this.notes.join('\n')).toBe(true);
    this.clock.advance(100);
    expect(this.done).toHaveLength(1);
    expect(areEqual(this.done[0]!.infoBytes, info)).toBe(true);
    expect([this.network.openLinks, this.clock.pendingTimers]).toEqual([0, 0]);
    return this.done[0]!.addresses;
  }

  stopTidily(): void {
    this.fetch.stop();
    this.clock.advance(100);
    expect([this.network.openLinks, this.clock.pendingTimers, this.done.length]).toEqual([0, 0, 0]);
  }
}

const data = (piece: number, bytes: Uint8Array, totalSize = info.length): MetadataMessage => ({
  type: 'data',
  piece,
  totalSize,
  bytes,
});
const part = (piece: number) => info.slice(piece * metadataPieceLength, (piece + 1) * metadataPieceLength);
const lies = (piece: number) => [
  data(
    piece,
    part(piece).map(byte => byte ^ 1),
  ),
];

describe('metadata of a magnet link', () => {
  it('comes from one peer', () => {
    const scene = new Scene();
    const other = scene.other();
    scene.tell(other);
    expect(scene.expectDone(1_000)).toEqual([other.address]);
    expect(other.asked).toEqual(Array.from({ length: 20 }, (_, piece) => piece));
    expect(other.introduced).toEqual({
      ids: { metadata: 2, peerExchange: 1 },
      port: 6881,
      client: 'Piecewise 0.1.0',
    });
    expect(scene.notes).toEqual([]);
  });

  it('comes from several, each piece once', () => {
    const scene = new Scene();
    const others = [scene.other(), scene.other(), scene.other()];
    scene.tell(...others);
    expect(scene.expectDone()).toHaveLength(3);
    expect(others.map(({ asked }) => asked.length).every(count => count >= 4)).toBe(true);
    expect(others.flatMap(({ asked }) => asked)).toHaveLength(20);
  });

  it('comes from one that connects to us, and where it listens is told', () => {
    const scene = new Scene();
    scene.other({ says: { port: 7000 }, listens: false }).dial();
    expect(scene.expectDone()).toEqual([{ host: '10.0.1.1', port: 7000 }]);
  });

  it.each([
    ['have nothing', { ids: {} }],
    ['say that they have it and give nothing', {}],
  ])('comes from one we dial, however many connect to us and %s', (_, says) => {
    const scene = new Scene();
    for (let at = 0; at < 30; at += 1) {
      const host = `10.0.2.${at}`;
      scene.other({ says, answer: () => [], listens: false }, host).dial();
    }
    scene.clock.advance(100);
    scene.tell(scene.other());
    scene.expectDone(8_000);
  });

  it('comes soon in a room of sixty that look for it, whoever dials whom', () => {
    for (const isDialled of [true, false]) {
      const scene = new Scene();
      const room = Array.from({ length: 60 }, () => scene.other({ says: { ids: {} } }));
      for (const other of room) other.dial();
      scene.tell(...room);
      scene.clock.advance(5_000);
      const seed = scene.other();
      if (isDialled) scene.tell(seed);
      else seed.dial();
      scene.expectDone(5_000);
    }
  });

  it('comes from somebody that a peer without it knows', () => {
    const scene = new Scene();
    const rich = scene.other();
    const payload = encodePeerExchange({
      added: [{ ...rich.address, isSeeder: true, isReachable: true }],
      dropped: [],
    });
    const poor = scene.other({
      says: { ids: { peerExchange: 1 } },
      afterwards: [{ type: 'extended', id: 1, payload }],
    });
    scene.tell(poor);
    expect(new Set(scene.expectDone())).toEqual(new Set([rich.address, poor.address]));
  });

  it('does not come by peer exchange where that is off', () => {
    const scene = new Scene({ peerExchange: false });
    const rich = scene.other();
    const payload = encodePeerExchange({
      added: [{ ...rich.address, isSeeder: true, isReachable: true }],
      dropped: [],
    });
    const poor = scene.other({
      says: { ids: { peerExchange: 1 } },
      afterwards: [{ type: 'extended', id: 1, payload }],
    });
    scene.tell(poor);
    expect(scene.within(60_000)).toBe(false);
    expect(poor.introduced!.ids).toEqual({ metadata: 2 });
    expect(rich.dials).toBe(0);
    scene.stopTidily();
  });

  it('comes as soon as a peer that had none has it', () => {
    const scene = new Scene();
    const now = encodeExtensionHandshake({
      ids: { metadata: theirMetadataId },
      metadataSize: info.length,
    });
    const other = scene.other({
      says: { ids: {} },
      afterwards: [{ type: 'extended', id: 0, payload: now }],
    });
    scene.tell(other);
    expect(scene.expectDone()).toEqual([other.address]);
  });

  it('comes from one that is there only later', () => {
    const scene = new Scene();
    const address = { host: '10.0.1.1', port: 6881 };
    scene.fetch.addPeers([address]);
    scene.clock.advance(20_000);
    expect(scene.fetch.progress().problem).toMatch(/None of the peers .*10\.0\.1\.1:6881: .*refused/);
    scene.other();
    expect(scene.expectDone(30_000)).toEqual([address]);
  });

  it('is not looked for where nobody can be', () => {
    const scene = new Scene();
    scene.fetch.addPeers([0, -1, 65_536, Number.NaN, 1.5].map(port => ({ host: '10.0.0.9', port })));
    expect(scene.fetch.progress().addresses).toBe(0);
    scene.stopTidily();
  });

  it('ends nowhere when it is stopped', () => {
    const scene = new Scene();
    scene.tell(scene.other(), scene.other());
    scene.clock.advance(4);
    scene.stopTidily();
    scene.tell(scene.other());
    scene.other().dial();
    scene.clock.advance(10_000);
    scene.stopTidily();
  });
});

describe('what is told of the progress', () => {
  it('says what it waits for', () => {
    const scene = new Scene();
    expect(scene.fetch.progress()).toEqual({
      fraction: 0,
      size: undefined,
      addresses: 0,
      peers: 0,
      offers: 0,
      problem: 'Nobody is known yet who has this share.',
    });
    scene.tell(scene.other({ says: { ids: {} } }));
    scene.clock.advance(1_000);
    expect(scene.fetch.progress()).toMatchObject({ addresses: 1, peers: 1, offers: 0 });
    expect(scene.fetch.progress().problem).toContain('waiting for one that has it');
    scene.stopTidily();
  });

  it('grows while pieces come', () => {
    const scene = new Scene();
    const half = scene.other({ answer: piece => (piece < 10 ? [data(piece, part(piece))] : []) });
    scene.tell(half);
    scene.clock.advance(1_000);
    const { fraction, size, offers, problem } = scene.fetch.progress();
    expect(fraction).toBeCloseTo((10 * metadataPieceLength) / info.length, 5);
    expect([size, offers, problem]).toEqual([info.length, 1, null]);
    scene.stopTidily();
  });
});

describe('a peer that lies', () => {
  it('is left out, and its address is not passed on', () => {
    const scene = new Scene();
    const liar = scene.other({ answer: lies });
    scene.tell(liar);
    scene.clock.advance(1_000);
    expect(scene.notes).toEqual([
      '10.0.1.1:6881: it sent metadata that does not match the link, and is left out',
    ]);
    const honest = scene.other();
    scene.tell(honest);
    expect(scene.expectDone()).toEqual([honest.address]);
    expect(scene.done[0]!.leftOut).toEqual([liar.address]);
    expect(liar.dials).toBe(1);
  });

  it('is told apart from another at its host, and told of once however often it comes by itself', () => {
    const scene = new Scene();
    scene.tell(
      scene.other({ answer: lies }, '10.0.1.1', 6881),
      scene.other({ answer: lies }, '10.0.1.1', 6882),
    );
    scene.clock.advance(1_000);
    expect(scene.notes.map(note => note.split(': ')[0])).toEqual(['10.0.1.1:6881', '10.0.1.1:6882']);
    const caller = scene.other({ listens: false, introduction: latin1Bytes('rubbish') });
    for (let i = 0; i < 3; i += 1) {
      caller.dial();
      scene.clock.advance(1_000);
    }
    expect(scene.notes).toHaveLength(3);
    scene.stopTidily();
  });

  it('is told of while others are looked for', () => {
    const scene = new Scene();
    scene.tell(scene.other({ answer: lies }));
    scene.clock.advance(1_000);
    expect(scene.fetch.progress().problem).toBe(
      'Looking for others who have this share; 10.0.1.1:6881: it sent metadata that does not match the link, and is left out.',
    );
    scene.stopTidily();
  });

  it('comes back under another address and is known again', () => {
    const scene = new Scene();
    const peerId = hexText(sha1(latin1Bytes('liar')));
    scene.tell(scene.other({ answer: lies, peerId }));
    scene.clock.advance(1_000);
    const again = scene.other({ answer: lies, peerId });
    scene.tell(again);
    scene.clock.advance(1_000);
    expect(again.asked).toEqual([]);
    expect(scene.notes.at(-1)).toContain('it lied before');
    scene.clock.advance(120_000);
    expect(again.dials).toBe(1);
    scene.stopTidily();
  });

  it.each([1, 2, 5])('does not spoil what others give: %d of them among two honest', count => {
    const scene = new Scene();
    const honest = [scene.other(), scene.other()];
    const liars = Array.from({ length: count }, () => scene.other({ answer: lies }));
    scene.tell(...liars, ...honest);
    const addresses = scene.expectDone(5_000);
    expect(new Set(addresses)).toEqual(new Set(honest.map(({ address }) => address)));
    expect(scene.notes).toHaveLength(count);
    for (const note of scene.notes) expect(note).toContain('does not match the link');
  });

  it('in one piece only is found, too', () => {
    const scene = new Scene();
    const honest = [scene.other(), scene.other()];
    let hasLied = false;
    const liar = scene.other({
      answer: piece => {
        if (hasLied) return [data(piece, part(piece))];
        hasLied = true;
        return lies(piece);
      },
    });
    scene.tell(liar, ...honest);
    expect(new Set(scene.expectDone(5_000))).toEqual(new Set(honest.map(({ address }) => address)));
    expect(scene.notes).toEqual([expect.stringContaining('does not match the link')]);
  });

  it.each([
    ['shorter', info.length - metadataPieceLength],
    ['longer', info.length + 1],
    ['as long as can be', longestMetadata],
  ])('of the length, %s, does not keep others from giving theirs', (_, size) => {
    const scene = new Scene();
    const bytes = (piece: number) =>
      new Uint8Array(Math.min(metadataPieceLength, size - piece * metadataPieceLength));
    const liar = scene.other({
      says: { metadataSize: size },
      answer: piece => [data(piece, bytes(piece), size)],
    });
    const honest = scene.other();
    scene.tell(liar, honest);
    scene.expectDone();
    expect(honest.asked).toHaveLength(20);
  });

  it('of the length in the middle of it is left out', () => {
    const scene = new Scene();
    scene.tell(scene.other({ answer: piece => [data(piece, part(piece), info.length + 1000)] }));
    scene.clock.advance(500);
    expect(scene.notes).toEqual([
      expect.stringMatching(/says that its metadata has 311373 bytes, then 312373/),
    ]);
    scene.clock.advance(120_000);
    expect(scene.notes).toHaveLength(1);
    scene.stopTidily();
  });

  it('about 10 MiB, with others that do so, fills no memory', () => {
    const scene = new Scene();
    const sizes = Array.from({ length: 12 }, (_, at) => longestMetadata - at * metadataPieceLength);
    const liars = sizes.map(size =>
      scene.other({
        says: { metadataSize: size },
        answer: piece =>
          // All but the last, so that nothing is ever found to be wrong.
          piece === Math.ceil(size / metadataPieceLength) - 1
            ? []
            : [data(piece, new Uint8Array(metadataPieceLength), size)],
      }),
    );
    scene.tell(...liars);
    scene.clock.advance(3_000);
    expect(scene.notes).toContainEqual(expect.stringContaining('there is no room for its version'));
    scene.tell(scene.other());
    scene.expectDone(20_000);
  });
});

describe('a peer that is no help', () => {
  it.each<[string, Behaviour, RegExp]>([
    ['says nothing', { handshake: new Uint8Array(0) }, /sent no handshake.*encrypted/],
    ['says half a handshake', { handshake: latin1Bytes('\x13BitTorr') }, /8 of the handshake's 68/],
    ['sends garbage', { handshake: new Uint8Array(100).fill(77) }, /does not begin with/],
    ['means another share', { infoHash: '0'.repeat(40) }, /means another share/],
    ['knows no extensions', { extensions: false }, /does not know the extension protocol/],
    [
      'introduces itself with rubbish',
      { introduction: latin1Bytes('d1:mi') },
      /extension handshake cannot be read/,
    ],
    [
      'claims too much',
      { introduction: latin1Bytes('d1:md11:ut_metadatai3ee13:metadata_sizei10485761ee') },
      /says metadata_size 10485761/,
    ],
    [
      'claims a negative length',
      { introduction: latin1Bytes('d1:md11:ut_metadatai3ee13:metadata_sizei-1ee') },
      /says metadata_size -1/,
    ],
    ['has no metadata', { says: { ids: {} } }, /has no metadata itself/],
    ['never answers', { answer: () => [] }, /did not answer/],
    ['always rejects', { answer: piece => [{ type: 'reject', piece }] }, /it gives no metadata/],
    [
      'answers with rubbish',
      { answer: () => [latin1Bytes('rubbish')] },
      /ut_metadata message cannot be read/,
    ],
    [
      'answers too little',
      { answer: piece => [latin1Bytes(`d8:msg_typei1e5:piecei${piece}e10:total_sizei311373eexyz`)] },
      /3 bytes; piece 0 of 311373/,
    ],
    [
      'breaks the protocol',
      { afterwards: [{ type: 'bitfield', bytes: new Uint8Array(65_537) }] },
      /'bitfield' message has a length/,
    ],
    [
      'introduces itself all the time',
      { afterwards: Array(9).fill({ type: 'extended', id: 0, payload: latin1Bytes('de') }) },
      /introduces itself all the time/,
    ],
  ])('because it %s is told of, and another one asked', (_, behaviour, note) => {
    const scene = new Scene();
    const other = scene.other(behaviour);
    scene.tell(other);
    scene.clock.advance(45_000);
    expect(scene.notes).toContainEqual(expect.stringMatching(note));
    expect(scene.notes.length).toBeLessThan(4);
    scene.tell(scene.other());
    scene.expectDone();
  });

  it('is redialled ever more rarely', () => {
    const scene = new Scene();
    const silent = scene.other({ answer: () => [] });
    scene.tell(silent);
    scene.clock.advance(600_000);
    expect(silent.dials).toBeGreaterThan(5);
    expect(silent.dials).toBeLessThan(20);
    expect(scene.notes).toHaveLength(1);
    scene.stopTidily();
  });

  it('is not waited for: what it owes is asked of another', () => {
    const scene = new Scene();
    const silent = scene.other({ answer: () => [] });
    scene.tell(silent);
    scene.clock.advance(100);
    const other = scene.other();
    scene.tell(other);
    scene.expectDone(5_000);
    expect(other.asked).toHaveLength(20);
  });

  it('and answers each question at the last moment does not hold up a check for ever', () => {
    const scene = new Scene();
    // The liar makes that one alone is asked, and then that is the slow one.
    scene.tell(scene.other({ quickAnswers: 15 }), scene.other({ answer: lies }));
    scene.clock.advance(5_000);
    scene.tell(scene.other());
    expect(scene.within(40_000)).toBe(true);
    expect(scene.notes.toSorted()).toEqual([
      expect.stringContaining('gives its metadata too slowly'),
      expect.stringContaining('does not match the link'),
    ]);
  });

  it('and is ourselves is not dialled again', () => {
    const scene = new Scene();
    const mirror = scene.other({ peerId: ourId });
    scene.tell(mirror);
    scene.clock.advance(600_000);
    expect(mirror.dials).toBe(1);
    expect(scene.notes).toEqual([]);
    scene.stopTidily();
  });

  it('that asks us for metadata gets rejections', () => {
    const scene = new Scene();
    const request = encodeMetadataMessage({ type: 'request', piece: 3 });
    const other = scene.other({
      answer: () => [],
      afterwards: [{ type: 'extended', id: 2, payload: request }],
    });
    scene.tell(other);
    scene.clock.advance(1_000);
    expect(other.rejections).toEqual([3]);
    scene.stopTidily();
  });

  it('connects twice, and is talked to once', () => {
    const scene = new Scene();
    const other = scene.other({ answer: () => [] });
    other.dial();
    scene.clock.advance(100);
    other.dial();
    scene.tell(other);
    scene.clock.advance(1_000);
    expect([other.open, scene.fetch.progress().peers]).toEqual([1, 1]);
    scene.stopTidily();
  });
});

describe('a flood', () => {
  it('of addresses is dialled a few at a time, and what the tracker names goes first', () => {
    const scene = new Scene();
    const added = Array.from({ length: 50 }, (_, i) => i);
    const payloads = Array.from({ length: 40 }, (_, n) =>
      encodePeerExchange({
        added: added.map(i => ({ host: `10.9.${n}.${i + 1}`, port: 1, isSeeder: true, isReachable: true })),
        dropped: [],
      }),
    );
    const flooder = scene.other({
      says: { ids: {} },
      afterwards: payloads.map(payload => ({ type: 'extended', id: 1, payload }) as const),
    });
    scene.tell(flooder);
    scene.clock.advance(10);
    expect(scene.fetch.progress().addresses).toBe(501);
    scene.tell(scene.other());
    scene.expectDone(2_000);
  });

  it('of connections is taken to a limit', () => {
    const scene = new Scene();
    const others = Array.from({ length: 60 }, () => scene.other({ says: { ids: {} } }));
    for (const other of others) other.dial();
    scene.clock.advance(1_000);
    expect(scene.fetch.progress().peers).toBe(40);
    scene.stopTidily();
  });

  it('of questions by one that does not read is cut off', () => {
    const scene = new Scene();
    const request = encodeMetadataMessage({ type: 'request', piece: 3 });
    let deaf: Link | undefined;
    scene.network.dialerOf({ host: '10.0.7.7', port: 9 }).dial(self, result => {
      if ('failed' in result) return;
      const codec = bitTorrentCodec(undefined);
      result.open({ onBytes() {}, onEnd() {}, onClosed() {} });
      result.pause();
      deaf = result;
      const bitTorrent = { infoHash, fast: false, extensions: true, dht: false };
      const payload = encodeExtensionHandshake({ ids: { metadata: 3 } });
      result.send(codec.encode({ type: 'handshake', peer: '11'.repeat(20), bitTorrent }));
      result.send(codec.encode({ type: 'extended', id: 0, payload }));
      for (let i = 0; i < 4_000; i += 1)
        result.send(codec.encode({ type: 'extended', id: 2, payload: request }));
    });
    scene.clock.advance(1_000);
    expect(scene.notes).toContainEqual(expect.stringContaining('does not read the answers'));
    deaf!.resume();
    scene.stopTidily();
  });
});

describe('any peers at all', () => {
  it('among which one is honest: it comes, and no liar is passed on', () => {
    const anyAnswer = fc.constantFrom<Behaviour>(
      { answer: lies },
      { answer: () => [] },
      { answer: piece => [{ type: 'reject', piece }] },
      { answer: piece => (piece % 2 === 0 ? lies(piece) : [data(piece, part(piece))]) },
      { answer: (piece, payload) => [payload, latin1Bytes('d8:msg_typei7ee'), data(piece, part(piece))] },
      { answer: piece => [data((piece + 1) % 20, part((piece + 1) % 20)), data(piece, part(piece))] },
      { says: { ids: {} } },
      { says: { metadataSize: 5 }, answer: () => [data(0, new Uint8Array(5), 5)] },
      { handshake: new Uint8Array(300) },
      { introduction: latin1Bytes('le') },
      { extensions: false },
      {},
    );
    const others = fc.array(anyAnswer, { maxLength: 8 });
    fc.assert(
      fc.property(others, fc.nat(8), fc.nat(3_000), (behaviours, place, delay) => {
        const scene = new Scene();
        const all = behaviours.map(behaviour => scene.other(behaviour));
        const honest = scene.other();
        scene.tell(...all.slice(0, place));
        scene.clock.advance(delay);
        const isNeeded = scene.done.length === 0;
        scene.tell(honest, ...all.slice(place));
        const addresses = scene.expectDone(120_000);
        if (isNeeded) expect(addresses).toContainEqual(honest.address);
        for (const [i, { answer }] of behaviours.entries()) {
          if (answer !== lies || all[i]!.asked.length < 20) continue;
          expect(addresses).not.toContainEqual(all[i]!.address);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('and any bytes: no fault', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.uint8Array({ maxLength: 60 }),
        (answer, introduction) => {
          const scene = new Scene();
          try {
            scene.tell(
              scene.other({ answer: () => [answer] }),
              scene.other({ introduction }),
              scene.other({ afterwards: [{ type: 'extended', id: 1, payload: introduction }] }),
              scene.other({ afterwards: [{ type: 'extended', id: 2, payload: answer }] }),
            );
            scene.clock.advance(200);
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
          }
          scene.fetch.stop();
        },
      ),
      { numRuns: 300 },
    );
  });
});
