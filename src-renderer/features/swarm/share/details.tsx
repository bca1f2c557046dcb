import { Copy, FolderOpen, Save } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Question, SwarmSummary } from '../../../../src-shared/contract.ts';
import { formatBytes } from '../../../../src-shared/units.ts';
import { canReveal, refusalOf, toastOf, useApp, useAppStore } from '../../../store/app-store.ts';
import { sharePageTexts } from '../../../texts/share-page.ts';
import { Button, IconButton } from '../../../ui/button.tsx';
import { EmptyState } from '../../../ui/empty-state.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { LimitControl } from '../../settings/limit-control.tsx';
import { RatioControl } from '../../settings/ratio-control.tsx';
import { askOf, copyLink, saveTorrent } from '../../shares/actions.ts';
import { linkForCode } from '../../shares/link.ts';
import { QrCode } from '../../shares/qr-code.tsx';
import styles from './details.module.css';
import { useShare } from './use-share.tsx';

const texts = sharePageTexts.details;

/** What a share is, what it has moved, and the limits that it has of its own. */
export function Details({ swarm }: { readonly swarm: SwarmSummary }) {
  const share = useShare();
  if (share === null) return <EmptyState title={sharePageTexts.loading} />;
  return (
    <div className={styles.columns}>
      <About swarm={swarm} />
      <Transfer swarm={swarm} />
    </div>
  );
}

function About({ swarm }: { readonly swarm: SwarmSummary }) {
  const store = useAppStore();
  const mayReveal = useApp(canReveal);
  const share = useShare();
  if (share === null) return null;
  const { pieceCount, pieceLength, comment, createdBy, createdAtMs, folder } = share;
  // Home's summary is newer: it comes with every change.
  const summary = swarm.share ?? share.summary;
  const { infoHash, magnet, totalLength, fileCount, isPrivate, addedAtMs } = summary;
  const copyHash = async () => {
    const { toast } = store.getState();
    try {
      await navigator.clipboard.writeText(infoHash);
      toast({ tone: 'info', title: texts.copied, problems: [] });
    } catch (error) {
      toast({ tone: 'error', title: refusalOf(error).message, problems: [] });
    }
  };
  return (
    <Panel
      title={texts.about}
      className={styles.panel}
      bodyClassName={styles.body}
      actions={
        <>
          <Button size="small" disabled={totalLength === 0} onClick={() => saveTorrent(store, swarm.swarm)}>
            <Save size={14} aria-hidden="true" /> {texts.saveTorrent}
          </Button>
          {mayReveal ? (
            <Button size="small" onClick={() => askOf(store, 'revealFolder', swarm.swarm)}>
              <FolderOpen size={14} aria-hidden="true" /> {texts.openFolder}
            </Button>
          ) : null}
        </>
      }
    >
      <dl className={styles.facts}>
        <Fact name={texts.name}>{swarm.name}</Fact>
        <Fact name={texts.infoHash}>
          {infoHash === '' ? (
            texts.none
          ) : (
            <>
              <code>{infoHash}</code>
              <IconButton label={texts.copyHash} className={styles.copy} onClick={copyHash}>
                <Copy size={14} aria-hidden="true" />
              </IconButton>
            </>
          )}
        </Fact>
        <Fact name={texts.size}>
          {totalLength === 0 ? texts.none : sharePageTexts.facts(totalLength, fileCount)}
        </Fact>
        <Fact name={texts.pieces}>
          {pieceCount === 0 ? texts.none : texts.piecesOf(pieceCount, pieceLength)}
        </Fact>
        <Fact name={texts.folder}>{folder}</Fact>
        <Fact name={texts.isPrivate}>{isPrivate ? texts.yes : texts.no}</Fact>
        <Fact name={texts.comment}>{comment === '' ? texts.none : comment}</Fact>
        <Fact name={texts.createdBy}>{createdBy === '' ? texts.none : createdBy}</Fact>
        <Fact name={texts.createdAt}>{dateText(createdAtMs)}</Fact>
        <Fact name={texts.addedAt}>{dateText(addedAtMs)}</Fact>
      </dl>
      {magnet === null ? null : (
        <div className={styles.link}>
          <button
            type="button"
            className={styles.code}
            aria-label={texts.link}
            onClick={() => store.getState().openDialog({ kind: 'link', swarm: swarm.swarm })}
          >
            <QrCode text={linkForCode(magnet).text} />
          </button>
          <div>
            <p className={styles.magnet}>{magnet}</p>
            <Button size="small" onClick={() => copyLink(store, magnet)}>
              <Copy size={14} aria-hidden="true" /> {texts.copy}
            </Button>
          </div>
        </div>
      )}
    </Panel>
  );
}

function Transfer({ swarm }: { readonly swarm: SwarmSummary }) {
  const store = useAppStore();
  const share = useShare();
  if (share === null) return null;
  const { downloadedBytes, uploadedBytes, wantedLength } = swarm.share ?? share.summary;
  const { uploadBytesPerSecond, downloadBytesPerSecond, seedRatio } = share;
  const base = downloadedBytes > 0 ? downloadedBytes : wantedLength;
  const limit = (change: Partial<Question<'limitShare'>>) => {
    const { bridge, toast } = store.getState();
    bridge
      .ask('limitShare', { swarm: swarm.swarm, uploadBytesPerSecond, downloadBytesPerSecond, ...change })
      .catch(toastOf(toast));
  };
  const setRatio = (ratio: number | null) => {
    const { bridge, toast } = store.getState();
    bridge.ask('setShareOptions', { swarm: swarm.swarm, seedRatio: ratio }).catch(toastOf(toast));
  };
  return (
    <Panel title={texts.transfer} className={styles.panel} bodyClassName={styles.body}>
      <dl className={styles.facts}>
        <Fact name={texts.downloaded}>{formatBytes(downloadedBytes)}</Fact>
        <Fact name={texts.uploaded}>{formatBytes(uploadedBytes)}</Fact>
        <Fact name={texts.ratio}>{base > 0 ? (uploadedBytes / base).toFixed(2) : texts.none}</Fact>
      </dl>
      <section className={styles.controls} aria-label={texts.limits}>
        <h3>{texts.limits}</h3>
        <p className={styles.hint}>{texts.limitsHint}</p>
        <LimitControl
          label={texts.limitDown}
          field={texts.download}
          unit={texts.unit}
          problem={texts.problems.limit}
          limit={downloadBytesPerSecond}
          onChange={bytesPerSecond => limit({ downloadBytesPerSecond: bytesPerSecond })}
        />
        <LimitControl
          label={texts.limitUp}
          field={texts.upload}
          unit={texts.unit}
          problem={texts.problems.limit}
          limit={uploadBytesPerSecond}
          onChange={bytesPerSecond => limit({ uploadBytesPerSecond: bytesPerSecond })}
        />
        <RatioControl label={texts.stopAt} hint={texts.stopAtHint} ratio={seedRatio} onChange={setRatio} />
      </section>
    </Panel>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** In the user's own way of writing dates. */
function dateText(atMs: number | null): string {
  if (atMs === null || atMs === 0) return texts.none;
  return new Date(atMs).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}
