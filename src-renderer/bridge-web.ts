import { decode } from '@msgpack/msgpack';
import { Conversation, type ToApp, type ToScreen } from '../src-shared/carrier.ts';
import { type Place, RefusedError } from '../src-shared/contract.ts';
import { whyLeftOut } from '../src-shared/left-out.ts';
import { type DropAnswer, type DropList, deepestDrop, mostDroppedFiles } from '../src-shared/web-drop.ts';
import type { Bridge } from './bridge.ts';

/** As much of the browser as the bridge needs. */
export interface WebSurroundings {
  /** The page's own address. */
  readonly address: string;
  connect(address: string): WebSocket;
  /** Puts a body to an address; `onSent` hears how many of its bytes are out. Returns the answer's text. */
  put(address: string, body: Blob | string, onSent: (bytes: number) => void): Promise<string>;
}

/** The door to an app that serves this page. Found closed, it is tried again and again. */
export function createWebBridge(surroundings: WebSurroundings = browser()): Bridge {
  const carrier = new WebCarrier(() => surroundings.connect(carrierAddress(surroundings.address)));
  return {
    ask: (command, question) => carrier.conversation.ask(command, question),
    follow: (topic, onUpdate, onRefused) => carrier.conversation.follow(topic, onUpdate, onRefused),
    // What was dropped can be looked at only now, not after the first wait.
    drop: (transfer, onProgress = () => {}) => upload(readDrop(transfer), surroundings, onProgress),
    onConnection: listener => carrier.onConnection(listener),
  };
}

const firstPauseMs = 250;
const longestPauseMs = 5_000;

type Connection = 'open' | 'lost';

/** A WebSocket that comes back. Until it was open for the first time, what is sent waits. */
class WebCarrier {
  readonly conversation: Conversation;
  readonly #connect: () => WebSocket;
  readonly #listeners = new Set<(state: Connection) => void>();
  readonly #waiting: ToApp[] = [];
  #state: Connection | 'first' = 'first';
  #socket: WebSocket;
  #hear: (message: ToScreen) => void = () => {};
  #pauseMs = firstPauseMs;

  constructor(connect: () => WebSocket) {
    this.#connect = connect;
    this.conversation = new Conversation({
      send: message => this.#send(message),
      onMessage: listener => {
        this.#hear = listener;
      },
    });
    this.#socket = this.#open();
  }

