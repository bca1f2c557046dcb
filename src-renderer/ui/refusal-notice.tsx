import { useEffect, useRef } from 'react';
import type { Refusal } from '../../src-shared/contract.ts';
import { Notice } from './notice.tsx';

/** What the app refused, where it was asked for; comes into sight by itself. */
export function RefusalNotice({ refusal }: { readonly refusal: Refusal | null }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (refusal !== null) box.current?.scrollIntoView({ block: 'nearest' });
  }, [refusal]);
  if (refusal === null) return null;
  return (
    <div ref={box}>
      <Notice tone="error" title={refusal.message} problems={refusal.problems} />
    </div>
  );
}
