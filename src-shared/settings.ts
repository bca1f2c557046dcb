import * as v from 'valibot';

/** What the user can set. Every value has a default, so that a file written by another version still reads. */

const wholeNumber = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const seconds = v.pipe(v.number(), v.minValue(0.1), v.maxValue(86_400));

const entries = {
  theme: v.picklist(['system', 'light', 'dark']),
  /** The first start has been explained. */
  introduced: v.boolean(),
  /** For new course swarms. */
  preferredNeighbours: wholeNumber(1, 1000),
  unchokingSeconds: seconds,
  optimisticSeconds: seconds,
  strategy: v.picklist(['random', 'rarest']),
  /** Of each swarm, bytes per second; null for no limit. */
  uploadBytesPerSecond: v.nullable(wholeNumber(1024, 1e12)),
  /** Show a notice of the system when a swarm is complete or fails. */
  notify: v.boolean(),
  /** Closing the window leaves the swarms running in the tray. */
  keepInTray: v.boolean(),
} as const;

export const settingsSchema = v.strictObject(entries);
/** Some of them. A value that is there but undefined is wrong, as it would hide the present one. */
export const settingsPatch = v.strictObject(
  Object.fromEntries(
    Object.entries(entries).map(([name, schema]) => [name, v.exactOptional(schema)]),
  ) as unknown as {
    readonly [Name in keyof typeof entries]: v.ExactOptionalSchema<(typeof entries)[Name], undefined>;
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
};
