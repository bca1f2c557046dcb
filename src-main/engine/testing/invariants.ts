import { Bitfield } from '../../../src-shared/bitfield.ts';
import type { JournalEvent, PeerId } from '../../../src-shared/journal.ts';
import type { LabEvent, LabPeer, LabPeerWorld } from './lab-peer.ts';

type Fact<Kind extends LabEvent['kind']> = Extract<LabEvent, { kind: Kind }>;

/** One connection, as its messages show it. */
interface Talk {
  readonly sent: string[];
  peer: PeerId | undefined;
  amChoking: boolean;
  peerChoking: boolean;
  amInterested: boolean;
  readonly theirs: Bitfield;
  readonly announced: Set<string>;
}

/**
 * Reads a peer's whole history, journal and messages, and says what in it contradicts the protocol: nothing, if the
 * engine is right. The peer must be of a tapped lab.
 */
export function violationsOf(peer: Pick<LabPeer, 'id' | 'history' | 'world'>): string[] {
  const reader = new HistoryReader(peer.world);
  for (const event of peer.history) reader.read(event);
  return reader.violations.map(text => `${peer.id}: ${text}`);
}

class HistoryReader {
  readonly violations: string[] = [];
  readonly #world: LabPeerWorld;
  readonly #talks = new Map<number, Talk>();
  /** By neighbour: blocks it owes us an answer for. */
  readonly #outstanding = new Map<PeerId, Set<string>>();
  /** Blocks that nobody needs to be asked for any more. */
  /** By block that is here: who sent it. */
  readonly #arrived = new Map<string, PeerId | undefined>();
  readonly #unchoked = new Set<PeerId>();
  readonly #seeds = new Set<PeerId>();
  #have = new Bitfield(0);
  #nextSeq = 0;

  constructor(world: LabPeerWorld) {
    this.#world = world;
  }

  read(event: LabEvent): void {
    if (event.kind === 'message') {
      if (event.way === 'out') this.#onSent(this.#talkOf(event.link), event.words);
      else this.#onHeard(this.#talkOf(event.link), event.words);
      return;
    }
    this.#expect(event.seq === this.#nextSeq, `event ${event.seq} follows event ${this.#nextSeq - 1}`);
    this.#nextSeq = event.seq + 1;
    switch (event.kind) {
      case 'started':
        this.#have = Bitfield.fromHex(event.bitfield, event.pieceCount);
        for (const { peer, seed } of event.roster) if (seed) this.#seeds.add(peer);
        return;
      case 'piece-completed':
        return this.#onPieceCompleted(event);
      case 'requested':
        return this.#onRequested(event);
      case 'request-released':
        this.#outstanding.get(event.peer)?.delete(this.#keyOf(event));
        return;
      case 'piece-failed':
        for (const key of this.#arrived.keys())
          if (key.startsWith(`${event.piece}:`)) this.#arrived.delete(key);
        return;
      case 'sent-unchoke':
        this.#unchoked.add(event.peer);
        this.#expect(
          this.#unchoked.size <= this.#world.settings.preferredSlots + 1,
          `${this.#unchoked.size} neighbours are unchoked`,
        );
        return;
      case 'sent-choke':
        this.#unchoked.delete(event.peer);
        return;
      case 'disconnected':
        this.#unchoked.delete(event.peer);
        this.#outstanding.delete(event.peer);
        if (event.reason.includes('failed verification')) this.#discardFrom(event.peer);
        return;
    }
  }

  /** Whoever sent a wrong piece is not trusted with parts of others. */
  #discardFrom(peer: PeerId): void {
    for (const [key, sender] of this.#arrived) if (sender === peer) this.#arrived.delete(key);
  }

