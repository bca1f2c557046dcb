#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, Help, InvalidArgumentError, Option } from 'commander';
import { demoCommand } from './demo.ts';
import { exitCode, exitCodesHelp } from './exit-codes.ts';
import { addLabCommands, pieceSizeOption } from './lab-program.ts';
import { makeFileCommand } from './make-file.ts';
import { count, pieceSize, rate, seconds, shareName, size, tracker } from './option-values.ts';
import { peerCommand } from './peer.ts';
import { endUtilityProcess } from './peer-control.ts';
import type { Program } from './ui.ts';
import { verifyCommand } from './verify.ts';

const pace = (text: string): number | 'paced' => (text === 'paced' ? text : rate(text));

const strategyOption = () =>
  new Option('--strategy <rule>', 'which piece to ask for next')
    .choices(['random', 'rarest'])
    .default('random');

const port = (text: string): number => {
  const value = count(text);
  if (value > 65_535) throw new InvalidArgumentError('give a port from 0 to 65535.');
  return value;
};

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

const ratio = (text: string): number => {
  const value = Number(text);
  if (!(value > 0) || text.trim() === '') throw new InvalidArgumentError('give a ratio such as 1.5.');
  return value;
};

const portOption = () =>
  new Option('--port <n>', 'the port of the screen; 0 for any that is free').argParser(port).default(0);

/** In which part of the list of commands each stands. */
const helpGroups = {
  course: "The course's swarms:",
  shares: 'Shares, over BitTorrent:',
  app: 'The app:',
} as const;

const plainHelp = new Help();

/** A switch that is off and a list of nothing are no defaults worth reading. */
function described(option: Option): string {
  const { defaultValue, description } = option;
  const isNothing = defaultValue === false || (Array.isArray(defaultValue) && defaultValue.length === 0);
  return isNothing ? description : plainHelp.optionDescription(option);
}

/** One line after a mistake: the whole help would push it off the screen. */
function hintAfterErrors(command: Command, path: string): void {
  command.showHelpAfterError(`Usage: ${path} ${command.usage()}   (${path} --help tells more)`);
  for (const part of command.commands) hintAfterErrors(part, `${path} ${part.name()}`);
}

const built: Program = { version: '0.1.0', cliFile: fileURLToPath(import.meta.url) };

const { stdout, stderr } = process;
for (const stream of [stdout, stderr]) stream.on('error', () => {}); // whoever listened has gone

const program = new Command('piecewise')
  .description('Peer-to-peer file sharing for a computer lab, over the course protocol and BitTorrent.')
  .version(built.version)
  .exitOverride()
  .configureHelp({ optionDescription: described })
  .addHelpText('after', exitCodesHelp);

program
  .command('peer')
  .helpGroup(helpGroups.course)
  .description(
    'Run one peer of a course swarm: what `peerProcess ID` does. Ends when everybody has the file.',
  )
  .argument('<id>', 'its peer ID in PeerInfo.cfg')
  .option('--dir <dir>', 'the working folder, with Common.cfg and PeerInfo.cfg', '.')
  .option('--journal <file>', 'write every event to this file as JSON lines; - for standard output')
  .addOption(strategyOption())
  .addOption(
    new Option('--upload-limit <rate>', 'bytes per second, such as 2MiB, or none')
      .argParser(rate)
      .default(Number.POSITIVE_INFINITY, 'none'),
  )
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

/** Of shares; another port when this one is taken. */
const sharePort = () =>
  new Option(
    '--port <n>',
    'where others connect to; the next free one when it is taken, 0 for any (default: 6881, or as the lab says)',
  ).argParser(port);
const shareHost = () =>
  new Option('--host <address>', 'use only this address of this computer; all of them otherwise');
const sharePeer = (who: string) =>
  new Option('--peer <address>', `${who}, host:port; may be given several times`)
    .argParser(collect)
    .default([]);
