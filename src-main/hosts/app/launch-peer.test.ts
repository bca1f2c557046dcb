import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  Complaints,
  commandLineWords,
  launchNodePeer,
  lineSplitter,
  type PeerHandle,
} from './launch-peer.ts';

const encoder = new TextEncoder();

/** The lines that come of some bytes, cut into chunks of these lengths, over and over. */
function linesOf(bytes: Uint8Array, lengths: readonly number[], longest?: number): string[] {
  const lines: string[] = [];
  const take = lineSplitter(line => lines.push(line), longest);
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const end = start + lengths[turn % lengths.length]!;
    take(bytes.subarray(start, end));
    start = end;
  }
  return lines;
}

describe('the installed app', () => {
  it('is made a command line by its first words, on Linux without a display', () => {
    expect(commandLineWords('linux')).toEqual(['--ozone-platform=headless', '--cli', '--']);
    expect(commandLineWords('win32')).toEqual(['--cli', '--']);
  });
});

describe('the lines of a stream', () => {
  it('are the same however the stream is cut, also in the middle of a character', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary' }).map(text => text.replaceAll(/[\n\r\uFEFF]/g, '–'))),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
        (lines, lengths) => {
          const text = lines.map(line => `${line}\n`).join('');
          expect(linesOf(encoder.encode(text), lengths)).toEqual(lines);
        },
      ),
    );
  });

  it('end with a line feed, with or without a carriage return before it', () => {
    expect(linesOf(encoder.encode('one\r\n\ntwo\nhalf'), [4])).toEqual(['one', '', 'two']);
  });

  it.each([[[1]], [[7]], [[100]]])('are left out when they are too long, in chunks of %j', lengths => {
    const text = `${'x'.repeat(10)}\n${'x'.repeat(11)}\n${'x'.repeat(50)}\nshort\n`;
    expect(linesOf(encoder.encode(text), lengths, 10)).toEqual(['x'.repeat(10), 'short']);
  });
});

describe('complaints', () => {
  it('are the first lines, and no more than anybody reads', () => {
    const complaints = new Complaints();
    for (let line = 0; line < 10_000; line += 1) complaints.add(`${line} ${'x'.repeat(10_000)}`);
    expect(complaints.lines).toHaveLength(50);
    expect(complaints.lines[49]).toMatch(/^49 x{1997}$/);
  });
});

describe('a process of Node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'piecewise-launch-'));
  const handles: PeerHandle[] = [];
  afterEach(() => {
    for (const handle of handles.splice(0)) handle.kill();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Starts a script in place of the command line. */
  function run(script: string, ...args: readonly string[]) {
    const file = join(folder, `script-${handles.length}.mjs`);
    writeFileSync(file, script);
    const handle = launchNodePeer(file)(args);
    handles.push(handle);
    const lines: string[] = [];
    let onFirst = () => {};
    const first = new Promise<void>(resolve => {
      onFirst = resolve;
    });
    handle.events(line => {
      lines.push(line);
      onFirst();
    });
    return { handle, lines, first };
  }

  it('gets the command and its arguments, and tells its lines, its code and its complaints', async () => {
    const { handle, lines } = run(
      "console.log(process.argv.slice(2).join(' ')); console.error('no'); process.exitCode = 3;",
      '1001',
      '--dir',
      'a b',
    );
    expect(await handle.ended).toEqual({ code: 3, complaints: ['no'] });
    expect(lines).toEqual(['peer 1001 --dir a b']);
  });

  it('hears what is sent to it, and nothing happens to who sends too late', async () => {
    const { handle, lines } = run(
      "process.on('message', ({ control }) => { console.log(control); if (control === 'stop') process.exit(); });",
    );
    handle.send({ control: 'limit', uploadBytesPerSecond: null });
    handle.send({ control: 'stop' });
    expect(await handle.ended).toEqual({ code: 0, complaints: [] });
    expect(lines).toEqual(['limit', 'stop']);
    handle.send({ control: 'stop' });
    handle.kill();
  });

  it('has no exit code when it is killed', async () => {
    const { handle, first } = run("console.log('here'); setInterval(() => {}, 1000);");
    await first;
    handle.kill();
    expect(await handle.ended).toEqual({ code: null, complaints: [] });
  });
});
