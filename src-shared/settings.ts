import * as v from 'valibot';
import { limit, seconds, strategy, wholeNumber } from './amounts.ts';

/** What the user has set. Every value has a default, so that a file written by another version still reads. */

/** What the screen changes as it likes. */
const changeable = {
  theme: v.picklist(['system', 'light', 'dark']),
  /** The first start has been explained. */
  introduced: v.boolean(),
  /** For new course swarms. */
  preferredNeighbours: wholeNumber(1, 1000),
  unchokingSeconds: seconds,
  optimisticSeconds: seconds,
  strategy,
  /** Of each swarm, bytes per second; null for no limit. */
  uploadBytesPerSecond: limit,
  /** Show a notice of the system when a swarm is complete or fails. */
  notify: v.boolean(),
  /** Closing the window leaves the swarms running in the tray. */
  keepInTray: v.boolean(),
} as const;

export const settingsSchema = v.strictObject({
  ...changeable,
  /**
   * Where new course swarms are written; null for the usual folder. The screen has no say in paths: this one changes
   * by a command of its own that takes a place.
   */
  workFolder: v.nullable(v.pipe(v.string(), v.maxLength(4_096))),
});
/** Some of what can be changed. A value that is there but undefined is wrong, as it would hide the present one. */
export const settingsPatch = v.strictObject(
  Object.fromEntries(
    Object.entries(changeable).map(([name, schema]) => [name, v.exactOptional(schema)]),
  ) as unknown as {
    readonly [Name in keyof typeof changeable]: v.ExactOptionalSchema<(typeof changeable)[Name], undefined>;
  },
);
export type Settings = Readonly<v.InferOutput<typeof settingsSchema>>;
export type SettingsPatch = v.InferOutput<typeof settingsPatch>;

export const defaultSettings: Settings = {
  theme: 'system',
  introduced: false,
  preferredNeighbours: 2,
  unchokingSeconds: 5,
  optimisticSeconds: 15,
  strategy: 'random',
  uploadBytesPerSecond: null,
  notify: true,
  keepInTray: true,
  workFolder: null,
};
