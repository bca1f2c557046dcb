/**
 * Files of a share as a tree: 100,000 of them are sorted into it once, and a folder knows what is below it without
 * looking, since its files stand next to each other.
 */

export interface TreeFile {
  /** With forward slashes. */
  readonly path: string;
  readonly length: number;
}

export interface TreeNode {
  readonly id: number;
  readonly name: string;
  /** From 0. */
  readonly depth: number;
  /** -1 at the top. */
  readonly parent: number;
  /** The file's index; -1 for a folder. */
  readonly file: number;
  /** Its files are `order[start]` to `order[end - 1]`. */
  readonly start: number;
  end: number;
  size: number;
  /** The first node that is not below it. */
  next: number;
  /** From 1, among those of its folder; and how many they are. */
  place: number;
  siblings: number;
}

interface Draft {
  readonly folders: Map<string, Draft>;
  readonly files: { readonly name: string; readonly index: number }[];
}

export class FileTree {
  /** A folder comes before what is in it; folders before files, both by name. */
  readonly nodes: readonly TreeNode[];
  /** Indexes of files in the order of the tree. */
  readonly order: Int32Array;
  readonly files: readonly TreeFile[];
  /** Paths in lower case, made when somebody looks for one. */
  #lower: readonly string[] | undefined;

  constructor(files: readonly TreeFile[]) {
    this.files = files;
    this.order = new Int32Array(files.length);
    const top: Draft = { folders: new Map(), files: [] };
    for (const [index, { path }] of files.entries()) {
      const parts = path.split('/');
      let folder = top;
      for (const part of parts.slice(0, -1)) {
        let inner = folder.folders.get(part);
        if (inner === undefined) {
          inner = { folders: new Map(), files: [] };
          folder.folders.set(part, inner);
        }
        folder = inner;
      }
      folder.files.push({ name: parts.at(-1) ?? path, index });
    }
    const nodes: TreeNode[] = [];
    let placed = 0;
    const node = (name: string, depth: number, parent: number, file: number): TreeNode => {
      const made: TreeNode = {
        id: nodes.length,
        name,
        depth,
        parent,
        file,
        start: placed,
        end: placed,
        size: 0,
        next: nodes.length + 1,
        place: 0,
        siblings: 0,
      };
      nodes.push(made);
      return made;
    };
    // Not by recursion: folders may lie deeper than the stack is.
    const work: (() => void)[] = [];
    const fill = (draft: Draft, depth: number, parent: number) => {
      const all = draft.folders.size + draft.files.length;
      let place = 0;
      const steps: (() => void)[] = [];
      for (const [name, inner] of sorted([...draft.folders], ([name]) => name)) {
        steps.push(() => {
          const made = node(name, depth, parent, -1);
          place += 1;
          made.place = place;
          made.siblings = all;
          work.push(() => {
            made.end = placed;
            made.next = nodes.length;
            for (let at = made.start; at < made.end; at += 1) made.size += files[this.order[at]!]!.length;
          });
          fill(inner, depth + 1, made.id);
        });
      }
      steps.push(() => {
        for (const { name, index } of sorted(draft.files, ({ name }) => name)) {
          const made = node(name, depth, parent, index);
          place += 1;
          made.place = place;
          made.siblings = all;
          made.size = files[index]!.length;
          this.order[placed] = index;
          placed += 1;
          made.end = placed;
        }
      });
      for (const step of steps.reverse()) work.push(step);
    };
    fill(top, 0, -1);
    for (let step = work.pop(); step !== undefined; step = work.pop()) step();
    this.nodes = nodes;
  }

  /** Nodes that are to be seen: what is in folders that are not open is left out. */
  visible(open: ReadonlySet<number>): Int32Array {
    const shown = new Int32Array(this.nodes.length);
    let count = 0;
    for (let at = 0; at < this.nodes.length; ) {
      const node = this.nodes[at]!;
      shown[count] = at;
      count += 1;
      at = node.file >= 0 || open.has(at) ? at + 1 : node.next;
    }
    return shown.subarray(0, count);
  }

  /** Files whose path has a text, whatever its case. */
  matching(text: string): Int32Array {
    const needle = text.trim().toLowerCase();
    this.#lower ??= this.files.map(({ path }) => path.toLowerCase());
    const found = new Int32Array(this.nodes.length);
    let count = 0;
    for (const { id, file } of this.nodes) {
      if (file < 0 || !this.#lower[file]!.includes(needle)) continue;
      found[count] = id;
      count += 1;
    }
    return found.subarray(0, count);
  }

  /** Indexes of the files below a node, or of the file that it is. */
  filesOf(id: number): Int32Array {
    const { start, end } = this.nodes[id]!;
    return this.order.subarray(start, end);
  }

  /** The folders that are open at first: those without siblings, so that nobody has to open them one by one. */
  openAtFirst(): ReadonlySet<number> {
    const open = new Set<number>();
    for (let at = 0; at < this.nodes.length; at += 1) {
      const node = this.nodes[at]!;
      if (node.file >= 0 || node.siblings > 1) break;
      open.add(at);
    }
    return open;
  }

  /** Sums up a number of each file over the files before each place, so that a folder's sum is one subtraction. */
  sums(of: (file: number) => number): Float64Array {
    const sums = new Float64Array(this.order.length + 1);
    for (let at = 0; at < this.order.length; at += 1) sums[at + 1] = sums[at]! + of(this.order[at]!);
    return sums;
  }
}

/** What a node's files have together of what `FileTree.sums` summed up. */
export function sumOf(sums: Float64Array, { start, end }: TreeNode): number {
  return sums[end]! - sums[start]!;
}

/** By name, upper and lower case alike, numbers by their value. Keys, since a collator takes ten times as long. */
function sorted<T>(items: readonly T[], nameOf: (item: T) => string): readonly T[] {
  return items
    .map(item => ({ item, key: keyOf(nameOf(item)) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ item }) => item);
}

function keyOf(name: string): string {
  return name.toLowerCase().replace(/\d+/g, digits => digits.padStart(16, '0'));
}
