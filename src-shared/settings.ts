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
  /** Of all shares together, bytes per second; null for no limit. */
  shareUploadBytesPerSecond: limit,
  shareDownloadBytesPerSecond: limit,
  /** The other pair of limits, in force while switched on or while its schedule says so. */
  alternativeUploadBytesPerSecond: limit,
  alternativeDownloadBytesPerSecond: limit,
  alternativeLimits: v.picklist(['off', 'on', 'scheduled']),
  /** Minutes since midnight, local time; over midnight unless `from` is earlier than `to`. Days: 0 is Sunday. */
  alternativeSchedule: v.strictObject({
    from: wholeNumber(0, 1439),
    to: wholeNumber(0, 1439),
    days: v.pipe(v.array(wholeNumber(0, 6)), v.maxLength(7)),
  }),
  /** How many shares download, and how many seed, at a time; others wait in the queue. */
  activeDownloads: wholeNumber(1, 1000),
  activeSeeds: wholeNumber(1, 1000),
  /** New shares stop seeding at this ratio; null: never. */
  seedRatio: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1_000))),
  /** Where peers of shares connect to; taken anew at the next start. */
  listenPort: wholeNumber(1024, 65_535),
  /** BEP 14. */
  localDiscovery: v.boolean(),
  /** Shows our shares by name to others in the room, and theirs to us. */
  catalogue: v.boolean(),
  /** Fetches whatever others in the room share, without asking. */
  takeAll: v.boolean(),
  peerExchange: v.boolean(),
  dht: v.boolean(),
  portMapping: v.boolean(),
  /** The tracker inside, for a lab that has none; null: off. */
  trackerHttpPort: v.nullable(wholeNumber(1024, 65_535)),
  trackerUdpPort: v.nullable(wholeNumber(1024, 65_535)),
} as const;

export const settingsSchema = v.strictObject({
  ...changeable,
  /**
   * Where new course swarms are written; null for the usual folder. The screen has no say in paths: this one changes
   * by a command of its own that takes a place.
   */
  workFolder: v.nullable(v.pipe(v.string(), v.maxLength(4_096))),
  /** Where fetched shares come to lie; likewise. */
  downloadFolder: v.nullable(v.pipe(v.string(), v.maxLength(4_096))),
  /** Computers whose shares are asked for although multicast does not reach them; commands of their own change them. */
  machines: v.pipe(v.array(v.pipe(v.string(), v.maxLength(300))), v.maxLength(200)),
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
export type SettingName = keyof Settings;
export const settingName = v.picklist(Object.keys(settingsSchema.entries) as SettingName[]);
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
  shareUploadBytesPerSecond: null,
  shareDownloadBytesPerSecond: null,
  alternativeUploadBytesPerSecond: 1_000_000,
  alternativeDownloadBytesPerSecond: 1_000_000,
  alternativeLimits: 'off',
  alternativeSchedule: { from: 8 * 60, to: 18 * 60, days: [1, 2, 3, 4, 5] },
  activeDownloads: 5,
  activeSeeds: 20,
  seedRatio: null,
  listenPort: 6881,
  localDiscovery: true,
  catalogue: true,
  takeAll: false,
  peerExchange: true,
  dht: false,
  portMapping: false,
  trackerHttpPort: null,
  trackerUdpPort: null,
  downloadFolder: null,
  machines: [],
};

/** Whether the alternative limits hold at a moment of the week: minutes since midnight and the day, 0 for Sunday. */
export function areAlternativeLimitsOn(
  settings: Pick<Settings, 'alternativeLimits' | 'alternativeSchedule'>,
  minute: number,
  day: number,
): boolean {
  if (settings.alternativeLimits !== 'scheduled') return settings.alternativeLimits === 'on';
  const { from, to, days } = settings.alternativeSchedule;
  if (from < to) return days.includes(day) && minute >= from && minute < to;
  // The hours after midnight belong to the evening before.
  return (days.includes(day) && minute >= from) || (days.includes((day + 6) % 7) && minute < to);
}
