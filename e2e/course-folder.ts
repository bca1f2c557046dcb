import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PortRange } from '../src-main/io/free-ports.ts';

/** Working folders of a course swarm: both configuration files and what the seeds start with. */

export interface CourseOptions {
  /** Peer IDs in the order of PeerInfo.cfg; a star has the file: `1001* 1002 1003`. */
  readonly roster: string;
  readonly fileSize?: number;
  readonly pieceSize?: number;
  readonly fileName?: string;
  readonly preferred?: number;
  /** Seconds. */
  readonly unchoking?: number;
  /** Seconds. */
  readonly optimistic?: number;
  readonly host?: string;
  /** Where seeds have their file: `peer_<ID>/`, or `<ID>/` as in the course's sample files. */
  readonly seedFolder?: 'peer_ID' | 'ID';
}

export interface RosterLine {
  readonly id: string;
  readonly port: number;
  readonly isSeed: boolean;
}

export class CourseFolder {
  readonly dir: string;
  readonly fileName: string;
  readonly content: Buffer;
  readonly pieceSize: number;
  readonly preferred: number;
  readonly roster: readonly RosterLine[];
  readonly seedFolder: 'peer_ID' | 'ID';

  constructor(dir: string, ports: readonly number[], options: CourseOptions) {
    const { pieceSize = 16_384, fileSize = 9 * pieceSize + 100, host = '127.0.0.1' } = options;
    const { preferred = 2, unchoking = 1, optimistic = 2 } = options;
    this.dir = dir;
    this.fileName = options.fileName ?? 'TheFile.dat';
    this.content = randomContent(fileSize);
    this.pieceSize = pieceSize;
    this.preferred = preferred;
    this.seedFolder = options.seedFolder ?? 'peer_ID';
    this.roster = options.roster.split(' ').map((text, index) => ({
      id: text.replace('*', ''),
      port: ports[index]!,
      isSeed: text.endsWith('*'),
    }));
    const common = [
      `NumberOfPreferredNeighbors ${preferred}`,
      `UnchokingInterval ${unchoking}`,
      `OptimisticUnchokingInterval ${optimistic}`,
      `FileName ${this.fileName}`,
      `FileSize ${fileSize}`,
      `PieceSize ${pieceSize}`,
    ];
    this.write('Common.cfg', `${common.join('\n')}\n`);
    const lines = this.roster.map(({ id, port, isSeed }) => `${id} ${host} ${port} ${isSeed ? 1 : 0}`);
    this.write('PeerInfo.cfg', `${lines.join('\n')}\n`);
    for (const { id } of this.roster.filter(({ isSeed }) => isSeed)) {
      mkdirSync(join(dir, this.folderOf(id)));
      this.write(this.pathOf(id), this.content);
    }
  }

  get ids(): readonly string[] {
    return this.roster.map(({ id }) => id);
  }

  get pieceCount(): number {
    return Math.ceil(this.content.length / this.pieceSize);
  }

  /** The bytes of a piece. */
  piece(index: number): Buffer {
    return this.content.subarray(index * this.pieceSize, (index + 1) * this.pieceSize);
  }

  portOf(id: string): number {
    return this.#lineOf(id).port;
  }

  isSeed(id: string): boolean {
    return this.#lineOf(id).isSeed;
  }

  /** The folder of a peer's file, from the working folder. */
  folderOf(id: string): string {
    return this.isSeed(id) && this.seedFolder === 'ID' ? id : `peer_${id}`;
  }

  /** A peer's file, from the working folder. */
  pathOf(id: string): string {
    return join(this.folderOf(id), this.fileName);
  }

  logOf(id: string): string {
    return `log_peer_${id}.log`;
  }

  read(path: string): Buffer {
    return readFileSync(join(this.dir, path));
  }

  lines(path: string): string[] {
    return this.read(path).toString('utf8').split('\n').slice(0, -1);
  }

  /** Every file, from the working folder, with forward slashes. */
  files(): string[] {
    const all = readdirSync(this.dir, { recursive: true, encoding: 'utf8' });
    return all
      .filter(path => !statSync(join(this.dir, path)).isDirectory())
      .map(path => path.replaceAll('\\', '/'))
      .sort();
  }

  write(path: string, content: string | Uint8Array): void {
    writeFileSync(join(this.dir, path), content);
  }

  /** Changes a text file; fails when there is nothing to change. */
  edit(path: string, change: (text: string) => string): void {
    const text = this.read(path).toString('utf8');
    const changed = change(text);
    if (changed === text) throw new Error(`nothing was changed in ${path}`);
    this.write(path, changed);
  }

  remove(path: string): void {
    rmSync(join(this.dir, path), { recursive: true });
  }

  #lineOf(id: string): RosterLine {
    const line = this.roster.find(entry => entry.id === id);
    if (line === undefined) throw new RangeError(`peer ${id} is not in the roster`);
    return line;
  }
}

export async function makeCourseFolder(options: CourseOptions): Promise<CourseFolder> {
  const dir = mkdtempSync(join(tmpdir(), 'piecewise-e2e-'));
  return new CourseFolder(dir, await freePorts(options.roster.split(' ').length), options);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Bytes that never repeat from piece to piece and are the same in every run. */
function randomContent(size: number): Buffer {
  return size === 0 ? Buffer.alloc(0) : createHash('shake256', { outputLength: size }).update('e2e').digest();
}

/** Others than those that the product takes for a demo. */
const ports = new PortRange(10_000, 10_000);

/** Ports of 127.0.0.1 that nobody listens on, none of which was given out by this process before. */
export function freePorts(count: number): Promise<number[]> {
  return ports.take(count, '127.0.0.1');
}
