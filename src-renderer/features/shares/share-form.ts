import type { Question } from '../../../src-shared/contract.ts';
import { isPrivateAlone, privateAlone } from '../../../src-shared/share.ts';
import { sharesTexts } from '../../texts/shares.ts';

/** The form that makes a share: what is typed, what is wrong with it, and the question it makes. */
export interface ShareForm {
  /** Of several files or folders together. */
  readonly name: string;
  /** 'auto', or bytes. */
  readonly pieceLength: string;
  readonly isPrivate: boolean;
  /** One on each line, tiers apart by an empty one. */
  readonly trackers: string;
}

export const newShareForm: ShareForm = { name: '', pieceLength: 'auto', isPrivate: false, trackers: '' };

export type ShareProblems = Readonly<Partial<Record<'name' | 'trackers' | 'pieceLength', string>>>;

export type CheckedShare =
  | { readonly question: Omit<Question<'shareFiles'>, 'places'> }
  | { readonly problems: ShareProblems };

const problems = sharesTexts.make.problems;
const mostPieces = 2 ** 21;

/** Piece lengths to choose from, 16 KiB to 64 MiB. */
export const pieceLengths: readonly number[] = Array.from({ length: 13 }, (_, power) => 2 ** (14 + power));

/** `size`: null while it is not known. */
export function checkShareForm(form: ShareForm, isSeveral: boolean, size: number | null): CheckedShare {
  const found: { name?: string; trackers?: string; pieceLength?: string } = {};
  const name = form.name.trim();
  if (isSeveral && !isName(name)) found.name = problems.name;
  const trackers = readTrackers(form.trackers);
  if ('problem' in trackers) found.trackers = trackers.problem;
  else if (isPrivateAlone({ ...form, trackers: trackers.tiers })) found.trackers = privateAlone;
  const pieceLength = form.pieceLength === 'auto' ? null : Number(form.pieceLength);
  if (pieceLength !== null && size !== null && size / pieceLength > mostPieces)
    found.pieceLength = problems.tooManyPieces;
  if (Object.keys(found).length > 0 || 'problem' in trackers) return { problems: found };
  return {
    question: {
      name: isSeveral ? name : null,
      pieceLength,
      isPrivate: form.isPrivate,
      trackers: trackers.tiers.map(tier => [...tier]),
    },
  };
}

function isName(name: string): boolean {
  return name.length > 0 && name.length <= 200 && /^[^\\/\p{Cc}]+$/u.test(name) && !/^\.{1,2}$/.test(name);
}

const mostTiers = 50;
const mostInTier = 50;

/** Tiers of trackers as they are typed, a line each. */
export function readTrackers(
  text: string,
): { readonly tiers: readonly (readonly string[])[] } | { readonly problem: string } {
  const tiers: string[][] = [];
  let isNewTier = true;
  for (const [index, line] of text.split('\n').entries()) {
    const url = line.trim();
    if (url === '') {
      isNewTier = true;
      continue;
    }
    if (!isTracker(url)) return { problem: problems.tracker(index + 1) };
    if (isNewTier) tiers.push([]);
    isNewTier = false;
    const tier = tiers[tiers.length - 1]!;
    if (!tiers.some(other => other.includes(url))) tier.push(url);
    if (tiers.length > mostTiers || tier.length > mostInTier) return { problem: problems.tooMany };
  }
  return { tiers: tiers.filter(tier => tier.length > 0) };
}

/** As it is typed again. */
export function trackersText(tiers: readonly (readonly string[])[]): string {
  return tiers.map(tier => tier.join('\n')).join('\n\n');
}

function isTracker(url: string): boolean {
  if (!/^(?:https?|udp):\/\/[^\s/]/.test(url) || url.length > 2048) return false;
  return URL.canParse(url);
}

/** The name of the folder that something lies in; what several things are called together at first. */
export function parentName(path: string): string {
  const name = path.split(/[\\/]/).at(-2) ?? '';
  return isName(name) ? name : '';
}
