import { X } from 'lucide-react';
import { useEffect } from 'react';
import { type Toast, useApp } from '../store/app-store.ts';
import { commonTexts } from '../texts/common.ts';
import { frameTexts } from '../texts/frame.ts';
import { IconButton } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import styles from './toasts.module.css';

const shownMs = 8000;

/** What happened lately, in a corner. Errors stay until they are dismissed. */
export function Toasts() {
  const toasts = useApp(state => state.toasts);
  return (
    <section className={styles.toasts} aria-label={frameTexts.notices} aria-live="polite">
      {toasts.map(toast => (
        <ToastNotice key={toast.id} toast={toast} />
      ))}
    </section>
  );
}

function ToastNotice({ toast }: { readonly toast: Toast }) {
  const dropToast = useApp(state => state.dropToast);
  const { id, tone, title, problems } = toast;
  useEffect(() => {
    if (tone === 'error') return;
    const timer = setTimeout(() => dropToast(id), shownMs);
    return () => clearTimeout(timer);
  }, [id, tone, dropToast]);
  return (
    <div className={styles.toast}>
      <Notice
        tone={tone}
        title={title}
        problems={problems}
        actions={
          <IconButton label={commonTexts.close} onClick={() => dropToast(id)}>
            <X size={14} aria-hidden="true" />
          </IconButton>
        }
      />
    </div>
  );
}
