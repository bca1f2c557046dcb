import { listed } from '../../src-shared/listed.ts';
import { plural } from './common.ts';

/** What the readout says about one piece. */
export interface PieceFacts {
  readonly piece: number;
  readonly state: 'missing' | 'requested' | 'verifying' | 'have';
  /** Whom it is asked of. */
  readonly askedOf: readonly string[];
  /** Connected neighbours that have it. */
  readonly holders: readonly string[];
  readonly neighbours: number;
  /** The neighbour whose row the cursor is on. */
  readonly row: { readonly peer: string; readonly isHere: boolean; readonly has: boolean } | undefined;
}

const mostNamed = 8;

export const piecesTexts = {
  title: 'Pieces',
  order: 'Order of the pieces',
  byNumber: 'By number',
  rarestFirst: 'Rarest first',
  strategy: { rarest: 'Asks rarest first', random: 'Asks at random' },
  strategyTitle: {
    rarest: 'Of the pieces that a neighbour can give, we ask for the one that fewest have.',
    random: 'Of the pieces that a neighbour can give, we ask for any, each with the same chance.',
  },
  ours: 'Ours',
  theirs: 'Theirs',
  requested: 'Requested',
  missing: 'Missing',
  has: 'Has',
  offers: 'Offers us',
  copies: 'Copies',
  copiesRange: (most: number) => `0 to ${most}`,
  copiesStrong: 'strong: we lack it',
  copiesOf: (copies: number) => plural(copies, 'copy', 'copies'),
  self: 'this peer',
  lacking: (count: number) => (count === 0 ? 'nothing' : `${grouped(count)} we lack`),
  notStarted: 'not started',
  notConnected: 'not connected',
  percent: (have: number, all: number) => `${all === 0 ? 0 : Math.floor((have / all) * 100)} %`,
  empty: 'No piece is known yet.',
  summary: (have: number, lack: number, requested: number) =>
    lack === 0
      ? allOf(have)
      : `We have ${grouped(have)}, lack ${grouped(lack)}; ${grouped(requested)} requested`,
  shortSummary: (have: number, lack: number) => (lack === 0 ? allOf(have) : `We lack ${grouped(lack)}`),
  rarest: (count: number, copies: number, lack: number) =>
    copies === 0
      ? nobodyHas(count, lack)
      : `Rarest we lack: ${grouped(count)} with ${plural(copies, 'copy', 'copies')}`,
  asked: (peer: string, piece: number) => `Asked ${peer} for piece ${piece}`,
  lastAsked: (peer: string, piece: number) => `Last asked: ${peer} for piece ${piece}`,
  /** The row is told apart where it may be among those not named. */
  piece: (facts: PieceFacts) =>
    `${piecePart(facts)}${
      facts.row === undefined || facts.holders.length <= mostNamed ? '' : `; ${rowPart(facts.row)}`
    }`,
  /** For who does not see where the cursor is: the row first, since it is what changes from row to row. */
  pieceInRow: (facts: PieceFacts) =>
    facts.row === undefined ? piecePart(facts) : `${rowPart(facts.row)}. ${piecePart(facts)}`,
  label: 'Which peer has which piece',
  help: 'Left and right go from piece to piece, Shift by columns, up and down from peer to peer; Enter keeps a piece in view, Escape lets it go.',
  twin: 'Pieces of each peer',
  twinHead: ['Peer', 'Has', 'Offers us', 'Connection'],
  connected: 'connected',
} as const;

/** "12 345" with thin spaces. */
export function grouped(count: number): string {
  return count < 10_000 ? String(count) : count.toLocaleString('en-GB').replaceAll(',', '\u2009');
}

function allOf(have: number): string {
  return have === 1 ? 'We have the only piece' : `We have all ${grouped(have)}`;
}

function nobodyHas(count: number, lack: number): string {
  if (count < lack) return `Nobody here has ${grouped(count)} of them`;
  return lack === 1 ? 'Nobody here has it' : 'Nobody here has any of them';
}

function piecePart(facts: PieceFacts): string {
  return `Piece ${facts.piece}: ${ownPart(facts)}; ${holdersPart(facts.holders, facts.neighbours)}`;
}

function rowPart({ peer, isHere, has }: NonNullable<PieceFacts['row']>): string {
  if (!isHere) return `${peer} is not connected`;
  return `${peer} ${has ? 'has' : 'lacks'} it`;
}

function ownPart({ state, askedOf }: PieceFacts): string {
  switch (state) {
    case 'have':
      return 'we have it';
    case 'verifying':
      return 'it is here and being verified';
    case 'requested':
      return askedOf.length === 0 ? 'we lack it, asked for' : `we lack it, asked of ${listed(askedOf)}`;
    case 'missing':
      return 'we lack it';
  }
}

function holdersPart(holders: readonly string[], neighbours: number): string {
  if (neighbours === 0) return 'nobody is connected';
  if (holders.length === 0) return 'nobody here has it';
  if (holders.length === neighbours)
    return neighbours === 1 ? `${holders[0]} has it` : `all ${neighbours} have it`;
  return `${holders.length} of ${neighbours} ${holders.length === 1 ? 'has' : 'have'} it: ${named(holders)}`;
}

function named(peers: readonly string[]): string {
  const shown = peers.slice(0, mostNamed).join(', ');
  return peers.length > mostNamed ? `${shown} and ${peers.length - mostNamed} more` : shown;
}
