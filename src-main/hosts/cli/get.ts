import { basename, join } from 'node:path';
import type { NearbyShare, NearbyView } from '../../../src-shared/share.ts';
import { formatBytes, formatDuration } from '../../../src-shared/units.ts';
import { readMagnet } from '../../engine/bittorrent/magnet.ts';
import {
  longestMetainfo,
  type Metainfo,
  MetainfoError,
  readMetainfo,
} from '../../engine/bittorrent/metainfo.ts';
import { shownName, stateFolder } from '../../engine/content/path-rules.ts';
import { quote } from '../../engine/course/config.ts';
import { FileFailure } from '../../io/file-failure.ts';
import { removeEmptyFolders } from '../../io/folder-files.ts';
import { sha1 } from '../../io/hasher.ts';
import { realFolder, writableFolder } from '../../io/real-place.ts';
import { readWholeFile } from '../../io/whole-file.ts';
import type { HostedShare } from '../shares/share.ts';
import { ShareContent } from '../shares/share-content.ts';
import { type ShareEngine, ShareProblem, type Taking } from '../shares/share-engine.ts';
import { exitCode } from './exit-codes.ts';
import { problemsOf } from './nearby.ts';
import { shareDisplayFor } from './share-display.ts';
import { openSession, readPeers, untilInterrupted } from './share-session.ts';
import { type Output, table } from './terminal.ts';

export interface GetCommandOptions {
  readonly version: string;
  readonly to: string;
  /** Seeds until it has sent so many times what it fetched; 0: not at all; Infinity: until it is interrupted. */
  readonly seedRatio: number;
  readonly config?: string;
  readonly port?: number;
  readonly host?: string;
  readonly peers: readonly string[];
  readonly uploadBytesPerSecond?: number;
  readonly downloadBytesPerSecond?: number;
  readonly lan: boolean;
  readonly sequential: boolean;
  /** Only files with one of these in their path are wanted; all of them, if there is none. */
  readonly only: readonly string[];
  readonly json: boolean;
  /** Where it is remembered what is here; `.piecewise` in the folder it is fetched to otherwise. */
  readonly profileDir?: string;
}

/** A name may be that of several shares; so long the others are waited for after the first. */
const othersMs = 1_500;
const mostListed = 100;
/** How long somebody is waited for who offers it. */
const patienceMs = 30_000;

/** What stands in the way, in a sentence for people. */
class NotGot extends Error {}

