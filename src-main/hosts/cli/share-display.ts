import type { JournalEvent, PeerId } from '../../../src-shared/journal.ts';
import type { SharePeerView, ShareSummary, TrackerView } from '../../../src-shared/share.ts';
import { shareDone, shareSentenceOf, shortShareSentenceOf } from '../../../src-shared/share-sentence.ts';
import { formatBytes, formatDuration, formatRate } from '../../../src-shared/units.ts';
import type { SwarmView } from '../../../src-shared/view.ts';
import type { HostedShare } from '../shares/share.ts';
import { bar, LiveLines, type Output, table } from './terminal.ts';
import { TurnedAway } from './turned-away.ts';

/** How a share shows itself in a terminal, line by line elsewhere, and to scripts. */

const redrawMs = 200;
const jsonViewMs = 250;

export interface ShareDisplay {
  /** From now on this is what is shown. `lastRefusal`: who was turned away at the port last, and why. */
  begin(share: HostedShare, lastRefusal?: () => string | undefined): void;
  /** A sentence that stays; not for scripts. */
  say(sentence: string): void;
  /** A JSON line; for scripts only. */
  tell(line: object): void;
  /** Shows how it stands at the end; what becomes of its connections then is no news. */
  end(): void;
}

export function shareDisplayFor(json: boolean, out: Output): ShareDisplay {
  if (json) return new JsonDisplay(out);
  return out.isTTY === true ? new LiveDisplay(out) : new LineDisplay(out);
}

/** On a terminal: the share drawn in place, what happened above it. */
class LiveDisplay implements ShareDisplay {
  readonly #lines: LiveLines;
  #watch: Watch | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(out: Output) {
    this.#lines = new LiveLines(out);
  }

  begin(share: HostedShare, lastRefusal?: () => string | undefined): void {
    this.#watch = new Watch(share, lastRefusal, line => this.say(line));
    this.#timer = setInterval(() => this.#draw(), redrawMs);
  }

  say(sentence: string): void {
    this.#lines.print(sentence);
  }

  tell(): void {}

  end(): void {
    clearInterval(this.#timer);
    this.#draw();
    this.#watch?.end();
  }

  #draw(): void {
    if (this.#watch === undefined) return;
    const { share } = this.#watch;
    this.#watch.look();
    const { summary, peers } = share.view();
    this.#lines.draw(shareLines(share.name, summary, peers, share.swarmView()));
  }
}

/** Elsewhere: a line for each change, and one for every tenth. */
class LineDisplay implements ShareDisplay {
  readonly #out: Output;
  readonly #startedAt = performance.now();
  #watch: Watch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #said = '';

  constructor(out: Output) {
    this.#out = out;
  }

  begin(share: HostedShare, lastRefusal?: () => string | undefined): void {
    this.#watch = new Watch(share, lastRefusal, line => this.say(line));
    this.#timer = setInterval(() => this.#look(), redrawMs);
  }

  say(sentence: string): void {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.#out.write(`${seconds.toFixed(1)} s  ${sentence}\n`);
  }

  tell(): void {}

