import type { PeerId } from '../../../src-shared/journal.ts';
import {
  type CommonConfig,
  checkSwarm,
  type Parsed,
  parseCommon,
  parsePeerInfo,
  type RosterEntry,
} from './config.ts';
import type { GatheredMachine } from './lab-report.ts';

/** Decides what of a lab's folders is used: which configuration holds, and which folder is whose. */

/** The configuration files of one folder, as far as it has them. */
export interface FolderConfig {
  readonly label: string;
  readonly common: string | undefined;
  readonly peerInfo: string | undefined;
}

export interface AgreedSetup {
  readonly common: CommonConfig;
  readonly roster: readonly RosterEntry[];
  /** The texts that hold, as they stand in the first folder that has them. */
  readonly texts: { readonly common: string; readonly peerInfo: string };
}

/**
 * What all folders say in their configuration files. An error names two folders and the first line that differs in what
 * the swarm agrees on; addresses may differ, since a machine may call itself by another one.
 */
export function agreeOnSetup(folders: readonly FolderConfig[]): Parsed<AgreedSetup> {
  const common = agreeOn(folders, 'Common.cfg', ({ common }) => common, parseCommon, JSON.stringify);
  const roster = agreeOn(folders, 'PeerInfo.cfg', ({ peerInfo }) => peerInfo, parsePeerInfo, essentialsOf);
  const told = [common, roster].flatMap(parsed => (parsed.ok ? parsed.notices : parsed.problems));
  if (!common.ok || !roster.ok) return { ok: false, problems: told };
  const misfits = checkSwarm(common.value.value, roster.value.value, `${roster.value.label}/PeerInfo.cfg`);
  if (misfits.length > 0) return { ok: false, problems: [...told, ...misfits] };
  const texts = { common: common.value.text, peerInfo: roster.value.text };
  const value = { common: common.value.value, roster: roster.value.value, texts };
  return { ok: true, value, notices: told };
}

function essentialsOf(roster: readonly RosterEntry[]): string {
  return JSON.stringify(roster.map(({ peer, seed }) => [peer, seed]));
}

interface Agreed<T> {
  readonly value: T;
  readonly text: string;
  readonly label: string;
}

function agreeOn<T>(
  folders: readonly FolderConfig[],
  name: string,
  textOf: (folder: FolderConfig) => string | undefined,
  parse: (text: string, file: string) => Parsed<T>,
  essence: (value: T) => string,
): Parsed<Agreed<T>> {
  const [first, ...others] = folders.filter(folder => textOf(folder) !== undefined);
  if (!first) {
    const message = `There is no such file in any of the folders: ${folders.map(({ label }) => label).join(', ')}.`;
    return { ok: false, problems: [{ file: name, message, severity: 'error' }] };
  }
  const file = `${first.label}/${name}`;
  const text = textOf(first)!;
  const parsed = parse(text, file);
  if (!parsed.ok) return parsed;
  const notices = [...parsed.notices];
  for (const other of others) {
    const otherText = textOf(other)!;
    const line = firstDifference(text, otherText);
    if (line === undefined) continue;
    const otherFile = `${other.label}/${name}`;
    const its = parse(otherText, otherFile);
    const severity = its.ok && essence(its.value) === essence(parsed.value) ? 'notice' : 'error';
    const quote = (whole: string) => {
      const found = linesOf(whole)[line - 1];
      return found === undefined ? 'no such line' : JSON.stringify(found.slice(0, 100));
    };
    const end = severity === 'error' ? 'The folders are not of the same run.' : 'That changes nothing here.';
    const message = `It differs from ${file}: ${quote(otherText)} here, ${quote(text)} there. ${end}`;
    notices.push({ file: otherFile, line, message, severity });
  }
  if (notices.some(({ severity }) => severity === 'error')) return { ok: false, problems: notices };
  return { ok: true, value: { value: parsed.value, text, label: first.label }, notices };
}

/** Counted from 1; line ends, spaces at the end of lines and empty lines at the end of the file do not count. */
function firstDifference(text: string, other: string): number | undefined {
  const [lines, otherLines] = [linesOf(text), linesOf(other)];
  for (let index = 0; index < Math.max(lines.length, otherLines.length); index += 1) {
    if (lines[index] !== otherLines[index]) return index + 1;
  }
  return undefined;
}

function linesOf(text: string): string[] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .map(line => line.trimEnd());
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

/** What a folder holds of the run. */
export interface FolderContents {
  readonly label: string;
  /** The machine whose folder it is, where a mark says so. */
  readonly machine: string | undefined;
  /** The peers whose logs it has, each with what is the same only for the same log: a digest. */
  readonly logs: ReadonlyMap<PeerId, string>;
  /** Peers that have a folder in it. */
  readonly peerFolders: ReadonlySet<PeerId>;
}

/** A machine as the plan has it. */
export interface PlannedMachine {
  readonly name: string;
  readonly host: string;
  readonly peers: readonly PeerId[];
}

