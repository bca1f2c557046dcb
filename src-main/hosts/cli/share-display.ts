import type { JournalEvent, PeerId } from '../../../src-shared/journal.ts';
import type { SharePeerView, ShareSummary, TrackerView } from '../../../src-shared/share.ts';
import { shareDone, shareSentenceOf, shortShareSentenceOf } from '../../../src-shared/share-sentence.ts';
import { formatBytes, formatDuration, formatRate } from '../../../src-shared/units.ts';
import type { SwarmView } from '../../../src-shared/view.ts';
import type { HostedShare } from '../shares/share.ts';
import { bar, LiveLines, type Output, table } from './terminal.ts';

/** How a share shows itself in a terminal, line by line elsewhere, and to scripts. */

const redrawMs = 200;
const jsonViewMs = 250;

export interface ShareDisplay {
  /** From now on this is what is shown. */
  begin(share: HostedShare): void;
  /** A sentence that stays; not for scripts. */
  say(sentence: string): void;
  /** A JSON line; for scripts only. */
  tell(line: object): void;
  /** Shows how it stands at the end. */
  end(): void;
}

export function shareDisplayFor(json: boolean, out: Output): ShareDisplay {
  if (json) return new JsonDisplay(out);
  return out.isTTY === true ? new LiveDisplay(out) : new LineDisplay(out);
}

/** On a terminal: the share drawn in place, what happened above it. */
class LiveDisplay implements ShareDisplay {
  readonly #lines: LiveLines;
  readonly #trackers = new TrackerChanges();
  #share: HostedShare | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(out: Output) {
    this.#lines = new LiveLines(out);
  }

  begin(share: HostedShare): void {
    this.#share = share;
    this.#timer = setInterval(() => this.#draw(), redrawMs);
    share.onEvent = changesOf(line => this.#lines.print(line));
    share.onNote = line => this.#lines.print(line);
  }

  say(sentence: string): void {
    this.#lines.print(sentence);
  }

  tell(): void {}

  end(): void {
    clearInterval(this.#timer);
    this.#draw();
  }

  #draw(): void {
    if (this.#share !== undefined) {
      const { summary, peers, trackers } = this.#share.view();
      for (const { message } of this.#trackers.since(trackers))
        if (message !== '') this.#lines.print(message);
      this.#lines.draw(shareLines(this.#share.name, summary, peers, this.#share.swarmView()));
    }
  }
}

/** Elsewhere: a line for each change, and one for every tenth. */
class LineDisplay implements ShareDisplay {
  readonly #out: Output;
  readonly #trackers = new TrackerChanges();
  readonly #startedAt = performance.now();
  #share: HostedShare | undefined;
  #timer: NodeJS.Timeout | undefined;
  #said = '';

  constructor(out: Output) {
    this.#out = out;
  }

  begin(share: HostedShare): void {
    this.#share = share;
    this.#timer = setInterval(() => this.#look(), redrawMs);
    share.onEvent = changesOf(line => this.say(line));
    share.onNote = line => this.say(line);
  }

  say(sentence: string): void {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.#out.write(`${seconds.toFixed(1)} s  ${sentence}\n`);
  }

  tell(): void {}

  end(): void {
    clearInterval(this.#timer);
    this.#look();
  }

  #look(): void {
    if (this.#share === undefined) return;
    const { trackers } = this.#share.peersAndTrackers();
    for (const { message } of this.#trackers.since(trackers)) if (message !== '') this.say(message);
    const summary = this.#share.summary();
    const step = `${summary.activity} ${summary.problem} ${Math.floor(10 * progressOf(summary))}`;
    if (step === this.#said) return;
    this.#said = step;
    this.say(progressLine(this.#share.name, summary));
  }
}

/**
 * For scripts: `{"view": …}` some times a second, `{"event": …}` for each change, `{"note": …}` of what goes wrong before
 * there is a swarm, `{"tracker": …}` when one works or fails, and what the command tells.
 */
class JsonDisplay implements ShareDisplay {
  readonly #out: Output;
  readonly #trackers = new TrackerChanges();
  #share: HostedShare | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(out: Output) {
    this.#out = out;
  }

  begin(share: HostedShare): void {
    this.#share = share;
    this.#timer = setInterval(() => this.#view(), jsonViewMs);
    share.onEvent = event => {
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
  }

  #view(): void {
    if (this.#share === undefined) return;
    const { trackers } = this.#share.peersAndTrackers();
    for (const tracker of this.#trackers.since(trackers)) this.tell({ tracker });
    this.tell({ view: { name: this.#share.name, ...this.#share.summary() } });
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
