import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FileTree, sumOf } from './file-tree.ts';

const files = ['b/10.txt', 'b/2.txt', 'a.txt', 'b/c/d/e.txt'].map((path, index) => ({
  path,
  length: index + 1,
}));

function shown(tree: FileTree, ids: Int32Array): string[] {
  return Array.from(ids, id => {
    const { name, depth, file } = tree.nodes[id]!;
    return `${'  '.repeat(depth)}${name}${file < 0 ? '/' : ''}`;
  });
}

describe('a tree of files', () => {
  const tree = new FileTree(files);

  it('has folders first, both by name, numbers by their value', () => {
    const all = new Set(tree.nodes.map(({ id }) => id));
    expect(shown(tree, tree.visible(all))).toEqual([
      'b/',
      '  c/',
      '    d/',
      '      e.txt',
      '  2.txt',
      '  10.txt',
      'a.txt',
    ]);
  });

  it('leaves out what is in folders that are not open', () => {
    expect(shown(tree, tree.visible(new Set()))).toEqual(['b/', 'a.txt']);
    expect(shown(tree, tree.visible(new Set([0])))).toEqual(['b/', '  c/', '  2.txt', '  10.txt', 'a.txt']);
  });

  it('knows what is below each folder', () => {
    const folder = tree.nodes[0]!;
    expect([...tree.filesOf(0)].sort()).toEqual([0, 1, 3]);
    expect(folder).toMatchObject({ size: 1 + 2 + 4, place: 1, siblings: 2 });
    expect(
      sumOf(
        tree.sums(file => (file === 3 ? 1 : 0)),
        folder,
      ),
    ).toBe(1);
  });

  it('finds files by a text in their path', () => {
    expect(shown(tree, tree.matching('C/D'))).toEqual(['      e.txt']);
  });

  it('opens a folder that is alone', () => {
    const nested = new FileTree([
      { path: 'lone/inner/a', length: 1 },
      { path: 'lone/inner/b', length: 1 },
    ]);
    expect([...nested.openAtFirst()]).toEqual([0, 1]);
    expect([...tree.openAtFirst()]).toEqual([]);
  });

  it('lists every file once, whatever the paths', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 5 })
      .map(parts => parts.join('/'));
    fc.assert(
      fc.property(fc.array(path), paths => {
        const tree = new FileTree(paths.map(path => ({ path, length: 1 })));
        expect([...tree.order].sort((a, b) => a - b)).toEqual(paths.map((_, index) => index));
        for (const { id, next, start, end, size } of tree.nodes) {
          expect(next).toBeGreaterThan(id);
          expect(size).toBe(end - start);
        }
      }),
    );
  });

  it('takes 100,000 files, and folders as deep as paths can be', () => {
    const many = Array.from({ length: 100_000 }, (_, at) => ({ path: `${at % 300}/${at}.bin`, length: 1 }));
    const startedAt = performance.now();
    const tree = new FileTree(many);
    expect(tree.visible(new Set(tree.nodes.map(({ id }) => id)))).toHaveLength(100_300);
    expect(performance.now() - startedAt).toBeLessThan(3000);
    const deep = new FileTree([{ path: `${'d/'.repeat(20_000)}f`, length: 1 }]);
    expect(deep.nodes).toHaveLength(20_001);
  });
});
