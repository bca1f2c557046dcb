import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { describe, expect } from 'vitest';
import { it, startDemoUi, startUi } from './browser.ts';
import { startCommand } from './processes.ts';
import { carrier, comeIn, opened } from './web-entry.ts';

/** The screen in a browser: who gets in, who does not, and what a page finds there. */

/** The status of an answer to these lines, on a connection of their own. */
function statusOf(port: string, lines: readonly string[], body = ''): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1');
    let text = '';
    socket.on('data', bytes => {
      text += bytes;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1])));
    socket.write(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n${body}`);
  });
}

describe('the screen in a browser', () => {
  it('turns away whoever is not the page that its link opened', async ({ lab }) => {
    const entry = await comeIn(await startUi(lab));
    const { port, host, origin, folder, cookie } = entry;
    const status = (...lines: readonly string[]) => statusOf(port, lines);
    const page = `GET ${folder} HTTP/1.1`;
    expect(await status(page, host, cookie)).toBe(200);

    expect(await status(`GET /?key=${'A'.repeat(43)} HTTP/1.1`, host), 'a wrong key').toBe(403);
    expect(await status('GET / HTTP/1.1', host), 'no key').toBe(403);
    expect(await status(page, host), 'no cookie').toBe(403);
    expect(await status(page, host, `${cookie}x`), 'a wrong cookie').toBe(403);
    expect(await status(page, 'Host: evil.example', cookie), 'another host').toBe(403);
    expect(await status(page, host, host, cookie), 'two hosts').toBe(403);
    expect(await status(page, host, 'Host: evil.example', cookie), 'a second host').toBe(403);
    expect(await status(page, host, cookie, 'Origin: http://evil.example'), 'another origin').toBe(403);
    expect(await status(`PUT ${folder}drop/${'d'.repeat(16)} HTTP/1.1`, host, origin), 'no cookie').toBe(403);
    expect(await status(`PUT ${folder}drop/${'d'.repeat(16)} HTTP/1.1`, host, cookie), 'no origin').toBe(403);
    expect(await status(`POST ${folder} HTTP/1.1`, host, origin, cookie, 'Content-Length: 0')).toBe(405);
    for (const path of [
      '../../package.json',
      '..%2f..%2fpackage.json',
      '%2e%2e/cli/piecewise.js',
      '/etc/passwd',
    ]) {
      expect(await status(`GET ${folder}${path} HTTP/1.1`, host, cookie), path).toBe(404);
    }
    const evil = await opened(carrier(entry, 'http://evil.example'));
    expect(evil).toContain('403');
  });

  it('closes a carrier that brings rubbish, refuses what makes no sense, and goes on', async ({
    lab,
    screens,
  }) => {
    const ui = await startUi(lab);
    const { page } = await screens.open(ui.link);
    await page.getByRole('main').waitFor();
    const entry = await comeIn(ui);
    for (const [rubbish, code] of [
      [Buffer.from([0xc1, 0xff, 0x00]), 1003],
      ['no JSON', 1007],
      ['x'.repeat(1024 * 1024 + 1), 1009],
    ] as const) {
      const socket = carrier(entry);
      expect(await opened(socket)).toBe('open');
      socket.send(rubbish);
      expect(await new Promise(resolve => socket.once('close', resolve))).toBe(code);
    }
    const socket = carrier(entry);
    expect(await opened(socket)).toBe('open');
    const answers: Buffer[] = [];
    const all = new Promise<void>(resolve => {
      socket.on('message', data => {
        if (answers.push(data as Buffer) === 4) resolve();
      });
    });
    socket.send('7');
    socket.send('{"type":"ask","id":1,"command":"__proto__","question":{}}');
    socket.send('{"type":"ask","id":2,"command":"startCourse","question":{"folder":"/etc","peer":"1001"}}');
    socket.send('{"type":"follow","id":3,"topic":{"topic":"tape","swarm":"none","peer":"1001"}}');
    await all;
    expect(answers.map(answer => answer.toString('latin1')).every(text => text.includes('refused'))).toBe(
      true,
    );
    socket.close();

    await page.reload();
    await page.getByRole('main').waitFor();
    expect(ui.process.isRunning).toBe(true);
    expect(ui.process.err).toEqual([]);
  });

  it('shows itself at its link, whose key leaves the address, and again after a reload', async ({
    lab,
    screens,
  }) => {
    const ui = await startUi(lab);
    const { page } = await screens.open(`${ui.link}#/settings`);
    await page.getByRole('main').waitFor();
    expect(page.url()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{12}\/#\/settings$/);
    await page.reload();
    await page.getByRole('main').waitFor();
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(page.url()).toMatch(/#\/settings$/);
  });

  it('keeps two of them apart in one browser', async ({ lab, screens }) => {
    const [first, second] = [await startUi(lab), await startUi(lab)];
    const { page } = await screens.open(first.link);
    const other = await page.context().newPage();
    await other.goto(second.link);
    for (const tab of [page, other]) {
      await tab.reload();
      await tab.getByRole('main').waitFor();
    }
  });

  it('takes a dropped file, to the byte, in a folder of its own', async ({ lab, screens }) => {
    const ui = await startUi(lab);
    const screen = await screens.open(ui.link);
    await screen.page.getByRole('main').waitFor();
    const { dir } = await lab.folder({ roster: '1001* 1002', fileSize: 300_000 });
    const content = readFileSync(join(dir, 'peer_1001/TheFile.dat'));
    for (const folder of ['TheFile', 'TheFile 2']) {
      const file = join(ui.workFolder, 'Dropped', folder, 'TheFile.dat');
      await screen.drop(join(dir, 'peer_1001/TheFile.dat'));
      await expect.poll(() => sizeOf(file)).toBe(content.length);
      expect(readFileSync(file).equals(content)).toBe(true);
      await screen.page.keyboard.press('Escape');
    }
  });

  it('takes a dropped working folder with all that is in it', async ({ lab, screens }) => {
    const ui = await startUi(lab);
    const screen = await screens.open(ui.link);
    await screen.page.getByRole('main').waitFor();
    const { dir } = await lab.folder({ roster: '1001* 1002', fileSize: 30_000 });
    await screen.drop(dir);
    const whole = [basename(dir), ...listed(dir).map(name => join(basename(dir), name))].sort();
    const isShown = (path: string) => !path.startsWith('.receiving-');
    await expect.poll(() => listed(join(ui.workFolder, 'Dropped')).filter(isShown)).toEqual(whole);
    ui.process.signal('SIGINT');
    await ui.process.endsWith(130);
    expect(listed(join(ui.workFolder, 'Dropped'))).toEqual([]);
  });
});

