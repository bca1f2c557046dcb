import type { Found, Refusal } from '../../../src-shared/contract.ts';
import { useApp, useAppStore } from '../../store/app-store.ts';
import { commonTexts } from '../../texts/common.ts';
import { courseTexts } from '../../texts/course.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Notice } from '../../ui/notice.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import styles from './looking-dialog.module.css';
import { choosePlace, isConfigFile } from './open.ts';

export interface LookingDialogProps {
  readonly name: string;
  readonly share: number | null;
}

/** While something is looked at. */
export function LookingDialog({ name, share }: LookingDialogProps) {
  const closeDialog = useApp(state => state.closeDialog);
  const texts = courseTexts.looking;
  const text = share === null || share >= 1 ? texts.text(name) : texts.moving(name, share);
  return (
    <Dialog
      title={texts.title}
      width={440}
      onClose={() => closeDialog()}
      footer={
        <Button data-autofocus onClick={() => closeDialog()}>
          {commonTexts.cancel}
        </Button>
      }
    >
      <p className={styles.text} title={name}>
        {text}
      </p>
      {share === null ? null : <ProgressBar share={share} label={text} height={6} />}
    </Dialog>
  );
}

/** What was refused. */
export function RefusedDialog({ name, refusal }: { readonly name: string; readonly refusal: Refusal }) {
  const closeDialog = useApp(state => state.closeDialog);
  return (
    <Dialog
      title={courseTexts.refused.title}
      subtitle={name}
      width={520}
      onClose={() => closeDialog()}
      footer={
        <Button variant="primary" data-autofocus onClick={() => closeDialog()}>
          {commonTexts.close}
        </Button>
      }
    >
      <Notice tone="error" title={refusal.message} problems={refusal.problems} />
    </Dialog>
  );
}

/** A place with which nothing can be done, and what to do instead. */
export function NothingDialog({ found }: { readonly found: Extract<Found, { kind: 'nothing' }> }) {
  const store = useAppStore();
  const texts = courseTexts.nothing;
  const { place, message } = found;
  const isConfig = isConfigFile(place.name);
  const [other, likely] = /\.torrent$/i.test(place.name)
    ? (['folder', 'file'] as const)
    : (['file', 'folder'] as const);
  return (
    <Dialog
      title={isConfig ? texts.configTitle(place.name) : texts.title(place.name)}
      subtitle={place.path}
      width={520}
      onClose={() => store.getState().closeDialog()}
      footer={
        <>
          <Button onClick={() => choosePlace(store, other)}>{texts[other]}</Button>
          <Button variant="primary" data-autofocus onClick={() => choosePlace(store, likely)}>
            {texts[likely]}
          </Button>
        </>
      }
    >
      <Notice tone="warning" title={message} />
    </Dialog>
  );
}
