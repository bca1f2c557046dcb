import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CommonConfig,
  checkSelf,
  checkSwarm,
  fileNameFault,
  formatCommon,
  formatPeerInfo,
  formatProblem,
  maxPieceCount,
  type Parsed,
  parseCommon,
  parsePeerInfo,
  type RosterEntry,
} from './config.ts';

const example = `NumberOfPreferredNeighbors 2
UnchokingInterval 5
OptimisticUnchokingInterval 15
FileName TheFile.dat
FileSize 10000232
PieceSize 32768`;

const exampleConfig: CommonConfig = {
  preferredNeighbours: 2,
  unchokingIntervalMs: 5_000,
  optimisticIntervalMs: 15_000,
  fileName: 'TheFile.dat',
  fileSize: 10_000_232,
  pieceSize: 32_768,
};

/** The example with the line of one key replaced. */
function commonWith(key: string, line: string): string {
  return example.replace(new RegExp(`^${key} .*$`, 'm'), () => line);
}

/** Every problem as its reader sees it. */
function told(parsed: Parsed<unknown>): string[] {
  return (parsed.ok ? parsed.notices : parsed.problems).map(formatProblem);
}

/** The value, which must have been read without a notice. */
function clean<T>(parsed: Parsed<T>): T {
  expect(told(parsed)).toEqual([]);
  if (!parsed.ok) throw new Error('unreachable: nothing told, but not ok');
  return parsed.value;
}

function failures(parsed: Parsed<unknown>): string[] {
  expect(parsed.ok).toBe(false);
  return told(parsed);
}

function notices(parsed: Parsed<unknown>): string[] {
  expect(parsed.ok).toBe(true);
  return told(parsed);
}

const plainFileName = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    fc.string({ minLength: 1, maxLength: 40 }),
    fc.constantFrom('thefile', 'tree.jpg', '#1 hit.mp3', 'a  b', 'ä.txt', '.hidden', 'x#y', 'con1', '😀'),
  )
  .map(name => name.trim())
  .filter(name => fileNameFault(name) === undefined);

const commonConfig: fc.Arbitrary<CommonConfig> = fc
  .record({
    preferredNeighbours: fc.maxSafeNat(),
    unchokingIntervalMs: fc.integer({ min: 1, max: 9_007_199_254_740 }).map(s => s * 1000),
    optimisticIntervalMs: fc.integer({ min: 1, max: 100 }).map(s => s * 1000),
    fileName: plainFileName,
    fileSize: fc.maxSafeNat(),
    pieceSize: fc.integer({ min: 1, max: 2 ** 32 - 6 }),
  })
  .filter(({ fileSize, pieceSize }) => Math.ceil(fileSize / pieceSize) <= maxPieceCount);

const roster: fc.Arbitrary<RosterEntry[]> = fc
  .uniqueArray(
    fc.record({
      peer: fc.integer({ min: 1, max: 2 ** 32 - 1 }).map(String),
      host: fc.constantFrom(
        'localhost',
        '127.0.0.1',
        '::1',
        'lin114-00.cise.ufl.edu',
        'fe80::1%eth0',
        'bücher.de',
      ),
      port: fc.integer({ min: 1, max: 65_535 }),
      seed: fc.boolean(),
    }),
    { minLength: 1, selector: ({ peer }) => peer, comparator: (a, b) => a === b },
  )
  .map(peers =>
    peers.map((peer, index) => ({ ...peer, port: 1 + ((peer.port + index) % 65_535), line: index + 1 })),
  )
  .filter(peers => new Set(peers.map(({ host, port }) => `${host} ${port}`)).size === peers.length);

/** Lines as careless people leave them, saying the same. */
function careless(lines: string[]): fc.Arbitrary<string> {
  const space = fc.constantFrom(' ', '\t', '  ', ' \t ');
  const margin = fc.constantFrom('', ' ', '\t');
  const ending = fc.constantFrom('\n', '\r\n', '\r', '\n\n', '\n# FileSize 1\n', '\r\n \t\r\n');
  const spoilt = lines.map(line =>
    fc
      .tuple(space, margin, margin, ending)
      .map(([gap, before, after, end]) => `${before}${line.replace(' ', gap)}${after}${end}`),
  );
  return fc.tuple(fc.constantFrom('', '\uFEFF'), ...spoilt).map(parts => parts.join(''));
}

