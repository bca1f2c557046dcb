/** Drawings of the lab's three steps. All are decoration: the words stand beside them. */

/** Machines with their peers, one of which is on its way to another machine. */
export function PlanPicture() {
  return (
    <svg width="96" height="56" viewBox="0 0 96 56" fill="none" aria-hidden="true">
      <rect x="3" y="5" width="36" height="46" rx="4" stroke="var(--ctl)" strokeWidth="2" />
      <rect x="57" y="5" width="36" height="46" rx="4" stroke="var(--ctl)" strokeWidth="2" />
      <rect x="9" y="12" width="24" height="9" rx="2" fill="var(--in)" />
      <rect x="63" y="12" width="24" height="9" rx="2" fill="var(--have)" />
      <rect
        x="64"
        y="27"
        width="22"
        height="7"
        rx="2"
        stroke="var(--in)"
        strokeWidth="2"
        strokeDasharray="3 2"
      />
      <rect x="27" y="26" width="24" height="9" rx="2" fill="var(--have)" />
      <path d="M53 30.5h6m-3-3 3 3-3 3" stroke="var(--ink)" strokeWidth="1.5" />
    </svg>
  );
}

/** A folder that becomes one for each machine. */
export function RunPicture() {
  return (
    <svg width="96" height="56" viewBox="0 0 96 56" fill="none" aria-hidden="true">
      <path d="M3 18v22h28V22H17l-3-4z" stroke="var(--in)" strokeWidth="2" strokeLinejoin="round" />
      <path d="m36 26 18-11M36 31h18M36 36l18 10" stroke="var(--ink)" strokeWidth="1.5" />
      {[3, 22, 41].map(y => (
        <g key={y}>
          <rect x="60" y={y} width="32" height="13" rx="2" stroke="var(--ctl)" strokeWidth="2" />
          <path d={`M66 ${y + 3.5}v6l5-3z`} fill="var(--in)" />
        </g>
      ))}
    </svg>
  );
}

/** Lines of a report, all of them ticked. */
export function CollectPicture() {
  return (
    <svg width="96" height="56" viewBox="0 0 96 56" fill="none" aria-hidden="true">
      <path d="M4 10h14M4 28h14M4 46h14" stroke="var(--ctl)" strokeWidth="2" />
      <path d="m22 10 12 12m-12 6h12M22 46l12-12" stroke="var(--ink)" strokeWidth="1.5" />
      <rect x="42" y="4" width="48" height="48" rx="4" stroke="var(--ctl)" strokeWidth="2" />
      {[16, 28, 40].map(y => (
        <g key={y}>
          <path d={`m49 ${y} 3 3 5-6`} stroke="var(--ok)" strokeWidth="2" />
          <path d={`M63 ${y}h20`} stroke="var(--have)" strokeWidth="2" />
        </g>
      ))}
    </svg>
  );
}
