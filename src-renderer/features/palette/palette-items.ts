import type { HomeView } from '../../../src-shared/contract.ts';
import type { Route } from '../../routes.ts';
import { paletteTexts as texts } from '../../texts/palette.ts';
import { rowOf } from '../home/swarm-row.ts';

export type PaletteAction =
  | 'file'
  | 'folder'
  | 'journal'
  | 'torrent'
  | 'magnet'
  | 'nearby'
  | 'machine'
  | 'limits'
  | 'demo'
  | 'theme'
  | 'present'
  | 'keys';

/** Where to go or what to do. */
export type Target =
  | { readonly kind: 'go'; readonly route: Route }
  | { readonly kind: 'piece'; readonly piece: number }
  | { readonly kind: 'do'; readonly action: PaletteAction };

export interface PaletteItem {
  /** Unique in the list. */
  readonly id: string;
  readonly group: keyof typeof texts.groups;
  readonly label: string;
  /** What tells it apart from others of its name. */
  readonly detail: string;
  /** The key that does the same. */
  readonly shortcut?: string;
  readonly target: Target;
}

/** The swarm that is shown, and how many pieces it has. */
export interface ShownSwarm {
  readonly name: string;
  readonly pieceCount: number;
}

/** Everything but pieces, which only a query names. */
export function paletteItems(home: HomeView | null, canPresent: boolean): readonly PaletteItem[] {
  const swarms = home?.swarms ?? [];
  return [
    ...swarms.map(
      (swarm): PaletteItem => ({
        id: `swarm-${swarm.swarm}`,
        group: 'swarm',
        label: swarm.name,
        detail: rowOf(swarm).short,
        target: { kind: 'go', route: { page: 'swarm', swarm: swarm.swarm, peer: null } },
      }),
    ),
    goTo('home', { page: 'home' }),
    doIt('file', 'Ctrl O'),
    doIt('magnet'),
    doIt('torrent'),
    doIt('nearby'),
    doIt('machine'),
    doIt('folder'),
    doIt('journal'),
    doIt('demo'),
    goTo('lab', { page: 'lab', part: 'plan' }),
    goTo('labReport', { page: 'lab', part: 'report' }),
    ...(canPresent ? [doIt('present', 'P')] : []),
    doIt('theme', 'T'),
    doIt('limits'),
    goTo('network', { page: 'network' }),
    goTo('settings', { page: 'settings' }),
    doIt('keys', '?'),
    ...swarms
      .filter(({ peers }) => peers.length > 1)
      .flatMap(swarm =>
        swarm.peers.map(
          ({ peer }): PaletteItem => ({
            id: `peer-${swarm.swarm}-${peer}`,
            group: 'peer',
            label: texts.peer(peer),
            detail: swarm.name,
            target: { kind: 'go', route: { page: 'swarm', swarm: swarm.swarm, peer } },
          }),
        ),
      ),
  ];
}

/**
 * What fits a query, the best first within its group: each word of it must be somewhere in label or detail; one that
 * begins a word counts more. A number, with or without "piece", is a piece of the swarm that is shown.
 */
export function matchItems(
  items: readonly PaletteItem[],
  query: string,
  shown: ShownSwarm | null,
): readonly PaletteItem[] {
  const words = query.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const ranked = items.map(item => ({ item, score: scoreOf(item, words) })).filter(({ score }) => score > 0);
  const groups = [...new Set(items.map(({ group }) => group))];
  const inGroups = groups.flatMap(group =>
    ranked
      .filter(({ item }) => item.group === group)
      .sort((a, b) => b.score - a.score)
      .map(({ item }) => item),
  );
  const piece = pieceItem(query, shown);
  if (piece === null) return inGroups;
  // A bare number is more likely a peer that bears it; "piece 7" is not.
  const isNamed = /piece|#/i.test(query);
  return isNamed ? [piece, ...inGroups] : [...inGroups, piece];
}

function pieceItem(query: string, shown: ShownSwarm | null): PaletteItem | null {
  const match = /^\s*(?:pieces?\s*|#\s*)?(\d{1,8})\s*$/i.exec(query);
  if (match === null || shown === null) return null;
  const piece = Number(match[1]);
  if (piece >= shown.pieceCount) return null;
  return {
    id: 'piece',
    group: 'piece',
    label: texts.piece(piece),
    detail: texts.pieceOf(shown.name, shown.pieceCount),
    target: { kind: 'piece', piece },
  };
}

/** 0: does not fit. */
function scoreOf({ label, detail }: PaletteItem, words: readonly string[]): number {
  const name = label.toLowerCase();
  const more = detail.toLowerCase();
  let score = 1;
  for (const word of words) {
    if (name.startsWith(word)) score += 8;
    else if (beginsAWord(name, word)) score += 4;
    else if (name.includes(word)) score += 2;
    else if (more.includes(word)) score += 1;
    else return 0;
  }
  return score;
}

function beginsAWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (at === 0 || /[^\p{L}\p{N}]/u.test(text[at - 1]!)) return true;
  }
  return false;
}

function goTo(name: 'home' | 'settings' | 'network' | 'lab' | 'labReport', route: Route): PaletteItem {
  return {
    id: name,
    group: 'action',
    label: texts.actions[name],
    detail: '',
    target: { kind: 'go', route },
  };
}

function doIt(action: PaletteAction, shortcut?: string): PaletteItem {
  return {
    id: action,
    group: 'action',
    label: texts.actions[action],
    detail: '',
    ...(shortcut === undefined ? {} : { shortcut }),
    target: { kind: 'do', action },
  };
}
