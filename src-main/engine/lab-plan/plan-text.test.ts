import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LabPlan } from '../../../src-shared/lab.ts';
import { formatProblem, type Parsed } from '../course/config.ts';
import { checkPlan } from './plan-check.ts';
import { formatLabMark, formatPlan, lineInPlan, parseLabMark, parsePlan } from './plan-text.ts';
import { samplePlan } from './sample-plan.ts';

const ofTheIssue = `[ { "machine_name": "Machine A", "host": "192.168.1.101",
    "peers": [ { "id": "1001", "port": "6008", "has_file": "1" } ] },
  { "machine_name": "Machine B", "host": "192.168.1.102",
    "peers": [ { "id": "1002", "port": "6008", "has_file": "0" }, { "id": "1003", "port": "6009", "has_file": "0" } ] } ]
`;

const plan: LabPlan = [
  { name: 'Machine A', host: '192.168.1.101', peers: [{ id: '1001', port: '6008', hasFile: true }] },
  {
    name: 'Machine B',
    host: '192.168.1.102',
    peers: [
      { id: '1002', port: '6008', hasFile: false },
      { id: '1003', port: '6009', hasFile: false },
    ],
  },
];

const file = 'lab-plan.json';

function problems(text: string): string[] {
  return told(parsePlan(text, file));
}

function told(read: Parsed<unknown>): string[] {
  return (read.ok ? read.notices : read.problems).map(formatProblem);
}

/** The plan with one change to its text; fails when there is nothing to change. */
function changed(from: string, to: string): string {
  expect(ofTheIssue).toContain(from);
  return ofTheIssue.replace(from, to);
}

