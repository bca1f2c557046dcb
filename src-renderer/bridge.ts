import type { Answer, CommandName, Place, Question, Refusal, Topic, Update } from '../src-shared/contract.ts';

/** The one door to the app. Behind it is Electron's IPC, a WebSocket, or in tests a recorded run; nobody can tell. */
export interface Bridge {
  /** @throws RefusedError */
  ask<C extends CommandName>(command: C, question: Question<C>): Promise<Answer<C>>;
  /** Calls `onUpdate` with each update, the whole view first, until the function it returns is called. */
  follow<T extends Topic>(
    topic: T,
    onUpdate: (update: Update<T>) => void,
    onRefused?: (refusal: Refusal) => void,
  ): () => void;
  /** Hands over what the user dropped. `onProgress` hears the share done, from 0 to 1, where bytes have to travel. */
  drop(transfer: DataTransfer, onProgress?: (share: number) => void): Promise<readonly Place[]>;
  /** Tells whether the app is there, now and whenever that changes, until the function it returns is called. */
  onConnection(listener: (state: 'open' | 'lost') => void): () => void;
}