function listed(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String).sort() : [];
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? -1;
}

describe('piecewise ui', () => {
  it('prints the link first, and ends tidily when it is interrupted', async ({ lab }) => {
    const { process, link } = await startUi(lab);
    expect(process.out).toEqual([link]);
    process.signal('SIGINT');
    await process.endsWith(130);
    expect(process.output).toBe(link);
  });

  it('prints the link for a script', async ({ lab }) => {
    const process = lab.command(['ui', '--json', '--dir', (await startUi(lab)).workFolder]);
    const [line] = await process.says(/^\{.*\}$/);
    expect(JSON.parse(line)).toEqual({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/\?key=[\w-]{43}$/),
    });
  });

  it('says what to do when its port is taken or there is no such thing to open', async ({ lab }) => {
    const { port } = new URL((await startUi(lab)).link);
    const taken = lab.watch(startCommand(['ui', '--port', port]));
    await taken.endsWith(2);
    expect(taken.err.join()).toContain('another program listens there. Choose another port');
    const missing = lab.watch(startCommand(['ui', '--journal', '/no/such/journal.jsonl']));
    await missing.endsWith(2);
    expect(missing.err.join()).toContain('/no/such/journal.jsonl does not exist');
  });

  it('says aloud that others can reach it', async ({ lab }) => {
    const { process } = await startUi(lab, '--host', '0.0.0.0');
    expect((await process.says(/Other computers can reach this screen/)).input).toMatch(/\.$/);
  });
});

describe('piecewise desktop', () => {
  it.for([
    ['no display', { DISPLAY: '', WAYLAND_DISPLAY: '' }, 'There is no display here'],
    ['no Electron', { DISPLAY: ':none' }, "needs Electron's program, which is not installed here"],
  ] as const)(
    'shows the same screen in the browser where there is %s',
    async ([, env, reason], { lab, screens, skip }) => {
      skip(globalThis.process.platform !== 'linux', 'every other system has a display');
      const { workFolder: folder } = await startUi(lab);
      const process = lab.command(['desktop'], {
        cwd: folder,
        env: { ...env, XDG_CONFIG_HOME: folder, ELECTRON_OVERRIDE_DIST_PATH: folder, PATH: folder },
      });
      const [link] = await process.says(/^http:\/\/\S+$/);
      expect(process.out[0]).toBe(link);
      expect(process.err[0]).toContain(reason);
      const { page } = await screens.open(link);
      await page.getByRole('main').waitFor();
    },
  );
});

describe('piecewise demo --ui', () => {
  it('leads to the swarm, with one peer held back, and leaves nothing behind', async ({ lab, screens }) => {
    const ui = await startDemoUi(lab, '--peers', '3', '--size', '1MiB');
    expect(ui.link).toMatch(/#\/swarm\/[\w-]+$/);
    const { page } = await screens.open(ui.link);
    await page.locator('option', { hasText: '1004' }).waitFor({ state: 'attached' });
    expect(listed(ui.temporaryFolder)).toContainEqual(expect.stringContaining('demo.bin'));
    ui.process.signal('SIGINT');
    await ui.process.endsWith(130);
    expect(ui.process.err).toEqual([]);
    expect(listed(ui.temporaryFolder)).toEqual([]);
  });

  it('refuses what cannot be, in sentences', async ({ lab }) => {
    const process = lab.watch(startCommand(['demo', '--ui', '--peers', '1', '--late', '0']));
    await process.endsWith(2);
    expect(process.err).toEqual(['A demo on the screen has from 2 to 30 peers; this one would have 1.']);
  });
});
