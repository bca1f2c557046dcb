import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LabPlan, labPlan, type PlanMachine, type PlanPeer } from '../../../src-shared/lab.ts';
import { safeName } from '../content/path-rules.ts';
import { checkPlan, folderName } from './plan-check.ts';
import { samplePlan } from './sample-plan.ts';

/** "1001:6008* 1002:6009": a star has the file. */
function peers(text: string): PlanPeer[] {
  return text.split(' ').map(word => {
    const [id = '', port = ''] = word.replace('*', '').split(':');
    return { id, port, hasFile: word.endsWith('*') };
  });
}

const first: PlanMachine = { name: 'Machine A', host: '192.168.1.101', peers: peers('1001:6008*') };

function with2nd(second: Partial<PlanMachine>): LabPlan {
  return [first, { name: 'Machine B', host: '192.168.1.102', peers: peers('1002:6008'), ...second }];
}

function errors(plan: LabPlan): string[] {
  return checkPlan(plan)
    .filter(({ isError }) => isError)
    .map(({ message }) => message);
}

function notices(plan: LabPlan): string[] {
  expect(errors(plan)).toEqual([]);
  return checkPlan(plan).map(({ message }) => message);
}

describe('a plan', () => {
  it.each([1, 3, 30, 200])('of the sample for %i machines has nothing wrong but being alone', machines => {
    const told = checkPlan(samplePlan(machines, '10.1.2.250'));
    expect(told.map(({ message }) => message)).toEqual(
      machines === 1 ? ['There is only one peer, so there is nobody to share the file with.'] : [],
    );
  });

  it('needs machines, and each of them peers', () => {
    expect(errors([])).toEqual([expect.stringContaining('The plan has no machines')]);
    expect(checkPlan(with2nd({ peers: [] }))).toEqual([
      {
        place: { machine: 1 },
        message: '"Machine B" has no peers; give it one, or take the machine out.',
        isError: true,
      },
    ]);
  });

  it('needs somebody to begin with the file', () => {
    expect(errors([{ ...first, peers: peers('1001:6008 1002:6009') }])).toEqual([
      'No peer has the file; one at least must begin with it ("has_file": "1").',
    ]);
  });

  it('may have two seeds, but hardly only seeds', () => {
    expect(checkPlan(with2nd({ peers: peers('1002:6008* 1003:6009') }))).toEqual([]);
    expect(notices(with2nd({ peers: peers('1002:6008*') }))).toEqual([
      'Every peer begins with the file, so there is nothing to download.',
    ]);
  });

  it('tells its problems in order', () => {
    const plan = [
      { ...first, name: '', peers: peers('1001:x') },
      { ...first, host: '', peers: peers('x:1') },
    ];
    expect(checkPlan(plan).map(({ place }) => place)).toEqual([
      {},
      { machine: 0, field: 'name' },
      { machine: 0, peer: 0, field: 'port' },
      { machine: 1, field: 'host' },
      { machine: 1, peer: 0, field: 'id' },
      { machine: 1, peer: 0, field: 'port' },
    ]);
  });

  it('is judged whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            name: fc.string({ unit: 'binary', maxLength: 300 }),
            host: fc.oneof(fc.string({ maxLength: 300 }), fc.ipV4(), fc.ipV6(), fc.domain()),
            peers: fc.array(fc.record({ id: fc.string(), port: fc.string(), hasFile: fc.boolean() })),
          }),
        ),
        plan => {
          for (const { message } of checkPlan(plan)) expect(message).toMatch(/^[\p{Lu}"].*[.?]$/su);
        },
      ),
    );
  });
});

describe('peer IDs', () => {
  it('are taken once in the whole lab', () => {
    expect(checkPlan(with2nd({ peers: peers('1001:6008') }))).toEqual([
      {
        place: { machine: 1, peer: 0, field: 'id' },
        message: 'Peer ID 1001 is already taken on "Machine A"; every peer of the lab needs its own.',
        isError: true,
      },
    ]);
  });

  it('ascend from machine to machine', () => {
    expect(errors(with2nd({ peers: peers('1003:6008 1002:6009') }))).toEqual([
      'Peer 1002 comes after peer 1003; IDs must ascend from the first machine to the last.',
    ]);
    expect(errors(with2nd({ peers: peers('900:6008') }))).toEqual([
      'Peer 900 comes after peer 1001; IDs must ascend from the first machine to the last.',
    ]);
  });

  it.each(['', '0', '-1', '4294967296', '1002.5', '1e3', 'x', ' 1002'])('are never %j', id => {
    expect(errors(with2nd({ peers: [{ id, port: '6008', hasFile: false }] }))).toEqual([
      expect.stringMatching(/^The peer ID must be a whole number from 1 to 4294967295; it is ".*"\.$/),
    ]);
  });

  it('are written without leading zeros, since folders and logs are called after them', () => {
    expect(errors(with2nd({ peers: peers('01002:6008') }))).toEqual([
      'Write the peer ID without leading zeros, 1002; it is "01002".',
    ]);
  });
});

describe('ports', () => {
  it('are taken once per host, also by two machines', () => {
    const message =
      'Port 6008 of "192.168.1.102" is already taken by peer 1002; give one of the two another port.';
    expect(errors(with2nd({ peers: peers('1002:6008 1003:6008') }))).toEqual([message]);
    const twice = with2nd({ name: 'Machine C', peers: peers('1003:6008') })[1]!;
    expect(checkPlan([...with2nd({}), twice])).toContainEqual({
      place: { machine: 2, peer: 0, field: 'port' },
      message,
      isError: true,
    });
  });

  it.each(['', '0', '65536', '-1', '60.5', 'x'])('are never %j', port => {
    expect(errors(with2nd({ peers: [{ id: '1002', port, hasFile: false }] }))).toEqual([
      `The port must be a whole number from 1 to 65535; it is "${port}".`,
    ]);
  });

  it('may be low, but that is told', () => {
    expect(notices(with2nd({ peers: peers('1002:80') }))).toEqual([
      'Port 80: on Linux and macOS only an administrator may listen at ports below 1024.',
    ]);
  });
});

