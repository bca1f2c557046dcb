import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawnCommon } from '../engine/testing/drawn-run.ts';
import { LabZip } from './lab-zip.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lab-zip-'));
});

afterEach(() => rm(dir, { recursive: true }));

/** An entry of a zip made by hand, to be wrong where it should be. */
interface Drawn {
  readonly name: string;
  readonly text?: string;
  /** As Unix keeps it: 0o120777 is a link. */
  readonly mode?: number;
  readonly flags?: number;
  readonly method?: number;
  readonly claimedSize?: number;
  readonly sum?: number;
  /** Shares the bytes of the first entry. */
  readonly overlaps?: boolean;
}

function zipOf(entries: readonly Drawn[]): Buffer {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { name, text = '', mode = 0o100644, flags = 0x800, method = 8 } = entry;
    const nameBytes = Buffer.from(name);
    const bytes = Buffer.from(text);
    const packed = method === 8 ? deflateRawSync(bytes) : bytes;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(flags, 2);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt32LE(entry.sum ?? crc32(bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(entry.claimedSize ?? bytes.length, 18);
    fields.writeUInt16LE(nameBytes.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(mode * 2 ** 16, 6);
    tail.writeUInt32LE(entry.overlaps ? 0 : offset, 10);
    central.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), fields, tail, nameBytes);
    if (entry.overlaps) continue;
    const local = [Buffer.from('PK\x03\x04'), fields, nameBytes, packed];
    parts.push(...local);
    offset += Buffer.concat(local).length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, directory, end]);
}

async function opened(entries: readonly Drawn[]): Promise<LabZip> {
  const path = join(dir, 'lab.zip');
  await writeFile(path, zipOf(entries));
  return LabZip.open(path, 'lab.zip');
}

async function unpacked(entries: readonly Drawn[]) {
  const zip = await opened(entries);
  try {
    return await zip.unpack(dir);
  } finally {
    zip.close();
  }
}

