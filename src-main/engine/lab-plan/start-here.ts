import type { LabDraft, PlanMachine } from '../../../src-shared/lab.ts';
import { formatBytes } from '../../../src-shared/units.ts';
import { ipBytes } from '../bittorrent/compact.ts';
import { plural } from '../course/findings.ts';
import { folderName } from './plan-check.ts';

/** One page in plain words, for whoever carries a folder to its machine. */

/** More would not fit on a page. */
const mostListed = 12;

/** `START-HERE.txt` of a machine, with plain line ends. */
export function startHere(draft: LabDraft, index: number): string {
  const { plan } = draft;
  const machine = plan[index]!;
  const title = `START HERE: ${machine.name}`;
  const lines = [
    title,
    '='.repeat([...title].length),
    '',
    `This folder is for one computer: ${machine.name}, ${machine.host} in the network.`,
    `It runs ${peers(machine)}. The lab has ${plural(plan.length, 'machine')} and shares the file`,
    `${draft.fileName} (${formatBytes(draft.fileSize)}).`,
    '',
    '1. Copy',
    `   Copy this whole folder, "${folderName(machine.name)}", to that computer, to any place where you may write.`,
    ...program(draft, machine),
    ...whichHost(machine),
    '   If not, correct the plan and build all folders again.',
    '',
    '2. Start, machine by machine, in this order',
    ...order(draft, index),
    ...start(draft),
    '',
    '3. Ports and firewall',
    `   The other machines connect to this one over TCP, ${ports(machine)}.`,
    '   When the firewall asks, allow it for private networks; otherwise nobody reaches these peers.',
    '',
    '4. What comes out, all of it in this folder',
    '   log_peer_ID.log      what each peer did, line by line',
    `   peer_ID/${draft.fileName}`,
    '                        the file; every machine has the same one in the end',
    '   peer_ID.out.txt      what each peer printed; look here when something is wrong',
    '   Peers end by themselves when everybody has the file.',
    '   To run it all again, delete these first, except the file of a peer that begins with it.',
    '',
    '5. Collect',
    '   Bring the folders of all machines together on one computer, and there:',
    `   piecewise lab collect ${folders(plan)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function whichHost({ host }: PlanMachine): string[] {
  if (ipBytes(host.replace(/%.*$/, '')) !== undefined) {
    return [
      `   Is the address right? "piecewise addresses" must list ${host} there (or ipconfig on Windows,`,
      '   "ip addr" on Linux, ifconfig on macOS).',
    ];
  }
  const [name] = host.split('.', 1);
  return [
    `   Is the name right? "hostname" must print ${name} there, with or without a domain, and the other machines`,
    `   must know the name: "ping ${host}" tells.`,
  ];
}

function program({ command }: LabDraft, { peers: [first] }: PlanMachine): string[] {
  if (command === null) {
    return [
      '   Piecewise must be installed there. Where the script does not find it, let PIECEWISE name the program, or',
      '   its piecewise.js.',
    ];
  }
  return [
    '   Copy your program into it, too, so that in this folder this works:',
    `      ${command} ${first?.id ?? ''}`,
  ];
}

function order({ plan }: LabDraft, index: number): string[] {
  const from = Math.max(0, Math.min(index - mostListed + 3, plan.length - mostListed));
  const shown = plan.slice(from, from + mostListed).map((machine, at) => {
    const number = String(from + at + 1).padStart(3);
    const here = from + at === index ? '   <- this one' : '';
    return `   ${number}. ${machine.name} at ${machine.host}: ${peers(machine)}${here}`;
  });
  const before =
    from > 0 ? [`        ${plural(from, 'machine')} before these; PeerInfo.cfg lists every peer`] : [];
  const after = plan.length - from - shown.length;
  return [...before, ...shown, ...(after > 0 ? [`        and ${after} more`] : [])];
}

function start({ command, scripts }: LabDraft): string[] {
  const windows = '   Windows: double-click run_peers.bat.';
  const unix = '   Linux and macOS: in a terminal in this folder, sh run_peers.sh';
  const how = scripts === 'both' ? [windows, unix] : [scripts === 'unix' ? unix : windows];
  const waiting =
    command === null
      ? ['   Whoever comes early waits: each peer tries again every second until the others are there.']
      : [
          '   It asks whether the machines before this one run, since most programs give up when they do not.',
          '   With "--wait port" it finds out by itself, by connecting to their ports: to some programs that is a',
          '   neighbour who comes and goes, so use it only where yours does not mind. "--wait none" starts at once.',
        ];
  const stop =
    scripts === 'windows'
      ? '   To stop a peer, close its window.'
      : scripts === 'unix'
        ? '   To stop, press Ctrl-C.'
        : '   To stop, press Ctrl-C; on Windows, close the windows of the peers.';
  return [...how, ...waiting, stop];
}

function peers({ peers: all }: PlanMachine): string {
  const ids = all.map(({ id, hasFile }) => (hasFile ? `${id} (begins with the file)` : id));
  return `${all.length === 1 ? 'peer' : 'peers'} ${listed(ids)}`;
}

function ports({ peers: all }: PlanMachine): string {
  return `${all.length === 1 ? 'port' : 'ports'} ${listed(all.map(({ port }) => port))}`;
}

function folders(plan: LabDraft['plan']): string {
  const [first, second] = plan.map(({ name }) => folderName(name));
  return plan.length > 2
    ? `${first} ${second} ...`
    : [first, second].filter(name => name !== undefined).join(' ');
}

function listed(items: readonly string[]): string {
  const shown =
    items.length > mostListed ? [...items.slice(0, mostListed), `${items.length - mostListed} more`] : items;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
