import { X } from 'lucide-react';
import { type FormEvent, type ReactNode, useId, useLayoutEffect, useRef } from 'react';
import { commonTexts } from '../texts/common.ts';
import { IconButton } from './button.tsx';
import { classes } from './classes.ts';
import styles from './dialog.module.css';

export interface DialogProps {
  readonly title: string;
  readonly subtitle?: ReactNode;
  /** In pixels; narrower where the window is. */
  readonly width?: number;
  readonly onClose: () => void;
  /** Makes the dialog a form: Enter sends it. The first field that is wrong takes the focus. */
  readonly onSubmit?: () => void;
  /** The buttons at its foot, the main one last. */
  readonly footer?: ReactNode;
  /** Without header, for what brings its own; the title is read out. */
  readonly bare?: boolean;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

/**
 * A modal dialog: the system keeps the focus inside, Esc and a click beside it close it, the focus goes back where it
 * was. The element with `data-autofocus` has the focus first.
 */
export function Dialog(props: DialogProps) {
  const {
    title,
    subtitle,
    width = 560,
    onClose,
    onSubmit,
    footer,
    bare = false,
    className,
    children,
  } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const subtitleId = useId();

  // Closed while it still stands in the page: only then does the system give the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    element.showModal();
    element.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    return () => element.close();
  }, []);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    dialog.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
    onSubmit?.();
  };
  const content = (
    <>
      {bare ? null : (
        <header className={styles.head}>
          <div className={styles.titles}>
            <h2 id={titleId} className={styles.title}>
              {title}
            </h2>
            {subtitle === undefined ? null : (
              <p id={subtitleId} className={styles.subtitle}>
                {subtitle}
              </p>
            )}
          </div>
          <IconButton label={commonTexts.close} shortcut="Esc" onClick={onClose}>
            <X size={16} aria-hidden="true" />
          </IconButton>
        </header>
      )}
      <div className={bare ? styles.bareBody : styles.body}>{children}</div>
      {footer === undefined ? null : <footer className={styles.foot}>{footer}</footer>}
    </>
  );
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the key for a click beside the dialog is Esc, which `onCancel` hears.
    <dialog
      ref={dialog}
      className={classes(styles.dialog, className)}
      style={{ width }}
      aria-labelledby={bare ? undefined : titleId}
      aria-label={bare ? title : undefined}
      aria-describedby={bare || subtitle === undefined ? undefined : subtitleId}
      onCancel={event => {
        event.preventDefault();
        onClose();
      }}
      onClick={event => {
        if (event.target === dialog.current) onClose();
      }}
    >
      {onSubmit === undefined ? (
        <div className={styles.box}>{content}</div>
      ) : (
        <form className={styles.box} onSubmit={submit} noValidate>
          {content}
        </form>
      )}
    </dialog>
  );
}
