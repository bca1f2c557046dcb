import type { Command } from 'commander';
import type { Output } from './terminal.ts';

/** `piecewise lab …`: from the plan of a lab to the report of its run. */
export function addLabCommands(program: Command, out: Output): void {
  const lab = program.command('lab').description('Plan, build and check the run of a whole computer lab.');
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
}

const labCollectHelp = `
A DIR is the folder of one machine, a folder that holds several, or a zip of either. Each machine's folder holds
Common.cfg, PeerInfo.cfg, log_peer_ID.log and peer_ID/ of the peers that ran there. Nothing in them is changed.

Exit codes:
  0    nothing contradicts the protocol, and everything is here: each machine's folder, each peer's log and file
  1    something contradicts the protocol, or something is missing; the report says what
  2    the folders are of no use together; nothing was written`;
