import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, Copy, Search, X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { type LogKind, logKinds } from '../../../history/log-index.ts';
import { refusalOf, useAppStore } from '../../../store/app-store.ts';
import { logTexts } from '../../../texts/swarm-log.ts';
import { short } from '../../../texts/swarm-neighbours.ts';
import { IconButton } from '../../../ui/button.tsx';
import { classes } from '../../../ui/classes.ts';
import { Glyph, type GlyphName } from '../../../ui/glyph.tsx';
import { rowAfterKey } from '../../../ui/list-keys.ts';
import { Panel } from '../../../ui/panel.tsx';
import { clockText } from '../clock.ts';
import { usePeerNames } from '../peer-names.tsx';
import { useMoment, useSwarm, useSwarmStore } from '../use-swarm.ts';
import styles from './log.module.css';
import { FilteredLog, logTimeLength } from './log-filter.ts';

const glyphs: Readonly<Record<LogKind, GlyphName>> = {
  piece: 'piece',
  have: 'have',
  choke: 'chokes-us',
  unchoke: 'serves-us',
  preferred: 'preferred',
  optimistic: 'optimistic',
  interest: 'interested',
  connection: 'connected',
  note: 'note',
};

/** Of a frame of 16 ms, what reading through the log may take. */
const readingMs = 6;
const mostCopiedLines = 100_000;
/** Haves are most of a log, and say the least. */
const shownFirst: ReadonlySet<LogKind> = new Set(logKinds.filter(kind => kind !== 'have'));

/** The course's log: filtered by kind and neighbour, found by text, held at the cursor or followed. */
export function Log() {
  const app = useAppStore();
  const store = useSwarmStore();
  const [kinds, setKinds] = useState(shownFirst);
  const [text, setText] = useState('');
  const peer = useSwarm(page => page.focus);
  const following = useSwarm(page => page.following);
  const presenting = useSwarm(page => page.presenting);
  const history = useSwarm(page => page.history);
  const names = usePeerNames();
  const log = useMemo(
    () => new FilteredLog(history, { kinds, peer, text }, names.long),
    [history, kinds, peer, text, names],
  );
  useReading(log);
  // Everything up to the cursor has happened; what comes after it is shown, but pale.
  const { happened, counts, clock } = useMoment((state, { log: index, startedWallMs }, cursorMs) => ({
    happened: state.length,
    counts: logKinds.map(kind => index.countBefore(state.length, kind)),
    clock: clockText(startedWallMs + cursorMs),
  }));
  readFor(log, readingMs);
  const shown = log.countBefore(happened);
  const all = counts.reduce((sum, count) => sum + count, 0);
  const status = log.isReading
    ? logTexts.reading(log.progress)
    : following
      ? logTexts.following
      : logTexts.heldAt(clock);

  const toggle = (kind: LogKind) =>
    setKinds(before => {
      const after = new Set(before);
      if (!after.delete(kind)) after.add(kind);
      return after;
    });

  const copy = async () => {
    const { toast } = app.getState();
    try {
      const count = await copyLines(log, shown);
      toast({ tone: 'info', title: logTexts.copied(count), problems: [] });
    } catch (error) {
      toast({ tone: 'error', title: logTexts.notCopied, problems: [refusalOf(error).message] });
    }
  };

  return (
    <Panel
      title={logTexts.title}
      subtitle={
        history.isShare ? logTexts.ofShare : <span title={history.logFile}>{nameOf(history.logFile)}</span>
      }
      bodyClassName={styles.body}
      actions={
        <>
          <p className={styles.status}>
            {logTexts.count(shown, all)}, {status}
          </p>
          <IconButton label={logTexts.copy} onClick={copy}>
            <Copy size={14} aria-hidden />
          </IconButton>
          <label className={styles.find}>
            <Search size={12} aria-hidden />
            <span className="only-read">{logTexts.findLabel}</span>
            <input
              type="search"
              data-find-in-log
              placeholder={logTexts.find}
              value={text}
              maxLength={200}
              onChange={event => setText(event.target.value)}
            />
          </label>
        </>
      }
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in a line. */}
      <div className={styles.filters} role="group" aria-label={logTexts.filterLabel}>
        {peer === undefined ? null : (
          <button type="button" className={styles.about} onClick={() => store.getState().focusOn(undefined)}>
            {logTexts.about(names.long(peer))}
            <X size={12} aria-hidden />
          </button>
        )}
        {logKinds.map((kind, index) =>
          kind === 'note' && !history.isShare ? null : (
            <button
              key={kind}
              type="button"
              className={styles.filter}
              aria-pressed={kinds.has(kind)}
              onClick={() => toggle(kind)}
            >
              <Glyph name={glyphs[kind]} />
              <span>{logTexts.kinds[kind]}</span>
              <small>{short(counts[index] ?? 0)}</small>
            </button>
          ),
        )}
      </div>
      <Lines log={log} shown={shown} rowHeight={presenting ? 28 : 20} empty={all === 0} />
    </Panel>
  );
}

