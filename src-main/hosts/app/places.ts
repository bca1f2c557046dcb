import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { type Place, RefusedError } from '../../../src-shared/contract.ts';

/** Listings of many folders are remembered together; what was shown first is forgotten first. */
const mostPlaces = 50_000;

/**
 * The files and folders that the screen may speak of, by token. It has only those that the user dropped or chose, or
 * that the app itself has shown: a screen that is up to mischief cannot name a path of its own.
 */
export class Places {
  readonly #paths = new Map<string, string>();
  readonly #tokens = new Map<string, string>();
  readonly #onKept: (path: string) => Promise<void>;

  constructor(onKept: (path: string) => Promise<void> = async () => {}) {
    this.#onKept = onKept;
  }

  /** The place at a real path; always the same for the same path while it is remembered. */
  add(path: string, name = basename(path) || path): Place {
    const token = this.#tokens.get(path) ?? randomBytes(16).toString('base64url');
    // Set anew, so that it is the last to be forgotten.
    this.#paths.delete(token);
    this.#paths.set(token, path);
    this.#tokens.set(path, token);
    for (const [oldest, forgotten] of this.#paths) {
      if (this.#paths.size <= mostPlaces) break;
      this.#paths.delete(oldest);
      this.#tokens.delete(forgotten);
    }
    return { token, path, name };
  }

  /** Of what is read once. @throws RefusedError `unknown` */
  path(token: string): string {
    const path = this.#paths.get(token);
    if (path === undefined) {
      throw new RefusedError(
        'unknown',
        'The app does not know this file or folder any more; choose it once more.',
      );
    }
    return path;
  }

  /** Of what is worked with where it lies: it must stay there. @throws RefusedError `unknown` */
  async keptPath(token: string): Promise<string> {
    const path = this.path(token);
    await this.#onKept(path);
    return path;
  }

  /** The same for what is known by its path. */
  async keep(path: string): Promise<void> {
    await this.#onKept(path);
  }
}
