import type { Question } from '../../../src-shared/contract.ts';
import { parseSize } from '../../../src-shared/units.ts';
import { demoTexts } from '../../texts/demo.ts';
import { wholeNumberOf } from '../course/course-form.ts';

/** What is typed to start a demo. */
export interface DemoForm {
  readonly peers: string;
  readonly seeds: string;
  readonly late: string;
  readonly size: string;
  readonly pieceSize: string;
  readonly preferredNeighbours: string;
  readonly unchokingSeconds: string;
  readonly optimisticSeconds: string;
  readonly strategy: 'random' | 'rarest';
  readonly speed: 'paced' | 'limited' | 'unlimited';
  /** Thousands of bytes per second, when `speed` is `limited`. */
  readonly limit: string;
}

export type DemoProblems = Readonly<Partial<Record<keyof DemoForm, string>>>;

/** A minute to watch: a few choke rounds, one newcomer. */
export const usualDemo: DemoForm = {
  peers: '6',
  seeds: '1',
  late: '1',
  size: '20 MB',
  pieceSize: '32 KiB',
  preferredNeighbours: '2',
  unchokingSeconds: '2',
  optimisticSeconds: '6',
  strategy: 'rarest',
  speed: 'paced',
  limit: '500',
};

const problems = demoTexts.problems;
const mostPeers = 30;
const mostSize = 2 ** 34;
const mostPieceSize = 2 ** 30;
const mostPieces = 100_000;
const mostLimit = 1e9;

/** Checks everything that is typed, with the limits of the contract. */
export function checkDemoForm(
  form: DemoForm,
): { readonly question: Question<'startDemo'> } | { readonly problems: DemoProblems } {
  const found: Partial<Record<keyof DemoForm, string>> = {};
  const whole = (field: 'peers' | 'preferredNeighbours', least: number, most: number) => {
    const number = wholeNumberOf(form[field], least, most);
    if (number === null) found[field] = problems.wholeNumber(least, most);
    // A number that is wrong makes no other one wrong.
    return number ?? most;
  };
  const seconds = (field: 'unchokingSeconds' | 'optimisticSeconds') => {
    const number = secondsOf(form[field]);
    if (number === null) found[field] = problems.seconds;
    return number ?? 1;
  };
  const peers = whole('peers', 2, mostPeers);
  const seeds = wholeNumberOf(form.seeds, 1, peers - 1);
  if (seeds === null) found.seeds = problems.seeds(peers - 1);
  const mostLate = peers - (seeds ?? 1) - 1;
  const late = wholeNumberOf(form.late, 0, mostLate);
  if (late === null) found.late = problems.late(mostLate);
  const size = parseSize(form.size);
  const hasSize = size !== undefined && size >= 1 && size <= mostSize;
  if (!hasSize) found.size = problems.size;
  const pieceSize = parseSize(form.pieceSize);
  if (pieceSize === undefined || pieceSize < 1 || pieceSize > mostPieceSize) {
    found.pieceSize = problems.pieceSize;
  } else if (hasSize && size / pieceSize > mostPieces) {
    found.pieceSize = problems.tooManyPieces;
  }
  const preferredNeighbours = whole('preferredNeighbours', 1, 1000);
  const unchokingSeconds = seconds('unchokingSeconds');
  const optimisticSeconds = seconds('optimisticSeconds');
  const limit = form.speed === 'limited' ? wholeNumberOf(form.limit, 2, mostLimit) : 0;
  if (limit === null) found.limit = problems.limit;
  if (Object.keys(found).length > 0) return { problems: found };
  return {
    question: {
      peers,
      seeds: seeds ?? 1,
      late: late ?? 0,
      size: size ?? 1,
      pieceSize: pieceSize ?? 1,
      preferredNeighbours,
      unchokingSeconds,
      optimisticSeconds,
      strategy: form.strategy,
      uploadLimit: form.speed === 'paced' ? 'paced' : form.speed === 'limited' ? (limit ?? 2) * 1000 : null,
    },
  };
}

/** Seconds as they are typed, a decimal point allowed; null when out of bounds or none. */
function secondsOf(text: string): number | null {
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(text.trim())) return null;
  const number = Number(text);
  return number >= 0.1 && number <= 86_400 ? number : null;
}
