import { Search } from 'lucide-react';
import type { ReactNode } from 'react';
import { useApp } from '../store/app-store.ts';
import { commonTexts } from '../texts/common.ts';
import { frameTexts } from '../texts/frame.ts';
import { Kbd } from '../ui/kbd.tsx';
import { Brand } from './brand.tsx';
import { ConnectionBar } from './connection-bar.tsx';
import styles from './frame.module.css';
import { LimitsToggle } from './limits-toggle.tsx';
import { SideBar } from './side-bar.tsx';

/** Title strip, side bar and the page, which brings its own `main`; in presentation mode the page alone. */
export function Frame({ children }: { readonly children: ReactNode }) {
  const presenting = useApp(state => state.presenting);
  return (
    <div className={presenting ? styles.presenting : styles.frame}>
      {presenting ? null : (
        <>
          <button
            type="button"
            className={styles.skip}
            onClick={() => document.getElementById('page')?.focus()}
          >
            {frameTexts.skip}
          </button>
          <TitleStrip />
          <SideBar />
        </>
      )}
      <div className={styles.page}>
        <ConnectionBar />
        <div id="page" tabIndex={-1} className={styles.main}>
          {children}
        </div>
      </div>
    </div>
  );
}

function TitleStrip() {
  const openDialog = useApp(state => state.openDialog);
  return (
    <header className={styles.title}>
      <div className={styles.brand}>
        <Brand />
        {commonTexts.brand}
      </div>
      <button
        type="button"
        className={styles.command}
        aria-keyshortcuts="Control+K"
        aria-haspopup="dialog"
        onClick={() => openDialog({ kind: 'palette' })}
      >
        <Search size={14} aria-hidden="true" />
        <span>{frameTexts.goTo}</span>
        <Kbd>{frameTexts.goToKey}</Kbd>
      </button>
      <div className={styles.end}>
        <LimitsToggle />
      </div>
    </header>
  );
}
