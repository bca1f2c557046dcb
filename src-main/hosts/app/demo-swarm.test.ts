import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Question, RefusedError } from '../../../src-shared/contract.ts';
import type { JournalFact, Outcome } from '../../../src-shared/journal.ts';
import { startDemoSwarm } from './demo-swarm.ts';
import type { PeerControl, PeerHandle } from './launch-peer.ts';
import type { ListedSwarm, RecordedPeer } from './listed-swarm.ts';

/** A peer's process that does what the test says. */
class ScriptedProcess implements PeerHandle {
  readonly args: readonly string[];
  readonly sent: PeerControl[] = [];
  isKilled = false;
  /** Dies of a kill; a real process does so a little later. */
  diesAtOnce = true;
  readonly ended: PeerHandle['ended'];
  #end: (ending: Awaited<PeerHandle['ended']>) => void = () => {};
  #onLine: (line: string) => void = () => {};
  #seq = 0;

  constructor(args: readonly string[]) {
    this.args = args;
    this.ended = new Promise(resolve => {
      this.#end = resolve;
    });
  }

  get peer(): string {
    return this.args[0]!;
  }

  /** What follows an argument. */
  argument(name: string): string | undefined {
    return this.args[this.args.indexOf(name) + 1];
  }

  readonly events = (onLine: (line: string) => void): void => {
    this.#onLine = onLine;
  };

  send(control: PeerControl): void {
    this.sent.push(control);
  }

  kill(): void {
    this.isKilled = true;
    if (this.diesAtOnce) this.exit(null);
  }

  print(line: string): void {
    this.#onLine(line);
  }

