import { spawn } from 'node:child_process';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether there is a screen for windows. */
export function hasDisplay(platform: NodeJS.Platform, { DISPLAY, WAYLAND_DISPLAY }: Environment): boolean {
  return platform === 'win32' || platform === 'darwin' || Boolean(DISPLAY || WAYLAND_DISPLAY);
}

/** The program that shows an address in the browser that the user prefers, and its arguments. */
export function browserCommand(platform: NodeJS.Platform, address: string): readonly [string, ...string[]] {
  switch (platform) {
    case 'win32':
      return ['rundll32', 'url.dll,FileProtocolHandler', address];
    case 'darwin':
      return ['open', address];
    default:
      return ['xdg-open', address];
  }
}

/** Does not wait for the browser; `onFailure` is called when none can be had. */
export function openInBrowser(address: string, onFailure: () => void): void {
  if (!hasDisplay(process.platform, process.env)) return onFailure();
  const [command, ...args] = browserCommand(process.platform, address);
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.once('error', onFailure);
  child.once('exit', code => {
    if (code !== 0) onFailure();
  });
  child.unref();
}
