import type { Settings, SettingsPatch } from '../../../src-shared/settings.ts';
import { readSettings, writeSettings } from '../../io/settings-file.ts';

/** The settings, in memory as they are on disk. */
export class SettingsKeeper {
  readonly #profileFolder: string;
  #settings: Settings;
  #saved: Promise<unknown> = Promise.resolve();

  private constructor(profileFolder: string, settings: Settings) {
    this.#profileFolder = profileFolder;
    this.#settings = settings;
  }

  static async open(profileFolder: string, log: (details: string) => void): Promise<SettingsKeeper> {
    const { settings, notices } = await readSettings(profileFolder);
    for (const notice of notices) log(notice);
    return new SettingsKeeper(profileFolder, settings);
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Changes take place one after the other. Throws a `FileFailure`, and nothing has changed, when they cannot be saved. */
  change(patch: SettingsPatch): Promise<Settings> {
    const changing = this.#saved.then(() => this.#change(patch));
    this.#saved = changing.catch(() => {});
    return changing;
  }

  async #change(patch: SettingsPatch): Promise<Settings> {
    const settings: Settings = { ...this.#settings, ...patch };
    await writeSettings(this.#profileFolder, settings);
    this.#settings = settings;
    return settings;
  }
}