describe('Common.cfg', () => {
  it('is read as the course shows it', () => {
    expect(clean(parseCommon(example))).toEqual(exampleConfig);
  });

  it('is read the same whatever its spacing, line ends, comments and order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(example.split('\n'), { minLength: 6 }).chain(careless), text => {
        expect(clean(parseCommon(text))).toEqual(exampleConfig);
      }),
    );
  });

  it('is written in the strict form that every parser reads', () => {
    expect(formatCommon(exampleConfig)).toBe(example);
  });

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(commonConfig, config => {
        const parsed = parseCommon(formatCommon(config));
        expect(parsed).toMatchObject({ ok: true, value: config });
      }),
    );
  });

  it('never throws, whatever the text', () => {
    const word = fc.oneof(
      fc.constantFrom(
        ...example.split(/\s/),
        '\r',
        '\n',
        ' ',
        '\t',
        '#',
        '\uFEFF',
        '\0',
        '-1',
        '1e999',
        '__proto__',
      ),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(word), words => {
        const parsed = parseCommon(words.join(' '));
        expect(parsed.ok ? parsed.value.fileName : told(parsed)).not.toHaveLength(0);
      }),
    );
  });

  it('keeps the spaces and the # inside a file name, with a notice about the spaces', () => {
    const parsed = parseCommon(commonWith('FileName', 'FileName \t #1 of  my files.dat \t'));
    expect(parsed).toMatchObject({ ok: true, value: { fileName: '#1 of  my files.dat' } });
    expect(notices(parsed)).toEqual([
      'Common.cfg:4: notice: FileName "#1 of  my files.dat" has spaces; some implementations read only the first word.',
    ]);
  });

  it('reads numbers with leading zeros as decimal', () => {
    expect(clean(parseCommon(commonWith('UnchokingInterval', 'UnchokingInterval 010')))).toMatchObject({
      unchokingIntervalMs: 10_000,
    });
  });

  it('may be for an empty file, for one piece, and for a piece larger than the file', () => {
    expect(clean(parseCommon(commonWith('FileSize', 'FileSize 0')))).toMatchObject({ fileSize: 0 });
    expect(clean(parseCommon(commonWith('FileSize', 'FileSize 32768')))).toMatchObject({ fileSize: 32_768 });
    expect(clean(parseCommon(commonWith('FileSize', 'FileSize 1')))).toMatchObject({ fileSize: 1 });
  });

  it.each(['', ' \r\n\t\n', '# nothing here', '\uFEFF'])('is refused when it says nothing: %j', text => {
    expect(failures(parseCommon(text))).toEqual([
      'Common.cfg: The file is empty; it needs a line each for NumberOfPreferredNeighbors, UnchokingInterval, ' +
        'OptimisticUnchokingInterval, FileName, FileSize, PieceSize.',
    ]);
  });

  it.each(example.split('\n'))('is refused without its line "%s"', line => {
    const [key] = line.split(' ');
    expect(failures(parseCommon(example.replace(line, '')))).toEqual([
      `Common.cfg: ${key} is missing; add a line such as "${line}".`,
    ]);
  });

  it.each([
    ['NumberOfPreferredNeighbors', 'a whole number, 0 or more', 1],
    ['UnchokingInterval', 'a whole number of seconds, 1 or more', 2],
    ['OptimisticUnchokingInterval', 'a whole number of seconds, 1 or more', 3],
    ['FileSize', 'a whole number of bytes, 0 or more', 5],
    ['PieceSize', 'a whole number of bytes, 1 or more', 6],
  ])('is refused when %s is not %s', (key, wanted, line) => {
    for (const value of ['abc', '-1', '2.5', '5s', '+5', '1e3', '0x10', '1,000', '5 6', '٣']) {
      expect(failures(parseCommon(commonWith(key, `${key} ${value}`)))).toEqual([
        `Common.cfg:${line}: ${key} must be ${wanted}; it is "${value}".`,
      ]);
    }
    expect(failures(parseCommon(commonWith(key, key)))).toEqual([
      `Common.cfg:${line}: ${key} has no value; it must be ${wanted}.`,
    ]);
  });

  it.each([
    ['UnchokingInterval', 2],
    ['OptimisticUnchokingInterval', 3],
    ['PieceSize', 6],
  ])('is refused when %s is 0', (key, line) => {
    const [problem] = failures(parseCommon(commonWith(key, `${key} 0`)));
    expect(problem).toMatch(new RegExp(`^Common.cfg:${line}: ${key} must be .*, 1 or more; it is "0"\\.$`));
  });

  it.each([
    ['NumberOfPreferredNeighbors', 1, '9007199254740991', '9007199254740992'],
    ['UnchokingInterval', 2, '9007199254740', '9007199254741'],
    ['OptimisticUnchokingInterval', 3, '9007199254740', '9'.repeat(50)],
    ['FileSize', 5, '9007199254740991', '9007199254740993'],
    ['PieceSize', 6, '4294967290', '4294967291'],
  ])('is refused when %s in line %d is above %s', (key, line, max, value) => {
    expect(told(parseCommon(commonWith(key, `${key} ${max}`))).join()).not.toContain('must be');
    const [problem] = failures(parseCommon(commonWith(key, `${key} ${value}`)));
    expect(problem).toContain(`Common.cfg:${line}: ${key} must be at most ${max} (`);
    expect(problem).toContain(`it is "${value}".`);
  });

  it('is refused when the file would have more pieces than a peer can keep track of', () => {
    const text = (fileSize: number, pieceSize: number) =>
      formatCommon({ ...exampleConfig, fileSize, pieceSize });
    expect(failures(parseCommon(text(5_000_000_000_000, 1)))).toEqual([
      'Common.cfg:6: PieceSize 1 is too small for FileSize 5000000000000: the file would have 5000000000000 pieces ' +
        'and may have 16777216; make it 298024 or more.',
    ]);
    expect(parseCommon(text(5_000_000_000_000, 298_024)).ok).toBe(true);
    expect(parseCommon(text(maxPieceCount * 7, 7)).ok).toBe(true);
    expect(parseCommon(text(maxPieceCount * 7 + 1, 7)).ok).toBe(false);
  });

  it('is refused when a key is given twice, even with the same value', () => {
    expect(failures(parseCommon(`${example}\n\nPieceSize 32768\nFileName x`))).toEqual([
      'Common.cfg:8: PieceSize is already given in line 6; keep one of the two.',
      'Common.cfg:9: FileName is already given in line 4; keep one of the two.',
    ]);
  });

  it('says that a comment needs its own line', () => {
    expect(failures(parseCommon(commonWith('FileSize', 'FileSize 100 # bytes')))).toEqual([
      'Common.cfg:5: FileSize must be a whole number of bytes, 0 or more; it is "100 # bytes". A comment needs a line of its own.',
    ]);
  });

  it('is told everything that is wrong, in the order of the lines', () => {
    const text = 'PieceSize 0\nFileSizes 7\nUnchokingInterval abc\nFileName ../x\nUnchokingInterval 5';
    expect(failures(parseCommon(text)).map(problem => problem.slice(0, 40))).toEqual([
      'Common.cfg:1: PieceSize must be a whole ',
      'Common.cfg:2: notice: The key "FileSizes',
      'Common.cfg:3: UnchokingInterval must be ',
      'Common.cfg:4: FileName must be a plain f',
      'Common.cfg:5: UnchokingInterval is alrea',
      'Common.cfg: NumberOfPreferredNeighbors i',
      'Common.cfg: OptimisticUnchokingInterval ',
      'Common.cfg: FileSize is missing; add a l',
    ]);
  });

  it('ignores unknown keys, with a notice', () => {
    const parsed = parseCommon(`Strategy random\n${example}`);
    expect(parsed).toMatchObject({ ok: true, value: exampleConfig });
    expect(notices(parsed)).toEqual(['Common.cfg:1: notice: The key "Strategy" is unknown and ignored.']);
  });

  it.each([
    ['NumberOfPreferredNeighbours 2', 'NumberOfPreferredNeighbors'],
    ['unchokinginterval 2', 'UnchokingInterval'],
    ['UnchokeInterval 2', 'UnchokingInterval'],
    ['FileSize=5', 'FileSize'],
    ['PieceSize: 5', 'PieceSize'],
    ['Filename x', 'FileName'],
  ])('suggests the key meant by "%s"', (line, meant) => {
    const name = line.split(' ')[0];
    expect(notices(parseCommon(`${line}\n${example}`))).toEqual([
      `Common.cfg:1: notice: The key "${name}" is unknown and ignored; did you mean ${meant}, a space and its value?`,
    ]);
  });

  it('gets a notice when no neighbour will be preferred', () => {
    const key = 'NumberOfPreferredNeighbors';
    expect(notices(parseCommon(commonWith(key, `${key} 0`)))).toEqual([
      `Common.cfg:1: notice: ${key} is 0: only the optimistically unchoked neighbour will be served.`,
    ]);
  });

  it('gets a notice when pieces are above 64 KiB', () => {
    expect(notices(parseCommon(commonWith('PieceSize', 'PieceSize 65536')))).toEqual([]);
    expect(notices(parseCommon(commonWith('PieceSize', 'PieceSize 65537')))).toEqual([
      'Common.cfg:6: notice: PieceSize 65537 is above 65536; some implementations stall on messages that long.',
    ]);
  });

  it('has its values shown short and without control characters', () => {
    const [problem] = failures(
      parseCommon(commonWith('FileSize', `FileSize \u001b[2J\u202e${'x'.repeat(9999)}`)),
    );
    expect(problem).toContain(`it is "\\u{1b}[2J\\u{202e}${'x'.repeat(55)}…".`);
    const [wide] = failures(parseCommon(commonWith('FileSize', `FileSize ${'😀'.repeat(61)}`)));
    expect(wide).toContain(`it is "${'😀'.repeat(60)}…".`);
  });

  it('is named as its caller names it', () => {
    expect(failures(parseCommon('', 'lab/Common.cfg'))[0]).toMatch(/^lab\/Common\.cfg: /);
  });
});

