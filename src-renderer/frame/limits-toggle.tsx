import { Gauge, Turtle } from 'lucide-react';
import { useEffect, useState } from 'react';
import { areAlternativeLimitsOn, type Settings } from '../../src-shared/settings.ts';
import { formatShortRate } from '../../src-shared/units.ts';
import { type AppStore, toastOf, useApp, useAppStore } from '../store/app-store.ts';
import { limitsTexts as texts } from '../texts/limits.ts';
import styles from './limits-toggle.module.css';

/** Turns the alternative limits on or off by hand; a schedule that says otherwise is put aside. */
export function toggleAlternativeLimits(store: AppStore): void {
  const { settings, changeSettings, toast } = store.getState();
  if (settings === null) return;
  changeSettings({ alternativeLimits: areOnNow(settings) ? 'off' : 'on' }).catch(toastOf(toast));
}

/** Whether shares are slowed down now, and a switch for it; a turtle and a word say the same. */
export function LimitsToggle() {
  const store = useAppStore();
  const settings = useApp(state => state.settings);
  useMinutes();
  if (settings === null) return null;
  const isOn = areOnNow(settings);
  const isScheduled = settings.alternativeLimits === 'scheduled';
  const rate = (limit: number | null) => (limit === null ? texts.noLimit : formatShortRate(limit));
  const word = isScheduled ? (isOn ? texts.scheduledOn : texts.scheduledOff) : isOn ? texts.on : texts.off;
  const limits = texts.title(
    rate(settings.alternativeDownloadBytesPerSecond),
    rate(settings.alternativeUploadBytesPerSecond),
  );
  return (
    <button
      type="button"
      className={styles.toggle}
      aria-pressed={isOn}
      aria-label={`${texts.label}: ${word}`}
      title={`${limits} ${isOn ? texts.turnOff : texts.turnOn}`}
      onClick={() => toggleAlternativeLimits(store)}
    >
      {isOn ? <Turtle size={16} aria-hidden="true" /> : <Gauge size={16} aria-hidden="true" />}
      <span>{word}</span>
    </button>
  );
}

function areOnNow(settings: Settings): boolean {
  const now = new Date();
  return areAlternativeLimitsOn(settings, now.getHours() * 60 + now.getMinutes(), now.getDay());
}

/** Draws again when a minute is over: a schedule goes by minutes. */
function useMinutes(): void {
  const [, setMinutes] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setMinutes(count => count + 1), 20_000);
    return () => clearInterval(timer);
  }, []);
}
