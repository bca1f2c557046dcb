import { chmod, mkdir, mkdtemp, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommonConfig, formatCommon, formatProblem, type Parsed } from '../engine/course/config.ts';
import { findSeedFile, logFile, peerFolder, preparePeerFolder, readCourseFolder } from './working-folder.ts';

const common: CommonConfig = {
  preferredNeighbours: 2,
  unchokingIntervalMs: 5_000,
  optimisticIntervalMs: 15_000,
  fileName: 'thefile',
  fileSize: 10,
  pieceSize: 4,
};
const peerInfo = '1001 localhost 6001 1\n1002 localhost 6002 0';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'working-folder-'));
  await place('Common.cfg', formatCommon(common));
  await place('PeerInfo.cfg', peerInfo);
});

afterEach(async () => {
  await chmod(dir, 0o755);
  await rm(dir, { recursive: true });
});

/** Puts a file into the working folder, with the folders it needs. */
async function place(name: string, content: string | Uint8Array): Promise<void> {
  await mkdir(join(dir, name, '..'), { recursive: true });
  await writeFile(join(dir, name), content);
}

function problems(parsed: Parsed<unknown>): string[] {
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
}

const hasPermissions = process.platform !== 'win32';

/** Root may do everything, so what is forbidden is tried as nobody. */
async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  await chmod(dir, 0o755);
  process.seteuid!(65_534);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
  }
}

describe('a working folder', () => {
  it('is read with both configuration files', async () => {
    expect(await readCourseFolder(dir)).toEqual({
      ok: true,
      value: {
        common,
        roster: [
          { peer: '1001', host: 'localhost', port: 6001, seed: true, line: 1 },
          { peer: '1002', host: 'localhost', port: 6002, seed: false, line: 2 },
        ],
      },
      notices: [],
    });
  });

  it('is read with a byte order mark and letters beyond ASCII', async () => {
    await place('Common.cfg', `\uFEFF${formatCommon({ ...common, fileName: 'größe.txt' })}`);
    expect(await readCourseFolder(dir)).toMatchObject({
      ok: true,
      value: { common: { fileName: 'größe.txt' } },
    });
  });

  it('passes on the notices of both files', async () => {
    await place('Common.cfg', `Colour blue\n${formatCommon(common)}`);
    await place('PeerInfo.cfg', '1002 localhost 6001 1\n1001 localhost 6002 0');
    const parsed = await readCourseFolder(dir);
    expect(parsed.ok && parsed.notices.map(({ file, line }) => [file, line])).toEqual([
      ['Common.cfg', 1],
      ['PeerInfo.cfg', 2],
    ]);
  });

  it('is refused with the problems of both files at once', async () => {
    await place('Common.cfg', formatCommon({ ...common, pieceSize: 0 }));
    await place('PeerInfo.cfg', '1001 localhost 0 1');
    expect(problems(await readCourseFolder(dir))).toEqual([
      'Common.cfg:6: PieceSize must be a whole number of bytes, 1 or more; it is "0".',
      'PeerInfo.cfg:1: The port must be a whole number from 1 to 65535; it is "0".',
    ]);
  });

  it('is refused when no peer has the file', async () => {
    await place('PeerInfo.cfg', '1001 localhost 6001 0');
    expect(problems(await readCourseFolder(dir))).toEqual([
      'PeerInfo.cfg: No peer has the file; at least one line must end in hasFile 1.',
    ]);
  });

  it('is refused when it does not exist, naming the files that are missing', async () => {
    const missing = join(dir, 'missing');
    expect(problems(await readCourseFolder(missing))).toEqual([
      `Common.cfg: There is no such file in the working folder, ${missing}.`,
      `PeerInfo.cfg: There is no such file in the working folder, ${missing}.`,
    ]);
  });

  it('is refused when it is a file', async () => {
    const [problem] = problems(await readCourseFolder(join(dir, 'Common.cfg')));
    expect(problem).toMatch(
      /^Common\.cfg: The file cannot be read: there is a file where its folder should be/,
    );
  });

  describe.each(['Common.cfg', 'PeerInfo.cfg'])('is refused when %s', file => {
    it('is missing', async () => {
      await rm(join(dir, file));
      expect(problems(await readCourseFolder(dir))).toEqual([
        `${file}: There is no such file in the working folder, ${dir}.`,
      ]);
    });

    it('is a folder', async () => {
      await rm(join(dir, file));
      await mkdir(join(dir, file));
      expect(problems(await readCourseFolder(dir))).toEqual([
        `${file}: This is a folder; it must be a file.`,
      ]);
    });

    it.runIf(hasPermissions)('may not be read', async () => {
      await chmod(join(dir, file), 0);
      const [problem] = problems(await asOrdinaryUser(() => readCourseFolder(dir)));
      expect(problem).toMatch(new RegExp(`^${file}: The file cannot be read: .*permission denied`));
    });

    it.runIf(hasPermissions)('cannot be read at all', async () => {
      await rm(join(dir, file));
      await symlink(file, join(dir, file));
      const [problem] = problems(await readCourseFolder(dir));
      expect(problem).toMatch(new RegExp(`^${file}: The file cannot be read: .*symbolic links`));
    });

    it('is too large, without reading it', async () => {
      await truncate(join(dir, file), 2 ** 40);
      expect(problems(await readCourseFolder(dir))).toEqual([
        `${file}: The file has 1099511627776 bytes; a configuration file has at most 1048576.`,
      ]);
    });

    it.each([
      ['UTF-16', Buffer.from('\uFEFFFileSize 5', 'utf16le')],
      ['Latin-1', Buffer.from('FileName größe.txt', 'latin1')],
    ])('is in %s', async (_, bytes) => {
      await place(file, bytes);
      expect(problems(await readCourseFolder(dir))).toEqual([
        `${file}: The file is not text in UTF-8; save it as plain text in UTF-8.`,
      ]);
    });
  });

  it('may have configuration files of the largest size', async () => {
    const text = formatCommon(common);
    await place('Common.cfg', text + '\n'.repeat(1024 * 1024 - text.length));
    expect(problems(await readCourseFolder(dir))).toEqual([]);
  });

  it('has a folder and a log for each peer', () => {
    expect(peerFolder(dir, '1001')).toEqual({ path: join(dir, 'peer_1001'), shown: 'peer_1001' });
    expect(logFile(dir, '1001')).toEqual({
      path: join(dir, 'log_peer_1001.log'),
      shown: 'log_peer_1001.log',
    });
  });
});