describe('FileName', () => {
  it.each([
    ['thefile'],
    ['tree.jpg'],
    ['.hidden'],
    ['a..b'],
    ['My file (2).tar.gz'],
    ['größe.txt'],
    ['📚'],
    ['console'],
    ['com10'],
    ['lpt'],
    ['x'.repeat(230)],
  ])('may be %j', name => {
    expect(fileNameFault(name)).toBeUndefined();
  });

  it.each([
    ['', 'empty'],
    ['.', 'plain file name'],
    ['..', 'plain file name'],
    ['../thefile', 'plain file name'],
    ['..\\thefile', 'plain file name'],
    ['/etc/passwd', 'plain file name'],
    ['sub/thefile', 'plain file name'],
    ['thefile/', 'plain file name'],
    ['C:thefile', 'Windows forbids'],
    ['thefile:stream', 'Windows forbids'],
    ['"thefile"', 'Windows forbids'],
    ['what?', 'Windows forbids'],
    ['a\0b', 'control characters'],
    ['a\tb', 'control characters'],
    ['a\nb', 'control characters'],
    ['a\u2028b', 'control characters'],
    ['a\ud800b', 'control characters'],
    [' thefile', 'white space'],
    ['thefile ', 'white space'],
    ['thefile.', 'full stop'],
    ['...', 'full stop'],
    ['NUL', 'device'],
    ['con.txt', 'device'],
    ['com1', 'device'],
    ['COM¹.tar.gz', 'device'],
    ['aux .txt', 'device'],
    ['CONOUT$', 'device'],
    ['x'.repeat(231), '230 bytes'],
    ['ä'.repeat(116), '230 bytes'],
    ['分'.repeat(77), '230 bytes'],
    ['😀'.repeat(58), '230 bytes'],
  ])('cannot be %j', (name, reason) => {
    expect(fileNameFault(name)).toContain(reason);
  });

  it('is refused with the line and the name when it leaves its folder', () => {
    expect(failures(parseCommon(commonWith('FileName', 'FileName ..\\thefile')))).toEqual([
      'Common.cfg:4: FileName must be a plain file name inside the peer\'s folder, without "/", "\\" or ".."; it is "..\\thefile".',
    ]);
  });

  it('is refused when it is missing from its line', () => {
    expect(failures(parseCommon(commonWith('FileName', 'FileName ')))).toEqual([
      'Common.cfg:4: FileName has no value; it must be the name of the file to share.',
    ]);
  });

  it('never has two parts of a path, on any system, once it is accepted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), name => {
        fc.pre(fileNameFault(name) === undefined);
        expect(name).not.toMatch(/[/\\:\0]|^\.{0,2}$/);
      }),
    );
  });
});