/** `piecewise get WHAT`: fetches a share, by default until it is complete. Returns the exit code. */
export function getCommand(
  what: string,
  options: GetCommandOptions,
  out: Output,
  err: Output,
): Promise<number> {
  return untilInterrupted(err, async interrupted => {
    const { only } = options;
    const peers = readPeers(options.peers);
    const wanted = await readWanted(what);
    const isByName = wanted.kind === 'name';
    if (isByName && !options.lan) throw new ShareProblem(byNameAlone(what));
    const folder = await realFolder(options.to);
    if (options.profileDir === undefined) await writableFolder(folder);
    // Beside what is fetched, so that the same command goes on after any end, wherever the disk is plugged in.
    const profileFolder = options.profileDir ?? join(folder, stateFolder);
    const display = shareDisplayFor(options.json, out);
    let onChanged = () => {};
    const engine: ShareEngine = await openSession(
      {
        ...options,
        profileFolder,
        downloadFolder: folder,
        ...(isByName ? { machines: options.peers, settings: { catalogue: true } } : {}),
        onAdded: share => display.begin(share, () => engine.finding.lastRefusal),
        onChanged: () => onChanged(),
      },
      err,
    );
    let isDone = false;
    let share: HostedShare | undefined;
    try {
      for (const notice of engine.notices) err.write(`${notice}\n`);
      const skip = wanted.kind === 'torrent' ? unwantedOf(new ShareContent(wanted.metainfo), only) : [];
      const taking: Taking = { folder: null, sequential: options.sequential, paused: false, skip };
      const startedAt = performance.now();
      share = await Promise.race([take(engine, wanted, taking, err), interrupted.then(() => undefined)]);
      if (share === undefined) return exitCode.interrupted;
      const got = share;
      got.addPeers(peers, 'typed');
      const step = (isReached: () => boolean) =>
        new Promise<'reached' | 'failed'>((resolve, reject) => {
          onChanged = () => {
            try {
              if (got.activity === 'failed') resolve('failed');
              else if (isReached()) resolve('reached');
            } catch (error) {
              reject(error);
            }
          };
          onChanged();
        });
      const end = async (isReached: () => boolean) =>
        Promise.race([step(isReached), interrupted.then(() => 'interrupted' as const)]);
      if (wanted.kind !== 'torrent' && only.length > 0) {
        let isChosen = false;
        await end(() => {
          if (isChosen || got.content === undefined) return isChosen;
          isChosen = true;
          got.setFilePriorities(unwantedOf(got.content, only), 'skip');
          return true;
        });
      }
      let ending = await end(() => got.state.stage === 'ready' && got.state.isComplete);
      if (ending === 'reached') {
        const path = join(got.record.folder, got.name);
        const { totalLength, wantedLength, downloadedBytes } = got.summary();
        const tookMs = performance.now() - startedAt;
        display.tell({ complete: { path, infoHash: got.infoHash, totalLength, downloadedBytes, tookMs } });
        for (const notice of got.notices) err.write(`${notice}\n`);
        const how = downloadedBytes === 0 ? ', which was here already' : ` in ${formatDuration(tookMs)}`;
        display.say(`Complete: ${path}, ${formatBytes(wantedLength)}${how}`);
        if (options.seedRatio > 0) {
          if (Number.isFinite(options.seedRatio)) got.setSeedRatio(options.seedRatio);
          else display.say('It is given to others until Ctrl-C.');
          ending = await end(() => got.state.isPaused);
        }
      }
      isDone = got.state.isComplete;
      if (ending === 'failed') err.write(`${got.summary().problem}\n`);
      return ending === 'failed'
        ? exitCode.storageFailed
        : ending === 'interrupted'
          ? exitCode.interrupted
          : exitCode.ok;
    } catch (error) {
      if (!(error instanceof NotGot)) throw error;
      err.write(`${error.message}\n`);
      return exitCode.failed;
    } finally {
      display.end();
      // What is complete needs no memory of how far it was.
      if (isDone && share !== undefined) await engine.remove(share, false);
      await engine.close();
      if (isDone && options.profileDir === undefined)
        await removeEmptyFolders([join(profileFolder, 'shares'), profileFolder]);
    }
  });
}

/** What is to be fetched. */
type Wanted =
  | { readonly kind: 'magnet'; readonly link: string }
  | { readonly kind: 'torrent'; readonly bytes: Uint8Array; readonly metainfo: Metainfo }
  | { readonly kind: 'name'; readonly name: string };

/** Reads it before anything is begun. Throws a `MagnetError`, `FileFailure` or `ShareProblem`. */
async function readWanted(what: string): Promise<Wanted> {
  if (/^magnet:/i.test(what)) {
    readMagnet(what);
    return { kind: 'magnet', link: what };
  }
  if (/^[\da-f]{40}$/i.test(what)) return { kind: 'magnet', link: `magnet:?xt=urn:btih:${what}` };
  if (/^https?:\/\//i.test(what)) {
    throw new ShareProblem(
      `${shownName(what)} is a page of the web. Download the .torrent, and give the file.`,
    );
  }
  const isTorrent = /\.torrent$/i.test(what);
  // What is saved from a browser may be called anything; the name of a share has no slash in it.
  if (!isTorrent && basename(what) === what) return (await torrentIn(what)) ?? { kind: 'name', name: what };
  try {
    return await readTorrent(what);
  } catch (error) {
    if (!(error instanceof MetainfoError)) throw error;
    throw new ShareProblem(`${basename(what)}: ${error.message}`);
  }
}

