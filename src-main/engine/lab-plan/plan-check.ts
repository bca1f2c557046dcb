import type { LabPlan, PlanMachine, PlanPlace, PlanProblem } from '../../../src-shared/lab.ts';
import { ipBytes, isLoopback } from '../bittorrent/compact.ts';
import { safeName } from '../content/path-rules.ts';
import { hostCharacters, maxPeerId, quote, wholeNumber } from '../course/config.ts';

/** What keeps a lab's plan from working, found before anybody walks to a machine. */

/** Leaves a folder's name room for four bytes a letter. */
const longestName = 60;

/** Longer names are in no name server. */
const longestHost = 253;

/** Below it, Unix lets only administrators listen. */
const firstOpenPort = 1024;

/** Everything that is wrong or doubtful in a plan, in the order of the plan. */
export function checkPlan(plan: LabPlan): PlanProblem[] {
  const problems = new Problems();
  judgeNames(plan, problems);
  judgeHosts(plan, problems);
  judgeIds(plan, problems);
  judgePorts(plan, problems);
  judgeWhole(plan, problems);
  return problems.inOrder();
}

/** The folder of a machine: "machine-a" of "Machine A". Letters of any language stay; the rest become hyphens. */
export function folderName(machineName: string): string {
  const words =
    machineName
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}_]+/gu) ?? [];
  return safeName(words.join('-'));
}

class Problems {
  readonly #found: PlanProblem[] = [];

  error(place: PlanPlace, message: string): void {
    this.#found.push({ place, message, isError: true });
  }

  notice(place: PlanPlace, message: string): void {
    this.#found.push({ place, message, isError: false });
  }

  /** What concerns the plan as a whole first, then from machine to machine and peer to peer. */
  inOrder(): PlanProblem[] {
    return this.#found.toSorted(({ place: a }, { place: b }) => {
      const machine = (a.machine ?? -1) - (b.machine ?? -1);
      return machine === 0 ? (a.peer ?? -1) - (b.peer ?? -1) : machine;
    });
  }
}

function judgeNames(plan: LabPlan, problems: Problems): void {
  const firsts = new Map<string, string>();
  for (const [machine, { name }] of plan.entries()) {
    const place: PlanPlace = { machine, field: 'name' };
    const fault = nameFault(name);
    if (fault !== undefined) {
      problems.error(place, fault);
      continue;
    }
    const folder = folderName(name);
    const first = firsts.get(folder);
    firsts.set(folder, first ?? name);
    if (first === name) {
      problems.error(
        place,
        `Another machine is already called ${quote(name)}; every machine needs a name of its own.`,
      );
    } else if (first !== undefined) {
      const both = `${quote(name)} and ${quote(first)} would both get the folder ${quote(folder)}`;
      problems.error(place, `${both}; give one of the two machines another name.`);
    }
  }
}

function nameFault(name: string): string | undefined {
  if (name.trim() === '') return 'The machine has no name; give it one, such as "Machine A".';
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(name)) {
    return `The name of a machine must not contain control characters or line ends; it is ${quote(name)}.`;
  }
  if (name !== name.trim()) {
    return `The name of a machine must not begin or end with a space; it is ${quote(name)}.`;
  }
  if ([...name].length > longestName) {
    return `The name of a machine must not have more than ${longestName} letters; this one has ${[...name].length}.`;
  }
  if (!/[\p{L}\p{N}]/u.test(name)) {
    return `The name of a machine needs a letter or a digit for its folder to be called after; it is ${quote(name)}.`;
  }
  return undefined;
}