describe('PeerInfo.cfg', () => {
  const listed = '1001 lin114-00.cise.ufl.edu 6008 1\n1002 lin114-01.cise.ufl.edu 6008 0';
  const entries: RosterEntry[] = [
    { peer: '1001', host: 'lin114-00.cise.ufl.edu', port: 6008, seed: true, line: 1 },
    { peer: '1002', host: 'lin114-01.cise.ufl.edu', port: 6008, seed: false, line: 2 },
  ];

  it('is read as the course shows it', () => {
    expect(clean(parsePeerInfo(listed))).toEqual(entries);
  });

  it('is read with the blemishes of the sample files, telling the line of each peer', () => {
    const text =
      '\uFEFF# lab 3\r\n\r\n 1001\tlocalhost  6008 1 \r\n01002 localhost 06009 0 # late #2\r1003 ::1 6008 0';
    expect(clean(parsePeerInfo(text))).toEqual([
      { peer: '1001', host: 'localhost', port: 6008, seed: true, line: 3 },
      { peer: '1002', host: 'localhost', port: 6009, seed: false, line: 4 },
      { peer: '1003', host: '::1', port: 6008, seed: false, line: 5 },
    ]);
  });

  it('is read the same whatever its spacing, line ends and comments', () => {
    fc.assert(
      fc.property(careless(listed.split('\n')), text => {
        const read = clean(parsePeerInfo(text));
        expect(formatPeerInfo(read)).toBe(listed);
      }),
    );
  });

  it('is written in the strict form that every parser reads', () => {
    expect(formatPeerInfo(entries)).toBe(listed);
  });

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(roster, entries => {
        expect(parsePeerInfo(formatPeerInfo(entries))).toMatchObject({ ok: true, value: entries });
      }),
    );
  });

  it('never throws, whatever the text', () => {
    const word = fc.oneof(
      fc.constantFrom(
        '1001',
        'localhost',
        '6008',
        '0',
        '1',
        '\r',
        '\n',
        ' ',
        '\t',
        '#',
        '\uFEFF',
        '\0',
        '-1',
      ),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(word), words => {
        const parsed = parsePeerInfo(words.join(' '));
        expect(parsed.ok ? parsed.value : parsed.problems).not.toHaveLength(0);
      }),
    );
  });

  it.each(['', '\r\n \n', '# 1001 localhost 6008 1'])('is refused when it lists nobody: %j', text => {
    expect(failures(parsePeerInfo(text))).toEqual([
      'PeerInfo.cfg: The file lists no peers; it needs a line "peerID host port hasFile" for each.',
    ]);
  });

  it.each([
    ['1001', 1],
    ['1001 localhost 6008', 3],
    ['1001 localhost 6008 1 0', 5],
    ['1001 localhost:6008 1', 3],
    ['1001 #localhost 6008 1', 1],
  ])('is refused with a line "%s", which has %d columns', (line, columns) => {
    expect(failures(parsePeerInfo(`${listed}\n${line}`))).toEqual([
      `PeerInfo.cfg:3: A peer needs 4 columns, "peerID host port hasFile"; this line has ${columns}: "${line}".`,
    ]);
  });

  it.each(['0', '-1', 'abc', '1.5', '4294967296', '9'.repeat(30), 'NaN'])(
    'is refused with peer ID "%s"',
    id => {
      expect(failures(parsePeerInfo(`${id} localhost 6008 1`))).toEqual([
        `PeerInfo.cfg:1: The peer ID must be a whole number from 1 to 4294967295; it is "${id}".`,
      ]);
    },
  );

  it('takes peer IDs up to what 4 bytes hold', () => {
    expect(clean(parsePeerInfo('1 a 1 1\n4294967295 b 65535 0')).map(({ peer }) => peer)).toEqual([
      '1',
      '4294967295',
    ]);
  });

  it.each(['0', '65536', '-1', 'http', '80.0'])('is refused with port "%s"', port => {
    expect(failures(parsePeerInfo(`1001 localhost ${port} 1`))).toEqual([
      `PeerInfo.cfg:1: The port must be a whole number from 1 to 65535; it is "${port}".`,
    ]);
  });

  it.each(['2', 'true', '-', '01', '1#'])('is refused with hasFile "%s"', hasFile => {
    expect(failures(parsePeerInfo(`1001 localhost 6008 ${hasFile}`))).toEqual([
      `PeerInfo.cfg:1: hasFile must be 0 or 1; it is "${hasFile}".`,
    ]);
  });

  it.each(['[::1]', 'a/b', 'a,b', 'user@host'])('is refused with host "%s"', host => {
    expect(failures(parsePeerInfo(`1001 ${host} 6008 1`))).toEqual([
      `PeerInfo.cfg:1: The host must be a name or an address such as 127.0.0.1; it is "${host}".`,
    ]);
  });

  it('is refused when two peers have one ID', () => {
    expect(failures(parsePeerInfo('1001 a 6008 1\n\n1002 b 6008 0\n01001 c 6008 0'))[0]).toBe(
      'PeerInfo.cfg:4: Peer ID 1001 is already taken in line 1; every peer needs its own.',
    );
  });

  it('is refused when two peers have one host and port, whatever the case', () => {
    expect(
      failures(parsePeerInfo('1001 LocalHost 6008 1\n1002 localhost 6009 0\n1003 localhost 6008 0')),
    ).toEqual([
      'PeerInfo.cfg:3: "localhost" with port 6008 is already taken in line 1; give one of the two peers another port.',
    ]);
  });

  it('is told everything that is wrong, in the order of the lines', () => {
    const text = '1002 a 0 1\nx b\n1002 a 0 7\n1001 c 1 0\n1003 c 1 0';
    expect(failures(parsePeerInfo(text)).map(problem => problem.slice(0, 35))).toEqual([
      'PeerInfo.cfg:1: The port must be a ',
      'PeerInfo.cfg:2: A peer needs 4 colu',
      'PeerInfo.cfg:3: The port must be a ',
      'PeerInfo.cfg:3: hasFile must be 0 o',
      'PeerInfo.cfg:3: Peer ID 1002 is alr',
      'PeerInfo.cfg:4: notice: Peer 1001 c',
      'PeerInfo.cfg:5: "c" with port 1 is ',
    ]);
  });

  it('gets one notice when the IDs do not ascend', () => {
    expect(notices(parsePeerInfo('1003 a 1 1\n999 b 1 0\n1001 c 1 0\n1000 d 1 0'))).toEqual([
      'PeerInfo.cfg:2: notice: Peer 999 comes after peer 1003; keep the IDs ascending, since some implementations decide by ID who connects to whom.',
    ]);
  });

  it('knows us by our ID, with or without leading zeros', () => {
    expect(clean(checkSelf(entries, '1002'))).toBe(entries[1]);
    expect(clean(checkSelf(entries, '01002'))).toBe(entries[1]);
  });

  it.each(['1003', '', 'abc', '-1001', '1001.0', 'NaN'])('does not know us as "%s"', id => {
    expect(failures(checkSelf(entries, id))).toEqual([
      `PeerInfo.cfg: Peer "${id}" is not listed; the file lists 1001, 1002.`,
    ]);
  });

  it('names only a few of many peers', () => {
    const many = Array.from({ length: 13 }, (_, i) => ({ ...entries[0]!, peer: String(i + 1) }));
    expect(failures(checkSelf(many, '99'))[0]).toContain('lists 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 3 more.');
  });
});

describe('the two files together', () => {
  const peers = (seeds: string) =>
    clean(parsePeerInfo([...seeds].map((seed, i) => `${1001 + i} localhost ${6001 + i} ${seed}`).join('\n')));

  it('are refused when nobody has the file', () => {
    expect(checkSwarm(exampleConfig, peers('00')).map(formatProblem)).toEqual([
      'PeerInfo.cfg: No peer has the file; at least one line must end in hasFile 1.',
    ]);
  });

  it.each(['10', '01', '11', '1'])('are right with the seeds %s', seeds => {
    expect(checkSwarm(exampleConfig, peers(seeds))).toEqual([]);
  });

  it('need no seed for an empty file', () => {
    expect(checkSwarm({ ...exampleConfig, fileSize: 0 }, peers('00'))).toEqual([]);
  });
});