export interface Placing {
  /** The folder of each peer, by index; a peer of which nothing is here has none. */
  readonly places: ReadonlyMap<PeerId, number>;
  /** In the order of the plan, or of the roster. */
  readonly machines: readonly GatheredMachine[];
  readonly notices: readonly string[];
  /** Sentences about folders that cannot be of one run. */
  readonly problems: readonly string[];
}

/** Finds for each peer the one folder in which its log and file are read. `plan`: where a mark has told it. */
export function placePeers(
  roster: readonly RosterEntry[],
  folders: readonly FolderContents[],
  plan: readonly PlannedMachine[] | undefined,
): Placing {
  const notices: string[] = [];
  const problems: string[] = [];
  const places = new Map<PeerId, number>();
  const machineOf = new Map(plan?.flatMap(({ name, peers }) => peers.map(peer => [peer, name] as const)));
  const isOwner = (folder: number, peer: PeerId) =>
    folders[folder]!.machine !== undefined && folders[folder]!.machine === machineOf.get(peer);
  /** Peers whose log is in two folders, alike, by the pair of folders. */
  const twins = new Map<string, { used: number; other: number; peers: PeerId[] }>();
  const all = [...folders.keys()];

  for (const { peer } of roster) {
    const holders = all.filter(folder => folders[folder]!.logs.has(peer));
    const owners = holders.filter(folder => isOwner(folder, peer));
    const digestOf = (folder: number) => folders[folder]!.logs.get(peer)!;
    const candidates = owners.length > 0 ? owners : holders;
    const [used] = candidates;
    if (used === undefined) {
      const place =
        all.find(folder => isOwner(folder, peer)) ??
        all.find(folder => folders[folder]!.peerFolders.has(peer) && folders[folder]!.machine === undefined);
      if (place !== undefined) places.set(peer, place);
      continue;
    }
    const rival = candidates.find(folder => digestOf(folder) !== digestOf(used));
    if (rival !== undefined) {
      problems.push(
        `log_peer_${peer}.log is another in ${folders[rival]!.label} than in ${folders[used]!.label}; leave out the folder that is not of this run.`,
      );
      continue;
    }
    places.set(peer, used);
    for (const other of holders) {
      if (other === used) continue;
      if (digestOf(other) !== digestOf(used)) {
        notices.push(
          `log_peer_${peer}.log in ${folders[other]!.label} is not used: it differs from that in ${folders[used]!.label}, the folder of the peer's machine.`,
        );
        continue;
      }
      const twin = twins.get(`${used} ${other}`) ?? { used, other, peers: [] };
      twins.set(`${used} ${other}`, twin);
      twin.peers.push(peer);
    }
  }
  for (const { used, other, peers } of twins.values()) {
    notices.push(
      `${folders[other]!.label} and ${folders[used]!.label} hold the same log of ${peers.length === 1 ? 'peer' : 'peers'} ${peers.join(', ')}; each is used once.`,
    );
  }
  const known = new Set(roster.map(({ peer }) => peer));
  for (const [index, { label, logs, peerFolders, machine }] of folders.entries()) {
    for (const peer of logs.keys()) {
      if (known.has(peer)) continue;
      notices.push(`${label}/log_peer_${peer}.log is not used: PeerInfo.cfg does not list peer ${peer}.`);
    }
    const isUsed = [...places.values()].includes(index);
    if (!isUsed && logs.size === 0 && machine === undefined) {
      notices.push(`${label} holds no log${peerFolders.size === 0 ? ' and no folder of a peer' : ''}.`);
    }
  }
  const machines = plan ? plannedMachines(plan, folders, places) : seenMachines(roster, folders, places);
  return { places, machines, notices, problems };
}

function plannedMachines(
  plan: readonly PlannedMachine[],
  folders: readonly FolderContents[],
  places: ReadonlyMap<PeerId, number>,
): GatheredMachine[] {
  return plan.map(({ name, host, peers }) => {
    const used = peers.flatMap(peer => places.get(peer) ?? []);
    const marked = [...folders.keys()].filter(folder => folders[folder]!.machine === name);
    const labels = new Set(
      [...used, ...(used.length === 0 ? marked : [])].map(folder => folders[folder]!.label),
    );
    return { name, host, peers, folder: labels.size === 0 ? null : [...labels].join(', ') };
  });
}

/** Without a plan each folder is a machine, and what is in none is told by host. */
function seenMachines(
  roster: readonly RosterEntry[],
  folders: readonly FolderContents[],
  places: ReadonlyMap<PeerId, number>,
): GatheredMachine[] {
  const groups = new Map<string, { folder: string | null; hosts: Set<string>; peers: PeerId[] }>();
  for (const { peer, host } of roster) {
    const folder = places.get(peer);
    const key = folder === undefined ? `host ${host}` : `folder ${folder}`;
    const group = groups.get(key) ?? {
      folder: folder === undefined ? null : folders[folder]!.label,
      hosts: new Set(),
      peers: [],
    };
    groups.set(key, group);
    group.hosts.add(host);
    group.peers.push(peer);
  }
  return [...groups.values()].map(({ folder, hosts, peers }) => {
    const host = [...hosts].join(', ');
    return { name: folder ?? host, host, peers, folder };
  });
}
