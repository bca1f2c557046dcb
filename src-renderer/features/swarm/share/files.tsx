import { type KeyboardEvent, useDeferredValue, useMemo, useState } from 'react';
import { type FilePriority, filePriorities, type ShareView } from '../../../../src-shared/share.ts';
import { pieceState } from '../../../../src-shared/swarm-state.ts';
import { formatBytes } from '../../../../src-shared/units.ts';
import { toastOf, useAppStore } from '../../../store/app-store.ts';
import { sharePageTexts } from '../../../texts/share-page.ts';
import { EmptyState } from '../../../ui/empty-state.tsx';
import { Switch, TextInput } from '../../../ui/field.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { FileTree, sumOf, type TreeNode } from '../../shares/file-tree.ts';
import { type Checked, FileTreeView } from '../../shares/file-tree-view.tsx';
import { useSlowly } from '../pieces/use-slowly.ts';
import { barPath, bitsOf, FileProgress, percentHere } from './file-progress.ts';
import styles from './files.module.css';
import { useShare } from './use-share.tsx';

const texts = sharePageTexts.files;

/** Pixels of a file's bar; one column, so that all bars stand under each other. */
const barWidth = 200;
const barHeight = 10;

/** The files of a share: what is here of each, which are wanted, and which come first. */
export function Files({ swarm }: { readonly swarm: string }) {
  const share = useShare();
  if (share === null || share.files.length === 0) {
    const isOwn = share?.summary.infoHash === '';
    return (
      <Panel title={texts.title}>
        <EmptyState title={share === null ? sharePageTexts.loading : isOwn ? texts.notRead : texts.none} />
      </Panel>
    );
  }
  return <KnownFiles swarm={swarm} share={share} />;
}

