import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunningProcess } from '../processes.ts';
import { type Address, lastWords, untilSaid } from './partner.ts';

/** opentracker, which answers over HTTP and UDP at one port, and only for the swarms it was told of. */
export class Opentracker {
  readonly process: RunningProcess;
  readonly folder: string;
  readonly #listen: Address;

  constructor(program: string, listen: Address, infoHashes: readonly string[]) {
    this.#listen = listen;
    this.folder = mkdtempSync(join(tmpdir(), 'piecewise-opentracker-'));
    // As root it becomes another user, who has to find the list.
    chmodSync(this.folder, 0o755);
    writeFileSync(join(this.folder, 'allowed'), infoHashes.map(hash => `${hash}\n`).join(''));
    const port = String(listen.port);
    this.process = new RunningProcess(
      program,
      ['-i', listen.host, '-p', port, '-P', port, '-d', this.folder, '-w', 'allowed'],
      { cwd: this.folder },
    );
  }

  url(protocol: 'http' | 'udp'): string {
    return `${protocol}://${this.#listen.host}:${this.#listen.port}/announce`;
  }

  async ready(): Promise<void> {
    await untilSaid(
      () => canConnect(this.#listen),
      () => `opentracker does not listen\n  ${lastWords(this.process)}`,
    );
  }
}

function canConnect({ host, port }: Address): Promise<true | undefined> {
  return new Promise(resolve => {
    const socket = connect(port, host);
    socket.once('error', () => resolve(undefined));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