describe('a plan', () => {
  it.each([
    ['as people write it', ofTheIssue],
    ['as we write it', formatPlan(plan)],
    ['with a byte order mark', `\ufeff${ofTheIssue}`],
    ['with the line ends of Windows', ofTheIssue.replaceAll('\n', '\r\n')],
    ['with numbers and booleans', ofTheIssue.replaceAll(/"(\d{4}|0)"/g, '$1').replace('"1"', 'true')],
  ])('is read %s', (_, text) => {
    expect(parsePlan(text, file)).toEqual({ ok: true, value: plan, notices: [] });
  });

  it('is written with a line per peer, and values as texts', () => {
    expect(formatPlan(plan)).toBe(`[
  {
    "machine_name": "Machine A",
    "host": "192.168.1.101",
    "peers": [
      { "id": "1001", "port": "6008", "has_file": "1" }
    ]
  },
  {
    "machine_name": "Machine B",
    "host": "192.168.1.102",
    "peers": [
      { "id": "1002", "port": "6008", "has_file": "0" },
      { "id": "1003", "port": "6009", "has_file": "0" }
    ]
  }
]
`);
  });

  it('of 200 machines is read', () => {
    const large = samplePlan(200, '10.0.0.1');
    expect(parsePlan(formatPlan(large), file)).toEqual({ ok: true, value: large, notices: [] });
  });

  it('comes back as it was written, whatever its names', () => {
    const peer = fc.record({
      id: fc.integer({ min: 1, max: 2 ** 32 - 1 }).map(String),
      port: fc.integer({ min: 1, max: 65_535 }).map(String),
      hasFile: fc.boolean(),
    });
    const machine = fc.record({
      name: fc.string({ unit: 'grapheme', maxLength: 40 }),
      host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
      peers: fc.array(peer, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(machine, { maxLength: 5 }), drawn => {
        const read = parsePlan(formatPlan(drawn), file);
        const found = checkPlan(drawn);
        if (read.ok) expect(read.value).toEqual(drawn);
        else expect(found.some(({ isError }) => isError)).toBe(true);
        expect((read.ok ? read.notices : read.problems).map(({ message }) => message).sort()).toEqual(
          found.map(({ message }) => message).sort(),
        );
      }),
    );
  });
});

describe('what is wrong with a plan has its line:', () => {
  it.each([
    ['no text', '', [`${file}: The file is empty; "piecewise lab template" writes a plan to begin with.`]],
    ['only a byte order mark', '\ufeff', [expect.stringContaining('The file is empty')]],
    [
      'no list',
      '{}',
      [`${file}:1: The plan must be a list of machines, "[ { … }, { … } ]"; it is an object.`],
    ],
    [
      'a text',
      '\n"x"',
      [`${file}:2: The plan must be a list of machines, "[ { … }, { … } ]"; it is a text.`],
    ],
    ['no machines', '[]', [expect.stringContaining('The plan has no machines')]],
    [
      'a comma too many',
      changed('"1" } ] },', '"1" }, ] },'),
      [
        `${file}:2: This is no valid JSON: a value should be here, and there is "]"; there may be a comma too many.`,
      ],
    ],
    [
      'a comma missing',
      changed('"Machine A",', '"Machine A"'),
      [`${file}:1: This is no valid JSON: a comma is missing before "host".`],
    ],
    [
      'a comment',
      changed('"host"', '// here\n"host"'),
      [`${file}:1: This is no valid JSON: JSON has no comments.`],
    ],
    [
      'a text without an end',
      changed('"192.168.1.102"', '"192.168.1.102'),
      [`${file}:3: This is no valid JSON: a text has no closing quotation mark.`],
    ],
    [
      'single quotation marks',
      changed('"Machine B"', "'Machine B'"),
      [expect.stringContaining(`${file}:3: This is no valid JSON: `)],
    ],
    ['an end in the middle', ofTheIssue.slice(0, 200), [expect.stringContaining('This is no valid JSON')]],
    [
      'a misspelt key',
      changed('"has_file": "1"', '"hasFile": "1"'),
      [
        `${file}:2: A peer has no key "hasFile"; did you mean "has_file"?`,
        expect.stringContaining('No peer has the file'),
      ],
    ],
    [
      'an unknown key',
      changed('"host": "192.168.1.102"', '"host": "192.168.1.102", "colour": "red"'),
      [`${file}:3: A machine has no key "colour"; it has "machine_name", "host", "peers".`],
    ],
    [
      'a key given twice',
      changed('"host": "192.168.1.102"', '"host": "192.168.1.102",\n"host": "192.168.1.103"'),
      [`${file}:4: "host" is already given in line 3; keep one of the two.`],
    ],
    ['a missing key', changed('"port": "6009", ', ''), [`${file}:4: A peer needs a key "port".`]],
    [
      'a machine without peers',
      changed('"peers": [ { "id": "1001", "port": "6008", "has_file": "1" } ]', '"peers": "1001"'),
      [
        `${file}:2: "peers" must be a list, "[ { … }, { … } ]"; it is a text.`,
        expect.stringContaining('No peer has the file'),
      ],
    ],
    [
      'a peer that is none',
      changed('{ "id": "1003", "port": "6009", "has_file": "0" }', '1003'),
      [`${file}:4: There must be a peer here, and it is a number; a peer is written as { "id": …, … }.`],
    ],
    [
      'a name that is none',
      changed('"Machine B"', 'null'),
      [`${file}:3: "machine_name" must be a text of at most 300 characters; it is null.`],
    ],
    [
      'a very long name',
      changed('Machine B', 'x'.repeat(301)),
      [`${file}:3: "machine_name" must be a text of at most 300 characters; it has 301 characters.`],
    ],
    [
      'has_file neither 0 nor 1',
      changed('"has_file": "1"', '"has_file": "yes"'),
      [
        `${file}:2: "has_file" must be "0" or "1"; it is "yes".`,
        expect.stringContaining('No peer has the file'),
      ],
    ],
    [
      'an ID given twice',
      changed('1002', '1001'),
      [`${file}:4: Peer ID 1001 is already taken on "Machine A"; every peer of the lab needs its own.`],
    ],
    [
      'an ID with a fraction',
      changed('"1003"', '1003.5'),
      [`${file}:4: The peer ID must be a whole number from 1 to 4294967295; it is "1003.5".`],
    ],
    [
      'a bad address',
      changed('192.168.1.102', '192.168.1.302'),
      [`${file}:3: An address such as 192.168.1.101 consists of numbers up to 255; it is "192.168.1.302".`],
    ],
  ])('%s', (_, text, expected) => {
    expect(problems(text)).toEqual(expected);
    expect(parsePlan(text, file).ok).toBe(false);
    // Lines are counted alike with every kind of line end.
    expect(problems(`\ufeff${text.replaceAll('\n', '\r\n')}`)).toHaveLength(expected.length);
  });

  it('several at once', () => {
    const text = changed('1002', 'x').replace('192.168.1.101', '').replace('6009', '0');
    expect(problems(text).map(line => line.slice(0, `${file}:1`.length))).toEqual([
      `${file}:1`,
      `${file}:4`,
      `${file}:4`,
    ]);
  });

  it('a notice is told with the plan', () => {
    expect(problems(changed('"6009"', '"80"'))).toEqual([
      `${file}:4: notice: Port 80: on Linux and macOS only an administrator may listen at ports below 1024.`,
    ]);
  });
});

describe('no text', () => {
  it('does anything but give a plan or problems', () => {
    const alphabet = [
      '[',
      ']',
      '{',
      '}',
      '"',
      ',',
      ':',
      '\\',
      '\n',
      '1',
      'id',
      '"id"',
      '"peers"',
      'null',
      ' ',
      '/*',
      'ü',
    ];
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(fc.constantFrom(...alphabet)).map(all => all.join('')),
        ),
        text => {
          const read = parsePlan(text, file);
          if (!read.ok) expect(read.problems.length).toBeGreaterThan(0);
          parseLabMark(text);
        },
      ),
    );
  });

  it('of any value does', () => {
    const key = fc.constantFrom(
      'machine_name',
      'host',
      'peers',
      'id',
      'port',
      'has_file',
      'machine',
      'plan',
      '__proto__',
    );
    const { value } = fc.letrec(tie => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue({ maxDepth: 0 }),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(key, tie('value')),
      ),
    }));
    fc.assert(
      fc.property(value, drawn => {
        const text = JSON.stringify(drawn);
        parsePlan(text, file);
        parseLabMark(text);
      }),
    );
  });

  it('is too large, or too deep, to be refused in words', () => {
    expect(problems('['.repeat(1_000_000))).toEqual([
      `${file}:1: Brackets are nested deeper here than in any plan.`,
    ]);
    expect(problems(`"${'\\['.repeat(1_000_000)}"`)).toHaveLength(1);
    expect(problems('x'.repeat(5_000_000))).toEqual([expect.stringContaining('it is no plan of a lab')]);
    expect(problems(`[${Array(1001).fill('\n{}').join(',')}]`)).toContainEqual(
      `${file}:1002: The plan has 1001 machines; it may have 1000.`,
    );
  });
});

