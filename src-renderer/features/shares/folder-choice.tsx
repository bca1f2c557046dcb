import { useState } from 'react';
import type { Place } from '../../../src-shared/contract.ts';
import { toastOf, useApp, useAppStore } from '../../store/app-store.ts';
import { sharesTexts } from '../../texts/shares.ts';
import { Button } from '../../ui/button.tsx';
import { BrowseDialog } from '../course/browse-dialog.tsx';
import styles from './add-dialog.module.css';

const texts = sharesTexts.torrent;

export interface FolderChoiceProps {
  /** Null: the usual one. */
  readonly folder: Place | null;
  readonly onChange: (folder: Place | null) => void;
}

/** Where what is fetched comes to lie. */
export function FolderChoice({ folder, onChange }: FolderChoiceProps) {
  const store = useAppStore();
  const about = useApp(state => state.about);
  const usual = useApp(state => state.settings?.downloadFolder ?? state.about?.downloadFolder ?? '');
  const [isBrowsing, setBrowsing] = useState(false);
  const choose = async () => {
    const { bridge, toast } = store.getState();
    if (about?.choosing === 'browse') {
      setBrowsing(true);
      return;
    }
    try {
      const [place] = (await bridge.ask('choose', { what: 'folder' })).places;
      if (place !== undefined) onChange(place);
    } catch (error) {
      toastOf(toast)(error);
    }
  };
  return (
    <>
      <div className={styles.folder}>
        <span className={styles.label}>{texts.folder}</span>
        <span className={styles.path} title={folder?.path ?? usual}>
          {folder?.path ?? usual}
        </span>
        {folder === null ? null : (
          <Button size="small" onClick={() => onChange(null)}>
            {texts.usualFolder}
          </Button>
        )}
        <Button size="small" onClick={choose}>
          {texts.chooseFolder}
        </Button>
      </div>
      {isBrowsing ? (
        <BrowseDialog
          what="folder"
          onClose={() => setBrowsing(false)}
          onPlace={place => {
            setBrowsing(false);
            onChange(place);
          }}
        />
      ) : null}
    </>
  );
}
