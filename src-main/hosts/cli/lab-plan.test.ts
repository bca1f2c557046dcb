import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatPlan } from '../../engine/lab-plan/plan-text.ts';
import { samplePlan } from '../../engine/lab-plan/sample-plan.ts';
import { ownAddresses } from '../../io/own-addresses.ts';
import { type LabBuildOptions, labBuildCommand, labCheckCommand, labTemplateCommand } from './lab-plan.ts';
import type { Output } from './terminal.ts';

let dir: string;
let out: string;
let err: string;
const toOut: Output = { write: text => (out += text) };
const toErr: Output = { write: text => (err += text) };
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lab-plan-'));
  out = '';
  err = '';
});
afterEach(() => rmSync(dir, { recursive: true }));

const plan = samplePlan(3, '10.77.0.1');

function write(text: string | Uint8Array): string {
  const file = join(dir, 'plan.json');
  writeFileSync(file, text);
  return file;
}

const noLookup = async () => {};

describe('piecewise lab template', () => {
  it('prints a plan that check finds nothing wrong with', async () => {
    expect(await labTemplateCommand({ machines: 3, force: false }, toOut, toErr)).toBe(0);
    expect(out).toContain(`"host": "${ownAddresses()[0]}"`);
    expect(await labCheckCommand(write(out), { json: false }, toOut, toErr, noLookup)).toBe(0);
    expect(out).toMatch(/3 machines with 5 peers; nothing is in the way\.\n/);
  });

  it('never takes the place of a file, unless it may', async () => {
    const file = write('mine');
    expect(await labTemplateCommand({ machines: 1, out: file, force: false }, toOut, toErr)).toBe(2);
    expect(err).toBe(`${file}: it exists already; --force replaces it\n`);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(await labTemplateCommand({ machines: 1, out: file, force: true }, toOut, toErr)).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain('Machine A');
  });
});

describe('piecewise lab check', () => {
  it('tells each mistake with its line, and ends with 1', async () => {
    const file = write(formatPlan(plan).replace('"1003"', '"1002"').replace('10.77.0.3', 'http://lab'));
    expect(await labCheckCommand(file, { json: false }, toOut, toErr, noLookup)).toBe(1);
    expect(out.split('\n')).toEqual([
      `${file}:14: Peer ID 1002 is already taken on "Machine B"; every peer of the lab needs its own.`,
      `${file}:19: A host has no "…://" before it; write only the address or the name; it is "http://lab".`,
      '',
    ]);
  });

  it('tells which names lead nowhere, with their lines, and ends with 0', async () => {
    const file = write(formatPlan(plan).replace('10.77.0.3', 'lab-3'));
    const unknown = () => Promise.reject(new Error('ENOTFOUND'));
    expect(await labCheckCommand(file, { json: true }, toOut, toErr, unknown)).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      machines: 3,
      peers: 5,
      here: null,
      problems: [
        { line: 19, severity: 'notice', message: expect.stringContaining('"lab-3" cannot be resolved') },
      ],
    });
  });

  it('shows the beginning of a long list', async () => {
    const file = write(`[${'1,\n'.repeat(50)}1]`);
    expect(await labCheckCommand(file, { json: false }, toOut, toErr, noLookup)).toBe(1);
    expect(out.split('\n')).toHaveLength(22);
    expect(out).toContain('… and ');
  });

  it('reads what PowerShell wrote, and refuses what is no text', async () => {
    const utf16 = Buffer.from(`\ufeff${formatPlan(plan).replaceAll('\n', '\r\n')}`, 'utf16le');
    expect(await labCheckCommand(write(utf16), { json: false }, toOut, toErr, noLookup)).toBe(0);
    expect(await labCheckCommand(write(Uint8Array.of(0xc3)), { json: false }, toOut, toErr, noLookup)).toBe(
      2,
    );
    expect(await labCheckCommand(join(dir, 'no'), { json: false }, toOut, toErr, noLookup)).toBe(2);
    expect(err).toMatch(/it is not text in UTF-8.*\n.*it does not exist/);
    expect(await labCheckCommand(join(dir, 'no'), { json: true }, toOut, toErr, noLookup)).toBe(2);
    expect(out).toContain('"ok": false');
  });
});

