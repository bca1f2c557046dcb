import { type ReactNode, useId, useState } from 'react';
import type { About } from '../../../src-shared/contract.ts';
import type { Settings, SettingsPatch } from '../../../src-shared/settings.ts';
import { refusalOf, useApp, useAppStore } from '../../store/app-store.ts';
import { settingsTexts as texts } from '../../texts/settings.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Select, Switch } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import styles from './settings-page.module.css';
import { WholeNumber } from './whole-number.tsx';

/** Does something that saves settings, and shows how it went; `false`: nothing was to be done. */
type Save = (saving: Promise<unknown>) => void;
type Change = (patch: SettingsPatch) => void;

/** What the user can set; every change is saved at once. */
export function SettingsPage() {
  const settings = useApp(state => state.settings);
  const changeSettings = useApp(state => state.changeSettings);
  const [problems, setProblems] = useState<readonly string[]>([]);
  const [saved, setSaved] = useState(0);

  const save: Save = saving => {
    saving.then(
      answer => {
        setProblems([]);
        if (answer !== false) setSaved(count => count + 1);
      },
      error => {
        const { message, problems: more } = refusalOf(error);
        setProblems([message, ...more]);
      },
    );
  };
  const change: Change = patch => save(changeSettings(patch));
  const [problem, ...more] = problems;
  return (
    <main className={styles.page}>
      <header className={styles.head}>
        <h1>{texts.title}</h1>
        <p>
          {texts.subtitle}{' '}
          <span role="status">
            {saved > 0 && problem === undefined ? <b key={saved}>{texts.saved}</b> : null}
          </span>
        </p>
      </header>
      {problem === undefined ? null : <Notice tone="error" title={problem} problems={more} />}
      {settings === null ? (
        <EmptyState title={texts.loading} />
      ) : (
        <Sections settings={settings} change={change} save={save} />
      )}
    </main>
  );
}

interface SectionsProps {
  readonly settings: Settings;
  readonly change: Change;
  readonly save: Save;
}

function Sections({ settings, change, save }: SectionsProps) {
  const about = useApp(state => state.about);
  const inDesktop = about?.choosing !== 'browse';
  const onlyInDesktop = inDesktop ? undefined : texts.onlyInDesktop;
  return (
    <>
      <Section title={texts.appearance}>
        <div className={styles.line}>
          <span>{texts.theme}</span>
          <Segmented
            label={texts.theme}
            options={(['system', 'light', 'dark'] as const).map(value => ({
              value,
              label: texts.themes[value],
            }))}
            value={settings.theme}
            onChange={theme => change({ theme })}
          />
        </div>
        <p className={styles.hint}>{texts.themeHint}</p>
      </Section>
      <Section title={texts.swarms} hint={texts.swarmsHint}>
        <div className={styles.fields}>
          <WholeNumber
            label={texts.preferred}
            value={settings.preferredNeighbours}
            most={1000}
            problem={texts.problems.preferred}
            onChange={preferredNeighbours => change({ preferredNeighbours })}
          />
          <WholeNumber
            label={texts.unchoking}
            unit={texts.seconds}
            value={settings.unchokingSeconds}
            most={86_400}
            problem={texts.problems.seconds}
            onChange={unchokingSeconds => change({ unchokingSeconds })}
          />
          <WholeNumber
            label={texts.optimistic}
            unit={texts.seconds}
            value={settings.optimisticSeconds}
            most={86_400}
            problem={texts.problems.seconds}
            onChange={optimisticSeconds => change({ optimisticSeconds })}
          />
        </div>
        {about === null ? null : <WorkFolder chosen={settings.workFolder} about={about} save={save} />}
      </Section>
      <Section title={texts.transfer}>
        <div className={styles.fields}>
          <Select
            className={styles.wide}
            label={texts.strategy}
            hint={texts.strategyHint}
            options={(['random', 'rarest'] as const).map(value => ({
              value,
              label: texts.strategies[value],
            }))}
            value={settings.strategy}
            onChange={strategy => change({ strategy })}
          />
        </div>
        <UploadLimit limit={settings.uploadBytesPerSecond} change={change} />
      </Section>
      <Section title={texts.desktop}>
        <Switch
          label={texts.notify}
          hint={onlyInDesktop}
          disabled={!inDesktop}
          checked={settings.notify}
          onChange={notify => change({ notify })}
        />
        <Switch
          label={texts.keepInTray}
          hint={onlyInDesktop}
          disabled={!inDesktop}
          checked={settings.keepInTray}
          onChange={keepInTray => change({ keepInTray })}
        />
      </Section>
      {about === null ? null : (
        <Section title={texts.about}>
          <dl className={styles.about}>
            <dt>{texts.version}</dt>
            <dd>{about.version}</dd>
            <dt>{texts.computer}</dt>
            <dd>{about.computer}</dd>
            <dt>{texts.addresses}</dt>
            <dd>{about.addresses.join(', ') || texts.noAddress}</dd>
          </dl>
        </Section>
      )}
    </>
  );
}

interface WorkFolderProps {
  /** Null: the usual one. */
  readonly chosen: string | null;
  readonly about: About;
  readonly save: Save;
}

/** The app alone knows paths: the user chooses a folder in the system's dialog, and the screen passes it on by its token. */
function WorkFolder({ chosen, about, save }: WorkFolderProps) {
  const store = useAppStore();
  const { bridge } = store.getState();
  const isOurs = about.choosing === 'dialog';
  const set = async (place: string | null) => {
    store.setState({ settings: await bridge.ask('chooseWorkFolder', { place }) });
  };
  const choose = async () => {
    const [folder] = (await bridge.ask('choose', { what: 'folder' })).places;
    return folder === undefined ? false : set(folder.token);
  };
  return (
    <div>
      <div className={styles.line}>
        <dl className={styles.about}>
          <dt>{texts.folder}</dt>
          <dd>{(isOurs ? chosen : null) ?? about.workFolder}</dd>
        </dl>
        {isOurs ? (
          <div className={styles.actions}>
            {chosen === null ? null : (
              <Button size="small" onClick={() => save(set(null))}>
                {texts.usualFolder}
              </Button>
            )}
            <Button size="small" onClick={() => save(choose())}>
              {texts.chooseFolder}
            </Button>
          </div>
        ) : null}
      </div>
      <p className={styles.hint}>{isOurs ? texts.folderHint : texts.folderByStart}</p>
    </div>
  );
}

const usualLimit = 1_000_000;

function UploadLimit({ limit, change }: { readonly limit: number | null; readonly change: Change }) {
  return (
    <>
      <Switch
        label={texts.limited}
        checked={limit !== null}
        onChange={isLimited => change({ uploadBytesPerSecond: isLimited ? usualLimit : null })}
      />
      {limit === null ? null : (
        <div className={styles.fields}>
          <WholeNumber
            label={texts.limit}
            unit={texts.limitUnit}
            value={Math.round(limit / 1000)}
            least={2}
            most={1e9}
            problem={texts.problems.limit}
            onChange={thousands => change({ uploadBytesPerSecond: thousands * 1000 })}
          />
        </div>
      )}
    </>
  );
}

interface SectionProps {
  readonly title: string;
  readonly hint?: string;
  readonly children: ReactNode;
}

function Section({ title, hint, children }: SectionProps) {
  const id = useId();
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {hint === undefined ? null : <p className={styles.hint}>{hint}</p>}
      <div className={styles.controls}>{children}</div>
    </section>
  );
}
