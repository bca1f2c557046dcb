import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';
import { flushSync } from 'react-dom';
import { IconButton } from './button.tsx';
import { classes } from './classes.ts';
import styles from './menu.module.css';
import { indexAfterKey } from './tabs.tsx';

export interface MenuItem {
  readonly label: string;
  readonly icon?: ReactNode;
  readonly onChoose: () => void;
  readonly disabled?: boolean;
  /** Why it is disabled, or what it does, in a few words. */
  readonly hint?: string | undefined;
  /** Set apart from what stands above it. */
  readonly apart?: boolean;
  readonly tone?: 'plain' | 'danger';
}

export interface MenuProps {
  /** What the menu is about; read out and shown on hover. */
  readonly label: string;
  /** The picture on the button. */
  readonly icon: ReactNode;
  /** A function is asked when the menu opens. */
  readonly items: readonly MenuItem[] | (() => readonly MenuItem[]);
  /** What it is about: a right click there opens it at the pointer. */
  readonly area?: RefObject<HTMLElement | null>;
}

const gap = 4;

/** A button that opens a list of actions; arrow keys, Home, End and first letters move, Esc closes. */
export function Menu({ label, icon, items, area }: MenuProps) {
  const list = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const pointer = useRef<{ readonly x: number; readonly y: number } | null>(null);
  const [isOpen, setOpen] = useState(false);
  const id = useId();

  const entries = () => [...(list.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];

  const place = () => {
    const popover = list.current;
    const anchor = button.current?.getBoundingClientRect();
    if (popover === null || anchor === undefined) return;
    const { width, height } = popover.getBoundingClientRect();
    const { x: left, y: below } = pointer.current ?? { x: anchor.right - width, y: anchor.bottom + gap };
    const above = pointer.current?.y ?? anchor.top - gap;
    const fitsBelow = below + height <= window.innerHeight;
    popover.style.top = `${fitsBelow ? below : Math.max(gap, above - height)}px`;
    popover.style.left = `${Math.max(gap, Math.min(left, window.innerWidth - width - gap))}px`;
  };

  useEffect(() => {
    const element = area?.current;
    if (element == null) return;
    const onContextMenu = (event: MouseEvent) => {
      // A text has the system's own menu, to copy from.
      if (event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      if (list.current?.contains(event.target as Node)) return;
      const show = () => {
        pointer.current = { x: event.clientX, y: event.clientY };
        list.current?.showPopover();
      };
      // Where the button is still down, letting it go outside the menu would close it at once.
      if (event.buttons === 0) show();
      else window.addEventListener('pointerup', () => requestAnimationFrame(show), { once: true });
    };
    element.addEventListener('contextmenu', onContextMenu);
    return () => element.removeEventListener('contextmenu', onContextMenu);
  }, [area]);

  // What it belongs to moves with the window, and may be gone from sight.
  useEffect(() => {
    if (!isOpen) return;
    const close = () => list.current?.hidePopover();
    window.addEventListener('resize', close);
    return () => window.removeEventListener('resize', close);
  }, [isOpen]);

  const onKeyDown = (event: KeyboardEvent) => {
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const letter = event.key.length === 1 ? event.key.toLowerCase() : undefined;
    const found = all.findIndex(
      (entry, index) => index > at && entry.textContent?.toLowerCase().startsWith(letter ?? '\n'),
    );
    const next = found >= 0 ? found : indexAfterKey(event.key, at, all.length);
    if (event.key === 'Tab') list.current?.hidePopover();
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    all[next]?.focus();
  };

  return (
    <>
      <IconButton
        ref={button}
        label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        popoverTarget={id}
      >
        {icon}
      </IconButton>
      <div
        ref={list}
        id={id}
        role="menu"
        aria-label={label}
        tabIndex={-1}
        popover="auto"
        className={styles.menu}
        onKeyDown={onKeyDown}
        onBeforeToggle={event => {
          // The items must be there before the list is measured and the first takes the focus.
          if (event.newState === 'open') flushSync(() => setOpen(true));
        }}
        onToggle={event => {
          if (event.newState === 'closed') {
            pointer.current = null;
            setOpen(false);
            return;
          }
          place();
          entries()[0]?.focus();
        }}
      >
        {(isOpen ? (typeof items === 'function' ? items() : items) : []).map(item => (
          <button
            key={item.label}
            type="button"
            role="menuitem"
            tabIndex={-1}
            aria-disabled={item.disabled || undefined}
            className={classes(
              styles.item,
              item.apart && styles.apart,
              item.tone === 'danger' && styles.danger,
            )}
            onClick={() => {
              if (item.disabled) return;
              list.current?.hidePopover();
              item.onChoose();
            }}
          >
            <span className={styles.icon}>{item.icon}</span>
            <span>{item.label}</span>
            {item.hint === undefined ? null : <small className={styles.hint}>{item.hint}</small>}
          </button>
        ))}
      </div>
    </>
  );
}