function KnownFiles({ swarm, share }: { readonly swarm: string; readonly share: ShareView }) {
  const store = useAppStore();
  const { bridge, toast } = store.getState();
  const { files, pieceCount, sequential } = share;
  const tree = useMemo(() => new FileTree(files), [files]);
  const progress = useProgress(share);
  const [find, setFind] = useState('');
  const [priorities, choose] = usePriorities(share, (indexes, priority) => {
    bridge.ask('setFilePriorities', { swarm, files: indexes, priority }).catch(toastOf(toast));
  });

  const haveSums = useMemo(
    () => tree.sums(file => progress.haveBytes(files[file]!)),
    [tree, files, progress],
  );
  const { wanted, bytes, sums } = useMemo(
    () => ({
      wanted: tree.sums(file => (priorities[file] === 0 ? 0 : 1)),
      bytes: tree.sums(file => (priorities[file] === 0 ? 0 : files[file]!.length)),
      // Of equal priorities, the sum is as many times one of them as there are files, and so is that of squares.
      sums: [tree.sums(file => priorities[file]!), tree.sums(file => priorities[file]! ** 2)] as const,
    }),
    [tree, files, priorities],
  );
  const whole = tree.order.length;

  const priorityOf = (node: TreeNode): FilePriority | 'mixed' => {
    const count = node.end - node.start;
    const sum = sumOf(sums[0], node);
    const isEqual = sumOf(sums[1], node) * count === sum * sum;
    return isEqual && count > 0 ? (filePriorities[sum / count] ?? 'normal') : 'mixed';
  };
  const checkedOf = (node: TreeNode): Checked => {
    const some = sumOf(wanted, node);
    return some === 0 ? false : some === node.end - node.start ? true : 'mixed';
  };
  const set = (node: TreeNode, priority: FilePriority) => choose([...tree.filesOf(node.id)], priority);
  const onKey = (event: KeyboardEvent, node: TreeNode) => {
    const priority = (
      { h: 'high', n: 'normal', l: 'low', s: 'skip' } as const satisfies Record<string, FilePriority>
    )[event.key.toLowerCase() as 'h'];
    if (priority === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    set(node, priority);
  };
  const haveOf = (node: TreeNode) => sumOf(haveSums, node);

  return (
    <Panel
      title={texts.title}
      subtitle={texts.summary(wanted[whole]!, whole, bytes[whole]!)}
      bodyClassName={styles.body}
      actions={
        <>
          <p className={styles.keys}>{texts.keys}</p>
          <TextInput
            className={styles.find}
            type="search"
            aria-label={texts.find}
            placeholder={texts.find}
            value={find}
            onChange={event => setFind(event.currentTarget.value)}
          />
          <span title={texts.sequentialTitle}>
            <Switch
              label={texts.sequential}
              checked={sequential}
              onChange={isOn => {
                bridge.ask('setShareOptions', { swarm, sequential: isOn }).catch(toastOf(toast));
              }}
            />
          </span>
        </>
      }
    >
      <FileTreeView
        key={pieceCount}
        tree={tree}
        find={find}
        className={styles.tree}
        rowHeight={30}
        checkedOf={checkedOf}
        onCheck={node => set(node, checkedOf(node) === false ? 'normal' : 'skip')}
        onKey={onKey}
        labelOf={node =>
          texts.item(
            node.name,
            node.size,
            node.file < 0 ? node.end - node.start : null,
            percentHere(haveOf(node), node.size),
            labelOf(priorityOf(node)),
          )
        }
        heads={texts.heads}
        cells={node => {
          const isSkipped = checkedOf(node) === false;
          const percent = percentHere(haveOf(node), node.size);
          return (
            <>
              <Bar
                path={
                  node.file < 0
                    ? sharePath(haveOf(node), node.size)
                    : barPath(progress.parts(files[node.file]!, barWidth), barHeight)
                }
                isDone={percent === 100}
                isSkipped={isSkipped}
              />
              <span>{texts.percent(percent)}</span>
              <span className={styles.size}>{formatBytes(node.size)}</span>
              <span>
                <select
                  tabIndex={-1}
                  aria-label={texts.priorityOf(node.name)}
                  className={styles.priority}
                  data-priority={priorityOf(node)}
                  value={priorityOf(node)}
                  onChange={event => set(node, event.currentTarget.value as FilePriority)}
                >
                  {priorityOf(node) === 'mixed' ? (
                    <option value="mixed" disabled>
                      {texts.mixed}
                    </option>
                  ) : null}
                  {[...filePriorities].reverse().map(priority => (
                    <option key={priority} value={priority}>
                      {texts.priorities[priority]}
                    </option>
                  ))}
                </select>
              </span>
            </>
          );
        }}
      />
    </Panel>
  );
}

function labelOf(priority: FilePriority | 'mixed'): string {
  return priority === 'mixed' ? texts.mixed : texts.priorities[priority];
}

/** A folder's files are in no order of its own: how much of them is here, from the left. */
function sharePath(have: number, size: number): string {
  const to = size === 0 ? barWidth : Math.floor((have / size) * barWidth);
  return to === 0 ? '' : `M0 0H${to}V${barHeight}H0z`;
}

interface BarProps {
  readonly path: string;
  readonly isDone: boolean;
  readonly isSkipped: boolean;
}

function Bar({ path, isDone, isSkipped }: BarProps) {
  return (
    <svg
      className={styles.bar}
      viewBox={`0 0 ${barWidth} ${barHeight}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <rect width={barWidth} height={barHeight} fill="var(--line)" />
      <path d={path} fill={isSkipped ? 'var(--have)' : isDone ? 'var(--ok)' : 'var(--in)'} />
    </svg>
  );
}

/** At the cursor while the share has a tape, else as the app tells. */
function useProgress({ have: newest, pieceCount, pieceLength }: ShareView): FileProgress {
  const have = useDeferredValue(newest);
  const told = useMemo(
    () => new FileProgress(bitsOf(have), pieceCount, pieceLength),
    [have, pieceCount, pieceLength],
  );
  const [kept] = useState(() => ({ key: '', progress: told }));
  const atCursor = useSlowly((state, history) => {
    if (state.run === undefined || state.pieces.length !== pieceCount) return null;
    const key = `${history.startedWallMs} ${state.haveCount}`;
    if (kept.key !== key) {
      const pieces = state.pieces.slice();
      kept.key = key;
      kept.progress = new FileProgress(piece => pieces[piece] === pieceState.have, pieceCount, pieceLength);
    }
    return kept.progress;
  });
  return atCursor ?? told;
}

/** As the app tells them, and what was chosen here until it has. */
function usePriorities(
  share: ShareView,
  ask: (files: number[], priority: FilePriority) => void,
): readonly [Uint8Array, (files: number[], priority: FilePriority) => void] {
  const [chosen, setChosen] = useState<{ readonly of: Uint8Array; readonly priorities: Uint8Array } | null>(
    null,
  );
  const priorities = chosen?.of === share.priorities ? chosen.priorities : share.priorities;
  return [
    priorities,
    (files, priority) => {
      const next = priorities.slice();
      for (const file of files) next[file] = filePriorities.indexOf(priority);
      setChosen({ of: share.priorities, priorities: next });
      ask(files, priority);
    },
  ];
}