  onConnection(listener: (state: Connection) => void): () => void {
    this.#listeners.add(listener);
    if (this.#state !== 'first') listener(this.#state);
    return () => void this.#listeners.delete(listener);
  }

  #open(): WebSocket {
    const socket = this.#connect();
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => this.#onOpen());
    socket.addEventListener('message', ({ data }) => this.#hear(decode(data as ArrayBuffer) as ToScreen));
    socket.addEventListener('close', () => this.#onClose());
    return socket;
  }

  #onOpen(): void {
    const isFirst = this.#state === 'first';
    this.#pauseMs = firstPauseMs;
    this.#state = 'open';
    for (const message of this.#waiting.splice(0)) this.#send(message);
    if (!isFirst) this.conversation.resume();
    this.#tell('open');
  }

  #onClose(): void {
    const wasLost = this.#state === 'lost';
    this.#state = 'lost';
    this.#waiting.length = 0;
    if (!wasLost) {
      // Whoever asked hears of it now; what is followed is asked for when the carrier is back.
      this.conversation.resume();
      this.#tell('lost');
    }
    setTimeout(() => {
      this.#socket = this.#open();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
  }

  #send(message: ToApp): void {
    if (this.#state === 'open') this.#socket.send(JSON.stringify(message));
    else if (this.#state === 'first') this.#waiting.push(message);
    // There is nobody to answer.
    else if (message.type === 'ask') queueMicrotask(() => this.#refuse(message.id));
  }

  #refuse(id: number): void {
    const { refusal } = new RefusedError('unavailable', 'The connection to the app was lost.');
    this.#hear({ type: 'refused', id, refusal });
  }

  #tell(state: Connection): void {
    for (const listener of this.#listeners) listener(state);
  }
}

function carrierAddress(page: string): string {
  const address = new URL('carrier', page);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.hash = '';
  return address.href;
}

interface DroppedFile {
  /** From the dropped file or folder on, with forward slashes. */
  readonly path: string;
  readonly file: File;
}

interface Dropped {
  readonly folders: readonly string[];
  readonly files: readonly DroppedFile[];
}

/** Takes hold of what was dropped, and then reads the folders among it. */
function readDrop({ items }: DataTransfer): Promise<Dropped> {
  const held = [...items]
    .filter(({ kind }) => kind === 'file')
    .map(item => ({ entry: item.webkitGetAsEntry?.() ?? null, file: item.getAsFile() }));
  return readHeld(held);
}

async function readHeld(
  held: readonly { readonly entry: FileSystemEntry | null; readonly file: File | null }[],
): Promise<Dropped> {
  const folders: string[] = [];
  const files: DroppedFile[] = [];
  for (const { entry, file } of held) {
    if (entry !== null && isFolder(entry)) {
      folders.push(entry.name);
      await readFolder(entry, entry.name, 1, files);
    } else if (file !== null) files.push({ path: file.name, file });
  }
  return { folders, files };
}

/** What no share has is not sent either: it could only be left behind when the share is removed. */
async function readFolder(
  folder: FileSystemDirectoryEntry,
  path: string,
  depth: number,
  files: DroppedFile[],
): Promise<void> {
  if (depth >= deepestDrop) throw cannotTake(`The folder ${path} lies too deep; drop a folder nearer to it.`);
  for (const entry of await entriesOf(folder)) {
    if (whyLeftOut(entry.name) !== undefined) continue;
    const inner = `${path}/${entry.name}`;
    if (isFolder(entry)) await readFolder(entry, inner, depth + 1, files);
    else files.push({ path: inner, file: await fileOf(entry as FileSystemFileEntry, inner) });
    if (files.length > mostDroppedFiles) {
      throw cannotTake(`These are more than ${mostDroppedFiles} files; drop fewer at a time.`);
    }
  }
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

/** A browser hands them out a hundred at a time. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    const more = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    ).catch(error => {
      throw cannotTake(`The folder ${folder.name} cannot be read: ${(error as Error).message}`);
    });
    if (more.length === 0) return entries;
    entries.push(...more);
  }
}

function fileOf(entry: FileSystemFileEntry, path: string): Promise<File> {
  return new Promise((resolve, reject) =>
    entry.file(resolve, error => reject(cannotTake(`${path} cannot be read: ${error.message}`))),
  );
}

/** Sends the list, then the files one after the other. */
async function upload(
  reading: Promise<Dropped>,
  { address, put }: WebSurroundings,
  onProgress: (share: number) => void,
): Promise<readonly Place[]> {
  const { folders, files } = await reading;
  if (folders.length + files.length === 0) return [];
  const list: DropList = {
    folders: [...folders],
    files: files.map(({ path, file: { size } }) => ({ path, size })),
  };
  const total = list.files.reduce((bytes, { size }) => bytes + size, 0);
  let sent = 0;
  const tell = (bytes: number) => onProgress(total === 0 ? 1 : Math.min(1, (sent + bytes) / total));
  const drop = new URL(`drop/${newToken()}`, address);
  drop.hash = '';
  tell(0);
  let answer = readAnswer(await put(drop.href, JSON.stringify(list), () => {}));
  for (const [place, { file }] of files.entries()) {
    answer = readAnswer(await put(`${drop.href}/${place}`, file, tell));
    sent += file.size;
    tell(0);
  }
  if (!('places' in answer)) throw cannotTake('The app did not say where the files are; drop them again.');
  return answer.places;
}

function readAnswer(text: string): Exclude<DropAnswer, { message: string }> {
  let answer: DropAnswer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw cannotTake('The app did not take the files; open its link again, then drop them again.');
  }
  if ('message' in answer) throw cannotTake(answer.message);
  return answer;
}

function newToken(): string {
  // Not `randomUUID`, which a page has only on this computer or over HTTPS.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}

function cannotTake(message: string): RefusedError {
  return new RefusedError('set-up', message);
}

function browser(): WebSurroundings {
  return { address: location.href, connect: address => new WebSocket(address), put };
}

/** `fetch` cannot tell how much is sent. */
function put(address: string, body: Blob | string, onSent: (bytes: number) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', address);
    request.upload.addEventListener('progress', ({ loaded }) => onSent(loaded));
    request.addEventListener('load', () => resolve(request.responseText));
    request.addEventListener('error', () =>
      reject(cannotTake('The files did not get to the app. Drop them again when it is there.')),
    );
    request.send(body);
  });
}
