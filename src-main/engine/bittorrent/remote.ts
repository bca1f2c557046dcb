/** The host of a link's other end: of "127.0.0.1:6881", of "[::1]:6881". */
export function hostOf(remote: string): string {
  return remote.slice(0, remote.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
}