describe('hosts', () => {
  it.each([
    'lab-01',
    'lab_01.example.edu',
    'rechner-ü.local.',
    '10.0.0.7',
    '2001:db8::7',
    'fd00::1',
    '3com.example',
  ])('may be %s', host => {
    expect(checkPlan(with2nd({ host }))).toEqual([]);
  });

  it.each([
    ['', 'has no host'],
    ['  ', 'has no host'],
    ['lab 1', 'has no spaces'],
    [' 10.0.0.7', 'has no spaces'],
    ['http://10.0.0.7', 'no "…://" before it'],
    ['10.0.0.7:6008', 'no port after it'],
    ['lab-01:6008', 'no port after it'],
    ['[2001:db8::7]:6008', 'no port after it'],
    ['[2001:db8::7]', 'without brackets'],
    ['10.0.0.7/24', 'must be a name or an address'],
    ['lab;reboot', 'must be a name or an address'],
    ['$(reboot)', 'must be a name or an address'],
    ['%PATH%', 'must be a name or an address'],
    ['10.0.0', 'consists of four numbers'],
    ['10.0.0.0.7', 'consists of four numbers'],
    ['10.0..7', 'consists of four numbers'],
    ['10.0.0.256', 'numbers up to 255'],
    ['10.0.0.1000', 'numbers up to 255'],
    ['10.0.0.07', 'without leading zeros'],
    ['0.0.0.0', 'an address to listen at'],
    ['::', 'an address to listen at'],
    ['224.0.0.1', 'for groups'],
    ['240.0.0.1', 'for groups'],
    ['ff02::1', 'for groups'],
    ['255.255.255.255', 'every computer at once'],
    ['1:2:3', 'is no IPv6 address'],
    ['lab..edu', 'is no host name'],
    ['-lab', 'is no host name'],
    ['x'.repeat(64), 'is no host name'],
    [`${'lab.'.repeat(64)}edu`, 'not have more than 253'],
    ['127.0.0.1', 'address for itself'],
    ['localhost', 'address for itself'],
    ['LOCALHOST', 'address for itself'],
    ['::1', 'address for itself'],
  ])('are never %j', (host, words) => {
    expect(errors(with2nd({ host }))).toEqual([expect.stringContaining(words)]);
  });

  it('may all be this computer', () => {
    const plan = samplePlan(3, '10.0.0.1').map((machine, i) => ({ ...machine, host: `127.0.0.${i + 1}` }));
    expect(notices(plan)).toEqual([expect.stringContaining('this lab works on one computer only')]);
  });

  it('may be one that a computer gave itself, but that is told', () => {
    expect(notices(with2nd({ host: '169.254.7.7' }))).toEqual([
      expect.stringContaining('others may not reach it'),
    ]);
    expect(notices(with2nd({ host: 'fe80::1%eth0' }))).toEqual([
      expect.stringContaining('others may not reach it'),
    ]);
  });

  it('may be the same, but that is told', () => {
    expect(notices(with2nd({ host: first.host, peers: peers('1002:6009') }))).toEqual([
      '"Machine B" and "Machine A" have the same host, 192.168.1.101: they are taken for one computer.',
    ]);
  });
});

describe('names of machines', () => {
  it.each([
    ['', 'has no name'],
    [' \t', 'has no name'],
    ['B ', 'must not begin or end with a space'],
    ['B\nC', 'control characters'],
    ['x'.repeat(61), 'not have more than 60 letters; this one has 61'],
    ['&%!', 'needs a letter or a digit'],
    ['Machine A', 'Another machine is already called "Machine A"'],
    ['machine-a', '"machine-a" and "Machine A" would both get the folder "machine-a"'],
    ['MACHINE (A)', 'would both get the folder'],
  ])('are never %j', (name, words) => {
    expect(errors(with2nd({ name }))).toEqual([expect.stringContaining(words)]);
  });

  it.each([
    ['Machine A', 'machine-a'],
    ['Übungsraum 3, Rechner "links"', 'übungsraum-3-rechner-links'],
    ['../../etc', 'etc'],
    ['CON', '_con'],
    ['100 % sure!', '100-sure'],
    ['機械 1', '機械-1'],
  ])('%s becomes the folder %s', (name, folder) => {
    expect(errors(with2nd({ name }).slice(1, 2).concat(first))).not.toContainEqual(
      expect.stringContaining('The name of a machine'),
    );
    expect(folderName(name)).toBe(folder);
  });

  it('become names that are safe on every system', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), name => {
        const folder = folderName(name);
        expect(safeName(folder)).toBe(folder);
        expect(folder).not.toMatch(/[\s/\\"'$`%!&.]/);
      }),
    );
  });
});

it('makes a sample that is a plan', () => {
  expect(labPlan['~run']({ value: samplePlan(200, '::1') }, {}).issues).toBeUndefined();
  expect(samplePlan(2, '10.1.2.254')).toEqual([
    { name: 'Machine A', host: '10.1.2.254', peers: peers('1001:6008*') },
    { name: 'Machine B', host: '10.1.3.1', peers: peers('1002:6008 1003:6009') },
  ]);
  expect(samplePlan(1, '127.0.0.1')[0]!.host).toBe('192.168.1.101');
  expect(samplePlan(28, 'fd00::1').at(-1)).toMatchObject({ name: 'Machine 28', host: '192.168.1.128' });
});
