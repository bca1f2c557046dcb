import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { freePorts } from './course-folder.ts';
import { it } from './lab.ts';
import { startCommand } from './processes.ts';
import { newFolder } from './shares.ts';

/** A lab's settings, given to real commands. */

describe("a lab's settings", () => {
  it('are in force in a share, unless the command is given something else', async ({ lab }) => {
    const folder = newFolder(lab);
    const [ofLab, ofCommand, ofRoom] = await freePorts(3);
    const config = join(folder, 'lab.json');
    writeFileSync(config, `{"listenPort": ${ofLab},\n"dth": true}`);
    writeFileSync(join(folder, 'file'), 'abc');
    const portOf = async (out: string, ...args: readonly string[]) => {
      const words = ['share', 'file', '--config', config, '--json', '--out', out, ...args];
      const env = { PIECEWISE_LAN: `loopback:${ofRoom}` };
      const process = lab.command(words, { cwd: folder, env });
      const [line] = await process.says(/^\{"share".*$/);
      expect(process.err.join()).toContain(`${config}:2: The setting "dth" is unknown and ignored`);
      return (JSON.parse(line) as { share: { port: number } }).share.port;
    };
    expect(
      await Promise.all([portOf('a.torrent'), portOf('b.torrent', '--port', String(ofCommand))]),
    ).toEqual([ofLab, ofCommand]);
  });

  it('have to be there when they are named', async ({ lab }) => {
    const folder = newFolder(lab);
    const named = ['--config', join(folder, 'none.json')];
    const commands = [
      ['settings'],
      ['nearby'],
      ['ui', '--dir', folder, '--profile-dir', join(folder, 'profile')],
      ['get', 'magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567', '--to', folder],
    ];
    for (const command of commands) {
      const process = lab.watch(startCommand([...command, ...named]));
      await process.endsWith(2);
      expect(process.err.join('\n')).toBe(`${named[1]}: it does not exist`);
    }
  });
});
