import type { SettingName } from '../../../src-shared/settings.ts';
import { useApp, useAppStore } from '../../store/app-store.ts';
import { settingsTexts } from '../../texts/settings.ts';
import { Button } from '../../ui/button.tsx';
import { type Save, Section } from './section.tsx';
import styles from './settings-page.module.css';

const texts = settingsTexts.lab;

export interface LabMarkProps {
  /** The settings beside which it stands, and what they are called there. */
  readonly of: Readonly<Partial<Record<SettingName, string>>>;
  readonly save: Save;
}

/** Says of settings that the lab presets whether they still are what it says, and takes changes back. */
export function LabMark({ of, save }: LabMarkProps) {
  const changed = useChanged();
  const reset = useReset(save);
  const names = (Object.keys(of) as SettingName[]).filter(name => changed.has(name));
  return names.map(name => {
    const label = of[name]!;
    return (
      <p key={name} className={styles.lab}>
        {changed.get(name) ? texts.changed(label) : texts.unchanged(label)}
        {changed.get(name) ? (
          <Button
            size="small"
            aria-label={settingsTexts.buttonOf(texts.reset, label)}
            onClick={() => reset([name])}
          >
            {texts.reset}
          </Button>
        ) : null}
      </p>
    );
  });
}

/** Where the lab's defaults come from, and the way back to all of them; nothing where there are none. */
export function LabDefaults({ save }: { readonly save: Save }) {
  const file = useApp(state => state.about?.preset?.file);
  const changed = useChanged();
  const reset = useReset(save);
  if (file === undefined) return null;
  const names = [...changed.keys()].filter(name => changed.get(name));
  return (
    <Section
      title={texts.title}
      hint={texts.hint(changed.size, file)}
      aside={
        <Button size="small" disabled={names.length === 0} onClick={() => reset(names)}>
          {texts.resetAll}
        </Button>
      }
    >
      {null}
    </Section>
  );
}

/** Every setting that the lab presets, and whether it has been changed here. */
function useChanged(): ReadonlyMap<SettingName, boolean> {
  const values = useApp(state => state.about?.preset?.values) ?? {};
  const settings = useApp(state => state.settings);
  const names = Object.keys(values) as SettingName[];
  const isChanged = (name: SettingName) =>
    settings !== null && JSON.stringify(settings[name]) !== JSON.stringify(values[name]);
  return new Map(names.map(name => [name, isChanged(name)]));
}

function useReset(save: Save): (names: readonly SettingName[]) => void {
  const store = useAppStore();
  return names => {
    const { bridge } = store.getState();
    const asked = bridge.ask('resetSettings', { names: [...names] });
    save(asked.then(settings => store.setState({ settings })));
  };
}
