import { useEffect, useState } from 'react';
import type { TrackerView } from '../../../../src-shared/share.ts';
import { useAppStore } from '../../../store/app-store.ts';
import { useAsking } from '../../../store/use-asking.ts';
import { commonTexts } from '../../../texts/common.ts';
import { sharePageTexts } from '../../../texts/share-page.ts';
import { sharesTexts } from '../../../texts/shares.ts';
import { Button } from '../../../ui/button.tsx';
import { classes } from '../../../ui/classes.ts';
import { Dialog } from '../../../ui/dialog.tsx';
import { EmptyState } from '../../../ui/empty-state.tsx';
import { TextAreaField } from '../../../ui/field.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { RefusalNotice } from '../../../ui/refusal-notice.tsx';
import { askOf } from '../../shares/actions.ts';
import { readTrackers, trackersText } from '../../shares/share-form.ts';
import { tiersOf, whenText } from './tracker-words.ts';
import styles from './trackers.module.css';
import { useShare } from './use-share.tsx';

const texts = sharePageTexts.trackers;

/** The trackers of a share, tier by tier: what each said, when it was asked and when it will be. */
export function Trackers({ swarm }: { readonly swarm: string }) {
  const store = useAppStore();
  const share = useShare();
  const [isEditing, setEditing] = useState(false);
  const now = useNow();
  const trackers = share?.trackers ?? [];
  const tiers = tiersOf(trackers);
  return (
    <>
      <Panel
        title={texts.title}
        subtitle={share === null ? undefined : texts.summary(trackers.length, tiers.length)}
        bodyClassName={styles.body}
        actions={
          <>
            {trackers.length === 0 ? null : (
              <Button size="small" onClick={() => askOf(store, 'announceNow', swarm)}>
                {texts.announce}
              </Button>
            )}
            <Button size="small" disabled={share === null} onClick={() => setEditing(true)}>
              {texts.edit}
            </Button>
          </>
        }
      >
        {share === null ? (
          <EmptyState title={sharePageTexts.loading} />
        ) : trackers.length === 0 ? (
          <EmptyState title={texts.empty}>
            {share.summary.isPrivate ? texts.emptyPrivate : texts.emptyText}
          </EmptyState>
        ) : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
          <section tabIndex={0} aria-label={texts.dialogTitle} className={styles.scroll}>
            <table className={styles.table} aria-label={texts.title}>
              <thead>
                <tr>
                  {texts.heads.map(head => (
                    <th key={head} scope="col">
                      {head}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {trackers.map(tracker => (
                  <Row key={`${tracker.tier} ${tracker.url}`} tracker={tracker} now={now} />
                ))}
              </tbody>
            </table>
          </section>
        )}
      </Panel>
      {isEditing ? <EditDialog swarm={swarm} tiers={tiers} onClose={() => setEditing(false)} /> : null}
    </>
  );
}

function Row({ tracker, now }: { readonly tracker: TrackerView; readonly now: number }) {
  const { tier, url, state, message, seeders, leechers, peers } = tracker;
  const figure = (count: number | null) => (count === null ? texts.never : String(count));
  return (
    <tr>
      <td>{tier + 1}</td>
      <th scope="row" title={url}>
        <span>{url}</span>
      </th>
      <td>
        <span className={classes(styles.state, styles[state])}>
          <StateSign state={state} />
          <b>{texts.states[state]}</b>
        </span>
        {message === '' ? null : <small title={message}>{message}</small>}
      </td>
      <td>{figure(seeders)}</td>
      <td>{figure(leechers)}</td>
      <td>{figure(peers)}</td>
      <td>{whenText(tracker.lastAnnounceAtMs, now)}</td>
      <td>{whenText(tracker.nextAnnounceAtMs, now)}</td>
    </tr>
  );
}

function StateSign({ state }: { readonly state: TrackerView['state'] }) {
  return (
    <svg width="14" height="14" viewBox="0 0 14 14" fill="none" strokeWidth="2" aria-hidden="true">
      {signs[state]}
    </svg>
  );
}

const signs: Readonly<Record<TrackerView['state'], React.ReactNode>> = {
  idle: <circle cx="7" cy="7" r="4.5" stroke="var(--ctl)" strokeDasharray="2.5 2" />,
  announcing: (
    <>
      <circle cx="7" cy="7" r="5" stroke="var(--in)" />
      <path d="M7 4.5V7l1.5 1" stroke="var(--in)" strokeWidth="1.5" />
    </>
  ),
  working: <path d="m2.5 7.5 3 3 6-7" stroke="var(--ok)" />,
  failed: <path d="m3.5 3.5 7 7m0-7-7 7" stroke="var(--rare)" />,
};

interface EditDialogProps {
  readonly swarm: string;
  readonly tiers: readonly (readonly string[])[];
  readonly onClose: () => void;
}

function EditDialog({ swarm, tiers, onClose }: EditDialogProps) {
  const store = useAppStore();
  const [text, setText] = useState(() => trackersText(tiers));
  const [isSent, setSent] = useState(false);
  const { refusal, busy, during } = useAsking();
  const read = readTrackers(text);
  const save = () => {
    setSent(true);
    if ('problem' in read) return;
    during(async () => {
      const trackers = read.tiers.map(tier => [...tier]);
      await store.getState().bridge.ask('setShareOptions', { swarm, trackers });
      onClose();
    });
  };
  return (
    <Dialog
      title={texts.dialogTitle}
      width={600}
      onClose={onClose}
      onSubmit={save}
      footer={
        <>
          <Button onClick={onClose}>{commonTexts.cancel}</Button>
          <Button type="submit" variant="primary" busy={busy}>
            {texts.save}
          </Button>
        </>
      }
    >
      <RefusalNotice refusal={refusal} />
      <TextAreaField
        label={texts.title}
        hint={sharesTexts.make.trackersHint}
        error={isSent && 'problem' in read ? read.problem : null}
        rows={8}
        maxLength={200_000}
        value={text}
        onChange={setText}
      />
    </Dialog>
  );
}

/** The time, followed closely enough for "in 12 s". */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
