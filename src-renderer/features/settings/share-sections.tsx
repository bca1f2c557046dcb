import { useState } from 'react';
import type { Settings } from '../../../src-shared/settings.ts';
import { hrefOf } from '../../routes.ts';
import { useApp } from '../../store/app-store.ts';
import { settingsTexts } from '../../texts/settings.ts';
import { Switch, TextField } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { LabMark } from './lab-defaults.tsx';
import { LimitControl } from './limit-control.tsx';
import { RatioControl } from './ratio-control.tsx';
import { clockOf, minutesOf, toggledDay } from './schedule.ts';
import { type Change, FolderSetting, type Save, Section } from './section.tsx';
import styles from './settings-page.module.css';
import { WholeNumber } from './whole-number.tsx';

export interface ShareSectionsProps {
  readonly settings: Settings;
  readonly change: Change;
  readonly save: Save;
}

/** What concerns shares: where they lie, how much at a time and how fast, and how others are found. */
export function ShareSections({ settings, change, save }: ShareSectionsProps) {
  const texts = settingsTexts.shares;
  const about = useApp(state => state.about);
  return (
    <>
      <Section title={texts.title}>
        {about === null ? null : (
          <FolderSetting
            command="chooseDownloadFolder"
            label={texts.folder}
            hint={texts.folderHint}
            fixedHint={texts.folderByStart}
            chosen={settings.downloadFolder}
            usual={about.downloadFolder}
            about={about}
            save={save}
          />
        )}
        {about?.choosing === 'dialog' ? <LabMark of={{ downloadFolder: texts.folder }} save={save} /> : null}
        <div className={styles.fields}>
          <WholeNumber
            label={texts.activeDownloads}
            value={settings.activeDownloads}
            most={1000}
            problem={settingsTexts.problems.queue}
            onChange={activeDownloads => change({ activeDownloads })}
          />
          <WholeNumber
            label={texts.activeSeeds}
            value={settings.activeSeeds}
            most={1000}
            problem={settingsTexts.problems.queue}
            onChange={activeSeeds => change({ activeSeeds })}
          />
        </div>
        <p className={styles.hint}>{texts.queueHint}</p>
        <LabMark
          of={{ activeDownloads: texts.activeDownloads, activeSeeds: texts.activeSeeds }}
          save={save}
        />
        <div className={styles.narrow}>
          <RatioControl
            label={texts.stopAt}
            hint={texts.stopAtHint}
            ratio={settings.seedRatio}
            onChange={seedRatio => change({ seedRatio })}
          />
        </div>
        <Switch
          label={texts.takeAll}
          hint={texts.takeAllHint}
          checked={settings.takeAll}
          onChange={takeAll => change({ takeAll })}
        />
        <LabMark of={{ seedRatio: texts.stopAt, takeAll: texts.takeAll }} save={save} />
        {settings.takeAll ? (
          <Notice tone="warning" title={texts.takeAllTitle}>
            {texts.takeAllText}
          </Notice>
        ) : null}
      </Section>
      <Limits settings={settings} change={change} save={save} />
      <Network settings={settings} change={change} save={save} />
      <Tracker settings={settings} change={change} save={save} />
    </>
  );
}

interface PartProps {
  readonly settings: Settings;
  readonly change: Change;
}

function Limits({ settings, change, save }: ShareSectionsProps) {
  const texts = settingsTexts.limits;
  const limit = (
    label: string,
    field: string,
    name:
      | 'shareDownloadBytesPerSecond'
      | 'shareUploadBytesPerSecond'
      | 'alternativeDownloadBytesPerSecond'
      | 'alternativeUploadBytesPerSecond',
  ) => (
    <div className={styles.limit}>
      <LimitControl
        label={label}
        field={field}
        unit={settingsTexts.limitUnit}
        problem={settingsTexts.problems.limit}
        limit={settings[name]}
        onChange={bytesPerSecond => change({ [name]: bytesPerSecond })}
      />
    </div>
  );
  return (
    <Section title={texts.title} hint={texts.hint}>
      <div className={styles.pair}>
        {limit(texts.down, texts.downField, 'shareDownloadBytesPerSecond')}
        {limit(texts.up, texts.upField, 'shareUploadBytesPerSecond')}
      </div>
      <LabMark
        of={{ shareDownloadBytesPerSecond: texts.downField, shareUploadBytesPerSecond: texts.upField }}
        save={save}
      />
      <div className={styles.apart}>
        <div className={styles.line}>
          <h3>{texts.alternative}</h3>
          <Segmented
            label={texts.alternative}
            options={(['off', 'on', 'scheduled'] as const).map(value => ({
              value,
              label: texts.modes[value],
            }))}
            value={settings.alternativeLimits}
            onChange={alternativeLimits => change({ alternativeLimits })}
          />
        </div>
        <p className={styles.hint}>{texts.alternativeHint}</p>
        <div className={styles.pair}>
          {limit(texts.down, texts.downField, 'alternativeDownloadBytesPerSecond')}
          {limit(texts.up, texts.upField, 'alternativeUploadBytesPerSecond')}
        </div>
        {settings.alternativeLimits === 'scheduled' ? <Schedule settings={settings} change={change} /> : null}
        <LabMark
          of={{
            alternativeLimits: texts.alternative,
            alternativeDownloadBytesPerSecond: texts.alternativeDown,
            alternativeUploadBytesPerSecond: texts.alternativeUp,
            alternativeSchedule: texts.schedule,
          }}
          save={save}
        />
      </div>
    </Section>
  );
}