it('tells the line of every place', () => {
  const line = lineInPlan(ofTheIssue);
  expect(line({ machine: 1, peer: 1, field: 'port' })).toBe(4);
  expect(line({ machine: 1, field: 'host' })).toBe(3);
  expect(line({ machine: 0 })).toBe(1);
  expect(line({ machine: 7 })).toBeUndefined();
  expect(line({})).toBeUndefined();
});

describe('the mark of a folder', () => {
  it('comes back as it was written', () => {
    const mark = { machine: 'Machine B', plan };
    const text = formatLabMark(mark);
    expect(JSON.parse(text)).toMatchObject({
      machine: 'Machine B',
      plan: [{ machine_name: 'Machine A' }, {}],
    });
    expect(parseLabMark(text)).toEqual({ ok: true, value: mark, notices: [] });
  });

  it.each([
    ['no JSON', 'x', 'lab.json:1: This is no valid JSON: "x" is no text in quotation marks and no number.'],
    [
      'a plan alone',
      formatPlan(plan),
      "lab.json:1: The file must hold the mark of a lab's folder; it is a list.",
    ],
    ['no plan', '{ "machine": "Machine A" }', 'lab.json:1: The mark of a folder needs a key "plan".'],
    [
      'another machine',
      formatLabMark({ machine: 'Machine C', plan }),
      'lab.json: The plan has no machine called "Machine C".',
    ],
    [
      'a wrong plan',
      formatLabMark({ machine: 'Machine A', plan }).replace('1002', '1001'),
      'lab.json:15: Peer ID 1001 is already taken on "Machine A"; every peer of the lab needs its own.',
    ],
  ])('is refused with %s', (_, text, problem) => {
    expect(told(parseLabMark(text))).toEqual([problem]);
  });
});