  #onPieceCompleted({ piece, count }: Fact<'piece-completed'>): void {
    this.#expect(this.#have.set(piece), `piece ${piece} is completed a second time`);
    this.#expect(count === this.#have.count, `piece ${piece} is counted as number ${count}`);
  }

  /** Told right after its messages went out, one for each block of the run. */
  #onRequested(event: Fact<'requested'>): void {
    const { blockLength } = this.#world.layout;
    for (let at = 0; at < event.length; at += blockLength) {
      this.#onBlockRequested({ ...event, offset: event.offset + at });
    }
  }

  #onBlockRequested(event: Fact<'requested'>): void {
    const key = this.#keyOf(event);
    const owers = [...this.#outstanding].filter(([, blocks]) => blocks.has(key)).map(([id]) => id);
    const others = owers.filter(id => id !== event.peer);
    if (event.reason.rule !== 'endgame') {
      this.#expect(others.length === 0, `block ${key} is asked of ${event.peer} and of ${others}`);
    }
    this.#expect(others.length <= 1, `block ${key} is asked of ${owers.length} peers`);
    this.#expect(!this.#arrived.has(key), `block ${key}, which is here, is asked of ${event.peer}`);
    this.#expect(!owers.includes(event.peer), `block ${key} is asked of ${event.peer} twice`);
    const blocks = this.#outstanding.get(event.peer) ?? new Set();
    this.#outstanding.set(event.peer, blocks.add(key));
    this.#expect(
      blocks.size <= this.#world.dialect.rules.requestsPerPeer(0),
      `${blocks.size} requests are outstanding at ${event.peer}`,
    );
  }

  #onSent(talk: Talk, words: string): void {
    const [name, which = ''] = words.split(' ');
    const isFirst = talk.sent.length === 0;
    this.#expect((name === 'handshake') === isFirst, `message ${talk.sent.length} is "${words}"`);
    this.#expect((name === 'bitfield') === (talk.sent.length === 1), `"${words}" is not where it belongs`);
    talk.sent.push(words);
    switch (name) {
      case 'choke':
      case 'unchoke':
        this.#expect(talk.amChoking === (name === 'unchoke'), `${name} changes nothing for ${talk.peer}`);
        talk.amChoking = name === 'choke';
        return;
      case 'interested':
        this.#expect(!talk.amInterested, `interest in ${talk.peer} is repeated`);
        talk.amInterested = true;
        return;
      case 'not': {
        const isAnswerToBitfield = !talk.sent.slice(0, -1).some(sent => sent.endsWith('interested'));
        this.#expect(talk.amInterested || isAnswerToBitfield, `lack of interest in ${talk.peer} is repeated`);
        talk.amInterested = false;
        return;
      }
      case 'have':
        this.#expect(!talk.announced.has(which), `piece ${which} is announced twice to ${talk.peer}`);
        this.#expect(this.#have.has(Number(which)), `piece ${which} is announced before it is here`);
        talk.announced.add(which);
        return;
      case 'request':
        this.#expect(!talk.peerChoking, `block ${which} is requested of ${talk.peer}, which chokes us`);
        this.#expect(talk.amInterested, `block ${which} is requested of ${talk.peer} without interest`);
        this.#expect(
          talk.theirs.has(Math.floor(Number(which))),
          `block ${which} is requested of ${talk.peer}, which does not have it`,
        );
        return;
      case 'piece':
        this.#expect(!talk.amChoking, `piece ${which} is sent to ${talk.peer}, which is choked`);
        this.#expect(this.#have.has(Math.floor(Number(which))), `piece ${which} is sent and not here`);
        return;
    }
  }

  #onHeard(talk: Talk, words: string): void {
    if (words.includes('with')) return; // not what its name says
    const [name, which = ''] = words.split(' ');
    switch (name) {
      case 'handshake':
        talk.peer = which;
        if (this.#seeds.has(which)) talk.theirs.fill(); // A2
        return;
      case 'bitfield':
        for (let piece = 0; piece < talk.theirs.size; piece += 1) {
          if (which === 'all' || which[piece] === '*') talk.theirs.set(piece);
        }
        return;
      case 'have':
        talk.theirs.set(Number(which));
        return;
      case 'choke':
      case 'unchoke':
        talk.peerChoking = name === 'choke';
        return;
      case 'piece': {
        const [piece, block = 0] = which.split('.').map(Number);
        const key = `${piece}:${this.#world.layout.blockOffset(block)}`;
        if (talk.peer !== undefined) this.#outstanding.get(talk.peer)?.delete(key);
        this.#arrived.set(key, talk.peer);
        return;
      }
    }
  }

  #talkOf(link: number): Talk {
    const talk = this.#talks.get(link) ?? {
      sent: [],
      peer: undefined,
      amChoking: true,
      peerChoking: true,
      amInterested: false,
      theirs: new Bitfield(this.#world.layout.pieceCount),
      announced: new Set(),
    };
    this.#talks.set(link, talk);
    return talk;
  }

  #keyOf({ piece, offset }: { readonly piece: number; readonly offset: number }): string {
    return `${piece}:${offset}`;
  }

  #expect(holds: boolean, violation: string): void {
    if (!holds) this.violations.push(violation);
  }
}

