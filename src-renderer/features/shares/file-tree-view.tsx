import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { ChevronRight, File, Folder } from 'lucide-react';
import {
  type KeyboardEvent,
  type ReactNode,
  useDeferredValue,
  useId,
  useMemo,
  useRef,
  useState,
} from 'react';
import { sharesTexts } from '../../texts/shares.ts';
import { classes } from '../../ui/classes.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { rowAfterKey } from '../../ui/list-keys.ts';
import type { FileTree, TreeNode } from './file-tree.ts';
import styles from './file-tree-view.module.css';

const texts = sharesTexts.tree;

export type Checked = true | false | 'mixed';

export interface FileTreeViewProps {
  readonly tree: FileTree;
  /** Only files whose path has it; '' for the tree. */
  readonly find: string;
  /** Whether what a node stands for is wanted; drawn as a box before its name. */
  readonly checkedOf: (node: TreeNode) => Checked;
  readonly onCheck: (node: TreeNode) => void;
  /** Read out; begins with the name. */
  readonly labelOf: (node: TreeNode) => string;
  /** What stands behind the name, in the columns of `className`. */
  readonly cells: (node: TreeNode) => ReactNode;
  /** What the columns are called. */
  readonly heads: readonly string[];
  /** A key that the tree itself does not take. */
  readonly onKey?: ((event: KeyboardEvent, node: TreeNode) => void) | undefined;
  /** Says what the columns are: `grid-template-columns` of rows and head. */
  readonly className?: string | undefined;
  /** In pixels. */
  readonly rowHeight?: number;
}

const deepest = 14;
/** Up to here every row is on the page. */
const mostRendered = 80;

/** The files of a share, 100,000 if need be: only rows in sight are on the page. */
export function FileTreeView(props: FileTreeViewProps) {
  const { tree, find, checkedOf, onCheck, labelOf, cells, heads, onKey, className, rowHeight = 28 } = props;
  const [open, setOpen] = useState(() => tree.openAtFirst());
  const [active, setActive] = useState(0);
  const [lastTree, setLastTree] = useState(tree);
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  if (lastTree !== tree) {
    setLastTree(tree);
    setOpen(tree.openAtFirst());
  }
  // Typing goes on while 100,000 paths are looked through.
  const wanted = useDeferredValue(find);
  const isFlat = wanted.trim() !== '';
  const rows = useMemo(
    () => (isFlat ? tree.matching(wanted) : tree.visible(open)),
    [tree, wanted, isFlat, open],
  );
  const at = Math.min(active, Math.max(0, rows.length - 1));
  const isWhole = rows.length <= mostRendered;
  const virtual = useVirtualizer({
    count: rows.length,
    enabled: !isWhole,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
    // The row that the keyboard is on stays on the page, since it is what is read out.
    rangeExtractor: range => [...new Set([...defaultRangeExtractor(range), at])].sort((a, b) => a - b),
  });

  const places = isWhole
    ? Array.from(rows, (_, index) => ({ index, start: index * rowHeight }))
    : virtual.getVirtualItems();
  const setFolder = (node: TreeNode, isOpen: boolean) => {
    const next = new Set(open);
    if (isOpen) next.add(node.id);
    else next.delete(node.id);
    setOpen(next);
  };
  const moveTo = (row: number) => {
    setActive(row);
    if (isWhole) document.getElementById(`${id}-${rows[row]}`)?.scrollIntoView({ block: 'nearest' });
    else virtual.scrollToIndex(row);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const node = tree.nodes[rows[at] ?? -1];
    if (node === undefined) return;
    const isFolder = node.file < 0;
    const isOpen = open.has(node.id);
    const row = rowAfterKey(event.key, at, rows.length);
    if (row !== undefined) moveTo(row);
    else if (event.key === ' ') onCheck(node);
    else if (event.key === 'ArrowRight' && !isFlat) {
      if (isFolder && !isOpen) setFolder(node, true);
      else if (isFolder) moveTo(at + 1);
    } else if (event.key === 'ArrowLeft' && !isFlat) {
      if (isFolder && isOpen) setFolder(node, false);
      else if (node.parent >= 0) moveTo(rows.indexOf(node.parent));
    } else {
      onKey?.(event, node);
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className={classes(styles.frame, className)}>
      <div className={styles.head} data-heads aria-hidden="true">
        {heads.map(head => (
          <span key={head}>{head}</span>
        ))}
      </div>
      <div
        ref={scroller}
        role="tree"
        aria-label={texts.label}
        aria-description={texts.help}
        aria-multiselectable="true"
        aria-activedescendant={rows.length === 0 ? undefined : `${id}-${rows[at]}`}
        tabIndex={0}
        className={styles.scroll}
        onKeyDown={onKeyDown}
      >
        {rows.length === 0 ? <EmptyState title={texts.empty} /> : null}
        <div className={styles.all} style={{ height: rows.length * rowHeight }} role="presentation">
          {places.map(({ index, start }) => {
            const node = tree.nodes[rows[index]!];
            if (node === undefined) return null;
            const isFolder = node.file < 0;
            const isOpen = open.has(node.id);
            const checked = checkedOf(node);
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the tree itself hears the keys.
              <div
                key={node.id}
                id={`${id}-${node.id}`}
                role="treeitem"
                tabIndex={-1}
                aria-label={labelOf(node)}
                aria-level={isFlat ? 1 : node.depth + 1}
                aria-setsize={isFlat ? rows.length : node.siblings}
                aria-posinset={isFlat ? index + 1 : node.place}
                aria-expanded={isFolder && !isFlat ? isOpen : undefined}
                aria-checked={checked}
                aria-selected={index === at}
                className={classes(styles.row, index === at && styles.active)}
                style={{ transform: `translateY(${start}px)`, height: rowHeight }}
                onClick={() => setActive(index)}
                onDoubleClick={event => {
                  // Two clicks on a box or on the arrow are two clicks.
                  const isOnControl = (event.target as Element).closest('button, select') !== null;
                  if (isFolder && !isOnControl) setFolder(node, !isOpen);
                }}
              >
                <span
                  className={styles.name}
                  style={{ paddingLeft: isFlat ? 0 : Math.min(node.depth, deepest) * 18 }}
                >
                  {isFlat ? null : (
                    <button
                      type="button"
                      tabIndex={-1}
                      aria-hidden="true"
                      className={classes(styles.twist, isOpen && styles.open, !isFolder && styles.leaf)}
                      onClick={() => isFolder && setFolder(node, !isOpen)}
                    >
                      <ChevronRight size={14} />
                    </button>
                  )}
                  <button
                    type="button"
                    tabIndex={-1}
                    aria-hidden="true"
                    className={classes(styles.box, checked !== false && styles.checked)}
                    onClick={() => onCheck(node)}
                  >
                    <Mark checked={checked} />
                  </button>
                  {isFolder ? <Folder size={15} aria-hidden="true" /> : <File size={15} aria-hidden="true" />}
                  <span
                    dir="auto"
                    className={styles.text}
                    title={isFolder ? node.name : tree.files[node.file]?.path}
                  >
                    {isFlat ? tree.files[node.file]?.path : node.name}
                  </span>
                </span>
                {cells(node)}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Mark({ checked }: { readonly checked: Checked }) {
  if (checked === false) return null;
  return (
    <svg width="12" height="12" viewBox="0 0 12 12" fill="none" stroke="currentColor" aria-hidden="true">
      <path d={checked === true ? 'm2.5 6 2.5 2.5 4.5-5' : 'M2.5 6h7'} strokeWidth="2" />
    </svg>
  );
}
