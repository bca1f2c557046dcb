import { useState } from 'react';
import { useAppStore } from '../../store/app-store.ts';
import { useAsking } from '../../store/use-asking.ts';
import { labTexts } from '../../texts/lab.ts';
import { Button } from '../../ui/button.tsx';
import { NumberField } from '../../ui/field.tsx';
import { RefusalNotice } from '../../ui/refusal-notice.tsx';
import { wholeNumberOf } from '../course/course-form.ts';
import { CollectPicture, PlanPicture, RunPicture } from './lab-pictures.tsx';
import { beginSample } from './open-plan.ts';
import styles from './plan-empty.module.css';
import { usePlanChoice } from './use-plan-choice.tsx';

const texts = labTexts.empty;
const mostMachines = 200;
const pictures = [PlanPicture, RunPicture, CollectPicture];

/** Before there is a plan: what a lab is, and how to begin one. */
export function PlanEmpty() {
  const store = useAppStore();
  const [typed, setTyped] = useState('3');
  const { refusal, busy, during } = useAsking();
  const { choose, dialog } = usePlanChoice(store);
  const machines = wholeNumberOf(typed, 1, mostMachines);
  const begin = () =>
    during(async () => {
      if (machines !== null) await beginSample(store, { machines });
    });
  return (
    <section className={styles.empty} aria-labelledby="lab-empty">
      <div className={styles.zone}>
        <h2 id="lab-empty">{texts.title}</h2>
        <p>{texts.text}</p>
        <form
          className={styles.begin}
          noValidate
          onSubmit={event => {
            event.preventDefault();
            begin();
          }}
        >
          <NumberField
            label={texts.machines}
            value={typed}
            error={machines === null ? texts.machinesProblem : null}
            className={styles.machines}
            onChange={setTyped}
          />
          <Button type="submit" variant="primary" busy={busy}>
            {texts.begin}
          </Button>
          <Button onClick={choose}>{texts.open}</Button>
        </form>
        <p className={styles.hint}>{texts.hint}</p>
        <RefusalNotice refusal={refusal} />
      </div>
      <ol className={styles.steps}>
        {texts.steps.map((step, index) => {
          const Picture = pictures[index]!;
          return (
            <li key={step.title}>
              <Picture />
              <h3>
                <span>{index + 1}</span> {step.title}
              </h3>
              <p>{step.text}</p>
            </li>
          );
        })}
      </ol>
      {dialog}
    </section>
  );
}
