#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { parseSize } from '../../../src-shared/units.ts';
import { exitCode, exitCodesHelp } from './exit-codes.ts';
import { peerCommand } from './peer.ts';

const size = (text: string): number => {
  const bytes = parseSize(text);
  if (bytes === undefined) throw new InvalidArgumentError('give a size such as 20MiB, 512KiB or 1000000.');
  return bytes;
};

/** A rate in bytes per second, or `none`. */
const rate = (text: string): number => (text === 'none' ? Number.POSITIVE_INFINITY : size(text));

const seconds = (text: string): number => {
  const value = Number(text);
  if (!(value >= 0) || text.trim() === '') throw new InvalidArgumentError('give a number of seconds.');
  return value;
};

const { stdout, stderr } = process;
for (const stream of [stdout, stderr]) stream.on('error', () => {}); // whoever listened has gone

const program = new Command('piecewise')
  .description('Peer-to-peer file sharing for a computer lab, over the course protocol.')
  .version('0.1.0')
  .exitOverride()
  .showHelpAfterError()
  .addHelpText('after', exitCodesHelp);

program
  .command('peer')
  .description(
    'Run one peer of a course swarm: what `peerProcess ID` does. Ends when everybody has the file.',
  )
  .argument('<id>', 'its peer ID in PeerInfo.cfg')
  .option('--dir <dir>', 'the working folder, with Common.cfg and PeerInfo.cfg', '.')
  .option('--journal <file>', 'write every event to this file as JSON lines')
  .addOption(
    new Option('--strategy <rule>', 'which piece to ask for next')
      .choices(['random', 'rarest'])
      .default('random'),
  )
  .option('--upload-limit <rate>', 'bytes per second, such as 2MiB, or none', rate, Number.POSITIVE_INFINITY)
  .option('--lost-after <seconds>', 'how long to wait for a peer that vanished', seconds, 60)
  .option('--json', 'print JSON lines for a script', false)
  .addHelpText('after', exitCodesHelp)
  .action(async (id: string, options) => {
    process.exitCode = await peerCommand(
      {
        dir: options.dir,
        id,
        strategy: options.strategy,
        uploadBytesPerSecond: options.uploadLimit,
        lostAfterMs: options.lostAfter * 1000,
        json: options.json,
        ...(options.journal === undefined ? {} : { journalFile: options.journal }),
      },
      stdout,
      stderr,
    );
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? exitCode.ok : exitCode.badSetUp;
}