const limitOption = (name: string) =>
  new Option(
    `--${name}-limit <rate>`,
    'bytes per second, such as 2MiB, or none (default: none, or as the lab says)',
  ).argParser(rate);
const profileOption = () =>
  new Option('--profile-dir <dir>', "where settings live, instead of this user's own place for them");
const configOption = () =>
  new Option('--config <file>', "the lab's settings, instead of this machine's own file of them");

interface GivenOptions {
  readonly config?: string;
  readonly port?: number;
  readonly host?: string;
  readonly uploadLimit?: number;
  readonly downloadLimit?: number;
}

/** What was said of the options that share commands have in common. */
const given = ({ config, port, host, uploadLimit, downloadLimit }: GivenOptions) => ({
  ...(config === undefined ? {} : { config }),
  ...(port === undefined ? {} : { port }),
  ...(host === undefined ? {} : { host }),
  ...(uploadLimit === undefined ? {} : { uploadBytesPerSecond: uploadLimit }),
  ...(downloadLimit === undefined ? {} : { downloadBytesPerSecond: downloadLimit }),
});

program
  .command('share')
  .helpGroup(helpGroups.shares)
  .description('Share files or folders with any BitTorrent client. Prints the link, and seeds until Ctrl-C.')
  .argument('<path...>', 'a file, a folder, or several of them that become one share')
  .addOption(
    new Option('--tracker <url>', 'a tracker: http, https or udp; may be given several times')
      .argParser((text, before: readonly string[]) => [...before, tracker(text)])
      .default([]),
  )
  .option(
    '--out <file>',
    'where to write the .torrent; NAME.torrent in this folder otherwise, or beside it when all of it is shared',
  )
  .option('--name <name>', 'what the share is called; the name of the file or folder otherwise', shareName)
  .option('--piece-size <size>', 'a multiple of 16KiB, up to 64MiB; about 1,500 pieces otherwise', pieceSize)
  .option('--private', 'only its trackers may name peers; needs --tracker', false)
  .addOption(sharePort())
  .addOption(shareHost())
  .addOption(sharePeer('somebody who may want it'))
  .addOption(limitOption('upload'))
  .addOption(configOption())
  .option('--no-lan', 'tell nobody nearby of it')
  .option('--json', 'print JSON lines for a script', false)
  .action(async (paths: readonly string[], options) => {
    const { shareCommand } = await import('./share.ts');
    process.exitCode = await shareCommand(
      paths,
      {
        version: built.version,
        trackers: options.tracker,
        isPrivate: options.private,
        peers: options.peer,
        lan: options.lan,
        json: options.json,
        ...given(options),
        ...(options.out === undefined ? {} : { outFile: options.out }),
        ...(options.name === undefined ? {} : { name: options.name }),
        ...(options.pieceSize === undefined ? {} : { pieceLength: options.pieceSize }),
      },
      stdout,
      stderr,
    );
  });

program
  .command('get')
  .helpGroup(helpGroups.shares)
  .description('Fetch a share. Ends when it is complete; started again after any other end, it goes on.')
  .argument('<what>', 'a magnet link, an info-hash, a .torrent file, or the name of a share nearby')
  .option('--to <dir>', 'where it comes to lie', '.')
  .addOption(new Option('--seed-ratio <ratio>', 'then give others so many times its size').argParser(ratio))
  .addOption(
    new Option('--seed', 'then give it to others until Ctrl-C').default(false).conflicts('seedRatio'),
  )
  .addOption(sharePort())
  .addOption(shareHost())
  .addOption(sharePeer('somebody who has it'))
  .addOption(limitOption('download'))
  .addOption(limitOption('upload'))
  .addOption(configOption())
  .option('--no-lan', 'look for nobody nearby')
  .addOption(
    new Option('--only <text>', 'only files with this in their path; may be given several times')
      .argParser(collect)
      .default([]),
  )
  .option('--sequential', 'fetch it from its beginning to its end', false)
  .option('--profile-dir <dir>', 'where it is remembered what is here; DIR/.piecewise otherwise')
  .option('--json', 'print JSON lines for a script', false)
  .addHelpText('after', exitCodesHelp)
  .action(async (what: string, options) => {
    const { getCommand } = await import('./get.ts');
    process.exitCode = await getCommand(
      what,
      {
        version: built.version,
        to: options.to,
        seedRatio: options.seed ? Number.POSITIVE_INFINITY : (options.seedRatio ?? 0),
        peers: options.peer,
        lan: options.lan,
        sequential: options.sequential,
        only: options.only,
        json: options.json,
        ...given(options),
        ...(options.profileDir === undefined ? {} : { profileDir: options.profileDir }),
      },
      stdout,
      stderr,
    );
  });

