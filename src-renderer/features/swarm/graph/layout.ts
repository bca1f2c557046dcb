import type { PeerId } from '../../../../src-shared/journal.ts';
import { distanceOf, Ellipse, type Point, svg } from './ellipse.ts';

/**
 * Where everything of the swarm graph stands: a function of the roster, the size of the panel and the scale, and of
 * nothing that changes while the swarm runs.
 */

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export type Anchor = 'start' | 'middle' | 'end';

export interface Label extends Point {
  readonly anchor: Anchor;
}

/** A line from one rim to another; the lane the other way runs parallel to it. */
export interface Lane {
  readonly from: Point;
  readonly to: Point;
}

export interface PlacedNode extends Point {
  readonly peer: PeerId;
  /** Where its state stands; undefined where there is no room for words. */
  readonly label: Label | undefined;
  /** It gives to us. */
  readonly inward: Lane;
  /** We give to it. */
  readonly outward: Lane;
}

export interface PlacedGroup {
  readonly host: string;
  readonly text: string;
  readonly band: Band;
  readonly label: Label | undefined;
}

/** An SVG path that is stroked, and filled where it is closed. */
export interface Band {
  readonly path: string;
  readonly width: number;
  readonly isFilled: boolean;
}

export interface GraphLayout {
  readonly size: Size;
  readonly scale: number;
  readonly centre: Point;
  readonly selfRadius: number;
  readonly nodeRadius: number;
  /** From ring to ring, all of them together; 0 for one. */
  readonly depth: number;
  /** Words beside the nodes: whole ("joined, 2 %"), short ("2 %"), or none. */
  readonly words: Words;
  /** Too many for a name in each node. */
  readonly isDotted: boolean;
  /** The thinnest and thickest line that the lanes have room for. */
  readonly lineWidths: readonly [number, number];
  /** Clockwise. */
  readonly nodes: readonly PlacedNode[];
  readonly placeOf: ReadonlyMap<PeerId, PlacedNode>;
  readonly groups: readonly PlacedGroup[];
  /** Where the time until the next round stands outside our node; undefined: inside it. */
  readonly countdown: Point | undefined;
  readonly fonts: Fonts;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface GraphPeer {
  readonly peer: PeerId;
  readonly host: string;
}

export interface GraphRoster {
  /** The others, in the order of the roster. */
  readonly peers: readonly GraphPeer[];
  readonly ownHost: string;
  /** What to call a host. */
  readonly labelOf: (host: string) => string;
}

interface Fonts {
  readonly name: number;
  readonly word: number;
}

type Words = 'long' | 'short' | 'none';

interface Plan {
  readonly radius: number;
  readonly words: Words;
  readonly rings: number;
  readonly isDotted: boolean;
}

/** Above this many, names in the nodes are out of the question. */
const mostNamed = 60;
/** Widths of the widest words in ems: "joined, 99 %", "100 %". */
const wordEms: Readonly<Record<Words, number>> = { long: 6.3, short: 3.2, none: 0 };

/** The most generous plan for which nothing overlaps. Deterministic. */
export function layOut(roster: GraphRoster, size: Size, isPresenting: boolean): GraphLayout {
  const scale = isPresenting ? 1.4 : size.width < 420 ? 0.92 : 1;
  const fonts = isPresenting ? { name: 20, word: 17 } : { name: 13, word: 12 };
  const slots = slotsOf(roster);
  let bare: BareLayout | undefined;
  for (const plan of plansFor(roster.peers.length, scale)) {
    bare = carryOut(plan, slots, size, scale, fonts);
    if (isClear(bare)) break;
  }
  return labelled(bare!, slots.groups, roster);
}

function* plansFor(count: number, scale: number): Generator<Plan> {
  if (count <= mostNamed) {
    for (const radius of [24, 22, 20])
      yield { radius: radius * scale, words: 'long', rings: 1, isDotted: false };
    for (const words of ['short', 'none'] as const) {
      for (const radius of [24, 22, 20, 18])
        yield { radius: radius * scale, words, rings: 1, isDotted: false };
    }
    for (const radius of [22, 20, 18, 17]) {
      yield { radius: radius * scale, words: 'none', rings: 2, isDotted: false };
    }
  }
  for (const rings of [1, 2, 3, 4]) {
    for (const radius of [9, 8, 7, 6]) yield { radius: radius * scale, words: 'none', rings, isDotted: true };
  }
  yield { radius: 4 * scale, words: 'none', rings: 5, isDotted: true };
}

/** All that stands where it stands before the rest looks for room. */
type Placed = Omit<GraphLayout, 'groups' | 'countdown'>;
/** Without what takes the room that the nodes leave. */
type BareLayout = Placed & { readonly curve: Ellipse };

function carryOut(plan: Plan, { slots, groups }: Slots, size: Size, scale: number, fonts: Fonts): BareLayout {
  const { radius, words, rings, isDotted } = plan;
  const { width, height } = size;
  const isSmall = Math.min(width, height) < 380 * scale;
  const selfRadius = (isSmall ? 32 : 40) * scale;
  const ringGap = isDotted ? 2 * radius + 4 * scale : 2 * radius + 8 * scale;
  const wordHeight = words === 'none' ? 0 : fonts.word + 8 * scale;
  const top = 10 * scale + fonts.word + wordHeight + radius + 8 * scale;
  const bottom = 8 * scale + Math.max(wordHeight, isDotted ? fonts.word : 0) + radius + 8 * scale;
  const side = radius + Math.max(14 * scale, (wordEms[words] * fonts.word) / 2 - radius + 6);
  const curve = fittedEllipse(slots, groups, size, { top, bottom, side });
  const { centre } = curve;
  const laneOffset = (isDotted ? 3 : radius < 20 * scale ? 4.5 : 7.5) * scale;
  const nodes = slots.map(({ peer, share }, i): PlacedNode => {
    const outer = curve.at(share);
    const inset = (i % rings) * ringGap;
    const distance = distanceOf(outer, centre);
    const place = along(centre, outer, (distance - inset) / distance);
    return {
      peer,
      ...place,
      label: words === 'none' ? undefined : wordPlace(place, centre, radius, scale, fonts),
      ...lanesOf(centre, place, selfRadius + 11 * scale, radius + 5 * scale, laneOffset),
    };
  });
  const depth = (rings - 1) * ringGap;
  return {
    size,
    scale,
    centre,
    selfRadius,
    nodeRadius: radius,
    depth,
    words,
    isDotted,
    lineWidths: isDotted
      ? [1.25 * scale, 4 * scale]
      : radius < 20 * scale
        ? [1.5 * scale, 5 * scale]
        : [1.75 * scale, 7 * scale],
    nodes,
    placeOf: new Map(nodes.map(node => [node.peer, node])),
    fonts,
    curve,
  };
}

function labelled(
  { curve, ...layout }: BareLayout,
  groups: readonly Group[],
  roster: GraphRoster,
): GraphLayout {
  const middle = curve.shrunk(layout.depth / 2);
  const bands = groups.map(group => pointsAlong(middle, group));
  const taken: Box[] = layout.nodes.flatMap(({ label }) =>
    label === undefined ? [] : [wordBox(label, layout)],
  );
  const placed = groups.map((group): PlacedGroup => {
    const isOwn = group.host === roster.ownHost;
    const text = groupText(roster.labelOf(group.host), isOwn, groups.length);
    const label = groupLabel(group, curve, text, layout, bands, taken);
    return { host: group.host, text, band: bandOf(group, curve, layout), label };
  });
  const named = placed.filter(({ label }) => label !== undefined).length;
  return {
    ...layout,
    // A few names among many nameless ones would tell nothing, except which nodes are here.
    groups:
      named * 2 >= placed.length
        ? placed
        : placed.map(group => (group.host === roster.ownHost ? group : { ...group, label: undefined })),
    countdown: countdownPlace(layout),
  };
}

interface Margins {
  readonly top: number;
  readonly bottom: number;
  readonly side: number;
}

/** The ellipse on which the nodes fill the panel; flat or tall panels are not filled to the brim. */
function fittedEllipse(
  slots: readonly Slot[],
  groups: readonly Group[],
  size: Size,
  { top, bottom, side }: Margins,
): Ellipse {
  const roomX = Math.max(10, size.width / 2 - side);
  const roomY = Math.max(10, size.height - top - bottom);
  // How far the nodes reach up and down in radii; where nobody stands at an end, the ellipse may reach beyond it.
  let [up, down] = [1, 1];
  let ellipse = new Ellipse({ x: 0, y: 0 }, 1, 1);
  for (let round = 0; round < 3; round += 1) {
    const most = roomY / (up + down);
    const radiusX = Math.min(roomX, most * 1.14);
    const radiusY = Math.min(most, roomX * 1.36);
    const spare = roomY - radiusY * (up + down);
    ellipse = new Ellipse({ x: size.width / 2, y: top + spare / 2 + radiusY * up }, radiusX, radiusY);
    if (groups[0]?.isRing === true) break;
    const shares = [...slots.map(({ share }) => share), ...groups.map(({ from, to }) => (from + to) / 2)];
    const heights = shares.map(share => (ellipse.at(share).y - ellipse.centre.y) / radiusY);
    [up, down] = [Math.max(0.8, ...heights.map(y => -y)), Math.max(0.8, ...heights)];
  }
  return ellipse;
}

interface Slot {
  readonly peer: PeerId;
  /** How far along the curve, clockwise from the top, from 0 to 1. */
  readonly share: number;
}

/** The peers of one computer alone make a ring from here on. */
const leastInRing = 4;

interface Slots {
  readonly slots: readonly Slot[];
  readonly groups: readonly Group[];
}

interface Group {
  readonly host: string;
  /** Shares of its first and last node. */
  readonly from: number;
  readonly to: number;
  /** Half of the free way to the next group. */
  readonly margin: number;
  /** It is the only one and goes all the way round. */
  readonly isRing: boolean;
}

/**
 * Groups follow each other as their first peers do in the roster, the peers of a group as in the roster. Our own
 * computer's group is in the middle at the top; where there is only one, the ring begins at the top, or it is an arc
 * there.
 */
function slotsOf({ peers, ownHost }: GraphRoster): Slots {
  const byHost = new Map<string, PeerId[]>();
  for (const { peer, host } of peers) {
    const members = byHost.get(host);
    if (members === undefined) byHost.set(host, [peer]);
    else members.push(peer);
  }
  const { length } = peers;
  const isOne = byHost.size === 1;
  // Wide enough to be seen, and never more than a third of the way.
  const gap = isOne
    ? Math.max(0.4, leastInRing - length)
    : Math.min(Math.max(0.9, length * 0.025), (0.34 * length) / byHost.size);
  const total = length + gap * byHost.size;
  let turn = 0;
  let at = gap / 2;
  const groups: Group[] = [];
  const slots: Slot[] = [];
  for (const [host, members] of byHost) {
    const from = at + 0.5;
    const isAtTop = isOne ? length < leastInRing : host === ownHost;
    if (isAtTop) turn = from + (members.length - 1) / 2;
    for (const [i, peer] of members.entries()) slots.push({ peer, share: from + i });
    groups.push({
      host,
      from,
      to: from + members.length - 1,
      margin: (gap + 1) / 2,
      isRing: isOne && length >= leastInRing,
    });
    at += members.length + gap;
  }
  const shareOf = (units: number) => (units - turn) / total;
  return {
    slots: slots.map(({ peer, share }) => ({ peer, share: shareOf(share) })),
    groups: groups.map(({ from, to, margin, ...group }) => ({
      ...group,
      from: shareOf(from),
      to: shareOf(to),
      margin: margin / total,
    })),
  };
}

/** Both lanes of a neighbour, each on its right hand side. */
function lanesOf(centre: Point, node: Point, rimHere: number, rimThere: number, offset: number) {
  const distance = distanceOf(centre, node) || 1;
  const [ux, uy] = [(node.x - centre.x) / distance, (node.y - centre.y) / distance];
  const at = (d: number, side: number): Point => ({
    x: centre.x + ux * d - uy * side,
    y: centre.y + uy * d + ux * side,
  });
  const [near, far] = [rimHere, Math.max(rimHere + 1, distance - rimThere)];
  return {
    inward: { from: at(far, offset), to: at(near, offset) },
    outward: { from: at(near, -offset), to: at(far, -offset) },
  };
}

/** Under the node, and over it in the upper part. */
function wordPlace(node: Point, centre: Point, radius: number, scale: number, fonts: Fonts): Label {
  const distance = distanceOf(node, centre) || 1;
  const isUpper = (node.y - centre.y) / distance < -0.6;
  const y = isUpper ? node.y - radius - 7 * scale : node.y + radius + 4 * scale + fonts.word;
  return { x: node.x, y, anchor: 'middle' };
}

function groupText(name: string, isOwn: boolean, groupCount: number): string {
  if (!isOwn) return name;
  return groupCount === 1 ? 'all on this computer' : `${name}, this computer`;
}

/** Beside the middle of the band, else near its ends, outside; where nothing is free, nowhere. Takes its place. */
function groupLabel(
  { from, to, margin, isRing }: Group,
  curve: Ellipse,
  text: string,
  layout: Placed,
  bands: readonly (readonly Point[])[],
  taken: Box[],
): Label | undefined {
  const { scale, fonts, nodeRadius, centre } = layout;
  const width = text.length * fonts.word * 0.58;
  const middle = isRing ? (from + to) / 2 + 0.5 : (from + to) / 2;
  // Beside its upper end, so that the two ends that meet at the bottom need not share the place between them.
  const ends = [from - margin * 0.8, to + margin * 0.8].sort((a, b) => curve.at(a).y - curve.at(b).y);
  const shares = [middle, ...ends, (middle + from) / 2, (middle + to) / 2, from, to];
  const isOffBands = (box: Box) =>
    bands.every(points =>
      points.every(point => gapTo(box, point) > layout.depth / 2 + layout.nodeRadius + bandMargin * scale),
    );
  const outside = (share: number): Label[] => {
    const place = curve.at(share);
    const distance = distanceOf(place, centre) || 1;
    const [ux, uy] = [(place.x - centre.x) / distance, (place.y - centre.y) / distance];
    const anchor: Anchor = Math.abs(ux) < 0.45 ? 'middle' : ux > 0 ? 'start' : 'end';
    return [10, 18, 28, 36, 0, -12].map(beyond => ({
      x: clampToBox(place.x + ux * (nodeRadius + beyond * scale), width, anchor, layout.size.width),
      y: place.y + uy * (nodeRadius + beyond * scale) + fonts.word * 0.35,
      anchor,
    }));
  };
  const beside = (share: number): Label[] => {
    const { x, y } = curve.at(share);
    const gap = layout.depth / 2 + nodeRadius + (bandMargin + 4) * scale;
    const [right, left]: Label[] = [
      { x: x + gap, y: y + fonts.word * 0.35, anchor: 'start' },
      { x: x - gap, y: y + fonts.word * 0.35, anchor: 'end' },
    ];
    const inside = ({ x, anchor }: Label) => clampToBox(x, width, anchor, layout.size.width) === x;
    return (x < centre.x ? [left!, right!] : [right!, left!]).filter(inside);
  };
  const isSingle = from === to;
  const places = [
    ...outside(middle),
    ...(isSingle ? beside(middle) : []),
    ...shares.slice(1).flatMap(outside),
  ];
  for (const label of places) {
    const box = boxOf(label, width, fonts.word);
    if (!isFree(box, layout, taken) || !isOffBands(box)) continue;
    taken.push(box);
    return label;
  }
  return layout.isDotted ? labelWithin(curve, middle, width, layout, taken) : undefined;
}

/** Inside the rings, where the sides leave no room outside. */
function labelWithin(
  curve: Ellipse,
  share: number,
  width: number,
  layout: Placed,
  taken: Box[],
): Label | undefined {
  const { fonts, depth, nodeRadius, scale, centre } = layout;
  const place = curve.shrunk(depth + nodeRadius + (bandMargin + 6) * scale).at(share);
  const label: Label = {
    x: place.x,
    y: place.y + fonts.word * 0.35,
    anchor: place.x > centre.x ? 'end' : 'start',
  };
  const box = boxOf(label, width, fonts.word);
  if (!isFree(box, layout, taken)) return undefined;
  taken.push(box);
  return label;
}

function clampToBox(x: number, width: number, anchor: Anchor, whole: number): number {
  const before = anchor === 'start' ? 0 : anchor === 'end' ? width : width / 2;
  return Math.min(whole - 6 - (width - before), Math.max(6 + before, x));
}

function isFree(box: Box, layout: Placed, taken: readonly Box[]): boolean {
  const { size, nodes, nodeRadius, scale } = layout;
  const isInside =
    box.left >= 4 && box.right <= size.width - 4 && box.top >= 2 && box.bottom <= size.height - 2;
  if (!isInside || taken.some(other => doBoxesMeet(box, other))) return false;
  return nodes.every(
    node =>
      gapTo(box, node) > nodeRadius + 3 * scale &&
      (layout.isDotted ||
        (!doesLineMeet(node.inward, box, 4 * scale) && !doesLineMeet(node.outward, box, 4 * scale))),
  );
}

function pointsAlong(curve: Ellipse, { from, to }: Group): readonly Point[] {
  const steps = Math.max(1, Math.ceil((to - from) * 90));
  return Array.from({ length: steps + 1 }, (_, i) => curve.at(from + ((to - from) * i) / steps));
}

/** How far a band reaches beyond its nodes. */
const bandMargin = 8;

/** A line with round ends under one ring of nodes, an area with round corners under several. */
function bandOf({ from, to, isRing }: Group, curve: Ellipse, { depth, nodeRadius, scale }: Placed): Band {
  const reach = nodeRadius + bandMargin * scale;
  if (isRing) {
    const middle = curve.shrunk(depth / 2);
    const path = `${middle.arc(0, 0.5)}${middle.arc(0.5, 1, 'A')}`;
    return { path, width: depth + 2 * reach, isFilled: false };
  }
  if (depth === 0) {
    // A band of one node still needs a length to have round ends.
    const path = from === to ? `M${svg(curve.at(from))}h.01` : curve.arc(from, to);
    return { path, width: 2 * reach, isFilled: false };
  }
  const corner = Math.min(reach, 14 * scale);
  const outer = curve.shrunk(corner - reach);
  const inner = curve.shrunk(depth + reach - corner);
  const spare = (reach - corner) / curve.length;
  const path = `${outer.arc(from - spare, to + spare)}L${inner.arc(to + spare, from - spare).slice(1)}z`;
  return { path, width: 2 * corner, isFilled: true };
}

/** Under our node, else over it, where no lane passes. */
function countdownPlace({ centre, selfRadius, scale, fonts, nodes, isDotted }: Placed): Point | undefined {
  if (isDotted) return undefined;
  const width = fonts.name * 3.1;
  const height = fonts.word + fonts.name * 1.1;
  for (const direction of [1, -1]) {
    for (const farther of direction > 0 ? [0, 4, 8, 12] : [3, 7, 11]) {
      const distance = selfRadius + (11 + farther) * scale + height / 2;
      const middle = { x: centre.x, y: centre.y + direction * distance };
      const box = {
        left: middle.x - width / 2,
        right: middle.x + width / 2,
        top: middle.y - height / 2,
        bottom: middle.y + height / 2,
      };
      const isClearOfLanes = nodes.every(
        ({ inward, outward }) =>
          !doesLineMeet(inward, box, 3 * scale) && !doesLineMeet(outward, box, 3 * scale),
      );
      if (isClearOfLanes) return middle;
    }
  }
  return undefined;
}

/** Whether nothing lies on anything else. */
function isClear(layout: Placed): boolean {
  return overlapsIn(layout).next().done === true;
}

/** What lies on something else, in words for a test. */
export function* overlapsIn(layout: Placed): Generator<string> {
  const { nodes, nodeRadius, size, scale, centre, selfRadius } = layout;
  const air = (layout.isDotted ? 1.5 : 3) * scale;
  const boxes = nodes.map(({ label }) => (label === undefined ? undefined : wordBox(label, layout)));
  for (const [i, node] of nodes.entries()) {
    const { peer, x, y } = node;
    const edge = nodeRadius + 2;
    if (x < edge || y < edge || x > size.width - edge || y > size.height - edge) yield `${peer} is outside`;
    const least = layout.isDotted ? 16 * scale : 36 * scale;
    if (distanceOf(node, centre) < selfRadius + nodeRadius + 16 * scale + least) yield `${peer} is too near`;
    const box = boxes[i];
    if (box !== undefined) {
      if (box.left < 2 || box.right > size.width - 2 || box.top < 2 || box.bottom > size.height - 2) {
        yield `the words of ${peer} are outside`;
      }
    }
    for (const [j, other] of nodes.entries()) {
      if (i === j) continue;
      if (i < j && distanceOf(node, other) < 2 * nodeRadius + air) yield `${peer} lies on ${other.peer}`;
      if (box !== undefined && gapTo(box, other) < nodeRadius + 1) {
        yield `the words of ${peer} lie on ${other.peer}`;
      }
      const otherBox = boxes[j];
      if (i < j && box !== undefined && otherBox !== undefined && doBoxesMeet(box, otherBox)) {
        yield `the words of ${peer} and ${other.peer} meet`;
      }
      // Dots stand over the few lines that are drawn among so many.
      if (layout.isDotted) continue;
      for (const lane of [other.inward, other.outward]) {
        if (distanceToLine(node, lane) < nodeRadius + 1.5 * scale) {
          yield `a line of ${other.peer} crosses ${peer}`;
        }
        if (box !== undefined && doesLineMeet(lane, box, 1)) yield `a line of ${other.peer} crosses words`;
      }
    }
  }
}

function wordBox(label: Label, { words, fonts }: Placed): Box {
  return boxOf(label, wordEms[words] * fonts.word, fonts.word);
}

function boxOf({ x, y, anchor }: Label, width: number, font: number): Box {
  const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2;
  return { left, right: left + width, top: y - font * 0.85, bottom: y + font * 0.25 };
}

function doBoxesMeet(a: Box, b: Box): boolean {
  return a.left < b.right + 4 && b.left < a.right + 4 && a.top < b.bottom + 3 && b.top < a.bottom + 3;
}

/** From a point to the nearest point of a box. */
function gapTo(box: Box, { x, y }: Point): number {
  const dx = Math.max(box.left - x, 0, x - box.right);
  const dy = Math.max(box.top - y, 0, y - box.bottom);
  return Math.hypot(dx, dy);
}

/** Whether a line comes into a box with some air round it: what is left of it when each side has cut off its part. */
function doesLineMeet({ from, to }: Lane, box: Box, air: number): boolean {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  let [enters, leaves] = [0, 1];
  for (const [step, gap] of [
    [-dx, from.x - (box.left - air)],
    [dx, box.right + air - from.x],
    [-dy, from.y - (box.top - air)],
    [dy, box.bottom + air - from.y],
  ] as const) {
    if (step === 0) {
      if (gap < 0) return false;
    } else if (step < 0) enters = Math.max(enters, gap / step);
    else leaves = Math.min(leaves, gap / step);
    if (enters > leaves) return false;
  }
  return true;
}

function distanceToLine({ x, y }: Point, { from, to }: Lane): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy || 1;
  const share = Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / length));
  return Math.hypot(x - from.x - dx * share, y - from.y - dy * share);
}

function along(from: Point, to: Point, share: number): Point {
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}
