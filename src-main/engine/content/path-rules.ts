/**
 * Names that strangers chose, made safe on every system at once, so that the same torrent gives the same files on
 * Windows, macOS and Linux and none of them can lie outside the folder meant for it. Pure: no file system is asked.
 */

/** Bytes of UTF-8 that a name may have on the common file systems. */
export const longestName = 255;
/** Bytes of UTF-8 that a path below the download folder may have. */
export const longestPath = 1024;

/**
 * Separators, what Windows keeps for itself, control characters, line separators, and marks that turn the direction of
 * writing around so that "gpj.exe" reads as "exe.jpg".
 */
const unsafeCharacter = /[\\/:*?"<>|\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;
const loneSurrogate = /\p{Surrogate}/gu;

/** Devices, for Windows, in every folder and with any extension. */
const deviceName = /^(?:con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³]|conin\$|conout\$|clock\$) *(?:\.|$)/iu;

/** Where `get` keeps what is its own, beside what it fetches. */
export const stateFolder = '.piecewise';

/** That folder, and what Windows may call it for short: no share has a say in it. */
const stateFolderName = /^(?:\.piecewise|piecew~\d+)$/i;

/** An extension longer than this is part of the name. */
const longestExtension = 24;

/** Kept free at the end of a long name that needs a number: " (100000)". */
const numberRoom = 9;

/** The name itself where it is safe, and otherwise one like it that is; never empty. */
export function safeName(name: string): string {
  const clean = withoutTail(name.replace(unsafeCharacter, '_').replace(loneSurrogate, '\ufffd'));
  const isTaken = clean === '' || deviceName.test(clean) || stateFolderName.test(clean);
  return cut(isTaken ? `_${clean}` : clean, longestName);
}

/** A path of safe names, with forward slashes. The same names may come out for different paths: see `SafePaths`. */
export function safePath(components: readonly string[]): string {
  return components.length === 0 ? '_' : components.map(safeName).join('/');
}

/** Windows drops dots and spaces at the end of a name: "..", too, would come to nothing. */
function withoutTail(name: string): string {
  let end = name.length;
  while (end > 0 && (name[end - 1] === '.' || name[end - 1] === ' ')) end -= 1;
  return name.slice(0, end);
}

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  let length = 0;
  for (const character of text) length += utf8LengthOf(character.codePointAt(0)!);
  return length;
}

function utf8LengthOf(codePoint: number): number {
  return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x1_0000 ? 3 : 4;
}

/** The name shortened to a number of bytes, between characters, with its extension kept. */
function cut(name: string, mostBytes: number): string {
  // A UTF-16 unit takes at most three bytes.
  if (name.length * 3 <= mostBytes || utf8Length(name) <= mostBytes) return name;
  const [stem, extension] = split(name);
  return `${withoutTail(beginning(stem, mostBytes - utf8Length(extension)))}${extension}`;
}

function beginning(text: string, mostBytes: number): string {
  let end = 0;
  let length = 0;
  for (const character of text) {
    length += utf8LengthOf(character.codePointAt(0)!);
    if (length > mostBytes) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** "slides.pdf" as "slides" and ".pdf". A dot at the beginning begins no extension. */
function split(name: string): readonly [stem: string, extension: string] {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 ? name.slice(dot) : '';
  return utf8Length(extension) > longestExtension
    ? [name, '']
    : [name.slice(0, name.length - extension.length), extension];
}

/** Equal for names that some file system takes for the same: by case, or by how an accent is written. */
function sameness(name: string): string {
  return name.normalize('NFC').toLowerCase().toUpperCase().normalize('NFC');
}

interface Folder {
  readonly path: string;
  /** Names of files and folders in it, by `sameness`. */
  readonly taken: Set<string>;
  /** By the `sameness` of the safe name that was asked for. */
  readonly folders: Map<string, Folder>;
  /** The last number given to a name, by the `sameness` of what stays of it beside the number. */
  readonly numbers: Map<string, number>;
}

/**
 * Finds a safe path for each file of a set, and never the same one twice, nor two that differ only by case or normal
 * form, nor a file where a folder is: the later one gets a number. The same paths in the same order give the same result.
 */
export class SafePaths {
  readonly #top: Folder = emptyFolder('');
  #folderCount = 0;

  /** Folders there are by now, which take memory. */
  get folderCount(): number {
    return this.#folderCount;
  }

  /** The path of the next file, with forward slashes. Folders that only differ by case become one. */
  add(components: readonly string[]): string {
    let folder = this.#top;
    for (const component of components.slice(0, -1)) folder = this.#folderIn(folder, safeName(component));
    return `${folder.path}${takeName(folder, safeName(components.at(-1) ?? ''))}`;
  }

  #folderIn(parent: Folder, name: string): Folder {
    const key = sameness(name);
    let folder = parent.folders.get(key);
    if (folder === undefined) {
      folder = emptyFolder(`${parent.path}${takeName(parent, name)}/`);
      parent.folders.set(key, folder);
      this.#folderCount += 1;
    }
    return folder;
  }
}

function emptyFolder(path: string): Folder {
  return { path, taken: new Set(), folders: new Map(), numbers: new Map() };
}

function takeName(folder: Folder, name: string): string {
  const key = sameness(name);
  if (!folder.taken.has(key)) {
    folder.taken.add(key);
    return name;
  }
  const [whole, extension] = split(name);
  const stem = beginning(whole, longestName - utf8Length(extension) - numberRoom);
  const series = sameness(`${stem}/${extension}`);
  for (let number = (folder.numbers.get(series) ?? 1) + 1; ; number += 1) {
    const numbered = `${stem} (${number})${extension}`;
    const numberedKey = sameness(numbered);
    if (folder.taken.has(numberedKey)) continue;
    folder.taken.add(numberedKey);
    folder.numbers.set(series, number);
    return numbered;
  }
}

/** A stranger's text on one line of a message: no control characters, no turned writing, not longer than a line. */
export function shownName(text: string): string {
  const clean = text
    .replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu, '\ufffd')
    .replace(loneSurrogate, '\ufffd');
  const characters = [...clean.slice(0, 200)];
  return characters.length <= 80 ? clean : `${characters.slice(0, 79).join('')}…`;
}