function judgeHosts(plan: LabPlan, problems: Problems): void {
  const isOneComputer = plan.every(({ host }) => isLoopback(host.toLowerCase()));
  const firsts = new Map<string, PlanMachine>();
  for (const [machine, planned] of plan.entries()) {
    const { host } = planned;
    const place: PlanPlace = { machine, field: 'host' };
    const fault = hostFault(host);
    if (fault !== undefined) {
      problems.error(place, fault);
      continue;
    }
    if (isLoopback(host.toLowerCase()) && plan.length > 1) {
      if (isOneComputer) {
        if (machine === 0) {
          const all = `All machines are at addresses such as ${host}, which every computer has for itself`;
          problems.notice(place, `${all}: this lab works on one computer only.`);
        }
      } else {
        const own = `${quote(host)} is every computer's address for itself, so the others never reach this machine there`;
        problems.error(
          place,
          `${own}; write the address it has in the network ("piecewise addresses" lists them).`,
        );
      }
    } else {
      const doubt = hostDoubt(host) ?? sharedHost(planned, firsts.get(host.toLowerCase()));
      if (doubt !== undefined) problems.notice(place, doubt);
    }
    if (!firsts.has(host.toLowerCase())) firsts.set(host.toLowerCase(), planned);
  }
}

/** What keeps a text from being an address that others can dial. */
function hostFault(host: string): string | undefined {
  if (host.trim() === '') return 'The machine has no host; write its address, such as 192.168.1.101.';
  const write = 'write only the address or the name';
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(host))
    return `A host has no "…://" before it; ${write}; it is ${quote(host)}.`;
  if (/\s/.test(host)) return `A host has no spaces; it is ${quote(host)}.`;
  if (/^\[.*\]$/.test(host)) return `Write the address without brackets; it is ${quote(host)}.`;
  if (/^(\[.*\]|[^:]*):\d+$/.test(host)) {
    return `A host has no port after it; ${write}, since each peer has its own port; it is ${quote(host)}.`;
  }
  if (!hostCharacters.test(host)) {
    return `The host must be a name or an address such as 192.168.1.101; it is ${quote(host)}.`;
  }
  if (host.length > longestHost) {
    return `A host must not have more than ${longestHost} characters; this one has ${host.length}.`;
  }
  return /^[\d.]+$/.test(host) || host.includes(':') ? addressFault(host) : nameOfHostFault(host);
}

function addressFault(host: string): string | undefined {
  const ip = ipBytes(host.replace(/%.*$/, ''));
  const shown = quote(host);
  if (ip === undefined) {
    if (host.includes(':')) return `${shown} is no IPv6 address.`;
    const octets = host.split('.');
    if (octets.some(octet => Number(octet) > 255)) {
      return `An address such as 192.168.1.101 consists of numbers up to 255; it is ${shown}.`;
    }
    return octets.length === 4 && octets.every(octet => octet !== '')
      ? `Write the address without leading zeros; it is ${shown}.`
      : `An address such as 192.168.1.101 consists of four numbers; it is ${shown}.`;
  }
  const isIpv4 = ip.length === 4;
  if (ip.every(byte => byte === 255))
    return `${shown} means every computer at once; write this machine's own address.`;
  if (isIpv4 ? ip[0] === 0 : ip.every(byte => byte === 0)) {
    return `${shown} is an address to listen at, and nobody can be reached there; write this machine's own address.`;
  }
  if (isIpv4 ? ip[0]! >= 224 : ip[0] === 0xff) {
    return `${shown} is an address for groups (multicast) or kept back; write this machine's own address.`;
  }
  return undefined;
}

function nameOfHostFault(host: string): string | undefined {
  if (host.includes('%'))
    return `The host must be a name or an address such as 192.168.1.101; it is ${quote(host)}.`;
  const labels = host.replace(/\.$/, '').split('.');
  if (labels.some(label => label === '' || label.length > 63 || /^-|-$/.test(label))) {
    return `${quote(host)} is no host name: each part between full stops has 1 to 63 letters, and no hyphen at its ends.`;
  }
  return undefined;
}

function hostDoubt(host: string): string | undefined {
  const isLinkLocal = /^(169\.254\.|fe[89ab][\da-f]:)/i.test(host);
  if (!isLinkLocal) return undefined;
  const kind = 'is an address that a computer gives itself where no network gave it one';
  return `${quote(host)} ${kind}; others may not reach it, and it may be another one after the next start.`;
}

