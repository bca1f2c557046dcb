import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, CDPSession, Page } from 'playwright';
import { VirtualLab } from '../src-main/engine/testing/virtual-lab.ts';
import type { JournalEvent } from '../src-shared/journal.ts';
import { openSwarmPage } from './chromium.ts';
import { openApp, withScreen } from './in-process-screen.ts';
import { quantile } from './table.ts';

/** Measures how smoothly the swarm's page moves while it plays a large run, drawn by the processor. */

export interface FramesResult {
  readonly rows: number;
  readonly frames: Quantiles;
  /** Of the page's main thread, the work between one update of the picture and the next, about ten a second. */
  readonly work: Quantiles;
  /** Share of the main thread's time that was work. */
  readonly busy: number;
}

/** Milliseconds. */
export interface Quantiles {
  readonly median: number;
  readonly p95: number;
  readonly most: number;
}

export const neighbourCount = 30;
const pieceLength = 64;
/** So that the run takes about two minutes, however many pieces it has. */
const uploadedPiecesPerSecond = (pieceCount: number) => pieceCount / 110;
const watchedPeer = '1010';
const traceMs = 10_000;
const updateMs = 100;

/** The journal of one of 31 peers that share a file, as real engines wrote it in virtual time. */
export function recordRun(pieceCount: number): readonly JournalEvent[] {
  const lab = new VirtualLab({
    peers: `S${'d'.repeat(neighbourCount)}`,
    totalLength: pieceCount * pieceLength,
    pieceLength,
    settings: {
      preferredSlots: 4,
      strategy: 'rarest',
      uploadBytesPerSecond: uploadedPiecesPerSecond(pieceCount) * pieceLength,
    },
  });
  lab.startAll().runToEnd();
  return lab.peer(watchedPeer).events;
}

/** `quietMs`: how long frames are counted. `profileFile`: where a CPU profile of the page goes, for its developer tools. */
export async function measureFrames(
  folder: string,
  browser: Browser,
  { pieceCount, quietMs }: { readonly pieceCount: number; readonly quietMs: number },
  profileFile?: string,
): Promise<FramesResult> {
  const profile = await mkdtemp(join(folder, 'frames-'));
  const file = join(profile, 'journal.jsonl');
  const events = recordRun(pieceCount);
  await writeFile(file, events.map(event => `${JSON.stringify(event)}\n`).join(''));
  const { app, web } = await openApp(profile);
  try {
    const { token } = await app.grant(file);
    const { swarm } = await withScreen(app, screen => screen.ask('openJournal', { file: token }));
    const page = await openSwarmPage(browser, web.url, swarm);
    await goToTheMiddle(page);
    const deltas = await frameTimes(page, quietMs);
    const session = await page.context().newCDPSession(page);
    const tasks = await traceTasks(session, page);
    if (profileFile !== undefined) await writeFile(profileFile, await profileOf(session, page));
    await page.close();
    const windows = workByUpdate(tasks);
    const total = tasks.reduce((sum, { ms }) => sum + ms, 0);
    return {
      rows: events.length,
      frames: quantilesOf(deltas),
      work: quantilesOf(windows),
      busy: total / traceMs,
    };
  } finally {
    await web.close();
    await app.close();
  }
}

/** Lets the replay come over, play, and stand at a third of the run. */
async function goToTheMiddle(page: Page): Promise<void> {
  const slider = page.getByRole('slider', { name: 'Time', exact: true });
  // Asked from here: the page's content security policy lets nobody evaluate text in it.
  while (Number(await slider.getAttribute('aria-valuemax')) <= 60) await page.waitForTimeout(100);
  await page.waitForTimeout(2_000);
  await slider.focus();
  for (let step = 0; step < 6; step += 1) await slider.press('PageUp');
  await page.mouse.move(5, 5);
  await page.waitForTimeout(2_000);
}

function frameTimes(page: Page, durationMs: number): Promise<number[]> {
  return page.evaluate<number[]>(`new Promise(resolve => {
    const times = [];
    requestAnimationFrame(function onFrame(now) {
      times.push(now);
      if (now - times[0] < ${durationMs}) requestAnimationFrame(onFrame);
      else resolve(times.slice(1).map((time, place) => time - times[place]));
    });
  })`);
}

interface Task {
  /** Milliseconds. */
  readonly startMs: number;
  readonly ms: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  /** Microseconds, by the clock and of the processor. */
  readonly dur?: number;
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** What the main thread of the page did. */
async function traceTasks(session: CDPSession, page: Page): Promise<readonly Task[]> {
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const complete = new Promise<void>(resolve => session.once('Tracing.tracingComplete', () => resolve()));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['disabled-by-default-devtools.timeline', '__metadata'] },
  });
  await page.waitForTimeout(traceMs);
  await session.send('Tracing.end');
  await complete;
  const tasksOf = (thread: TraceEvent): Task[] =>
    events
      .filter(({ name, ph }) => name === 'RunTask' && ph === 'X')
      .filter(({ pid, tid }) => pid === thread.pid && tid === thread.tid)
      .map(({ ts, dur = 0, tdur = dur }) => ({ startMs: ts / 1000, ms: tdur / 1000 }));
  const candidates = events
    .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
    .map(tasksOf);
  // Others are those of the browser's own pages, which do nothing.
  const busyness = (tasks: readonly Task[]) => tasks.reduce((sum, { ms }) => sum + ms, 0);
  return candidates.toSorted((a, b) => busyness(b) - busyness(a))[0] ?? [];
}

function workByUpdate(tasks: readonly Task[]): number[] {
  const start = Math.min(...tasks.map(({ startMs }) => startMs));
  const work = new Array<number>(Math.floor(traceMs / updateMs)).fill(0);
  for (const { startMs, ms } of tasks) {
    const place = Math.floor((startMs - start) / updateMs);
    if (place < work.length) work[place]! += ms;
  }
  return work;
}

async function profileOf(session: CDPSession, page: Page): Promise<string> {
  await session.send('Profiler.enable');
  await session.send('Profiler.setSamplingInterval', { interval: 200 });
  await session.send('Profiler.start');
  await page.waitForTimeout(traceMs);
  const { profile } = await session.send('Profiler.stop');
  return JSON.stringify(profile);
}

function quantilesOf(values: readonly number[]): Quantiles {
  return { median: quantile(values, 0.5), p95: quantile(values, 0.95), most: Math.max(...values) };
}
