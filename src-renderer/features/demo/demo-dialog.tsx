import { useState } from 'react';
import { parseSize } from '../../../src-shared/units.ts';
import { useAppStore } from '../../store/app-store.ts';
import { useAsking } from '../../store/use-asking.ts';
import { commonTexts } from '../../texts/common.ts';
import { demoTexts as texts } from '../../texts/demo.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { NumberField, Select, TextField } from '../../ui/field.tsx';
import { RefusalNotice } from '../../ui/refusal-notice.tsx';
import { pieceCountOf } from '../course/course-form.ts';
import styles from './demo-dialog.module.css';
import { checkDemoForm, type DemoForm, usualDemo } from './demo-form.ts';

const strategies = (['rarest', 'random'] as const).map(value => ({ value, label: texts.strategies[value] }));
const speeds = (['paced', 'limited', 'unlimited'] as const).map(value => ({
  value,
  label: texts.speeds[value],
}));

/** Starts a local demo swarm. */
export function DemoDialog() {
  const store = useAppStore();
  const { bridge, closeDialog, go } = store.getState();
  const [form, setForm] = useState(usualDemo);
  const { refusal, busy, during } = useAsking();
  const checked = checkDemoForm(form);
  const problems = 'problems' in checked ? checked.problems : {};
  const change = (part: Partial<DemoForm>) => setForm({ ...form, ...part });
  const count = pieceCountOf(form.pieceSize, parseSize(form.size) ?? 0);

  const start = () => {
    if (!('question' in checked)) return;
    during(async () => {
      const { swarm } = await bridge.ask('startDemo', checked.question);
      closeDialog();
      go({ page: 'swarm', swarm, peer: null });
    });
  };
  return (
    <Dialog
      title={texts.title}
      subtitle={texts.subtitle}
      width={640}
      onClose={() => closeDialog()}
      onSubmit={start}
      footer={
        <>
          <Button onClick={() => closeDialog()}>{commonTexts.cancel}</Button>
          <Button type="submit" variant="primary" busy={busy} data-autofocus>
            {texts.start}
          </Button>
        </>
      }
    >
      <div className={styles.parts}>
        <RefusalNotice refusal={refusal} />
        <div className={styles.fields}>
          <NumberField
            label={texts.peers}
            value={form.peers}
            error={problems.peers}
            onChange={peers => change({ peers })}
          />
          <NumberField
            label={texts.seeds}
            value={form.seeds}
            error={problems.seeds}
            onChange={seeds => change({ seeds })}
          />
          <NumberField
            label={texts.late}
            value={form.late}
            error={problems.late}
            hint={texts.lateHint}
            onChange={late => change({ late })}
          />
          <TextField
            label={texts.size}
            value={form.size}
            error={problems.size}
            onChange={size => change({ size })}
          />
          <TextField
            label={texts.pieceSize}
            value={form.pieceSize}
            error={problems.pieceSize}
            hint={count === null || count === 0 ? undefined : texts.pieces(count)}
            onChange={pieceSize => change({ pieceSize })}
          />
          <Select
            label={texts.strategy}
            options={strategies}
            value={form.strategy}
            onChange={strategy => change({ strategy })}
          />
          <NumberField
            label={texts.preferred}
            value={form.preferredNeighbours}
            error={problems.preferredNeighbours}
            onChange={preferredNeighbours => change({ preferredNeighbours })}
          />
          <NumberField
            label={texts.unchoking}
            unit={texts.seconds}
            value={form.unchokingSeconds}
            error={problems.unchokingSeconds}
            onChange={unchokingSeconds => change({ unchokingSeconds })}
          />
          <NumberField
            label={texts.optimistic}
            unit={texts.seconds}
            value={form.optimisticSeconds}
            error={problems.optimisticSeconds}
            onChange={optimisticSeconds => change({ optimisticSeconds })}
          />
          <Select
            label={texts.speed}
            options={speeds}
            value={form.speed}
            onChange={speed => change({ speed })}
          />
          {form.speed === 'limited' ? (
            <NumberField
              label={texts.limit}
              unit={texts.limitUnit}
              value={form.limit}
              error={problems.limit}
              onChange={limit => change({ limit })}
            />
          ) : null}
        </div>
      </div>
    </Dialog>
  );
}
