import { FolderOpen, X } from 'lucide-react';
import type { HomeView } from '../../../src-shared/contract.ts';
import { useApp, useAppStore } from '../../store/app-store.ts';
import { homeTexts as texts } from '../../texts/home.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { Kbd } from '../../ui/kbd.tsx';
import { Notice } from '../../ui/notice.tsx';
import { choosePlace, openPlace } from '../course/open.ts';
import { NearbyPanel } from '../nearby/nearby-panel.tsx';
import { LeadAnnouncer } from './announcer.tsx';
import styles from './home-page.module.css';
import { DropPicture, FlowPicture, GivePicture, JoinPicture } from './pictures.tsx';
import { totalsOf } from './swarm-row.ts';
import { SwarmRows } from './swarm-rows.tsx';

const kinds = ['share', 'course', 'demo', 'replay'] as const;

/** Where everything begins: drop something, or see what each swarm is doing. */
export function HomePage() {
  const store = useAppStore();
  const home = useApp(state => state.home);
  const introduced = useApp(state => state.settings?.introduced ?? true);
  // What can be fetched comes before what explains it.
  const hasNearby = useApp(state => state.nearby?.machines.some(({ shares }) => shares.length > 0) ?? false);
  // Before the app has spoken nobody knows whether there is nothing.
  if (home === null) return <main aria-busy="true" />;
  const isEmpty = home.swarms.length === 0;
  return (
    <main className={classes(styles.page, isEmpty && styles.empty)}>
      <header className={styles.head}>
        <div>
          <h1>{texts.title}</h1>
          <p>{isEmpty ? texts.nothing : texts.totals(totalsOf(home))}</p>
        </div>
        <div className={styles.headActions}>
          <Button onClick={() => store.getState().openDialog({ kind: 'magnet', link: '' })}>
            {texts.addLink}
          </Button>
          <Button onClick={() => choosePlace(store, 'folder')}>{texts.joinCourse}</Button>
          <Button onClick={() => choosePlace(store, 'journal')}>{texts.openJournal}</Button>
        </div>
      </header>
      <AppNotices notices={home.notices} />
      <div className={styles.columns}>
        <div className={styles.column}>
          <DropZone />
          {kinds.map(kind => {
            const swarms = home.swarms.filter(swarm => swarm.kind === kind);
            return swarms.length === 0 ? null : <SwarmRows key={kind} kind={kind} swarms={swarms} />;
          })}
        </div>
        <div className={styles.column}>
          {hasNearby ? <NearbyPanel /> : null}
          {isEmpty || !introduced ? <Steps canHide={!isEmpty} /> : null}
          {hasNearby ? null : <NearbyPanel />}
          <DemoCard />
          <LabCard />
          <RecentFolders recent={home.recent} />
        </div>
      </div>
      <LeadAnnouncer swarms={home.swarms} />
    </main>
  );
}

/** What the app has to say of itself. */
function AppNotices({ notices }: { readonly notices: HomeView['notices'] }) {
  const dismissed = useApp(state => state.dismissed);
  const dismissNotice = useApp(state => state.dismissNotice);
  return notices
    .filter(notice => !dismissed.includes(notice))
    .map(notice => (
      <Notice
        key={notice}
        tone="warning"
        title={notice}
        actions={
          <IconButton label={texts.dismiss} onClick={() => dismissNotice(notice)}>
            <X size={14} aria-hidden="true" />
          </IconButton>
        }
      />
    ));
}

function DropZone() {
  const store = useAppStore();
  const isLocal = useApp(({ settings }) => settings !== null && !settings.dht && !settings.portMapping);
  return (
    <section className={styles.drop} aria-label={texts.dropLabel}>
      <DropPicture />
      <div>
        <h2>{texts.dropTitle}</h2>
        <p>
          {texts.dropText} {isLocal ? texts.dropLocal : ''}
        </p>
        <div className={styles.dropActions}>
          <Button variant="primary" aria-keyshortcuts="Control+O" onClick={() => choosePlace(store, 'file')}>
            {texts.chooseFile} <Kbd onAccent>{texts.chooseFileKey}</Kbd>
          </Button>
          <Button onClick={() => choosePlace(store, 'folder')}>{texts.chooseFolder}</Button>
        </div>
      </div>
    </section>
  );
}

const stepPictures = [GivePicture, JoinPicture, FlowPicture];

function Steps({ canHide }: { readonly canHide: boolean }) {
  const changeSettings = useApp(state => state.changeSettings);
  return (
    <section className={classes(styles.card, styles.how)} aria-labelledby="steps">
      <div className={styles.cardHead}>
        <h2 id="steps">{texts.steps.title}</h2>
        {canHide ? (
          <button
            type="button"
            className={styles.textButton}
            onClick={() => {
              // Nothing is lost when this is not saved: the steps come again next time.
              changeSettings({ introduced: true }).catch(() => {});
            }}
          >
            {texts.steps.hide}
          </button>
        ) : null}
      </div>
      <ol className={styles.steps}>
        {texts.steps.all.map((step, index) => {
          const Picture = stepPictures[index]!;
          return (
            <li key={step.title} className={styles.step}>
              <Picture />
              <div>
                <h3>
                  <span className={styles.stepNumber}>{index + 1}</span> {step.title}
                </h3>
                <p>{step.text}</p>
              </div>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function DemoCard() {
  const openDialog = useApp(state => state.openDialog);
  return (
    <section className={classes(styles.card, styles.demo)} aria-labelledby="demo">
      <div>
        <h2 id="demo">{texts.demoCard.title}</h2>
        <p>{texts.demoCard.text}</p>
      </div>
      <Button size="small" onClick={() => openDialog({ kind: 'demo' })}>
        {texts.demoCard.button}
      </Button>
    </section>
  );
}

function LabCard() {
  const go = useApp(state => state.go);
  return (
    <section className={classes(styles.card, styles.demo)} aria-labelledby="lab">
      <div>
        <h2 id="lab">{texts.labCard.title}</h2>
        <p>{texts.labCard.text}</p>
      </div>
      <Button size="small" onClick={() => go({ page: 'lab', part: 'plan' })}>
        {texts.labCard.button}
      </Button>
    </section>
  );
}

function RecentFolders({ recent }: { readonly recent: HomeView['recent'] }) {
  const store = useAppStore();
  if (recent.length === 0) return null;
  return (
    <section className={classes(styles.card, styles.recent)} aria-labelledby="recent">
      <div className={styles.cardHead}>
        <h2 id="recent">{texts.recent.title}</h2>
        <p>{texts.recent.subtitle}</p>
      </div>
      <ul>
        {recent.map(place => (
          <li key={place.token} className={styles.recentRow}>
            <FolderOpen size={24} strokeWidth={1.25} aria-hidden="true" />
            <div className={styles.recentText} title={place.path}>
              <b>{place.name}</b>
              <small>
                {texts.recent.peer(place.peer)}, {place.path}
              </small>
            </div>
            <Button
              size="small"
              aria-label={texts.recent.openNamed(place.name)}
              onClick={() => openPlace(store, place)}
            >
              {texts.recent.open}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