  tell(fact: JournalFact, atMs = 0): void {
    this.print(JSON.stringify({ ...fact, seq: this.#seq, atMs, wallMs: 1_800_000_000_000 + atMs }));
    this.#seq += 1;
  }

  begin(bitfield = '00'): void {
    this.tell({
      kind: 'started',
      self: this.peer,
      dialect: 'course',
      name: 'demo.bin',
      totalLength: 8_000,
      pieceLength: 1_000,
      pieceCount: 8,
      bitfield,
      roster: ['1001', '1002', '1003', '1004'].map(peer => ({
        peer,
        address: 'here',
        seed: peer === '1001',
      })),
      preferredSlots: 2,
      unchokingIntervalMs: 1_000,
      optimisticIntervalMs: 3_000,
      strategy: 'random',
    });
  }

  exit(code: number | null, ...complaints: readonly string[]): void {
    this.#end({ code, complaints });
  }

  finish(outcome: Outcome, code: number): void {
    this.tell({ kind: 'ended', outcome, lost: [] });
    this.exit(code);
  }
}

const question: Question<'startDemo'> = {
  peers: 4,
  seeds: 1,
  late: 1,
  size: 8_000,
  pieceSize: 1_000,
  preferredNeighbours: 2,
  unchokingSeconds: 1,
  optimisticSeconds: 3,
  strategy: 'rarest',
  uploadLimit: 'paced',
};

/** Lets everything happen that waits for nothing else. */
const settle = () => new Promise(resolve => setImmediate(resolve));

describe('a demo', () => {
  let temporary: string;
  let processes: ScriptedProcess[];
  let swarms: ListedSwarm[];

  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), 'piecewise-demos-'));
    vi.stubEnv('TMPDIR', temporary).stubEnv('TEMP', temporary);
    processes = [];
    swarms = [];
  });

  afterEach(async () => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
    for (const process of processes) process.exit(0);
    await Promise.all(swarms.map(swarm => swarm.stop()));
    rmSync(temporary, { recursive: true, force: true });
  });

  const launchPeer = (args: readonly string[]) => {
    const process = new ScriptedProcess(args);
    processes.push(process);
    return process;
  };
  async function start(
    changes: Partial<typeof question> = {},
    more: { file?: string; folder?: string } = {},
  ) {
    const swarm = await startDemoSwarm('d1', { ...question, ...changes }, { launchPeer, ...more });
    swarms.push(swarm);
    return swarm;
  }
  /** A demo whose peers all listen, but for the late one. */
  async function startAll() {
    const swarm = await start();
    for (let peer = 0; peer < 3; peer += 1) {
      processes[peer]!.begin(peer === 0 ? 'ff' : '00');
      await settle();
    }
    return swarm;
  }
  const peerOf = (swarm: ListedSwarm, id: string): RecordedPeer =>
    swarm.peers.find(({ peer }) => peer === id)!;
  const statuses = (swarm: ListedSwarm) => swarm.peers.map(({ status }) => status);
  const refusalOf = (act: () => void) => {
    try {
      act();
    } catch (error) {
      if (error instanceof RefusedError) return error.refusal;
      throw error;
    }
    return undefined;
  };

  it('has a folder of its own, with the file where the seed expects it', async () => {
    const swarm = await start();
    expect(swarm).toMatchObject({ id: 'd1', kind: 'demo', name: 'demo.bin', firstPeer: '1002', notices: [] });
    expect(swarm.folder).toBe(join(temporary, basename(swarm.folder)));
    expect(readdirSync(swarm.folder).sort()).toEqual(['Common.cfg', 'PeerInfo.cfg', 'peer_1001']);
    expect(readFileSync(join(swarm.folder, 'peer_1001', 'demo.bin'))).toHaveLength(8_000);
    expect(readFileSync(join(swarm.folder, 'Common.cfg'), 'utf8')).toMatch(/^UnchokingInterval 1$/m);
    expect(swarm.peers.map(({ logFile }) => basename(logFile))).toEqual(
      ['1001', '1002', '1003', '1004'].map(peer => `log_peer_${peer}.log`),
    );
  });

  it('shares a file of the user, and shows a downloader first', async () => {
    const file = join(temporary, 'my file.txt');
    writeFileSync(file, 'what everybody should have');
    const swarm = await start({ peers: 3, seeds: 2, late: 0, uploadLimit: null }, { file });
    expect(swarm).toMatchObject({ name: 'my file.txt', firstPeer: '1003' });
    expect(readFileSync(join(swarm.folder, 'peer_1002', 'my file.txt'), 'utf8')).toMatch(/^what everybody/);
    expect(processes[0]!.argument('--upload-limit')).toBe('none');
    expect(swarm.peers[0]!.uploadBytesPerSecond).toBeNull();
  });

  it.each<[string, Partial<typeof question>, RegExp]>([
    ['more seeds than peers', { seeds: 5, late: 0 }, /^Of 4 peers, the seeds \(5\)/],
    ['only late peers', { late: 4 }, /those that start later \(4\) leave nobody/],
    [
      'nobody who downloads from the beginning',
      { seeds: 2, late: 2 },
      /leave nobody to download from the beginning; take fewer of either\.$/,
    ],
    ['an interval of half a second', { unchokingSeconds: 0.5 }, /UnchokingInterval must be a whole number/],
    ['too many pieces', { size: 2 ** 30, pieceSize: 1 }, /pieces/],
  ])('is refused with %s, and leaves nothing', async (_what, changes, problem) => {
    const refused = await start(changes).catch((error: unknown) => error as RefusedError);
    expect(refused).toBeInstanceOf(RefusedError);
    expect(refused).toMatchObject({
      refusal: { code: 'set-up', problems: [expect.stringMatching(problem)] },
    });
    expect(processes).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('is refused for a file that is not there, and for a folder with a run', async () => {
    const file = join(temporary, 'gone');
    await expect(start({}, { file })).rejects.toMatchObject({
      refusal: { code: 'set-up', problems: [`${file} cannot be read as a file.`] },
    });
    const { folder } = await start();
    await expect(start({}, { folder })).rejects.toMatchObject({
      refusal: { code: 'set-up', problems: [expect.stringMatching(/already holds a run/)] },
    });
    expect(existsSync(folder)).toBe(true);
  });

  it('starts its peers in the order of the roster, each when the one before listens', async () => {
    const swarm = await start();
    await settle();
    expect(processes.map(({ peer }) => peer)).toEqual(['1001']);
    expect(statuses(swarm)).toEqual(['starting', 'starting', 'starting', 'waiting']);
    processes[0]!.begin('ff');
    await settle();
    expect(processes.map(({ peer }) => peer)).toEqual(['1001', '1002']);
    expect(statuses(swarm)).toEqual(['running', 'starting', 'starting', 'waiting']);
    processes[1]!.begin();
    await settle();
    processes[2]!.begin();
    await settle();
    expect(processes.map(({ peer }) => peer)).toEqual(['1001', '1002', '1003']);
    expect(statuses(swarm)).toEqual(['running', 'running', 'running', 'waiting']);
  });

  it('starts the next when one ends instead of listening, and says why that was', async () => {
    const swarm = await start();
    processes[0]!.exit(2, 'peer 1001 cannot listen: port 6001 is in use');
    await settle();
    expect(processes.map(({ peer }) => peer)).toEqual(['1001', '1002']);
    expect(peerOf(swarm, '1001')).toMatchObject({
      status: 'failed',
      problem:
        'Peer 1001 could not start (exit code 2). Start it again when the cause is gone.\n' +
        'peer 1001 cannot listen: port 6001 is in use',
    });
  });

  it('goes on when a process cannot be launched', async () => {
    let launched = 0;
    const swarm = await startDemoSwarm('d1', question, {
      launchPeer: args => {
        launched += 1;
        if (launched === 1) throw new Error('too many processes');
        return launchPeer(args);
      },
    });
    swarms.push(swarm);
    await settle();
    expect(peerOf(swarm, '1001')).toMatchObject({
      status: 'failed',
      problem: expect.stringMatching(/could not start .*\ntoo many processes$/s),
    });
    expect(processes.map(({ peer }) => peer)).toEqual(['1002']);
  });

  it('tells its peers what they need: folder, strategy, limit, patience, and the journal on their output', async () => {
    const { folder } = await start();
    const [seed] = processes as [ScriptedProcess];
    expect(seed.argument('--dir')).toBe(folder);
    expect(seed.argument('--journal')).toBe('-');
    expect(seed.argument('--strategy')).toBe('rarest');
    expect(seed.argument('--lost-after')).toBe('600');
    // One copy would take no time at all: then it is the least limit.
    expect(seed.argument('--upload-limit')).toBe(String(64 * 1024));
  });

  it('records what each peer tells, and nothing that is no event', async () => {
    const swarm = await start();
    const [seed] = processes as [ScriptedProcess];
    seed.tell({ kind: 'completed' });
    expect(peerOf(swarm, '1001').tape).toHaveLength(0);
    seed.begin('ff');
    for (const rubbish of ['', 'hello', 'null', '{', '{"kind":"completed"}', '{"kind":"__proto__"}', '[1]']) {
      seed.print(rubbish);
    }
    seed.tell({ kind: 'connected', peer: '1002', direction: 'accepted', remote: 'there' }, 70);
    seed.tell({ kind: 'uploaded', peer: '1002', piece: 3, offset: 0, length: 1_000 }, 90);
    const { tape, state } = peerOf(swarm, '1001');
    expect(tape).toHaveLength(3);
    expect(tape.event(2)).toMatchObject({ kind: 'uploaded', peer: '1002', piece: 3, atMs: 90 });
    expect(state.sent.total).toBe(1_000);
    expect(peerOf(swarm, '1002').tape).toHaveLength(0);
  });

  it("knows a peer's clock, which never goes back and is never behind an event", async () => {
    vi.useFakeTimers({ toFake: ['performance'], now: 5_000 });
    const swarm = await start();
    const [seed] = processes as [ScriptedProcess];
    const recorded = peerOf(swarm, '1001');
    expect(recorded.nowMs()).toBeNull();
    vi.advanceTimersByTime(300);
    seed.begin('ff');
    expect(recorded.nowMs()).toBe(0);
    vi.advanceTimersByTime(100);
    expect(recorded.nowMs()).toBe(100);
    // The first event took 40 ms to arrive, as this one shows that took none.
    seed.tell({ kind: 'peer-completed', peer: '1002' }, 140);
    expect(recorded.nowMs()).toBe(140);
    vi.advanceTimersByTime(60);
    // One that took long changes nothing.
    seed.tell({ kind: 'peer-completed', peer: '1003' }, 150);
    expect(recorded.nowMs()).toBe(200);
    seed.finish('complete', 0);
    expect(recorded.nowMs()).toBeNull();
  });

  it.each<[string, (process: ScriptedProcess) => void, Partial<RecordedPeer>]>([
    ['complete', process => process.finish('complete', 0), { status: 'ended', problem: null }],
    ['without lost peers', process => process.finish('peers-lost', 3), { status: 'ended', problem: null }],
    ['interrupted from outside', process => process.finish('interrupted', 130), { status: 'ended' }],
    [
      'with a full disk',
      process => {
        process.tell({ kind: 'storage-failed', reason: 'demo.bin: the disk is full' });
        process.finish('storage-failed', 4);
      },
      { status: 'failed', problem: 'demo.bin: the disk is full' },
    ],
    [
      'with a crash',
      process => process.exit(1, 'TypeError: that'),
      {
        status: 'failed',
        problem: 'Peer 1002 broke off (exit code 1). Start it again when the cause is gone.\nTypeError: that',
      },
    ],
    [
      'killed by somebody else',
      process => process.exit(null),
      {
        status: 'failed',
        problem:
          'Peer 1002 broke off (its process was ended from outside). Start it again when the cause is gone.',
      },
    ],
  ])('knows a peer that ends %s', async (_how, end, expected) => {
    const swarm = await startAll();
    end(processes[1]!);
    await settle();
    expect(peerOf(swarm, '1002')).toMatchObject(expected);
    expect(peerOf(swarm, '1002').nowMs()).toBeNull();
    expect(peerOf(swarm, '1003').status).toBe('running');
  });

  it('limits a peer now, and in its next life', async () => {
    const swarm = await startAll();
    swarm.limitPeer('1002', 20_000);
    expect(processes[1]!.sent).toEqual([{ control: 'limit', uploadBytesPerSecond: 20_000 }]);
    expect(peerOf(swarm, '1002').uploadBytesPerSecond).toBe(20_000);
    expect(peerOf(swarm, '1003').uploadBytesPerSecond).toBe(64 * 1024);
    swarm.killPeer('1002');
    await settle();
    swarm.limitPeer('1004', null);
    swarm.startPeer('1002');
    swarm.startPeer('1004');
    expect(processes[3]!.argument('--upload-limit')).toBe('20000');
    expect(processes[4]!.argument('--upload-limit')).toBe('none');
  });

  it('kills a peer, keeps its tape, and starts it again on a new one', async () => {
    const swarm = await startAll();
    const recorded = peerOf(swarm, '1002');
    swarm.killPeer('1002');
    expect(processes[1]!.isKilled).toBe(true);
    await settle();
    expect(recorded).toMatchObject({ status: 'killed', problem: null, edition: 0 });
    expect(recorded.tape).toHaveLength(1);
    swarm.startPeer('1002');
    expect(recorded).toMatchObject({ status: 'starting', edition: 1 });
    expect(recorded.tape).toHaveLength(0);
    processes[3]!.begin('c0');
    expect(recorded).toMatchObject({ status: 'running', state: { haveCount: 2 } });
    // What the dead one had still in its pipe is of another run.
    processes[1]!.tell({ kind: 'completed' });
    expect(recorded.tape).toHaveLength(1);
  });

  it('starts a late peer, one that failed and one that ended', async () => {
    const swarm = await startAll();
    swarm.startPeer('1004');
    expect(peerOf(swarm, '1004')).toMatchObject({ status: 'starting', edition: 0 });
    processes[2]!.exit(1, 'boom');
    processes[1]!.finish('complete', 0);
    await settle();
    swarm.startPeer('1003');
    swarm.startPeer('1002');
    expect(peerOf(swarm, '1003')).toMatchObject({ status: 'starting', problem: null, edition: 1 });
    expect(processes.map(({ peer }) => peer)).toEqual(['1001', '1002', '1003', '1004', '1003', '1002']);
  });

  it('takes a peer that was killed before its turn for one that is started by hand', async () => {
    const swarm = await start();
    swarm.killPeer('1002');
    processes[0]!.begin('ff');
    await settle();
    expect(processes.map(({ peer }) => peer)).toEqual(['1001', '1003']);
    expect(peerOf(swarm, '1002').status).toBe('killed');
    swarm.startPeer('1002');
    expect(processes.map(({ peer }) => peer)).toEqual(['1001', '1003', '1002']);
  });

  it('refuses what cannot be done, and changes nothing', async () => {
    const swarm = await startAll();
    expect(refusalOf(() => swarm.limitPeer('7', null))?.code).toBe('unknown');
    expect(refusalOf(() => swarm.killPeer('7'))?.code).toBe('unknown');
    expect(refusalOf(() => swarm.startPeer('7'))?.code).toBe('unknown');
    expect(refusalOf(() => swarm.killPeer('1004'))).toMatchObject({
      code: 'unavailable',
      message: 'Peer 1004 is not running.',
    });
    expect(refusalOf(() => swarm.startPeer('1001'))).toMatchObject({
      code: 'unavailable',
      message: 'Peer 1001 is running already.',
    });
    expect(processes).toHaveLength(3);
    expect(statuses(swarm)).toEqual(['running', 'running', 'running', 'waiting']);
  });

  it('stops: tells every process to end, and waits for all of them', async () => {
    const swarm = await startAll();
    let stopped = 0;
    const both = [swarm.stop(), swarm.stop()].map(stop => stop.then(() => (stopped += 1)));
    expect(processes.map(({ sent }) => sent)).toEqual(Array(3).fill([{ control: 'stop' }]));
    expect(refusalOf(() => swarm.startPeer('1004'))?.code).toBe('unavailable');
    processes[0]!.finish('interrupted', 130);
    processes[1]!.finish('interrupted', 130);
    await settle();
    expect(stopped).toBe(0);
    processes[2]!.finish('interrupted', 130);
    await Promise.all(both);
    expect(processes.map(({ isKilled }) => isKilled)).toEqual([false, false, false]);
    expect(statuses(swarm)).toEqual(['ended', 'ended', 'ended', 'waiting']);
    expect(existsSync(swarm.folder)).toBe(true);
    expect(peerOf(swarm, '1001').tape).toHaveLength(2);
  });

  it('kills who has not ended three seconds after it was told to', async () => {
    const swarm = await startAll();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const stopped = swarm.stop();
    processes[0]!.finish('interrupted', 130);
    await vi.advanceTimersByTimeAsync(2_900);
    expect(processes.map(({ isKilled }) => isKilled)).toEqual([false, false, false]);
    await vi.advanceTimersByTimeAsync(200);
    await stopped;
    expect(processes.map(({ isKilled }) => isKilled)).toEqual([false, true, true]);
    expect(statuses(swarm)).toEqual(['ended', 'killed', 'killed', 'waiting']);
  });

  it('starts nobody else when it is stopped while its peers start', async () => {
    const swarm = await start();
    const stopped = swarm.stop();
    expect(statuses(swarm)).toEqual(['starting', 'waiting', 'waiting', 'waiting']);
    processes[0]!.begin('ff');
    processes[0]!.finish('interrupted', 130);
    await stopped;
    await settle();
    expect(processes).toHaveLength(1);
  });

  it('goes away with its temporary folder', async () => {
    const swarm = await startAll();
    const disposed = swarm.dispose!();
    for (const process of processes) process.finish('interrupted', 130);
    await disposed;
    expect(readdirSync(temporary)).toEqual([]);
    expect(refusalOf(() => swarm.startPeer('1004'))?.code).toBe('unavailable');
  });

  it('leaves a folder that somebody chose, or saved something in', async () => {
    const folder = join(temporary, 'chosen');
    const [chosen, saved] = [await start({}, { folder }), await start()];
    writeFileSync(join(saved.folder, 'journal_peer_1002.jsonl'), '');
    for (const process of processes) process.exit(0);
    await Promise.all([chosen.dispose!(), saved.dispose!()]);
    expect(existsSync(join(folder, 'Common.cfg'))).toBe(true);
    expect(existsSync(saved.folder)).toBe(true);
  });
});