  end(): void {
    clearInterval(this.#timer);
    this.#look();
    this.#watch?.end();
  }

  #look(): void {
    if (this.#watch === undefined) return;
    const { share } = this.#watch;
    this.#watch.look();
    const summary = share.summary();
    const step = `${summary.activity} ${summary.problem} ${Math.floor(10 * progressOf(summary))}`;
    if (step === this.#said) return;
    this.#said = step;
    this.say(`${progressLine(share.name, summary)}${inFigures(summary)}`);
  }
}

/**
 * For scripts: `{"view": …}` some times a second, `{"event": …}` for each change, `{"note": …}` of what keeps peers from
 * us, `{"tracker": …}` when one works or fails, and what the command tells.
 */
class JsonDisplay implements ShareDisplay {
  readonly #out: Output;
  readonly #trackers = new TrackerChanges();
  readonly #turnedAway = new TurnedAway();
  #share: HostedShare | undefined;
  #lastRefusal: (() => string | undefined) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(out: Output) {
    this.#out = out;
  }

  begin(share: HostedShare, lastRefusal?: () => string | undefined): void {
    this.#share = share;
    this.#lastRefusal = lastRefusal;
    this.#timer = setInterval(() => this.#view(), jsonViewMs);
    share.onEvent = event => {
      this.#turnedAway.onEvent(event);
      if (changeLine(event, String) !== undefined) this.tell({ event });
    };
    share.onNote = note => this.tell({ note });
  }

  say(): void {}

  tell(line: object): void {
    this.#out.write(`${JSON.stringify(line)}\n`);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#view();
    if (this.#share !== undefined) this.#share.onEvent = () => {};
  }

  #view(): void {
    if (this.#share === undefined) return;
    for (const note of this.#turnedAway.due(this.#lastRefusal?.())) this.tell({ note });
    const { trackers } = this.#share.peersAndTrackers();
    for (const tracker of this.#trackers.since(trackers)) this.tell({ tracker });
    this.tell({ view: { name: this.#share.name, ...this.#share.summary() } });
  }
}

/** Tells people in lines what becomes of a share, its trackers and those who want to connect. */
class Watch {
  readonly share: HostedShare;
  readonly #lastRefusal: (() => string | undefined) | undefined;
  readonly #say: (line: string) => void;
  readonly #trackers = new TrackerChanges();
  readonly #turnedAway = new TurnedAway();

  constructor(
    share: HostedShare,
    lastRefusal: (() => string | undefined) | undefined,
    say: (line: string) => void,
  ) {
    this.share = share;
    this.#lastRefusal = lastRefusal;
    this.#say = say;
    const tellChange = changesOf(say);
    share.onEvent = event => {
      this.#turnedAway.onEvent(event);
      tellChange(event);
    };
    share.onNote = say;
  }

  /** At what no event tells of. */
  look(): void {
    const { trackers } = this.share.peersAndTrackers();
    for (const { message } of this.#trackers.since(trackers)) if (message !== '') this.#say(message);
    for (const line of this.#turnedAway.due(this.#lastRefusal?.())) this.#say(line);
  }

  end(): void {
    this.share.onEvent = () => {};
  }
}

/** Picks the trackers that have answered or failed, each once for what it says. */
class TrackerChanges {
  readonly #said = new Map<string, string>();

  since(trackers: readonly TrackerView[]): TrackerView[] {
    return trackers.filter(({ url, state, message }) => {
      const saying = `${state} ${message}`;
      const isNew = this.#said.get(url) !== saying;
      if (!isNew || (state !== 'working' && state !== 'failed')) return false;
      this.#said.set(url, saying);
      return true;
    });
  }
}

/** How far a download is, for a sentence that does not say it. */
function inFigures(summary: ShareSummary): string {
  if (summary.activity !== 'downloading') return '';
  return ` (${Math.floor(100 * progressOf(summary))} %, ${formatRate(summary.downBytesPerSecond)})`;
}

export function progressLine(name: string, summary: ShareSummary): string {
  // The command says itself what went wrong; there is nothing to press here.
  if (summary.activity === 'failed') return `${name}: ${shortShareSentenceOf(summary)}`;
  const { lead, rest } = shareSentenceOf(summary, null);
  return `${name}: ${lead}${rest}`;
}

/** Of what is under way, 0 to 1. */
function progressOf(summary: ShareSummary): number {
  return summary.workProgress ?? shareDone(summary);
}

export function shareLines(
  name: string,
  summary: ShareSummary,
  peers: readonly SharePeerView[],
  swarm: SwarmView | undefined,
): string[] {
  const { totalLength, wantedLength, haveLength, downBytesPerSecond, upBytesPerSecond, etaMs } = summary;
  const share = progressOf(summary);
  const parts = [
    `${bar(share, 24)} ${Math.floor(share * 100)} %`,
    totalLength === 0 ? '' : `${formatBytes(haveLength)} of ${formatBytes(wantedLength)}`,
    `down ${formatRate(downBytesPerSecond)}`,
    `up ${formatRate(upBytesPerSecond)}`,
    `sent ${formatBytes(summary.uploadedBytes)}`,
    etaMs === null ? '' : `${formatDuration(etaMs)} left`,
  ];
  const links = new Map(swarm?.neighbours.map(({ peer, link }) => [peer, link]));
  const rows = peers.map(peer => {
    const link = links.get(peer.peer);
    return [
      peer.address,
      peer.client,
      `${Math.floor(peer.progress * 100)} %`,
      `down ${formatRate(link?.downBytesPerSecond ?? 0)}`,
      `up ${formatRate(link?.upBytesPerSecond ?? 0)}`,
      peer.flags,
    ];
  });
  return [
    progressLine(name, summary),
    parts.filter(Boolean).join('  '),
    ...table(rows, [2]).map(row => `  ${row}`),
  ];
}

/** Tells of each change in a line that names peers by their addresses. */
function changesOf(tell: (line: string) => void): (event: JournalEvent) => void {
  const names = new Map<PeerId, string>();
  return event => {
    if (event.kind === 'peer-known') {
      names.set(event.peer, event.client === '' ? event.address : `${event.address} (${event.client})`);
    }
    const line = changeLine(event, peer => names.get(peer) ?? peer);
    if (line !== undefined) tell(line);
  };
}

/** A line for an event that people want to hear of; undefined for others. */
export function changeLine(event: JournalEvent, nameOf: (peer: PeerId) => string): string | undefined {
  switch (event.kind) {
    case 'connected':
      return `connected with ${nameOf(event.peer)}`;
    case 'disconnected':
      return `disconnected from ${nameOf(event.peer)}: ${event.reason}`;
    case 'piece-failed':
      return `piece ${event.piece} failed verification; it came from ${event.peers.map(nameOf).join(', ')}`;
    case 'note':
      return event.peer === undefined ? event.text : `${nameOf(event.peer)}: ${event.text}`;
    case 'storage-failed':
      return `storage failed: ${event.reason}`;
    default:
      return undefined;
  }
}
