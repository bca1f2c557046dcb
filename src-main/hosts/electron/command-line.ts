import type { App } from 'electron';

/** The app as `piecewise`: one process of Electron, without a window. */

export interface CommandLineProcess {
  argv: string[];
  /** What the command sets. */
  exitCode?: number | string | null | undefined;
  readonly execPath: string;
  readonly stdout: Stream;
  readonly stderr: Stream;
}

interface Stream {
  write(text: string, onWritten: () => void): unknown;
}

/**
 * Runs the built command line with these words, and ends the app with its exit code when all it printed is out. Until
 * then Electron, which waits for its main module, is not ready, and opens nothing.
 * @param load imports the built command line, which reads `process.argv`
 */
export async function runAsCommandLine(
  app: Pick<App, 'exit'>,
  process: CommandLineProcess,
  cliFile: string,
  words: readonly string[],
  load: (file: string) => Promise<unknown>,
): Promise<void> {
  process.argv = [process.execPath, cliFile, ...words];
  await load(cliFile);
  for (const stream of [process.stderr, process.stdout]) await written(stream);
  app.exit(Number(process.exitCode ?? 0));
}

function written(stream: Stream): Promise<void> {
  return new Promise(resolve => stream.write('', resolve));
}