program
  .command('nearby')
  .helpGroup(helpGroups.shares)
  .description('List what other computers of the network share.')
  .option('--for <seconds>', 'how long to listen', seconds, 4)
  .addOption(sharePeer('a computer that multicast does not reach'))
  .addOption(configOption())
  .option('--json', 'print JSON', false)
  .action(async options => {
    const { nearbyCommand } = await import('./nearby.ts');
    const { peer: peers, json } = options;
    process.exitCode = await nearbyCommand(
      { version: built.version, forMs: options.for * 1000, peers, json, ...given(options) },
      stdout,
      stderr,
    );
  });

program
  .command('demo')
  .helpGroup(helpGroups.course)
  .description(
    'A whole swarm on this machine: made, watched, checked and summed up. Ends 0 only if all is well.',
  )
  .option('--peers <n>', 'how many peers', count, 5)
  .option('--seeds <n>', 'how many of them start with the file', count, 1)
  .addOption(new Option('--file <file>', 'share this file').conflicts('size'))
  .addOption(
    new Option('--size <size>', 'share a random file of this size')
      .argParser(size)
      .default(20 * 1024 * 1024, '20MiB'),
  )
  .addOption(pieceSizeOption())
  .option('--preferred <k>', 'NumberOfPreferredNeighbors', count, 2)
  .option('--unchoking <seconds>', 'UnchokingInterval (the course uses 5)', seconds, 2)
  .option('--optimistic <seconds>', 'OptimisticUnchokingInterval (the course uses 15)', seconds, 6)
  .addOption(strategyOption())
  .option('--upload-limit <rate>', 'for each peer; "paced" leaves about 20 s to watch', pace, 'paced')
  .addOption(
    new Option('--dir <dir>', 'work in this empty folder and leave everything there').conflicts('ui'),
  )
  .addOption(new Option('--keep', 'leave the temporary folder').default(false).conflicts('ui'))
  .option('--json', 'print the result as JSON; with --ui the link', false)
  .option('--ui', 'show it on the screen in a browser, until Ctrl-C', false)
  .option('--late <n>', 'with --ui: how many more peers wait to be started from the screen', count, 1)
  .addOption(portOption())
  .option('--open', 'with --ui: open the browser', false)
  .addOption(configOption())
  .action(async options => {
    if (options.ui) {
      const { demoUiCommand } = await import('./ui.ts');
      const question = {
        peers: options.peers + options.late,
        seeds: options.seeds,
        late: options.late,
        size: options.size,
        pieceSize: options.pieceSize,
        preferredNeighbours: options.preferred,
        unchokingSeconds: options.unchoking,
        optimisticSeconds: options.optimistic,
        strategy: options.strategy,
        uploadLimit: options.uploadLimit === Number.POSITIVE_INFINITY ? null : options.uploadLimit,
      };
      const { port, open, json, config } = options;
      const ui = { dir: '.', port, open, json, ...(config === undefined ? {} : { config }) };
      process.exitCode = await demoUiCommand(built, ui, question, options.file, stdout, stderr);
      return;
    }
    process.exitCode = await demoCommand(
      {
        ...options,
        unchokingSeconds: options.unchoking,
        optimisticSeconds: options.optimistic,
      },
      stdout,
      stderr,
    );
  });