describe('the file of a seed', () => {
  const found = (folder: string) => ({
    ok: true,
    value: { path: join(dir, folder, 'thefile'), shown: `${folder}/thefile` },
    notices: [],
  });

  it('is found in the folder of the peer', async () => {
    await place('peer_1001/thefile', '0123456789');
    expect(await findSeedFile(dir, '1001', common)).toEqual(found('peer_1001'));
  });

  it('is found where the sample files have it', async () => {
    await mkdir(join(dir, 'peer_1001'));
    await place('1001/thefile', '0123456789');
    expect(await findSeedFile(dir, '1001', common)).toEqual(found('1001'));
  });

  it('is the one in the folder of the peer when there are two', async () => {
    await place('peer_1001/thefile', '0123456789');
    await place('1001/thefile', '9876543210');
    expect(await findSeedFile(dir, '1001', common)).toEqual(found('peer_1001'));
  });

  it('may be empty when FileSize is 0', async () => {
    await place('peer_1001/thefile', '');
    expect(await findSeedFile(dir, '1001', { ...common, fileSize: 0 })).toEqual(found('peer_1001'));
  });

  it.runIf(hasPermissions)('may be a link to the file', async () => {
    await place('elsewhere', '0123456789');
    await mkdir(join(dir, 'peer_1001'));
    await symlink('../elsewhere', join(dir, 'peer_1001', 'thefile'));
    expect(await findSeedFile(dir, '1001', common)).toEqual(found('peer_1001'));
  });

  it('is asked for by both names when it is missing', async () => {
    expect(problems(await findSeedFile(dir, '1001', common))).toEqual([
      'peer_1001/thefile: There is no such file (nor 1001/thefile), but PeerInfo.cfg says that peer 1001 has the file.',
    ]);
  });

  it.each(['012345678', '0123456789a', ''])(
    'is refused with the wrong size, naming both sizes: %j',
    async content => {
      await place('1001/thefile', content);
      expect(problems(await findSeedFile(dir, '1001', common))).toEqual([
        `1001/thefile: The file has ${content.length} bytes, but FileSize in Common.cfg is 10.`,
      ]);
    },
  );

  it('is refused when it is a folder', async () => {
    await mkdir(join(dir, 'peer_1001', 'thefile'), { recursive: true });
    expect(problems(await findSeedFile(dir, '1001', common))).toEqual([
      'peer_1001/thefile: This is a folder; it must be a file.',
    ]);
  });

  it.runIf(process.platform === 'linux')('is refused when it is a device', async () => {
    await mkdir(join(dir, 'peer_1001'));
    await symlink('/dev/zero', join(dir, 'peer_1001', 'thefile'));
    expect(problems(await findSeedFile(dir, '1001', common))).toEqual([
      'peer_1001/thefile: This is not a regular file.',
    ]);
  });

  it.runIf(hasPermissions)('is refused when it may not be read', async () => {
    await place('peer_1001/thefile', '0123456789');
    await chmod(join(dir, 'peer_1001', 'thefile'), 0);
    const [problem] = problems(await asOrdinaryUser(() => findSeedFile(dir, '1001', common)));
    expect(problem).toMatch(/^peer_1001\/thefile: The file cannot be read: .*permission denied/);
  });
});

describe('the folder of a peer', () => {
  it('is made, and left empty', async () => {
    expect(await preparePeerFolder(dir, '1002')).toEqual({
      ok: true,
      value: peerFolder(dir, '1002'),
      notices: [],
    });
    expect(await readdir(join(dir, 'peer_1002'))).toEqual([]);
  });

  it('keeps what is in it', async () => {
    await place('peer_1002/thefile.part', '0123');
    expect((await preparePeerFolder(dir, '1002')).ok).toBe(true);
    expect(await readdir(join(dir, 'peer_1002'))).toEqual(['thefile.part']);
  });

  it('is refused when a file is in its place', async () => {
    await place('peer_1002', '');
    const [problem] = problems(await preparePeerFolder(dir, '1002'));
    expect(problem).toMatch(/^peer_1002: Nothing can be written in this folder: .*already exists/);
  });

  it.runIf(hasPermissions)('is refused when it may only be read', async () => {
    await mkdir(join(dir, 'peer_1002'));
    await chmod(join(dir, 'peer_1002'), 0o555);
    const [problem] = problems(await asOrdinaryUser(() => preparePeerFolder(dir, '1002')));
    expect(problem).toMatch(/^peer_1002: Nothing can be written in this folder: .*permission denied/);
  });

  it.runIf(hasPermissions)('is refused when the working folder may only be read', async () => {
    await chmod(dir, 0o555);
    const [problem] = problems(await asOrdinaryUser(() => preparePeerFolder(dir, '1002')));
    expect(problem).toMatch(/^peer_1002: Nothing can be written in this folder: .*permission denied/);
  });
});
