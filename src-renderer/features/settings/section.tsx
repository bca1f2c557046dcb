import { type ReactNode, useId } from 'react';
import type { About } from '../../../src-shared/contract.ts';
import type { SettingsPatch } from '../../../src-shared/settings.ts';
import { useAppStore } from '../../store/app-store.ts';
import { settingsTexts as texts } from '../../texts/settings.ts';
import { Button } from '../../ui/button.tsx';
import styles from './settings-page.module.css';

/** Does something that saves settings, and shows how it went; `false`: nothing was to be done. */
export type Save = (saving: Promise<unknown>) => void;
export type Change = (patch: SettingsPatch) => void;

export interface SectionProps {
  readonly title: string;
  readonly hint?: string;
  /** At the right of the title. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** Settings of one kind. */
export function Section({ title, hint, aside, children }: SectionProps) {
  const id = useId();
  return (
    <section className={styles.section} aria-labelledby={id}>
      <div className={styles.sectionHead}>
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {hint === undefined ? null : <p className={styles.hint}>{hint}</p>}
      <div className={styles.controls}>{children}</div>
    </section>
  );
}

export interface FolderSettingProps {
  readonly command: 'chooseWorkFolder' | 'chooseDownloadFolder';
  readonly label: string;
  readonly hint: string;
  /** Where the start of the app decides it. */
  readonly fixedHint: string;
  /** Null: the usual one. */
  readonly chosen: string | null;
  readonly usual: string;
  readonly about: About;
  readonly save: Save;
}

/** The app alone knows paths: the user chooses a folder in the system's dialog, and the screen passes it on by its token. */
export function FolderSetting(props: FolderSettingProps) {
  const { command, label, hint, fixedHint, chosen, usual, about, save } = props;
  const store = useAppStore();
  const { bridge } = store.getState();
  const isOurs = about.choosing === 'dialog';
  const set = async (place: string | null) => {
    store.setState({ settings: await bridge.ask(command, { place }) });
  };
  const choose = async () => {
    const [folder] = (await bridge.ask('choose', { what: 'folder' })).places;
    return folder === undefined ? false : set(folder.token);
  };
  return (
    <div>
      <div className={styles.line}>
        <dl className={styles.about}>
          <dt>{label}</dt>
          <dd>{(isOurs ? chosen : null) ?? usual}</dd>
        </dl>
        {isOurs ? (
          <div className={styles.actions}>
            {chosen === null ? null : (
              <Button
                size="small"
                aria-label={texts.buttonOf(texts.usualFolder, label)}
                onClick={() => save(set(null))}
              >
                {texts.usualFolder}
              </Button>
            )}
            <Button
              size="small"
              aria-label={texts.buttonOf(texts.chooseFolder, label)}
              onClick={() => save(choose())}
            >
              {texts.chooseFolder}
            </Button>
          </div>
        ) : null}
      </div>
      <p className={styles.hint}>{isOurs ? hint : fixedHint}</p>
    </div>
  );
}