/** Who is a neighbour of a share, as its journal tells it. */
interface Acquaintance {
  readonly theirs: Bitfield;
  peerChoking: boolean;
  isUnchoked: boolean;
}

/** Reads the journal of a share and says what in it contradicts itself or the protocol: nothing, if the engine is right. */
export function shareViolationsOf(events: readonly JournalEvent[], preferredSlots = 8): string[] {
  const violations: string[] = [];
  const expectThat = (holds: boolean, violation: string) => {
    if (!holds) violations.push(violation);
  };
  const neighbours = new Map<PeerId, Acquaintance>();
  const known = new Set<PeerId>();
  let have = new Bitfield(0);
  for (const [index, event] of events.entries()) {
    expectThat(event.seq === index, `event ${event.seq} stands at ${index}`);
    if (event.kind === 'started') {
      have = Bitfield.fromHex(event.bitfield, event.pieceCount);
    } else if (event.kind === 'peer-known') {
      known.add(event.peer);
    } else if (event.kind === 'connected') {
      expectThat(known.has(event.peer), `nobody told who ${event.peer} is`);
      expectThat(!neighbours.has(event.peer), `${event.peer} is connected twice`);
      const theirs = new Bitfield(have.size);
      neighbours.set(event.peer, { theirs, peerChoking: true, isUnchoked: false });
    } else if (event.kind === 'disconnected') {
      expectThat(neighbours.delete(event.peer), `${event.peer} leaves and was not there`);
    } else if (event.kind === 'piece-completed') {
      expectThat(have.set(event.piece), `piece ${event.piece} is completed a second time`);
      expectThat(event.count === have.count, `piece ${event.piece} is counted as number ${event.count}`);
    } else if ('peer' in event && event.peer !== undefined) {
      const neighbour = neighbours.get(event.peer);
      if (neighbour !== undefined) checkTalk(event, neighbour, have, expectThat);
      else expectThat(event.kind === 'piece-received', `${event.kind} of ${event.peer}, which is not there`);
      const unchoked = [...neighbours.values()].filter(({ isUnchoked }) => isUnchoked).length;
      expectThat(unchoked <= preferredSlots + 1, `${unchoked} neighbours are unchoked`);
    }
  }
  return violations;
}

function checkTalk(
  event: JournalEvent,
  neighbour: Acquaintance,
  have: Bitfield,
  expectThat: (holds: boolean, violation: string) => void,
): void {
  switch (event.kind) {
    case 'received-bitfield':
      for (const piece of Bitfield.fromHex(event.bitfield, have.size)) neighbour.theirs.set(piece);
      return;
    case 'received-have':
      neighbour.theirs.set(event.piece);
      return;
    case 'received-choke':
    case 'received-unchoke':
      neighbour.peerChoking = event.kind === 'received-choke';
      return;
    case 'sent-choke':
    case 'sent-unchoke':
      neighbour.isUnchoked = event.kind === 'sent-unchoke';
      return;
    case 'requested':
      expectThat(
        !neighbour.peerChoking,
        `piece ${event.piece} is requested of ${event.peer}, which chokes us`,
      );
      expectThat(
        neighbour.theirs.has(event.piece),
        `piece ${event.piece} is requested of ${event.peer}, which does not have it`,
      );
      expectThat(!have.has(event.piece), `piece ${event.piece} is requested and here`);
      return;
    case 'uploaded':
      expectThat(neighbour.isUnchoked, `piece ${event.piece} is sent to ${event.peer}, which is choked`);
      expectThat(have.has(event.piece), `piece ${event.piece} is sent and not here`);
      return;
  }
}
