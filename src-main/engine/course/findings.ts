import type { PeerId } from '../../../src-shared/journal.ts';
import { type LabCheck, labVerdicts } from '../../../src-shared/lab-words.ts';
import type { LogFacts, Place } from './log-facts.ts';

/** Worst first. */
export const verdicts = labVerdicts;

/**
 * `contradiction`: the logs or files cannot come from a run of the protocol. `warning`: odd, or to be expected only
 * of clocks that differ, neighbours that were lost and the like. `not-shown`: what was left does not tell.
 */
export type Verdict = (typeof verdicts)[number];

export const checks = [
  'files',
  'connections',
  'preferred',
  'optimistic',
  'chokes',
  'haves',
  'pieces',
  'completion',
  'logs',
] as const satisfies readonly LabCheck[];

export type Check = (typeof checks)[number];

/** A line of a log; its text is read again from the file once it is known which lines are shown. */
export interface Evidence {
  readonly file: string;
  readonly line: number;
  readonly text?: string;
}

export interface Finding {
  readonly check: Check;
  readonly verdict: Verdict;
  /** Whom it is about; the first one is whose log or file shows it. None: the whole run. */
  readonly peers: readonly PeerId[];
  readonly text: string;
  readonly evidence: readonly Evidence[];
}

interface Draft {
  readonly verdict: Verdict;
  readonly peers: Set<PeerId>;
  readonly text: string;
  readonly evidence: Evidence[];
  count: number;
}

const maxEvidence = 4;
const maxPeers = 20;

/** Collects what one check finds. What one peer's log shows over and over becomes one finding with a count. */
export class Report {
  readonly #check: Check;
  readonly #drafts = new Map<string, Draft>();
  #examined = 0;

  constructor(check: Check) {
    this.#check = check;
  }

  /** How many things were looked at; a check that found nothing to look at has shown nothing. */
  examined(count = 1): void {
    this.#examined += count;
  }

  /** `kind` groups findings of a peer that differ only in their numbers; the text is asked for the first one only. */
  add(
    verdict: Verdict,
    kind: string,
    peers: readonly PeerId[],
    text: () => string,
    evidence: readonly Evidence[] = [],
    count = 1,
  ): void {
    const key = `${verdict} ${kind} ${peers[0]}`;
    const draft = this.#drafts.get(key) ?? {
      verdict,
      peers: new Set(),
      text: text(),
      evidence: [],
      count: 0,
    };
    this.#drafts.set(key, draft);
    draft.count += count;
    for (const peer of peers) if (draft.peers.size < maxPeers) draft.peers.add(peer);
    for (const line of evidence) if (draft.evidence.length < maxEvidence) draft.evidence.push(line);
  }

  /** Closes with what was found, and with what held: `summary` is told how many things were examined. */
  conclude(summary: (examined: number) => string): Finding[] {
    const findings = [...this.#drafts.values()].map(({ verdict, peers, text, evidence, count }) =>
      this.#finding(verdict, count > 1 ? `${text} (${count} times)` : text, [...peers], evidence),
    );
    if (this.#examined === 0) {
      return findings.length > 0 ? findings : [this.#finding('not-shown', 'There is nothing to look at.')];
    }
    const sound = findings.every(({ verdict }) => verdict === 'not-shown');
    return sound ? [...findings, this.#finding('ok', summary(this.#examined))] : findings;
  }

  #finding(
    verdict: Verdict,
    text: string,
    peers: readonly PeerId[] = [],
    evidence: readonly Evidence[] = [],
  ): Finding {
    return { check: this.#check, verdict, peers, text, evidence };
  }
}

/** The lines of a log at these places, as evidence. */
export function at(log: LogFacts, ...places: readonly (Place | undefined)[]): Evidence[] {
  return places.flatMap(place => (place ? [{ file: log.file, line: place.line }] : []));
}

/** Lines by their numbers, as evidence. */
export function linesOf(log: LogFacts, lines: readonly number[]): Evidence[] {
  return lines.map(line => ({ file: log.file, line }));
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
