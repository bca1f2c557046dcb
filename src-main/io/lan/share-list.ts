import * as v from 'valibot';
import {
  catalogueShareLimit,
  longestShareName,
  type OfferedShare,
} from '../../engine/bittorrent/catalogue-answer.ts';

/** What another Piecewise says it shares, checked and cleaned: it comes from a stranger. */
export interface ShareList {
  readonly machine: { readonly name: string; readonly id: string };
  readonly shares: readonly OfferedShare[];
}

const longestMachineName = 64;
const bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** A line of text that can be shown: never empty, without what moves, hides or breaks the text around it. */
const line = (longest: number) =>
  v.pipe(
    v.string(),
    v.maxLength(8_192),
    v.transform(text => cleanLine(text, longest)),
    v.minLength(1),
  );

const schema = v.object({
  v: v.literal(1),
  machine: v.object({
    name: line(longestMachineName),
    id: v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/)),
  }),
  shares: v.pipe(
    v.array(v.unknown()),
    v.maxLength(catalogueShareLimit),
    v.array(
      v.object({
        infoHash: v.pipe(v.string(), v.regex(/^[\da-f]{40}$/)),
        name: line(longestShareName),
        totalLength: bytes,
        fileCount: v.pipe(bytes, v.maxValue(10_000_000)),
        progress: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
        addedAtMs: v.pipe(bytes, v.maxValue(8.64e15)),
      }),
    ),
  ),
});

/** Undefined when it is no list of shares, in whatever respect. */
export function readShareList(text: string): ShareList | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const read = v.safeParse(schema, value, { abortEarly: true });
  if (!read.success) return undefined;
  const { machine, shares } = read.output;
  // The first of each counts.
  const byInfoHash = new Map([...shares].reverse().map(share => [share.infoHash, share]));
  return { machine, shares: [...byInfoHash.values()].reverse() };
}

/** Without control characters, marks of writing direction and invisible ones; cut to so many UTF-16 units. */
export function cleanLine(text: string, longest: number): string {
  return text
    .slice(0, longest * 4)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .slice(0, longest)
    .replace(/[\ud800-\udbff]$/, '')
    .trim();
}
