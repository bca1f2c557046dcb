import type { Settings } from '../../../src-shared/settings.ts';
import { type ReadSettings, readSettings, writeSettings } from '../../io/settings-file.ts';

/** The settings, in memory as they are on disk. */
export class SettingsKeeper {
  /** Sentences about what was not understood when they were read. */
  readonly notices: readonly string[];
  /** Hears of every change, once it is on disk. */
  onChange: (settings: Settings) => void = () => {};
  readonly #profileFolder: string;
  #settings: Settings;
  #saved: Promise<unknown> = Promise.resolve();

  private constructor(profileFolder: string, { settings, notices }: ReadSettings) {
    this.#profileFolder = profileFolder;
    this.#settings = settings;
    this.notices = notices;
  }

  static async open(profileFolder: string): Promise<SettingsKeeper> {
    return new SettingsKeeper(profileFolder, await readSettings(profileFolder));
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Changes take place one after the other. Throws a `FileFailure`, and nothing has changed, when they cannot be saved. */
  change(patch: Partial<Settings>): Promise<Settings> {
    const changing = this.#saved.then(() => this.#change(patch));
    this.#saved = changing.catch(() => {});
    return changing;
  }

  async #change(patch: Partial<Settings>): Promise<Settings> {
    const settings: Settings = { ...this.#settings, ...patch };
    await writeSettings(this.#profileFolder, settings);
    this.#settings = settings;
    this.onChange(settings);
    return settings;
  }
}
