import { describe, expect, it } from 'vitest';
import { launchUtilityPeer } from './launch-peer.ts';
import { FakeElectron, type FakeUtility } from './testing/fake-electron.ts';

function launched() {
  const electron = new FakeElectron();
  const ended: number[] = [];
  const launch = launchUtilityPeer(electron.api.utilityProcess, '/app/cli/piecewise.js', pid =>
    ended.push(pid),
  );
  const handle = launch(['1001', '--json']);
  const lines: string[] = [];
  handle.events(line => lines.push(line));
  const utility: FakeUtility = electron.utilities[0]!;
  return { utility, handle, lines, ended };
}

/** Both streams end, as after the process and whatever it printed. */
function close({ out, err }: FakeUtility): void {
  out.end();
  err.end();
}

describe('a peer in a utility process', () => {
  it('runs the command line with its pipes open', () => {
    const { utility } = launched();
    expect(utility.file).toBe('/app/cli/piecewise.js');
    expect(utility.args).toEqual(['peer', '1001', '--json']);
    expect(utility.options).toMatchObject({ stdio: 'pipe' });
  });

  it('gives its lines, its code and its complaints', async () => {
    const { utility, handle, lines } = launched();
    utility.out.write('{"a":1}\n{"b"');
    utility.out.write(':2}\n');
    utility.err.write('oh\n');
    utility.exit(3);
    close(utility);
    expect(await handle.ended).toEqual({ code: 3, complaints: ['oh'] });
    expect(lines).toEqual(['{"a":1}', '{"b":2}']);
  });

  it('gives the lines that arrive after its end too', async () => {
    const { utility, handle, lines } = launched();
    utility.exit(0);
    await new Promise(resolve => setImmediate(resolve));
    const last = 'x'.repeat(200_000);
    utility.out.write(`${last}\n`);
    utility.err.write('late\n');
    close(utility);
    expect(await handle.ended).toEqual({ code: 0, complaints: ['late'] });
    expect(lines).toEqual([last]);
  });

  it('gives lines that were waiting when it ended', async () => {
    const { utility, handle, lines } = launched();
    utility.out.write('waiting\n');
    utility.exit(0);
    close(utility);
    await handle.ended;
    expect(lines).toEqual(['waiting']);
  });

  it('hears its controls', () => {
    const { utility, handle } = launched();
    handle.send({ control: 'limit', uploadBytesPerSecond: 1024 });
    handle.send({ control: 'stop' });
    expect(utility.messages).toEqual([{ control: 'limit', uploadBytesPerSecond: 1024 }, { control: 'stop' }]);
  });

  it('is killed without being asked, and then has no code', async () => {
    const { utility, handle, ended } = launched();
    handle.kill();
    expect(ended).toEqual([4711]);
    utility.exit(9);
    close(utility);
    expect((await handle.ended).code).toBeNull();
    handle.kill();
    expect(ended).toEqual([4711]);
  });

  it('complains of a fatal error', async () => {
    const { utility, handle } = launched();
    utility.emitBare('error', 'FatalError', 'v8.cc:1');
    utility.exit(5);
    close(utility);
    expect((await handle.ended).complaints).toEqual(['FatalError at v8.cc:1']);
  });
});
