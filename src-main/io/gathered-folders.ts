import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { PeerId } from '../../src-shared/journal.ts';
import type { CommonConfig } from '../engine/course/config.ts';
import type { SharedFile } from '../engine/course/finished-run.ts';
import { FileFailure, inWords, naming } from './file-failure.ts';
import { LabZip } from './lab-zip.ts';
import { isMachineFile, peerOfFolder, peerOfLog } from './machine-files.ts';
import { realPlace } from './real-place.ts';

/** Finds the folders of machines among what was given: folders, folders that hold several, and zips of either. */

/** What one machine brought back. */
export interface GatheredFolder {
  /** What it is called in the report, unlike any other: "machine-a", "lab.zip/machine-a". */
  readonly label: string;
  /** Where its configuration files and logs can be read. */
  readonly dir: string;
  /** Configuration files and marks that are in it. */
  readonly files: ReadonlySet<string>;
  readonly logs: ReadonlySet<PeerId>;
  /** Peers that have a folder in it. */
  readonly peerFolders: ReadonlySet<PeerId>;
  /** Of a zip: reads a peer's copy of the file. */
  readonly copyOf?: (peer: PeerId, common: CommonConfig) => Promise<SharedFile>;
}

export interface Gathered {
  /** In the order in which they were given. */
  readonly folders: readonly GatheredFolder[];
  readonly notices: readonly string[];
  /** Sentences about what was given and is of no use. */
  readonly problems: readonly string[];
}

/** Looks at the places one after the other. What is unpacked is there until `close`. */
export class Gathering {
  readonly #folders: GatheredFolder[] = [];
  readonly #notices: string[] = [];
  readonly #problems: string[] = [];
  readonly #zips: LabZip[] = [];
  readonly #seen = new Set<string>();
  #temporary: string | undefined;

  /** Never throws. */
  async gather(paths: readonly string[]): Promise<Gathered> {
    for (const path of paths) {
      try {
        await this.#add(path);
      } catch (error) {
        this.#problems.push(sentenceOf(error, path));
      }
    }
    return { folders: labelled(this.#folders), notices: this.#notices, problems: this.#problems };
  }

  async close(): Promise<void> {
    for (const zip of this.#zips) zip.close();
    if (this.#temporary !== undefined) await rm(this.#temporary, { recursive: true, force: true });
  }

  async #add(path: string): Promise<void> {
    const place = await realPlace(path);
    if (!(await stat(place)).isDirectory()) {
      if (await this.#addZip(place)) return;
      throw new FileFailure(`${path} holds nothing of a lab`);
    }
    if (await this.#addFolder(place)) return;
    const useless: string[] = [];
    let found = 0;
    for (const child of await naming({ path: place, shown: path }, readdir(place, { withFileTypes: true }))) {
      const isZip = child.isFile() && /\.zip$/i.test(child.name);
      if ((!isZip && !child.isDirectory()) || child.name.startsWith('.') || child.name === '__MACOSX')
        continue;
      const shown = `${basename(place)}/${child.name}`;
      const childPath = join(place, child.name);
      try {
        if (isZip ? await this.#addZip(childPath) : await this.#addFolder(childPath)) found += 1;
        else useless.push(isZip ? `${shown} holds nothing of a lab, and is left out.` : nothingIn(shown));
      } catch (error) {
        // What the others brought is worth a report all the same, which says what is missing.
        useless.push(`${sentenceOf(error, shown)} It is left out.`);
      }
    }
    this.#notices.push(...useless);
    if (found > 0) return;
    const none = `${path} is no folder of a lab: neither it nor any folder or zip in it holds Common.cfg, PeerInfo.cfg or a log`;
    throw new FileFailure([`${none}.`, ...useless].join(' '));
  }

  /** Whether it is a folder of a lab, given now or before. */
  async #addFolder(place: string): Promise<boolean> {
    const shown = basename(place);
    const children = await naming({ path: place, shown }, readdir(place, { withFileTypes: true }));
    // What a link leads to is not what the machine brought back: it may be anything that this user can read.
    const links = children.filter(child => child.isSymbolicLink() && isMachineFile(child.name));
    const files = children.filter(child => !child.isDirectory() && !child.isSymbolicLink());
    const names = files.map(({ name }) => name).filter(isMachineFile);
    if (names.length + links.length === 0) return false;
    if (this.#isNew(place)) {
      for (const { name } of links) this.#notices.push(`${shown}/${name} is a link, and is not followed.`);
      const folders = children.filter(child => child.isDirectory() || child.isSymbolicLink());
      const peerFolders = folders.map(({ name }) => name).filter(name => peerOfFolder(name) !== undefined);
      this.#folders.push({ label: place, dir: place, ...sorted([...names, ...peerFolders]) });
    }
    return true;
  }

  async #addZip(place: string): Promise<boolean> {
    const shown = basename(place);
    if (!this.#isNew(place)) return true;
    const zip = await LabZip.open(place, shown);
    this.#zips.push(zip);
    this.#temporary ??= await mkdtemp(join(tmpdir(), 'piecewise-lab-'));
    const folders = await zip.unpack(await mkdtemp(join(this.#temporary, 'zip-')));
    for (const { name, dir, names, copyOf } of folders) {
      const label = folders.length === 1 ? place : `${place}/${name}`;
      this.#folders.push({ label, dir, ...sorted(names), copyOf });
    }
    return folders.length > 0;
  }

  #isNew(place: string): boolean {
    const isNew = !this.#seen.has(place);
    if (!isNew) this.#notices.push(`${basename(place)} was given twice; it is read once.`);
    this.#seen.add(place);
    return isNew;
  }
}

function sorted(names: readonly string[]): Pick<GatheredFolder, 'files' | 'logs' | 'peerFolders'> {
  return {
    files: new Set(names.filter(name => isMachineFile(name) && peerOfLog(name) === undefined)),
    logs: new Set(names.flatMap(name => peerOfLog(name) ?? [])),
    peerFolders: new Set(names.flatMap(name => peerOfFolder(name) ?? [])),
  };
}

/** Labels as short as they can be while no two are the same; until here they are whole paths. */
function labelled(folders: readonly GatheredFolder[]): GatheredFolder[] {
  const short = (path: string, parts: number): string => {
    const zip = /^(.*\.zip)(?:\/(.*))?$/is.exec(path);
    const [outer, inner] = zip ? [zip[1]!, zip[2]] : [path, undefined];
    const names: string[] = [];
    for (let place = outer; names.length < parts && dirname(place) !== place; place = dirname(place)) {
      names.unshift(basename(place));
    }
    return [...names, ...(inner ? [inner] : [])].join('/');
  };
  const labelOf = (path: string): string => {
    for (let parts = 1; parts < 64; parts += 1) {
      const label = short(path, parts);
      if (folders.every(other => other.label === path || short(other.label, parts) !== label)) return label;
    }
    return path;
  };
  return folders.map(folder => ({ ...folder, label: labelOf(folder.label) }));
}

/** Folders are not searched to any depth: what was given may be somebody's home folder. */
function nothingIn(shown: string): string {
  const none = `${shown} is left out: it holds no Common.cfg, PeerInfo.cfg or log itself`;
  return `${none}. If the folders of machines are in it, give it by name.`;
}

function sentenceOf(error: unknown, path: string): string {
  if (error instanceof FileFailure) return error.message.endsWith('.') ? error.message : `${error.message}.`;
  return `${path} cannot be read: ${error instanceof Error ? inWords(error) : String(error)}.`;
}
