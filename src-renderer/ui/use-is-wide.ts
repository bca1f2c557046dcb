import { useEffect, useMemo, useState } from 'react';

/** On less room than this parts of a page share one place: side by side, none of them would show anything. */
const wideFrom = '(min-width: 1640px) and (min-height: 900px)';

export function useIsWide(): boolean {
  const query = useMemo(() => matchMedia(wideFrom), []);
  const [isWide, setWide] = useState(query.matches);
  useEffect(() => {
    const onChange = () => setWide(query.matches);
    query.addEventListener('change', onChange);
    return () => query.removeEventListener('change', onChange);
  }, [query]);
  return isWide;
}
