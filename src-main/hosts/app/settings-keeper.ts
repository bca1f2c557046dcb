import { isDeepStrictEqual } from 'node:util';
import { defaultSettings, type SettingName, type Settings } from '../../../src-shared/settings.ts';
import {
  noPreset,
  type Preset,
  type PresetPlace,
  type ReadSettings,
  readPreset,
  readUserSettings,
  writeUserSettings,
} from '../../io/settings-file.ts';

/** The settings, in memory as they are on disk: what the user has changed, above what the lab presets. */
export class SettingsKeeper {
  /** Sentences about what was not understood when they were read. */
  readonly notices: readonly string[];
  readonly preset: Preset;
  /** Hears of every change, once it is on disk. */
  onChange: (settings: Settings) => void = () => {};
  readonly #profileFolder: string;
  readonly #defaults: Settings;
  #changes: Partial<Settings>;
  #settings: Settings;
  /** What is on disk has something in it that was not understood. */
  #keepsOld: boolean;
  #saved: Promise<unknown> = Promise.resolve();

  private constructor(profileFolder: string, preset: Preset, user: ReadSettings) {
    this.#profileFolder = profileFolder;
    this.preset = preset;
    this.#defaults = { ...defaultSettings, ...preset.values };
    this.#changes = user.values;
    this.#settings = { ...this.#defaults, ...user.values };
    this.#keepsOld = user.notices.length > 0;
    this.notices = [...preset.notices, ...user.notices];
  }

  /** Throws a `FileFailure` when somebody named the preset's file and it says nothing. */
  static async open(profileFolder: string, preset?: PresetPlace): Promise<SettingsKeeper> {
    return new SettingsKeeper(
      profileFolder,
      preset === undefined ? noPreset : await readPreset(preset),
      await readUserSettings(profileFolder),
    );
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Changes take place one after the other. Throws a `FileFailure`, and nothing has changed, when they cannot be saved. */
  change(patch: Partial<Settings>): Promise<Settings> {
    // A value that is the default's own is none of the user's: a new preset shall take effect.
    const isDefault = (name: SettingName) =>
      name in patch && isDeepStrictEqual(patch[name], this.#defaults[name]);
    return this.#next(() => without({ ...this.#changes, ...patch }, isDefault));
  }

  /** Takes back what the user has changed of these. Otherwise like `change`. */
  reset(names: readonly SettingName[]): Promise<Settings> {
    return this.#next(() => without(this.#changes, name => names.includes(name)));
  }

  #next(changed: () => Partial<Settings>): Promise<Settings> {
    const changing = this.#saved.then(() => this.#save(changed()));
    this.#saved = changing.catch(() => {});
    return changing;
  }

  async #save(changes: Partial<Settings>): Promise<Settings> {
    await writeUserSettings(this.#profileFolder, changes, this.#keepsOld);
    this.#keepsOld = false;
    this.#changes = changes;
    this.#settings = { ...this.#defaults, ...changes };
    this.onChange(this.#settings);
    return this.#settings;
  }
}

function without(changes: Partial<Settings>, leaves: (name: SettingName) => boolean): Partial<Settings> {
  return Object.fromEntries(Object.entries(changes).filter(([name]) => !leaves(name as SettingName)));
}
