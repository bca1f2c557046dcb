import type { Place } from '../../../src-shared/contract.ts';
import { useApp } from '../../store/app-store.ts';
import { sharesTexts } from '../../texts/shares.ts';
import { Button } from '../../ui/button.tsx';
import { usePlaceChoice } from '../course/use-place-choice.tsx';
import styles from './add-dialog.module.css';

const texts = sharesTexts.torrent;

export interface FolderChoiceProps {
  /** Null: the usual one. */
  readonly folder: Place | null;
  readonly onChange: (folder: Place | null) => void;
}

/** Where what is fetched comes to lie. */
export function FolderChoice({ folder, onChange }: FolderChoiceProps) {
  const usual = useApp(state => state.settings?.downloadFolder ?? state.about?.downloadFolder ?? '');
  return <FolderLine label={texts.folder} usual={usual} folder={folder} onChange={onChange} />;
}

export interface FolderLineProps extends FolderChoiceProps {
  readonly label: string;
  /** The path of the usual folder. */
  readonly usual: string;
}

/** A folder in one line, with what changes it. */
export function FolderLine({ label, usual, folder, onChange }: FolderLineProps) {
  const { choose, dialog } = usePlaceChoice(([place]) => {
    if (place !== undefined) onChange(place);
  });
  return (
    <>
      <div className={styles.folder}>
        <span className={styles.label}>{label}</span>
        <span className={styles.path} title={folder?.path ?? usual}>
          {folder?.path ?? usual}
        </span>
        {folder === null ? null : (
          <Button size="small" onClick={() => onChange(null)}>
            {texts.usualFolder}
          </Button>
        )}
        <Button size="small" onClick={() => choose('folder')}>
          {texts.chooseFolder}
        </Button>
      </div>
      {dialog}
    </>
  );
}
