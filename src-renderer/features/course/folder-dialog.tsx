import { useId, useState } from 'react';
import type { ConfigFile, CourseFolder, RosterView } from '../../../src-shared/contract.ts';
import { useAppStore } from '../../store/app-store.ts';
import { useAsking } from '../../store/use-asking.ts';
import { commonTexts } from '../../texts/common.ts';
import { courseTexts } from '../../texts/course.ts';
import { Button } from '../../ui/button.tsx';
import { Chip } from '../../ui/chip.tsx';
import { classes } from '../../ui/classes.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Notice } from '../../ui/notice.tsx';
import { RefusalNotice } from '../../ui/refusal-notice.tsx';
import styles from './folder-dialog.module.css';

const texts = courseTexts.folder;

/** A working folder of the course: what its two files say, which peer this computer is, and Start. */
export function FolderDialog({ found }: { readonly found: CourseFolder }) {
  const store = useAppStore();
  const { bridge, openDialog, closeDialog, go } = store.getState();
  const [picked, setPicked] = useState<string | null>(null);
  const { refusal, refuse, busy, during } = useAsking();
  const { common, roster, place } = found;
  // Read again, the files may list other peers.
  const isListed = roster.value?.some(({ peer, isRunning }) => peer === picked && !isRunning) ?? false;
  const chosen = isListed ? picked : found.guess;
  const errors = [...common.problems, ...roster.problems].filter(({ isError }) => isError);
  const canStart = common.value !== null && roster.value !== null;

  const readAgain = () =>
    during(async () => {
      const again = await bridge.ask('look', { place: place.token });
      if (again.kind === 'course-folder' || again.kind === 'nothing') {
        openDialog(
          again.kind === 'nothing'
            ? { kind: 'nothing', found: again }
            : { kind: 'course-folder', found: again },
        );
      }
    });
  const start = () => {
    if (!canStart) return;
    if (chosen === null) {
      refuse({ code: 'set-up', message: texts.noPeerChosen, problems: [] });
      return;
    }
    during(async () => {
      const { swarm } = await bridge.ask('startCourse', { folder: place.token, peer: chosen });
      closeDialog();
      go({ page: 'swarm', swarm, peer: null });
    });
  };

  return (
    <Dialog
      title={common.value === null ? texts.titleWithoutName : texts.title(common.value.fileName)}
      subtitle={place.path}
      width={920}
      onClose={() => closeDialog()}
      onSubmit={start}
      footer={
        <>
          {canStart ? null : (
            <Button className={styles.again} busy={busy} data-autofocus onClick={readAgain}>
              {texts.again}
            </Button>
          )}
          <Button onClick={() => closeDialog()}>{commonTexts.cancel}</Button>
          <Button type="submit" variant="primary" disabled={!canStart} busy={busy} data-autofocus>
            {chosen === null ? texts.start : texts.startAs(chosen)}
          </Button>
        </>
      }
    >
      <div className={styles.parts}>
        <RefusalNotice refusal={refusal} />
        {canStart ? null : <Notice tone="error" title={texts.errors(errors.length)} />}
        {common.value === null ? null : (
          <p className={styles.summary}>
            <span>
              {texts.summary(common.value.fileSize, common.value.pieceCount, common.value.pieceSize)}
            </span>
            <span>
              {texts.rounds(
                common.value.preferredNeighbours,
                common.value.unchokingIntervalMs,
                common.value.optimisticIntervalMs,
              )}
            </span>
          </p>
        )}
        <div className={styles.files}>
          <ConfigText name={texts.common} file={common} />
          <ConfigText name={texts.roster} file={roster} />
        </div>
        {roster.value === null ? (
          <p className={styles.hint}>{texts.noRoster}</p>
        ) : (
          <RosterChoice roster={roster.value} guess={found.guess} chosen={chosen} onChoose={setPicked} />
        )}
      </div>
    </Dialog>
  );
}

/** A file as it stands there, with line numbers, and each problem below its line. */
function ConfigText({ name, file }: { readonly name: string; readonly file: ConfigFile<unknown> }) {
  const titleId = useId();
  const at = (line: number | null) => file.problems.filter(problem => problem.line === line);
  return (
    <section className={styles.file} aria-labelledby={titleId}>
      <h3 id={titleId}>{name}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard. */}
      <section className={styles.lines} tabIndex={0} aria-label={texts.textOf(name)}>
        {at(null).map(problem => (
          <Problem key={problem.message} problem={problem} />
        ))}
        {file.lines.length === 0 ? <p className={styles.hint}>{texts.emptyFile}</p> : null}
        <ol>
          {file.lines.map((line, index) => {
            const problems = at(index + 1);
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its number.
              <li key={index}>
                <code
                  className={classes(styles.line, problems.some(({ isError }) => isError) && styles.wrong)}
                  data-line={index + 1}
                >
                  {line}
                </code>
                {problems.map(problem => (
                  <Problem key={problem.message} problem={problem} />
                ))}
              </li>
            );
          })}
        </ol>
      </section>
    </section>
  );
}

function Problem({ problem }: { readonly problem: ConfigFile<unknown>['problems'][number] }) {
  return (
    <p className={problem.isError ? styles.error : styles.notice}>
      <b>{problem.isError ? texts.error : texts.notice}</b> {problem.message}
    </p>
  );
}

interface RosterChoiceProps {
  readonly roster: readonly RosterView[];
  readonly guess: string | null;
  readonly chosen: string | null;
  readonly onChoose: (peer: string) => void;
}

function RosterChoice({ roster, guess, chosen, onChoose }: RosterChoiceProps) {
  const name = useId();
  return (
    <fieldset className={styles.choice}>
      <legend>{texts.whichPeer}</legend>
      <p className={styles.hint}>{guess === null ? texts.noGuess : texts.guessed(guess)}</p>
      <div className={styles.peers}>
        {roster.map(({ peer, host, port, seed, isHere, isRunning }) => (
          <label key={peer} className={styles.peer} title={`${host}:${port}`}>
            <input
              type="radio"
              name={name}
              value={peer}
              checked={chosen === peer}
              disabled={isRunning}
              onChange={() => onChoose(peer)}
            />
            <b>{peer}</b>
            <span className={styles.place}>{texts.peerAt(host, port)}</span>
            {isRunning ? <Chip>{texts.running}</Chip> : null}
            {isHere ? <Chip tone="outlined">{texts.here}</Chip> : null}
            {seed ? <Chip tone="ok">{texts.seed}</Chip> : null}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
