import { dirname, join } from 'node:path';
import { type Question, RefusedError } from '../../../src-shared/contract.ts';
import { FileFailure } from '../../io/file-failure.ts';
import { realFolder } from '../../io/real-place.ts';
import { presetPlace } from '../../io/settings-file.ts';
import { type App, startApp } from '../app/app.ts';
import { launchNodePeer } from '../app/launch-peer.ts';
import { SetUpError } from '../course-peer.ts';
import { startWebHost, type WebHost } from '../web/server.ts';
import { exitCode } from './exit-codes.ts';
import { onInterrupt } from './interrupt.ts';
import { openInBrowser } from './open-in-browser.ts';
import { profileFolder } from './profile-folder.ts';
import type { Output } from './terminal.ts';

/** The built program that runs. */
export interface Program {
  readonly version: string;
  /** The built command line; the built screen lies in a folder beside its own. */
  readonly cliFile: string;
}

export interface UiOptions {
  /** Where dropped files and new course swarms come to lie, and what the screen browses. */
  readonly dir: string;
  /** Where settings live; this user's own place for them otherwise. */
  readonly profileDir?: string;
  /** The lab's settings; the machine's own file otherwise. */
  readonly config?: string;
  readonly port: number;
  readonly host?: string;
  /** Opens the link in the system's browser. */
  readonly open: boolean;
  /** Prints the link as a JSON line. */
  readonly json: boolean;
}

/** `piecewise ui`: the app, with its screen in a browser, until it is interrupted. `files` are opened on the screen. */
export function uiCommand(
  program: Program,
  options: UiOptions,
  files: readonly string[],
  out: Output,
  err: Output,
): Promise<number> {
  const openFiles = async (app: App) => {
    const places = await Promise.all(files.map(file => app.grant(file)));
    if (places.length > 0) app.wish({ kind: 'open', places });
    return '';
  };
  return showScreen(program, options, openFiles, out, err);
}

const mostPeers = 30;

/** `piecewise demo --ui`: a demo on that screen, of a random file or this one. */
export function demoUiCommand(
  program: Program,
  options: UiOptions,
  question: Question<'startDemo'>,
  file: string | undefined,
  out: Output,
  err: Output,
): Promise<number> {
  const { peers, late } = question;
  if (peers < 2 || peers > mostPeers) {
    const waiting = late === 0 ? '' : `, ${late} of them waiting to be started`;
    err.write(
      `A demo on the screen has from 2 to ${mostPeers} peers; this one would have ${peers}${waiting}.\n`,
    );
    return Promise.resolve(exitCode.badSetUp);
  }
  const startDemo = async (app: App) => `#/swarm/${await app.startDemo(question, file)}`;
  return showScreen(program, options, startDemo, out, err);
}

/** `begin` says which page of the screen the link shows. */
async function showScreen(
  program: Program,
  options: UiOptions,
  begin: (app: App) => Promise<string>,
  out: Output,
  err: Output,
): Promise<number> {
  let release = () => {};
  const interrupted = new Promise<void>(resolve => {
    release = onInterrupt(resolve);
  });
  const { host, port } = options;
  let app: App | undefined;
  let web: WebHost | undefined;
  try {
    const workFolder = await realFolder(options.dir);
    app = await startApp({
      version: program.version,
      profileFolder: options.profileDir ?? profileFolder(),
      preset: presetPlace(options.config, process.platform, process.env),
      workFolder,
      downloadFolder: workFolder,
      launchPeer: launchNodePeer(program.cliFile),
      onKept: async path => web?.keep(path),
      onDeleted: async (folder, unused) => web?.clearAway(folder, unused),
    });
    web = await startWebHost(app, {
      port,
      rendererFolder: join(dirname(program.cliFile), '../renderer'),
      workFolder,
      ...(host === undefined ? {} : { host }),
    });
    const page = await begin(app);
    const url = `${web.url}${page}`;
    out.write(`${options.json ? JSON.stringify({ url }) : url}\n`);
    if (web.isOpenToOthers) err.write(`${openToOthers}\n`);
    if (options.open) openInBrowser(`${web.newTicket()}${page}`, () => err.write(`${noBrowser}\n`));
    await interrupted;
    return exitCode.interrupted;
  } catch (error) {
    const problems = problemsOf(error);
    if (problems === undefined) throw error;
    for (const problem of problems) err.write(`${problem}\n`);
    return exitCode.badSetUp;
  } finally {
    await web?.close();
    await app?.close();
    release();
  }
}

const noBrowser = 'No browser could be opened here; open the link above in one.';

const openToOthers =
  'Other computers can reach this screen: whoever has the link rules the app, and whoever listens on the network can read the link. Use --host only where you trust everybody.';

/** Sentences, where somebody planned for this error. */
function problemsOf(error: unknown): readonly string[] | undefined {
  if (error instanceof SetUpError) return error.problems;
  if (error instanceof FileFailure) return [error.message];
  if (!(error instanceof RefusedError)) return undefined;
  const { message, problems } = error.refusal;
  return problems.includes(message) ? problems : [message, ...problems];
}
