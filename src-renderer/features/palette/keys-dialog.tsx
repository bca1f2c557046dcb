import { useApp } from '../../store/app-store.ts';
import { keysTexts as texts } from '../../texts/palette.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Kbd } from '../../ui/kbd.tsx';
import styles from './keys-dialog.module.css';

/** Every key and what it does. */
export function KeysDialog() {
  const closeDialog = useApp(state => state.closeDialog);
  return (
    <Dialog title={texts.title} width={720} onClose={() => closeDialog()}>
      <div className={styles.columns}>
        {(['everywhere', 'home', 'lab', 'swarm'] as const).map(place => (
          <section key={place} aria-labelledby={`keys-${place}`}>
            <h3 id={`keys-${place}`}>{texts[place]}</h3>
            <dl>
              {texts.all[place].map(([keys, does]) => (
                <div key={does} className={styles.row}>
                  <dt>
                    {keys.map(key => (
                      <Kbd key={key}>{key}</Kbd>
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