interface LinesProps {
  readonly log: FilteredLog;
  /** Lines that have happened by the cursor. */
  readonly shown: number;
  readonly rowHeight: number;
  readonly empty: boolean;
}

function Lines({ log, shown, rowHeight, empty }: LinesProps) {
  const store = useSwarmStore();
  const scroller = useRef<HTMLDivElement>(null);
  /** Whether the newest line is kept in sight; scrolling away lets go of it. */
  const [isHeld, setHeld] = useState(true);
  const [chosen, setChosen] = useState<{ readonly log: FilteredLog; readonly index: number }>();
  /** In another selection of lines, the number is another line's. */
  const active = chosen?.log === log ? chosen.index : undefined;
  const history = useSwarm(page => page.history);
  const rows = useVirtualizer({
    count: log.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new row height needs all rows measured again.
  useEffect(() => rows.measure(), [rowHeight]);

  // The newest line stays in sight, also when the panel gets another height.
  // Asked of an observer: asking the element would make the browser lay the page out ten times a second.
  const [height, setHeight] = useState(0);
  useEffect(() => {
    const resizes = new ResizeObserver(([entry]) => setHeight(entry?.contentRect.height ?? 0));
    resizes.observe(scroller.current!);
    return () => resizes.disconnect();
  }, []);

  const heldAt = shown * rowHeight - height + 4;
  useEffect(() => {
    if (isHeld && scroller.current !== null) scroller.current.scrollTop = heldAt;
  }, [isHeld, heldAt]);

  const isNearCursor = () => Math.abs(heldAt - (scroller.current?.scrollTop ?? 0)) < 1.5 * rowHeight;

  function onKey(event: KeyboardEvent) {
    const at = active ?? Math.max(0, shown - 1);
    if (event.key === 'Enter' && active !== undefined)
      store.getState().seek(history.tape.atMs(log.seqAt(active)));
    const row = rowAfterKey(event.key, at, log.length);
    if (row === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setHeld(false);
    setChosen({ log, index: row });
    rows.scrollToIndex(row);
  }

  return (
    <div className={styles.frame}>
      <div
        ref={scroller}
        className={styles.lines}
        hidden={log.length === 0}
        role="listbox"
        tabIndex={0}
        aria-label={logTexts.title}
        aria-description={logTexts.help}
        aria-activedescendant={active === undefined ? undefined : `line-${active}`}
        onKeyDown={onKey}
        onWheel={() => setHeld(false)}
        onPointerDown={() => setHeld(isNearCursor())}
        onScroll={() => {
          if (!isHeld && isNearCursor()) setHeld(true);
        }}
      >
        <div className={styles.all} style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, start, size }) => {
            const seq = log.seqAt(index);
            const line = log.lineAt(index);
            const kind = log.kindAt(index);
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: Enter on the list does the same for the active line.
              <div
                key={index}
                id={`line-${index}`}
                role="option"
                tabIndex={-1}
                aria-selected={index === active}
                aria-setsize={log.length}
                aria-posinset={index + 1}
                className={classes(
                  styles.line,
                  styles[kind],
                  index >= shown && styles.later,
                  index === shown && styles.cursor,
                )}
                style={{ transform: `translateY(${start}px)`, height: size }}
                onClick={() => {
                  setHeld(false);
                  setChosen({ log, index });
                  store.getState().seek(history.tape.atMs(seq));
                }}
              >
                <Glyph name={glyphs[kind]} />
                <span className={styles.text} title={line}>
                  <i>{line.slice(0, logTimeLength)}</i>
                  {line.slice(logTimeLength)}
                </span>
              </div>
            );
          })}
        </div>
      </div>
      {log.length === 0 && !log.isReading ? (
        <p className={styles.nothing}>{empty ? logTexts.empty : logTexts.none}</p>
      ) : null}
      {isHeld ? null : (
        <button type="button" className={styles.newest} onClick={() => setHeld(true)}>
          <ArrowDown size={12} aria-hidden />
          {logTexts.newest}
        </button>
      )}
    </div>
  );
}

/** Reads on through a long log, a few milliseconds of each frame. */
function useReading(log: FilteredLog): void {
  const [, setReads] = useState(0);
  useEffect(() => {
    if (!log.isReading) return;
    const frame = requestAnimationFrame(() => setReads(count => count + 1));
    return () => cancelAnimationFrame(frame);
  });
}

function readFor(log: FilteredLog, milliseconds: number): void {
  const until = performance.now() + milliseconds;
  log.read(() => performance.now() > until);
}

/** Returns how many lines are on the clipboard now. */
async function copyLines(log: FilteredLog, shown: number): Promise<number> {
  const first = Math.max(0, shown - mostCopiedLines);
  const lines = Array.from({ length: shown - first }, (_, index) => log.lineAt(first + index));
  await navigator.clipboard.writeText(lines.join('\n'));
  return lines.length;
}

function nameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