function sharedHost({ host, name }: PlanMachine, first: PlanMachine | undefined): string | undefined {
  if (first === undefined) return undefined;
  return `${quote(name)} and ${quote(first.name)} have the same host, ${host}: they are taken for one computer.`;
}

function judgeIds(plan: LabPlan, problems: Problems): void {
  const firsts = new Map<number, PlanMachine>();
  let before: number | undefined;
  for (const [machine, planned] of plan.entries()) {
    for (const [peer, { id }] of planned.peers.entries()) {
      const place: PlanPlace = { machine, peer, field: 'id' };
      const number = wholeNumber(id, 1, maxPeerId);
      if (Number.isNaN(number)) {
        problems.error(
          place,
          `The peer ID must be a whole number from 1 to ${maxPeerId}; it is ${quote(id)}.`,
        );
        continue;
      }
      if (id !== String(number)) {
        problems.error(place, `Write the peer ID without leading zeros, ${number}; it is ${quote(id)}.`);
      }
      const first = firsts.get(number);
      if (first !== undefined) {
        const taken = `Peer ID ${number} is already taken on ${quote(first.name)}`;
        problems.error(place, `${taken}; every peer of the lab needs its own.`);
        continue;
      }
      firsts.set(number, planned);
      // To some implementations an earlier peer is one with a smaller ID, to others one in an earlier line: where the
      // two differ, both of a pair dial, or neither does.
      if (before !== undefined && number < before) {
        const order = `Peer ${number} comes after peer ${before}`;
        problems.error(place, `${order}; IDs must ascend from the first machine to the last.`);
      }
      before = number;
    }
  }
}

function judgePorts(plan: LabPlan, problems: Problems): void {
  const firsts = new Map<string, string>();
  for (const [machine, { host, peers }] of plan.entries()) {
    for (const [peer, { id, port }] of peers.entries()) {
      const place: PlanPlace = { machine, peer, field: 'port' };
      const number = wholeNumber(port, 1, 65_535);
      if (Number.isNaN(number)) {
        problems.error(place, `The port must be a whole number from 1 to 65535; it is ${quote(port)}.`);
        continue;
      }
      if (port !== String(number)) {
        problems.error(place, `Write the port without leading zeros, ${number}; it is ${quote(port)}.`);
      }
      if (number < firstOpenPort) {
        const doubt = `on Linux and macOS only an administrator may listen at ports below ${firstOpenPort}`;
        problems.notice(place, `Port ${number}: ${doubt}.`);
      }
      const key = `${host.toLowerCase()} ${number}`;
      const first = firsts.get(key);
      firsts.set(key, first ?? id);
      if (first !== undefined) {
        const taken = `Port ${number} of ${quote(host)} is already taken by peer ${first}`;
        problems.error(place, `${taken}; give one of the two another port.`);
      }
    }
  }
}

function judgeWhole(plan: LabPlan, problems: Problems): void {
  if (plan.length === 0) {
    problems.error({}, 'The plan has no machines; it needs one at least, with a peer that has the file.');
    return;
  }
  for (const [machine, { name, peers }] of plan.entries()) {
    if (peers.length === 0) {
      problems.error({ machine }, `${quote(name)} has no peers; give it one, or take the machine out.`);
    }
  }
  const peers = plan.flatMap(machine => machine.peers);
  const seeds = peers.filter(({ hasFile }) => hasFile).length;
  if (peers.length > 0 && seeds === 0) {
    problems.error({}, 'No peer has the file; one at least must begin with it ("has_file": "1").');
  } else if (peers.length > 1 && seeds === peers.length) {
    problems.notice({}, 'Every peer begins with the file, so there is nothing to download.');
  } else if (peers.length === 1 && plan.length === 1) {
    problems.notice({}, 'There is only one peer, so there is nobody to share the file with.');
  }
}
