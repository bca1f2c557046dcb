import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanLine, readShareList } from './share-list.ts';

const share = {
  infoHash: 'ab'.repeat(20),
  name: 'notes',
  totalLength: 5,
  fileCount: 1,
  progress: 1,
  addedAtMs: 7,
};
const list = (shares: readonly object[] = [share], more: object = {}) =>
  JSON.stringify({ v: 1, machine: { name: 'lab-07', id: 'abc' }, shares, ...more });

describe('a list of shares from another machine', () => {
  it('is read, whatever newer versions add', () => {
    expect(readShareList(list([{ ...share, colour: 'red' }], { since: 3 }))).toEqual({
      machine: { name: 'lab-07', id: 'abc' },
      shares: [share],
    });
  });

  it('has cleaned names of a bounded length, and each share once', () => {
    const name = `a\u0000b\r\n\u202egnp.exe${'x'.repeat(300)}`;
    const read = readShareList(
      list([
        { ...share, name },
        { ...share, name: 'again' },
      ]),
    );
    expect(read?.shares.map(({ name: clean }) => clean)).toEqual([`a b gnp.exe${'x'.repeat(189)}`]);
  });

  it.each([
    ['', 'nothing'],
    ['[]', 'another kind of value'],
    [list().replace('"v":1', '"v":2'), 'another version'],
    [list([{ ...share, infoHash: 'AB'.repeat(20) }]), 'an info-hash in capitals'],
    [list([{ ...share, totalLength: -1 }]), 'a negative length'],
    [list([{ ...share, totalLength: 1e300 }]), 'a length beyond counting'],
    [list([{ ...share, totalLength: 1.5 }]), 'half a byte'],
    [list([{ ...share, progress: 1.1 }]), 'more than all'],
    [list([{ ...share, name: '\u0000\u200b' }]), 'a name of nothing'],
    [list([{ ...share, name: 7 }]), 'a name that is a number'],
    [list([], { machine: { name: 'x', id: '../x' } }), 'an ID that is none'],
    [list([], { machine: { name: '', id: 'x' } }), 'a machine without a name'],
    [list(Array.from({ length: 1_001 }, () => share)), 'too many shares'],
    ['['.repeat(100_000), 'deep nesting'],
  ])('is refused: %.40s… (%s)', text => {
    expect(readShareList(text)).toBeUndefined();
  });

  it.each([
    [
      'of shares that are none',
      `{"v":1,"machine":{"name":"a","id":"b"},"shares":[${'{},'.repeat(340_000)}{}]}`,
    ],
    ['of too many shares', list(Array.from({ length: 6_000 }, () => ({ ...share, name: '' })))],
    ['of odd things', `{"v":1,"shares":[${'[],'.repeat(340_000)}[]]}`],
  ])('is refused before anybody waits for it when it is a MiB %s', (_, text) => {
    const startedAt = performance.now();
    expect(readShareList(text)).toBeUndefined();
    // Each fault of it written down took seconds, and more than a GiB.
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('may be 1,000 shares long', () => {
    const many = Array.from({ length: 1_000 }, (_, i) => ({
      ...share,
      infoHash: i.toString(16).padStart(40, '0'),
    }));
    expect(readShareList(list(many))?.shares).toHaveLength(1_000);
  });

  it('never throws, whatever arrives', () => {
    const rubbish = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json({ maxDepth: 3 }),
      fc
        .dictionary(fc.constantFrom('v', 'machine', 'shares'), fc.jsonValue({ maxDepth: 3 }))
        .map(some => list([], some)),
    );
    fc.assert(
      fc.property(rubbish, text => {
        readShareList(text);
      }),
    );
  });
});

describe('a clean line', () => {
  it('can be shown, whatever it was', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.integer({ min: 1, max: 100 }),
        (text, longest) => {
          const line = cleanLine(text, longest);
          expect(line.length).toBeLessThanOrEqual(longest);
          expect(line).not.toMatch(/[\ud800-\udfff]/u);
          expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
          expect(line.trim()).toBe(line);
        },
      ),
    );
  });

  it('keeps letters of every script', () => {
    expect(cleanLine('Übung 练习 עברית 🎓', 100)).toBe('Übung 练习 עברית 🎓');
  });
});
