/** Drawings of Home. All are decoration: the words stand beside them. */

export function DropPicture() {
  return (
    <svg width="72" height="72" viewBox="0 0 72 72" fill="none" aria-hidden="true">
      <rect x="8" y="12" width="16" height="16" rx="3" fill="var(--in)" />
      <rect x="29" y="13" width="14" height="14" rx="2" stroke="var(--ctl)" strokeWidth="2" />
      <rect x="48" y="12" width="16" height="16" rx="3" fill="var(--in)" />
      <rect x="9" y="33" width="14" height="14" rx="2" stroke="var(--ctl)" strokeWidth="2" />
      <rect x="49" y="33" width="14" height="14" rx="2" stroke="var(--ctl)" strokeWidth="2" />
      <path
        d="M36 34v24m-9-9 9 9 9-9"
        stroke="var(--ink)"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

/** A file put down on a tray. */
export function GivePicture() {
  return (
    <svg viewBox="0 0 96 56" fill="none" aria-hidden="true">
      <path d="M4 36v14h64V36" stroke="var(--ctl)" strokeWidth="2" />
      <rect
        x="24"
        y="4"
        width="24"
        height="26"
        rx="2"
        fill="var(--in-soft)"
        stroke="var(--in)"
        strokeWidth="2"
      />
      <path d="M36 14v28m-6-6 6 6 6-6" stroke="var(--ink)" strokeWidth="2" />
    </svg>
  );
}

/** One computer that has the file, and two that join. */
export function JoinPicture() {
  return (
    <svg viewBox="0 0 96 56" fill="none" aria-hidden="true">
      <rect x="3" y="18" width="26" height="20" rx="2" stroke="var(--in)" strokeWidth="2" />
      <path d="M10 24h12v8H10z" fill="var(--in)" />
      <rect x="65" y="3" width="26" height="20" rx="2" stroke="var(--ctl)" strokeWidth="2" />
      <rect x="65" y="33" width="26" height="20" rx="2" stroke="var(--ctl)" strokeWidth="2" />
      <path d="m33 25 22-9M33 31l22 9" stroke="var(--in)" strokeWidth="2" />
      <path d="m61 13.5-8.5-1 3 7.5zM61 42.5 55.5 36l-3 7.5z" fill="var(--in)" />
    </svg>
  );
}

/** What reaches a peer, what it gives, and whom it chokes. */
export function FlowPicture() {
  return (
    <svg viewBox="0 0 96 56" fill="none" aria-hidden="true">
      <circle cx="46" cy="28" r="14" stroke="var(--line-2)" strokeWidth="4" />
      <path d="M46 14a14 14 0 1 1-13.2 18.6" stroke="var(--in)" strokeWidth="4" />
      <path d="M2 28h16" stroke="var(--in)" strokeWidth="4" />
      <path d="m27 28-10-6v12z" fill="var(--in)" />
      <path d="m60 20 20-9" stroke="var(--pref)" strokeWidth="4" />
      <path d="m89 7-11.5-.5 5 11z" fill="var(--pref)" />
      <path d="m62 36 24 10" stroke="var(--choke)" strokeWidth="2" strokeDasharray="2 3" />
      <path d="m68 33-4 10" stroke="var(--choke)" strokeWidth="3" />
    </svg>
  );
}
