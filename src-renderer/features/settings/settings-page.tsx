import { useState } from 'react';
import type { Settings } from '../../../src-shared/settings.ts';
import { refusalOf, useApp } from '../../store/app-store.ts';
import { settingsTexts as texts } from '../../texts/settings.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Select, Switch } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { LabDefaults, LabMark } from './lab-defaults.tsx';
import { LimitControl } from './limit-control.tsx';
import { type Change, FolderSetting, type Save, Section } from './section.tsx';
import styles from './settings-page.module.css';
import { ShareSections } from './share-sections.tsx';
import { WholeNumber } from './whole-number.tsx';

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
      <LabDefaults save={save} />
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
        <LabMark of={{ theme: texts.theme }} save={save} />
      </Section>
      <ShareSections settings={settings} change={change} save={save} />
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
        <LabMark
          of={{
            preferredNeighbours: texts.preferred,
            unchokingSeconds: texts.unchoking,
            optimisticSeconds: texts.optimistic,
          }}
          save={save}
        />
        {about === null ? null : (
          <FolderSetting
            command="chooseWorkFolder"
            label={texts.folder}
            hint={texts.folderHint}
            fixedHint={texts.folderByStart}
            chosen={settings.workFolder}
            usual={about.workFolder}
            about={about}
            save={save}
          />
        )}
        {inDesktop ? <LabMark of={{ workFolder: texts.folder }} save={save} /> : null}
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
        <LimitControl
          label={texts.limited}
          field={texts.limit}
          unit={texts.limitUnit}
          problem={texts.problems.limit}
          limit={settings.uploadBytesPerSecond}
          onChange={uploadBytesPerSecond => change({ uploadBytesPerSecond })}
        />
        <LabMark of={{ strategy: texts.strategy, uploadBytesPerSecond: texts.limit }} save={save} />
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
        <LabMark of={{ notify: texts.notify, keepInTray: texts.keepInTray }} save={save} />
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
