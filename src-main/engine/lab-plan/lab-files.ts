import type { LabDraft, LabFile, LabFolder, LabPlan, PlanProblem } from '../../../src-shared/lab.ts';
import { utf8Length } from '../content/path-rules.ts';
import {
  type CommonConfig,
  fileNameFault,
  formatCommon,
  formatPeerInfo,
  parseCommon,
  quote,
  type RosterEntry,
} from '../course/config.ts';
import { checkPlan, folderName } from './plan-check.ts';
import { formatLabMark } from './plan-text.ts';
import { startHere } from './start-here.ts';
import { batchScript, commandFault, shellScript } from './start-scripts.ts';

/** Every file of every machine's folder, written out of a plan. */

/** Everything that is wrong or doubtful in a draft. Without errors, `planFolders` makes a lab of it. */
export function checkDraft(draft: LabDraft): PlanProblem[] {
  return [...checkPlan(draft.plan), ...checkSettings(draft)];
}

/** The part of it that is not about the plan: the file, the sizes and times, the command. */
export function checkSettings(draft: LabDraft): PlanProblem[] {
  return [...checkCommon(draft), ...checkCommand(draft)];
}

/** The folder of each machine, in the order of the plan. For a draft without errors. */
export function planFolders(draft: LabDraft): LabFolder[] {
  const { plan } = draft;
  const common = formatCommon(commonOf(draft));
  const peerInfo = formatPeerInfo(rosterOf(plan));
  return plan.map((machine, index) => {
    const seeds = machine.peers.filter(({ hasFile }) => hasFile);
    const files: LabFile[] = [
      textFile('Common.cfg', common),
      textFile('PeerInfo.cfg', peerInfo),
      textFile('START-HERE.txt', forReaders(draft, startHere(draft, index))),
      textFile('lab.json', formatLabMark({ machine: machine.name, plan })),
    ];
    if (draft.scripts !== 'windows') {
      files.push({ ...textFile('run_peers.sh', shellScript(draft, index)), isExecutable: true });
    }
    if (draft.scripts !== 'unix') {
      files.push(textFile('run_peers.bat', withReturns(batchScript(draft, index))));
    }
    for (const { id } of seeds) {
      const path = `peer_${id}/${draft.fileName}`;
      files.push({ path, text: null, size: draft.fileSize, isExecutable: false });
    }
    return { name: folderName(machine.name), machine: index, files };
  });
}

/** The plan's peers as `PeerInfo.cfg` lists them. For a plan without errors. */
export function rosterOf(plan: LabPlan): Omit<RosterEntry, 'line'>[] {
  return plan.flatMap(({ host, peers }) =>
    peers.map(({ id, port, hasFile }) => ({ peer: id, host, port: Number(port), seed: hasFile })),
  );
}

function commonOf(draft: LabDraft): CommonConfig {
  return {
    preferredNeighbours: draft.preferredNeighbours,
    unchokingIntervalMs: draft.unchokingSeconds * 1000,
    optimisticIntervalMs: draft.optimisticSeconds * 1000,
    fileName: draft.fileName,
    fileSize: draft.fileSize,
    pieceSize: draft.pieceSize,
  };
}

/** What every peer would find wrong with `Common.cfg`. */
function checkCommon(draft: LabDraft): PlanProblem[] {
  const fault = fileNameFault(draft.fileName);
  // A line end in the name would begin another line of the file.
  if (fault !== undefined) {
    return [
      {
        place: { field: 'fileName' },
        message: `The name of the file ${fault}; it is ${quote(draft.fileName)}.`,
        isError: true,
      },
    ];
  }
  const read = parseCommon(formatCommon(commonOf(draft)));
  const problems = read.ok ? read.notices : read.problems;
  return problems.map(({ message, severity }) => ({
    place: { field: 'common' },
    message,
    isError: severity === 'error',
  }));
}

function checkCommand({ command }: LabDraft): PlanProblem[] {
  const fault = command === null ? undefined : commandFault(command);
  return fault === undefined ? [] : [{ place: { field: 'command' }, message: fault, isError: true }];
}

function textFile(path: string, text: string): LabFile {
  return { path, text, size: utf8Length(text), isExecutable: false };
}

/** Old editors on Windows show a text without carriage returns as one line; others show both alike. */
function forReaders({ scripts }: LabDraft, text: string): string {
  return scripts === 'unix' ? text : withReturns(text);
}

function withReturns(text: string): string {
  return text.replaceAll('\n', '\r\n');
}
