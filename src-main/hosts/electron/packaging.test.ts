import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = new URL('../../../', import.meta.url);
const bytes = (name: string) => readFileSync(new URL(name, root));
const read = (name: string) => bytes(name).toString('utf8');
const builder = parse(read('electron-builder.yml'));
const resources = builder.directories.buildResources;
const installer = read(builder.nsis.include);

/** The targets of a system, as electron-builder names them. */
const targetsOf = (system: 'win' | 'mac' | 'linux') =>
  builder[system].target.map(({ target }: { readonly target: string }) => target);

describe('the packaged app', () => {
  it('has every fuse set', () => {
    expect(builder.electronFuses).toEqual({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
    });
  });

  it('is one archive whose integrity can be checked', () => {
    expect(builder.asar).toBe(true);
    expect(builder).not.toHaveProperty('disableAsarIntegrity');
    expect(builder).not.toHaveProperty('asarUnpack');
  });

  it('holds files that are named, without a folder as a whole', () => {
    expect(builder.directories.app).toBe('out/app');
    expect(builder.files.filter((file: string) => !file.startsWith('!') && file.includes('**'))).toEqual([]);
    expect(builder.files).toContain('!**/node_modules/**');
  });

  it('is what the system opens torrents, journals and magnet links with', () => {
    const extensions = builder.fileAssociations.map(({ ext }: { readonly ext: string }) => ext);
    expect(extensions).toEqual(['torrent', 'jsonl']);
    expect(builder.protocols[0].schemes).toEqual(['magnet']);
    expect(installer).toContain('URLAssociations" "magnet"');
  });

  it('builds no native modules', () => {
    expect(builder.npmRebuild).toBe(false);
  });
});

describe('the installers', () => {
  it('are those of the three systems', () => {
    expect(targetsOf('win')).toEqual(['nsis', 'portable']);
    expect(targetsOf('mac')).toEqual(['dmg', 'zip']);
    expect(targetsOf('linux')).toEqual(['AppImage', 'deb']);
    expect(builder.mac.target.map(({ arch }: { readonly arch: string }) => arch)).toEqual([
      ['x64', 'arm64'],
      ['x64', 'arm64'],
    ]);
  });

  it('need no administrator on Windows, but with one are for everybody and open the firewall', () => {
    expect(builder.nsis).toMatchObject({ oneClick: true, perMachine: false });
    expect(installer).toMatch(
      /If} \${isForAllUsers}[\s\S]*IfNot} \${UAC_IsAdmin}[\s\S]*setInstallModePerAllUsers/,
    );
    expect(installer.match(/advfirewall firewall (add|delete) rule/g)).toHaveLength(2);
  });

  it('bring the command line: on the path with the package for Debian', () => {
    const [link] = builder.deb.fpm;
    const [launcher, place] = link.split('=');
    expect(place).toBe('/usr/bin/piecewise');
    const beside = ['win', 'mac', 'linux'].map(system => builder[system].extraResources[0]);
    for (const from of [launcher, ...beside.map(({ from }) => from)])
      expect(existsSync(new URL(from, root))).toBe(true);
    expect(beside.map(({ to }) => to)).toEqual(['bin/piecewise.cmd', 'bin/piecewise', 'bin/piecewise']);
    expect(read(launcher)).toContain(`/opt/Piecewise/${builder.linux.executableName}`);
  });

  it('are described for who administers a lab, with the ports and files that the sources name', () => {
    const page = read('docs/lab-admin.md');
    for (const system of [
      'win-setup.exe',
      'win-portable.exe',
      '.dmg',
      '.zip',
      '.deb',
      'AppImage',
      '/S /ALLUSERS',
    ])
      expect(page).toContain(system);
    const sources = [
      'src-main/io/lan/service-directory.ts',
      'src-main/io/lan/local-discovery.ts',
      'src-main/io/lan/port-mapping.ts',
    ].map(read);
    const groups = sources.flatMap(text =>
      [...text.matchAll(/address: '([^']+)'/g)].map(([, group]) => group!),
    );
    expect(groups.length).toBeGreaterThan(3);
    expect(groups.filter(group => !page.includes(group))).toEqual([]);
    for (const file of ['settings.json', 'recent.json', 'window.json', 'failures.log'])
      expect(page).toContain(file);
  });

  it('have icons', () => {
    expect(bytes(`${resources}/${builder.win.icon}`).subarray(0, 4)).toEqual(Buffer.from([0, 0, 1, 0]));
    expect(bytes(`${resources}/${builder.mac.icon}`).subarray(0, 4).toString()).toBe('icns');
    for (const size of [16, 32, 256, 1024]) {
      const png = bytes(`${resources}/${builder.linux.icon}/${size}x${size}.png`);
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([size, size]);
    }
  });
});

describe('package.json', () => {
  const { main, scripts } = JSON.parse(read('package.json')) as {
    readonly main: string;
    readonly scripts: Readonly<Record<string, string>>;
  };

  it('starts the built main process', () => {
    expect(main).toBe('out/electron/main.js');
  });

  it('never starts anything without a sandbox, and downloads nothing after an install', () => {
    expect(Object.values(scripts).join('\n')).not.toMatch(/--no-sandbox|--disable-web-security/);
    expect(Object.keys(scripts).filter(name => /install|prepare/.test(name))).toEqual([]);
  });
});