describe('LabZip', () => {
  it('unpacks configuration files, marks and logs, and nothing else', async () => {
    const folders = await unpacked([
      { name: 'lab/' },
      { name: 'lab/machine-a/Common.cfg', text: 'common' },
      { name: 'lab/machine-a/log_peer_1001.log', text: 'a log' },
      { name: 'lab/machine-a/run_peers.sh', text: 'rm -rf /' },
      { name: 'lab/machine-a/peer_1001/thefile', text: 'content' },
      { name: 'lab/machine-b/lab.json', text: '{}', method: 0 },
      { name: '__MACOSX/machine-a/Common.cfg', text: 'no' },
      { name: 'lab/.trash/Common.cfg', text: 'no' },
      { name: 'far/too/deep/Common.cfg', text: 'no' },
    ]);
    expect(folders.map(({ name, names }) => [name, names])).toEqual([
      ['lab/machine-a', ['Common.cfg', 'log_peer_1001.log', 'peer_1001']],
      ['lab/machine-b', ['lab.json']],
    ]);
    expect(await readFile(join(folders[0]!.dir, 'log_peer_1001.log'), 'utf8')).toBe('a log');
    expect((await readdir(dir, { recursive: true })).filter(name => !/^\d+$/.test(name)).sort()).toEqual([
      join('0', 'Common.cfg'),
      join('0', 'log_peer_1001.log'),
      join('1', 'lab.json'),
      'lab.zip',
    ]);
  });

  it('has its folder at the top where the zip has none', async () => {
    expect((await unpacked([{ name: 'Common.cfg', text: 'x' }])).map(({ name }) => name)).toEqual(['']);
  });

  it.each<[string, Drawn | readonly Drawn[], RegExp]>([
    ['a name that leads out', { name: '../../.bashrc' }, /"..\/..\/.bashrc" leads out of its folder/],
    ['such a name further in', { name: 'a/../../Common.cfg' }, /leads out of its folder/],
    ['a name from the top of the disk', { name: '/etc/passwd' }, /begins at the top of the disk/],
    ['a backslash', { name: '..\\log_peer_1001.log' }, /has a backslash/],
    ['a drive', { name: 'C:Common.cfg' }, /names a drive/],
    ['a control character', { name: 'Common.cfg\0.txt' }, /has a control character/],
    ['an empty part', { name: 'a//Common.cfg' }, /has an empty part/],
    ['a link', { name: 'Common.cfg', text: '/etc/passwd', mode: 0o120777 }, /is a link or a device/],
    ['a device', { name: 'log_peer_1001.log', mode: 0o020666 }, /is a link or a device/],
    ['a password', { name: 'Common.cfg', flags: 0x801 }, /is encrypted; zip it without a password/],
    [
      'an unknown way of packing',
      { name: 'Common.cfg', method: 99 },
      /packed in a way that is not understood/,
    ],
    [
      'two names that are one on some systems',
      [{ name: 'Common.cfg' }, { name: 'common.CFG' }],
      /two entries that are called "common.CFG"/,
    ],
    [
      'a file that is a folder as well',
      [{ name: 'peer_1001/' }, { name: 'peer_1001' }],
      /two entries that are called "peer_1001"/,
    ],
    [
      'more than it can hold',
      { name: 'log_peer_1001.log', text: 'a', claimedSize: 4_000_000_000 },
      /claims to unpack to more than it can hold/,
    ],
    [
      'entries that share their bytes',
      [
        { name: 'log_peer_1.log', text: 'a'.repeat(1_000_000) },
        ...Array.from({ length: 20 }, (_, index) => ({
          name: `log_peer_${index + 2}.log`,
          text: 'a'.repeat(1_000_000),
          overlaps: true,
        })),
      ],
      /claims to unpack to more than it can hold/,
    ],
  ])('refuses %s', async (_, entries, reason) => {
    await expect(opened([entries].flat())).rejects.toThrow(reason);
    await expect(opened([entries].flat())).rejects.toThrow(/^lab\.zip is refused: /);
  });

  it('refuses more machines than any lab has, before it unpacks them', async () => {
    const entries = Array.from({ length: 2_001 }, (_, i) => ({ name: `m${i}/Common.cfg`, text: 'x' }));
    await expect(unpacked(entries)).rejects.toThrow('lab.zip is refused: it has 2001 folders of machines');
    expect(await readdir(dir)).toEqual(['lab.zip']);
  });

  it('refuses a list without end', async () => {
    const entries = Array.from({ length: 50_001 }, (_, index) => ({ name: `${index}`, method: 0 }));
    await expect(opened(entries)).rejects.toThrow('it has 50001 entries, more than any lab');
  });

  it.each<[string, Drawn, RegExp]>([
    ['damaged', { name: 'log_peer_1001.log', text: 'a log', sum: 7 }, /the zip is damaged there/],
    ['longer than it claims', { name: 'log_peer_1001.log', text: 'a log', claimedSize: 3 }, /too many bytes/],
    [
      'too long',
      { name: 'Common.cfg', text: 'x'.repeat(1_100_000) },
      /is too long to be a configuration file/,
    ],
  ])('does not unpack an entry that is %s', async (_, entry, reason) => {
    await expect(unpacked([entry])).rejects.toThrow(reason);
  });

  it('tells a file that is no zip', async () => {
    await writeFile(join(dir, 'lab.zip'), 'this is no zip, whatever its name says');
    await expect(LabZip.open(join(dir, 'lab.zip'), 'lab.zip')).rejects.toThrow(
      /^lab\.zip is neither a folder nor a whole zip$/,
    );
  });

  it('reads copies of the file without unpacking them', async () => {
    const content = 'abcdefghijklmnopqrstuvwxyzabcdefghi';
    const zip = await opened([
      { name: 'Common.cfg', text: 'x' },
      { name: 'peer_1001/thefile', text: content },
      { name: '1002/thefile', text: 'short' },
      { name: 'peer_1003/other', text: 'other' },
      { name: 'peer_1004/thefile', text: content, sum: 7 },
    ]);
    try {
      const [folder] = await zip.unpack(dir);
      const copies = [];
      for (const peer of ['1001', '1002', '1003', '1004', '1005']) {
        copies.push(await folder!.copyOf(peer, drawnCommon));
      }
      expect(copies).toEqual([
        {
          state: 'present',
          path: 'peer_1001/thefile',
          bytes: 35,
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
        { state: 'wrong-size', path: '1002/thefile', bytes: 5 },
        { state: 'missing', path: 'peer_1003/thefile', folder: true },
        {
          state: 'unreadable',
          path: 'peer_1004/thefile',
          fault: 'cannot be read: the zip is damaged there',
        },
        { state: 'missing', path: 'peer_1005/thefile', folder: false },
      ]);
    } finally {
      zip.close();
    }
  });
});