describe('piecewise lab build', () => {
  function build(file: string, options: Partial<LabBuildOptions> = {}): Promise<number> {
    const usual: LabBuildOptions = {
      fileSize: 1000,
      pieceSize: 100,
      preferred: 2,
      unchoking: 5,
      optimistic: 15,
      windows: false,
      unix: false,
      both: false,
      out: join(dir, 'lab'),
      zip: false,
      force: false,
      json: false,
    };
    return labBuildCommand(file, { ...usual, ...options }, toOut, toErr);
  }

  const own = ownAddresses()[0]!;
  const hasNetwork = own !== '127.0.0.1';

  it('makes all folders, and points out this computer', async () => {
    const here = plan.map((machine, at) => (at === 1 ? { ...machine, host: own } : machine));
    const file = write(formatPlan(hasNetwork ? here : plan));
    expect(await build(file)).toBe(0);
    expect(out).toContain(hasNetwork ? `for Machine B at ${own}, which is this computer\n` : 'for Machine B');
    expect(readdirSync(join(dir, 'lab'))).toEqual(['machine-a', 'machine-b', 'machine-c']);
    expect(await build(file)).toBe(2);
    expect(err).toContain('machine-a: it exists already; --force replaces it');
    expect(await build(file, { force: true })).toBe(0);
  });

  it.skipIf(!hasNetwork)('makes the folder of this computer alone', async () => {
    const here = plan.map((machine, at) => (at === 1 ? { ...machine, host: own } : machine));
    expect(await build(write(formatPlan(here)), { machine: true })).toBe(0);
    expect(readdirSync(join(dir, 'lab'))).toEqual(['machine-b']);
  });

  it('makes the folder of a machine that is named', async () => {
    const file = write(formatPlan(plan));
    expect(await build(file, { machine: 'Machine C', unix: true, json: true })).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      folders: [{ folder: 'machine-c', machine: 'Machine C' }],
    });
    expect(await build(file, { machine: 'machine-a', zip: true })).toBe(0);
    expect(readdirSync(dir).sort()).toEqual(['lab', 'lab.zip', 'plan.json']);
    expect(out).toContain('Unpack it, and copy each to its machine;');
    expect(readdirSync(join(dir, 'lab', 'machine-c')).sort()).toEqual([
      'Common.cfg',
      'PeerInfo.cfg',
      'START-HERE.txt',
      'lab.json',
      'run_peers.sh',
    ]);
    expect(await build(file, { machine: 'X' })).toBe(2);
    expect(await build(file, { machine: true })).toBe(2);
    expect(err).toMatch(/no machine called "X"; it has "Machine A", .*\n.*this computer is none of/);
  });

  it('shares a given file under its own name', async () => {
    const shared = join(dir, 'Übung 1.pdf');
    writeFileSync(shared, 'twelve bytes');
    expect(await build(write(formatPlan(plan)), { file: shared })).toBe(0);
    expect(err).toContain('notice: FileName "Übung 1.pdf" has spaces');
    const folder = join(dir, 'lab', 'machine-a');
    expect(readFileSync(join(folder, 'peer_1001', 'Übung 1.pdf'), 'utf8')).toBe('twelve bytes');
    expect(readFileSync(join(folder, 'Common.cfg'), 'utf8')).toContain('FileSize 12\n');
  });

  it.each([
    [{ file: 'not-there' }, 'not-there: it does not exist'],
    [{ unchoking: 0.5 }, 'UnchokingInterval must be a whole number of seconds'],
    [{ pieceSize: 0 }, 'PieceSize must be a whole number of bytes'],
    [{ fileName: 'a/b' }, 'The name of the file must be a plain file name'],
    [{ command: '"' }, 'a quotation mark that is not closed'],
  ])('refuses %j, and makes nothing', async (options, words) => {
    const twoSeeds = formatPlan(plan).replaceAll('"has_file": "0"', '"has_file": "1"');
    expect(await build(write(twoSeeds), options)).toBe(2);
    expect(err).toContain(words);
    expect(readdirSync(dir)).toEqual(['plan.json']);
  });
});
