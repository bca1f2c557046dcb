import { type Command, InvalidArgumentError, Option } from 'commander';
import { count, seconds, size } from './option-values.ts';
import type { Output } from './terminal.ts';

/** `piecewise lab …`: from the plan of a lab to the report of its run; and `piecewise addresses`. */
export function addLabCommands(program: Command, helpGroup: string, out: Output, err: Output): void {
  const lab = program
    .command('lab')
    .helpGroup(helpGroup)
    .description('Plan, build and check the run of a whole computer lab.');
  lab
    .command('template')
    .description("Write a plan to begin with, its first machine at this computer's own address.")
    .option('--machines <n>', 'how many machines', machineCount, 3)
    .option('--out <file>', 'where to write it; standard output otherwise')
    .option('--force', 'replace a file that exists', false)
    .action(async options => {
      const { labTemplateCommand } = await import('./lab-plan.ts');
      process.exitCode = await labTemplateCommand(options, out, err);
    });
  lab
    .command('check')
    .description('Check a plan: each mistake with its line, and what is doubtful.')
    .argument('<plan>', 'the plan, a JSON file')
    .option('--json', 'print everything as JSON', false)
    .addHelpText('after', labCheckHelp)
    .action(async (plan: string, options) => {
      const { labCheckCommand } = await import('./lab-plan.ts');
      process.exitCode = await labCheckCommand(plan, options, out, err);
    });
  lab
    .command('build')
    .description('Make a folder for each machine of a plan: configuration, start scripts, and the file.')
    .argument('<plan>', 'the plan, a JSON file')
    .option('--machine [name]', 'only the folder of this machine; without a name, of this computer')
    .addOption(new Option('--file <file>', 'share this file').conflicts('fileSize'))
    .option('--file-size <size>', 'share a random file of this size; 20MiB otherwise', size)
    .option('--file-name <name>', 'FileName; the name of the file, or TheFile.dat, otherwise')
    .addOption(pieceSizeOption())
    .option('--preferred <k>', 'NumberOfPreferredNeighbors', count, 2)
    .option('--unchoking <seconds>', 'UnchokingInterval', seconds, 5)
    .option('--optimistic <seconds>', 'OptimisticUnchokingInterval', seconds, 15)
    .option('--command <command>', 'what to start instead of Piecewise, before the ID: "java peerProcess"')
    .option('--windows', 'start scripts for Windows', false)
    .option('--unix', 'start scripts for Linux and macOS', false)
    .option('--both', 'for both, as without any of the three', false)
    .option('--out <dir>', 'where the folders come to lie; with --zip, the name of the zip', 'lab')
    .option('--zip', 'put all folders into one zip instead', false)
    .option('--force', 'replace files of the same names; everything else in the folders stays', false)
    .option('--json', 'print what was made as JSON', false)
    .addHelpText('after', labBuildHelp)
    .action(async (plan: string, options) => {
      const { labBuildCommand } = await import('./lab-plan.ts');
      process.exitCode = await labBuildCommand(plan, options, out, err);
    });
  lab
    .command('collect')
    .description('Check what the machines of a lab brought back as one run, and write one report to print.')
    .argument('<dir...>', 'folders of machines, folders that hold several, or zips of either')
    .option('--out <dir>', 'also copy all logs and the configuration into this folder, as if of one machine')
    .option('--html <file>', 'where to write the report; lab-report.html in DIR of --out, or here, otherwise')
    .option('--json', 'print everything as JSON', false)
    .option('--force', 'replace files that exist', false)
    .addHelpText('after', labCollectHelp)
    .action(async (dirs: readonly string[], options) => {
      const { labCollectCommand } = await import('./lab-collect.ts');
      process.exitCode = await labCollectCommand(dirs, options, out);
    });
  program
    .command('addresses')
    .helpGroup(helpGroup)
    .description('List the addresses of this computer, and tell which of them others can probably reach.')
    .option('--json', 'print JSON', false)
    .action(async options => {
      const { addressesCommand } = await import('./addresses.ts');
      process.exitCode = addressesCommand(options, out);
    });
}

/** Of the course's `Common.cfg`. */
export function pieceSizeOption(): Option {
  return new Option('--piece-size <size>', 'PieceSize').argParser(size).default(16 * 1024, '16KiB');
}

function machineCount(text: string): number {
  const machines = count(text);
  if (machines < 1 || machines > 1000) throw new InvalidArgumentError('give a number from 1 to 1000.');
  return machines;
}

const labCheckHelp = `
Exit codes:
  0    a lab can be built of it; there may be notices
  1    it has mistakes
  2    the file cannot be read`;

const labBuildHelp = `
Without --machine every machine gets its folder, and the one that is this computer is pointed out. With --machine
alone, only this computer's folder is made: its addresses tell which machine of the plan it is. Built from the same
plan with the same options, each machine's folder is the same wherever it is made, random files included.

The scripts start Piecewise: what PIECEWISE names, piecewise on the PATH, or the installed app. Another program mostly
gives up when an earlier peer does not answer. Therefore its script starts the next peer of a machine when the one
before it listens, and asks whether earlier machines run. "run_peers.sh --wait port" connects to their ports instead
until they answer, which some programs take for a neighbour lost; "--wait none" starts at once.

Exit codes:
  0    everything was made
  2    a mistake in the plan or the options; nothing was made
  4    the disk is full; nothing was made
  130  interrupted (Ctrl-C); nothing was made`;

const labCollectHelp = `
A DIR is the folder of one machine, a folder that holds several, or a zip of either. Each machine's folder holds
Common.cfg, PeerInfo.cfg, log_peer_ID.log and peer_ID/ of the peers that ran there. Nothing in them is changed.

Exit codes:
  0    nothing contradicts the protocol, and everything is here: each machine's folder, each peer's log and file
  1    something contradicts the protocol, or something is missing; the report says what
  2    the folders are of no use together; nothing was written`;