program
  .command('ui')
  .helpGroup(helpGroups.app)
  .description('Watch and run swarms on a screen in the browser. Prints its link, and runs until Ctrl-C.')
  .option('--dir <dir>', 'where dropped files and new swarms come to lie, and what the screen browses', '.')
  .addOption(portOption())
  .option('--host <address>', 'let other computers in, at this address of this one', '127.0.0.1')
  .addOption(profileOption())
  .addOption(configOption())
  .option('--journal <file>', 'open this journal for replay')
  .option('--open', 'open the link in the browser', false)
  .option('--json', 'print the link as a JSON line', false)
  .action(async ({ journal, ...options }) => {
    const { uiCommand } = await import('./ui.ts');
    const files = journal === undefined ? [] : [journal];
    process.exitCode = await uiCommand(built, options, files, stdout, stderr);
  });

program
  .command('desktop')
  .helpGroup(helpGroups.app)
  .description('Open the desktop window; where there can be none, the same screen in the browser.')
  .argument('[files...]', 'working folders, journals or files to open')
  .addOption(configOption())
  .action(async (files: readonly string[], options) => {
    const { desktopCommand } = await import('./desktop.ts');
    process.exitCode = await desktopCommand(built, files, options, stdout, stderr);
  });

program
  .command('settings')
  .helpGroup(helpGroups.app)
  .description('Show the settings in force and where each comes from, or check a file of them.')
  .addOption(configOption())
  .addOption(profileOption())
  .addOption(new Option('--check <file>', 'only check this file').conflicts(['config', 'profileDir']))
  .option('--json', 'print JSON', false)
  .action(async options => {
    const { settingsCommand } = await import('./settings.ts');
    process.exitCode = await settingsCommand(options, stdout, stderr);
  });

program
  .command('tracker')
  .helpGroup(helpGroups.shares)
  .description(
    'A BitTorrent tracker for this network: brings peers of the same torrent together. Prints its addresses, and runs until Ctrl-C.',
  )
  .option('--http <port>', 'over HTTP, at this port; 0 for any that is free', port)
  .option('--udp <port>', 'over UDP; without either option, over both at 6969', port)
  .option('--host <address>', 'only at this address of this computer, instead of all')
  .option('--json', 'print JSON lines for a script', false)
  .addHelpText('after', exitCodesHelp)
  .action(async options => {
    const { trackerCommand } = await import('./tracker.ts');
    process.exitCode = await trackerCommand(options, stdout, stderr);
  });

program
  .command('verify')
  .helpGroup(helpGroups.course)
  .description("Check the logs and files of a finished run, ours or anybody's, against the protocol.")
  .argument('[dir]', 'the working folder', '.')
  .option('--json', 'print everything as JSON', false)
  .action(async (dir: string, options) => {
    process.exitCode = await verifyCommand(dir, options, stdout);
  });

addLabCommands(program, helpGroups.course, stdout, stderr);

program
  .command('make-file')
  .helpGroup(helpGroups.course)
  .description('Write a random test file; the same seed gives the same bytes on every machine.')
  .argument('<size>', 'such as 20MiB', size)
  .argument('<file>', 'where to write it')
  .option('--seed <n>', 'which random bytes', count, 0)
  .option('--force', 'replace a file that exists', false)
  .action(async (bytes: number, file: string, options) => {
    process.exitCode = await makeFileCommand(file, bytes, options, stdout, stderr);
  });

hintAfterErrors(program, program.name());
try {
  if (process.argv.length <= 2) program.outputHelp();
  else await program.parseAsync(process.argv, { from: 'node' });
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? exitCode.ok : exitCode.badSetUp;
}
endUtilityProcess();
