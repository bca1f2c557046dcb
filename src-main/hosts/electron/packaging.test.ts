import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (name: string) => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');
const builder = read('electron-builder.yml');

/** The indented lines below a key, without their indentation. */
function below(key: string): string[] {
  const [, block = ''] = new RegExp(`^${key}:\\n((?: .*\\n?)*)`, 'm').exec(builder) ?? [];
  return block.split('\n').flatMap(line => line.trim() || []);
}

describe('the packaged app', () => {
  it('has every fuse set', () => {
    expect(below('electronFuses')).toEqual([
      'runAsNode: false',
      'enableCookieEncryption: true',
      'enableNodeOptionsEnvironmentVariable: false',
      'enableNodeCliInspectArguments: false',
      'enableEmbeddedAsarIntegrityValidation: true',
      'onlyLoadAppFromAsar: true',
      'loadBrowserProcessSpecificV8Snapshot: false',
      'grantFileProtocolExtraPrivileges: false',
    ]);
  });

  it('is one archive whose integrity can be checked', () => {
    expect(builder).toMatch(/^asar: true$/m);
    expect(builder).not.toMatch(/disableAsarIntegrity|asarUnpack/);
  });

  it('holds built files only, by name', () => {
    const files = below('files').map(line => line.replace(/^- '?|'$/g, ''));
    expect(files.filter(file => !/^(package\.json|LICENSE|!?out\/)/.test(file))).toEqual([]);
    expect(files).not.toContain('out/**');
  });

  it('is what the system opens torrents and magnet links with', () => {
    expect(below('fileAssociations')).toContain('- ext: torrent');
    expect(below('protocols')).toContain('- magnet');
  });

  it('builds no native modules', () => {
    expect(builder).toMatch(/^npmRebuild: false$/m);
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