/** Throws a `MetainfoError` or a `FileFailure`. */
async function readTorrent(file: string): Promise<Wanted> {
  const bytes = await readWholeFile(file, longestMetainfo);
  return { kind: 'torrent', bytes, metainfo: readMetainfo(bytes, sha1) };
}

/** A torrent called like nothing of the kind; undefined where there is none. */
async function torrentIn(file: string): Promise<Wanted | undefined> {
  try {
    return await readTorrent(file);
  } catch (error) {
    if (error instanceof FileFailure || error instanceof MetainfoError) return undefined;
    throw error;
  }
}

async function take(engine: ShareEngine, wanted: Wanted, taking: Taking, err: Output): Promise<HostedShare> {
  switch (wanted.kind) {
    case 'magnet':
      return engine.addMagnet(wanted.link, taking);
    case 'torrent':
      return engine.addTorrent(wanted.bytes, taking);
    case 'name':
      return engine.takeNearby((await findNearby(engine, wanted.name, err)).infoHash, taking);
  }
}

/** The files that are not wanted, by index. Throws a `ShareProblem` that lists them all when none is. */
function unwantedOf({ metainfo, files }: ShareContent, only: readonly string[]): number[] {
  if (only.length === 0) return [];
  const sought = only.map(text => text.toLowerCase());
  const isWanted = (path: string) => sought.some(text => path.toLowerCase().includes(text));
  const unwanted = files.flatMap(({ path }, index) => (isWanted(path) ? [] : [index]));
  if (unwanted.length < files.length) return unwanted;
  const rows = files.slice(0, mostListed).map(({ path, length }) => ['', formatBytes(length), path]);
  const more = files.length > mostListed ? [`  … and ${files.length - mostListed} more.`] : [];
  const none = `No file of ${metainfo.name} has ${only.map(quote).join(' or ')} in its path. It has:`;
  throw new ShareProblem([none, ...table(rows, [1]), ...more].join('\n'));
}

/** The one share of that name in the room. */
async function findNearby(engine: ShareEngine, name: string, err: Output): Promise<NearbyShare> {
  err.write(`Looking for somebody nearby who shares ${name} …\n`);
  const startedAt = performance.now();
  let firstAt: number | undefined;
  for (;;) {
    const { machines } = engine.finding.nearby();
    const shares = machines.flatMap(machine => machine.shares);
    const named = shares.filter(share => share.name === name);
    const now = performance.now();
    firstAt ??= named.length > 0 ? now : undefined;
    if (firstAt !== undefined && now - firstAt >= othersMs) return theOnly(named, name);
    if (firstAt === undefined && now - startedAt >= patienceMs) throw new NotGot(nobodyHas(name, machines));
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

function theOnly(named: readonly NearbyShare[], name: string): NearbyShare {
  const byHash = new Map(named.map(share => [share.infoHash, share]));
  const [only] = byHash.values();
  if (only !== undefined && byHash.size === 1) return only;
  const list = Array.from(byHash.values(), one => `  ${one.infoHash}  ${formatBytes(one.totalLength)}`);
  throw new NotGot(
    [`There are ${byHash.size} different shares called ${name}. Give the info-hash of one:`, ...list].join(
      '\n',
    ),
  );
}

function nobodyHas(name: string, machines: NearbyView['machines']): string {
  const names = [...new Set(machines.flatMap(({ shares }) => shares.map(share => share.name)))].slice(0, 10);
  const others =
    names.length === 0 ? 'Nobody nearby shares anything.' : `Nearby there are: ${names.join(', ')}.`;
  const advice =
    'Give a magnet link or a .torrent file instead, or with --peer the address of the computer that shares it.';
  return [`Nobody nearby shares ${name}.`, ...problemsOf(machines), others, advice].join(' ');
}

function byNameAlone(name: string): string {
  return `${shownName(name)} is a name, which only those know who are nearby: leave --no-lan out, or give its link or its .torrent.`;
}