function Schedule({ settings, change }: PartProps) {
  const texts = settingsTexts.limits;
  const schedule = settings.alternativeSchedule;
  const { from, to, days } = schedule;
  const set = (part: Partial<Settings['alternativeSchedule']>) =>
    change({ alternativeSchedule: { ...schedule, ...part } });
  return (
    <div className={styles.schedule}>
      <div className={styles.times}>
        <TimeField label={texts.from} minutes={from} onChange={minutes => set({ from: minutes })} />
        <TimeField label={texts.to} minutes={to} onChange={minutes => set({ to: minutes })} />
        {to <= from ? <p className={styles.hint}>{to < from ? texts.overnight : texts.wholeDay}</p> : null}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in a line. */}
      <div role="group" aria-label={texts.days} className={styles.days}>
        {texts.dayNames.map((name, day) => (
          <button
            key={name}
            type="button"
            className={styles.day}
            aria-label={name}
            aria-pressed={days.includes(day)}
            onClick={() => set({ days: toggledDay(days, day) })}
          >
            {name.slice(0, 2)}
          </button>
        ))}
      </div>
      {days.length === 0 ? <p className={styles.hint}>{texts.noDay}</p> : null}
    </div>
  );
}

interface TimeFieldProps {
  readonly label: string;
  readonly minutes: number;
  readonly onChange: (minutes: number) => void;
}

/** A time of day as it is typed; what is none changes nothing. */
function TimeField({ label, minutes, onChange }: TimeFieldProps) {
  const [text, setText] = useState<string | null>(null);
  const shown = text ?? clockOf(minutes);
  const typed = minutesOf(shown);
  return (
    <TextField
      className={styles.time}
      label={label}
      value={shown}
      error={typed === undefined ? settingsTexts.limits.time : null}
      onChange={next => {
        setText(next);
        const at = minutesOf(next);
        if (at !== undefined && at !== minutes) onChange(at);
      }}
      onBlur={() => {
        if (typed !== undefined) setText(null);
      }}
    />
  );
}

const ways = ['localDiscovery', 'catalogue', 'peerExchange', 'dht', 'portMapping'] as const;

function Network({ settings, change, save }: ShareSectionsProps) {
  const texts = settingsTexts.network;
  return (
    <Section
      title={texts.title}
      aside={
        <a className={styles.aside} href={hrefOf({ page: 'network' })}>
          {texts.check}
        </a>
      }
    >
      {ways.map(way => (
        <Switch
          key={way}
          label={texts[way]}
          hint={texts[`${way}Hint`]}
          checked={settings[way]}
          onChange={isOn => change({ [way]: isOn })}
        />
      ))}
      <div className={styles.fields}>
        <WholeNumber
          label={texts.port}
          value={settings.listenPort}
          least={1024}
          most={65_535}
          problem={settingsTexts.problems.port}
          onChange={listenPort => change({ listenPort })}
        />
      </div>
      <p className={styles.hint}>{texts.portHint}</p>
      <LabMark
        of={{
          localDiscovery: texts.localDiscovery,
          catalogue: texts.catalogue,
          peerExchange: texts.peerExchange,
          dht: texts.dht,
          portMapping: texts.portMapping,
          listenPort: texts.port,
          machines: texts.machines,
        }}
        save={save}
      />
    </Section>
  );
}

const usualPort = 6969;

function Tracker({ settings, change, save }: ShareSectionsProps) {
  const texts = settingsTexts.tracker;
  const address = useApp(state => state.about?.addresses[0]);
  const { trackerHttpPort, trackerUdpPort } = settings;
  const host = address === undefined ? 'localhost' : address.includes(':') ? `[${address}]` : address;
  return (
    <Section title={texts.title} hint={texts.hint}>
      <div className={styles.pair}>
        <div className={styles.limit}>
          <Switch
            label={texts.http}
            checked={trackerHttpPort !== null}
            onChange={isOn => change({ trackerHttpPort: isOn ? usualPort : null })}
          />
          {trackerHttpPort === null ? null : (
            <>
              <WholeNumber
                label={texts.httpPort}
                value={trackerHttpPort}
                least={1024}
                most={65_535}
                problem={settingsTexts.problems.port}
                onChange={port => change({ trackerHttpPort: port })}
              />
              <p className={styles.address}>{texts.address(`http://${host}:${trackerHttpPort}/announce`)}</p>
            </>
          )}
        </div>
        <div className={styles.limit}>
          <Switch
            label={texts.udp}
            checked={trackerUdpPort !== null}
            onChange={isOn => change({ trackerUdpPort: isOn ? usualPort : null })}
          />
          {trackerUdpPort === null ? null : (
            <>
              <WholeNumber
                label={texts.udpPort}
                value={trackerUdpPort}
                least={1024}
                most={65_535}
                problem={settingsTexts.problems.port}
                onChange={port => change({ trackerUdpPort: port })}
              />
              <p className={styles.address}>{texts.address(`udp://${host}:${trackerUdpPort}`)}</p>
            </>
          )}
        </div>
      </div>
      <LabMark of={{ trackerHttpPort: texts.httpPort, trackerUdpPort: texts.udpPort }} save={save} />
    </Section>
  );
}
