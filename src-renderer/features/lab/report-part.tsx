import { FileArchive, Folder, Plus, X } from 'lucide-react';
import type { Place } from '../../../src-shared/contract.ts';
import { useAppStore } from '../../store/app-store.ts';
import { useAsking } from '../../store/use-asking.ts';
import { labReportTexts as texts } from '../../texts/lab-report.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { RefusalNotice } from '../../ui/refusal-notice.tsx';
import { usePlaceChoice } from '../course/use-place-choice.tsx';
import { useLab, useLabStore } from './lab-context.ts';
import styles from './report-part.module.css';
import { ReportView } from './report-view.tsx';

/** After the run: the folders that came back, and the report on all of them. */
export function ReportPart() {
  const report = useLab(state => state.report);
  return report === null ? <Collection /> : <ReportView report={report.report} html={report.html} />;
}

function Collection() {
  const store = useAppStore();
  const lab = useLabStore();
  const gathered = useLab(state => state.gathered);
  const { choose, dialog } = usePlaceChoice(places => lab.getState().gather(places));
  const { refusal, busy, during } = useAsking();
  const collect = () =>
    during(async () => {
      const folders = gathered.map(({ token }) => token);
      lab.setState({ report: await store.getState().bridge.ask('collectLab', { folders }) });
    });
  return (
    <section className={styles.collection} aria-labelledby="lab-collection">
      <header>
        <div>
          <h2 id="lab-collection">{texts.title}</h2>
          <p>{texts.text}</p>
        </div>
        <Button onClick={() => choose('folder')}>
          <Plus size={14} aria-hidden="true" /> {texts.addFolder}
        </Button>
        <Button onClick={() => choose('zip')}>
          <Plus size={14} aria-hidden="true" /> {texts.addZip}
        </Button>
      </header>
      <RefusalNotice refusal={refusal} />
      {gathered.length === 0 ? (
        <div className={styles.none}>
          <EmptyState title={texts.none}>{texts.noneText}</EmptyState>
        </div>
      ) : (
        <ul className={styles.places}>
          {gathered.map(place => (
            <PlaceRow key={place.token} place={place} onRemove={() => lab.getState().letGo(place)} />
          ))}
        </ul>
      )}
      <footer>
        <p role="status">{gathered.length === 0 ? '' : texts.count(gathered.length)}</p>
        <Button variant="primary" disabled={gathered.length === 0} busy={busy} onClick={collect}>
          {busy ? texts.collecting : texts.collect}
        </Button>
      </footer>
      {dialog}
    </section>
  );
}

function PlaceRow({ place, onRemove }: { readonly place: Place; readonly onRemove: () => void }) {
  const Icon = /\.zip$/i.test(place.name) ? FileArchive : Folder;
  return (
    <li>
      <Icon size={20} strokeWidth={1.5} aria-hidden="true" />
      <span title={place.path}>
        <b>{place.name}</b>
        <small>{place.path}</small>
      </span>
      <IconButton label={texts.remove(place.name)} onClick={onRemove}>
        <X size={16} aria-hidden="true" />
      </IconButton>
    </li>
  );
}
