import { useMemo, useState } from 'react';
import type { Found, Place } from '../../../src-shared/contract.ts';
import { formatBytes } from '../../../src-shared/units.ts';
import { useAppStore } from '../../store/app-store.ts';
import { useAsking } from '../../store/use-asking.ts';
import { commonTexts } from '../../texts/common.ts';
import { sharesTexts } from '../../texts/shares.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Switch, TextInput } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { RefusalNotice } from '../../ui/refusal-notice.tsx';
import styles from './add-dialog.module.css';
import { FileTree, sumOf, type TreeNode } from './file-tree.ts';
import { FileTreeView } from './file-tree-view.tsx';
import { FolderChoice } from './folder-choice.tsx';

const texts = sharesTexts.torrent;

/** What a .torrent holds: which of its files are wanted, where they will lie, and Fetch. */
export function TorrentDialog({ found }: { readonly found: Extract<Found, { kind: 'torrent' }> }) {
  const store = useAppStore();
  const { bridge, closeDialog, go } = store.getState();
  const { torrent, place } = found;
  const tree = useMemo(() => new FileTree(torrent.files), [torrent.files]);
  /** Of each file; replaced as a whole, so that what follows from it is worked out anew. */
  const [wanted, setWanted] = useState(() => new Uint8Array(torrent.files.length).fill(1));
  const [find, setFind] = useState('');
  const [folder, setFolder] = useState<Place | null>(null);
  const [sequential, setSequential] = useState(false);
  const [paused, setPaused] = useState(false);
  const [isSent, setSent] = useState(false);
  const { refusal, busy, during } = useAsking();

  const { counts, bytes } = useMemo(
    () => ({
      counts: tree.sums(file => wanted[file]!),
      bytes: tree.sums(file => wanted[file]! * torrent.files[file]!.length),
    }),
    [tree, wanted, torrent.files],
  );
  const wantedCount = counts[counts.length - 1]!;
  const wantedBytes = bytes[bytes.length - 1]!;
  const isNothing = wantedCount === 0 && !paused;

  const checkedOf = (node: TreeNode) => {
    const some = sumOf(counts, node);
    return some === 0 ? false : some === node.end - node.start ? true : 'mixed';
  };
  const onCheck = (node: TreeNode) => {
    const to = checkedOf(node) === true ? 0 : 1;
    const next = wanted.slice();
    for (const file of tree.filesOf(node.id)) next[file] = to;
    setWanted(next);
  };
  const fetchIt = () => {
    setSent(true);
    if (isNothing) return;
    during(async () => {
      const skip: number[] = [];
      for (const [file, isWanted] of wanted.entries()) if (isWanted === 0) skip.push(file);
      await bridge.ask('addTorrent', {
        file: place.token,
        folder: folder?.token ?? null,
        skip,
        sequential,
        paused,
      });
      closeDialog();
      go({ page: 'home' });
    });
  };
  return (
    <Dialog
      title={texts.title(torrent.name)}
      subtitle={texts.summary(
        torrent.totalLength,
        torrent.files.length,
        torrent.pieceCount,
        torrent.pieceLength,
      )}
      width={720}
      onClose={() => closeDialog()}
      onSubmit={fetchIt}
      footer={
        <>
          {isSent && isNothing ? (
            <p className={styles.state} role="status">
              {texts.nothingWanted}
            </p>
          ) : null}
          <Button onClick={() => closeDialog()}>{commonTexts.cancel}</Button>
          <Button type="submit" variant="primary" busy={busy} data-autofocus>
            {paused ? texts.add : texts.fetch(wantedBytes)}
          </Button>
        </>
      }
    >
      <div className={styles.parts}>
        <RefusalNotice refusal={refusal} />
        {torrent.notices.length === 0 ? null : (
          <Notice tone="warning" title={torrent.notices[0]} problems={torrent.notices.slice(1)} />
        )}
        {torrent.comment === '' ? null : <p>{torrent.comment}</p>}
        {torrent.files.length < 2 ? null : (
          <section className={styles.files} aria-label={texts.files}>
            <div className={styles.filesHead}>
              <h3>{texts.files}</h3>
              <p role="status">{texts.wanted(wantedBytes, wantedCount, torrent.files.length)}</p>
              <TextInput
                className={styles.find}
                type="search"
                aria-label={texts.find}
                placeholder={texts.find}
                value={find}
                onChange={event => setFind(event.currentTarget.value)}
                onKeyDown={event => {
                  // Finding is not fetching.
                  if (event.key === 'Enter') event.preventDefault();
                }}
              />
              <Button size="small" onClick={() => setWanted(wanted.slice().fill(1))}>
                {texts.everything}
              </Button>
              <Button size="small" onClick={() => setWanted(wanted.slice().fill(0))}>
                {texts.nothing}
              </Button>
            </div>
            <FileTreeView
              tree={tree}
              find={find}
              checkedOf={checkedOf}
              onCheck={onCheck}
              labelOf={node =>
                sharesTexts.tree.item(node.name, node.size, node.file < 0 ? node.end - node.start : null)
              }
              heads={[sharesTexts.tree.name, sharesTexts.tree.size]}
              cells={node => <span className={styles.size}>{formatBytes(node.size)}</span>}
            />
          </section>
        )}
        <FolderChoice folder={folder} onChange={setFolder} />
        <div className={styles.switches}>
          <Switch
            label={texts.sequential}
            hint={texts.sequentialHint}
            checked={sequential}
            onChange={setSequential}
          />
          <Switch label={texts.paused} hint={texts.checkFirst} checked={paused} onChange={setPaused} />
        </div>
      </div>
    </Dialog>
  );
}
