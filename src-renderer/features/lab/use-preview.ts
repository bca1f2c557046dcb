import { useEffect, useRef } from 'react';
import { refusalOf, useApp } from '../../store/app-store.ts';
import { useLab, useLabStore } from './lab-context.ts';
import { keyedProblems, labDraftOf } from './lab-draft.ts';

/** Whoever types is let be for so long. */
const quietMs = 250;

/** Has the app look at the draft whenever it has changed; what it says of an older one is not heard. */
export function usePreview(): void {
  const lab = useLabStore();
  const bridge = useApp(state => state.bridge);
  const connection = useApp(state => state.connection);
  const draft = useLab(({ history }) => history?.present ?? null);
  const shownMachine = useLab(state => state.shownMachine);
  const hasLooked = useRef(false);
  useEffect(() => {
    if (draft === null || connection === 'lost') return;
    let isWanted = true;
    const at = draft.machines.findIndex(({ key }) => key === shownMachine);
    const look = async () => {
      try {
        const question = { draft: labDraftOf(draft).lab, machine: Math.max(0, at) };
        const { problems, folders, shown } = await bridge.ask('previewLab', question);
        if (!isWanted) return;
        const preview = { draft, problems: keyedProblems(problems, draft.machines), folders, shown };
        lab.setState({ preview, refusal: null });
      } catch (error) {
        if (isWanted) lab.setState({ preview: null, refusal: refusalOf(error) });
      }
    };
    const timer = setTimeout(look, hasLooked.current ? quietMs : 0);
    hasLooked.current = true;
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [lab, bridge, connection, draft, shownMachine]);
}
