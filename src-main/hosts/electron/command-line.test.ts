import { describe, expect, it } from 'vitest';
import { type CommandLineProcess, runAsCommandLine } from './command-line.ts';
import { FakeElectron } from './testing/fake-electron.ts';

describe('the app as the command line', () => {
  const happened: string[] = [];
  const stream = (name: string) => ({
    write: (_text: string, onWritten: () => void) =>
      setImmediate(() => {
        happened.push(`${name} is out`);
        onWritten();
      }),
  });

  it('gives the command its words, and ends with its code once all is printed', async () => {
    const electron = new FakeElectron();
    const process: CommandLineProcess = {
      argv: ['/opt/piecewise-desktop', '--cli', '--', 'verify', '.'],
      execPath: '/opt/piecewise-desktop',
      stdout: stream('stdout'),
      stderr: stream('stderr'),
    };
    await runAsCommandLine(electron.app, process, '/app/cli/piecewise.js', ['verify', '.'], async file => {
      expect(electron.app.exits).toEqual([]);
      happened.push(`${file} ran with ${process.argv.join(' ')}`);
      process.exitCode = 3;
    });
    expect(happened).toEqual([
      '/app/cli/piecewise.js ran with /opt/piecewise-desktop /app/cli/piecewise.js verify .',
      'stderr is out',
      'stdout is out',
    ]);
    expect(electron.app.exits).toEqual([3]);
    expect(electron.windows).toEqual([]);
    expect(electron.app.beforeReady).toEqual([]);
  });
});
