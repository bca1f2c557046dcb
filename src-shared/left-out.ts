/** Names that are left out of the folders that are shared. */

/** Files that systems and editors leave behind; the same list as `create-torrent` uses. */
const junk =
  /^npm-debug\.log$|^Icon\r$|^__MACOSX$|~$|^Thumbs\.db$|^ehthumbs\.db$|^[Dd]esktop\.ini$|@eaDir$|\.Trashes/;

/** Why a file or folder of this name is left out; undefined where it is not. */
export function whyLeftOut(name: string): 'hidden' | 'junk' | undefined {
  if (name.startsWith('.')) return 'hidden';
  return junk.test(name) ? 'junk' : undefined;
}
