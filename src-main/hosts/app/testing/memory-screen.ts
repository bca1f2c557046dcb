import { Conversation, type Port, type ToApp, type ToScreen } from '../../../../src-shared/carrier.ts';
import type { Session } from '../session.ts';

/** A screen in this process. Messages are copied, as every carrier does, and arrive at once. */
export class MemoryScreen {
  readonly conversation: Conversation;
  /** Everything that came from the app. */
  readonly received: ToScreen[] = [];
  readonly #connect: (send: (message: ToScreen) => void) => Session;
  #session: Session;
  #listener: (message: ToScreen) => void = () => {};
  #isAttentive = true;
  #unread: ToScreen[] = [];

  constructor(connect: (send: (message: ToScreen) => void) => Session) {
    this.#connect = connect;
    this.#session = this.#open();
    const port: Port = {
      send: message => this.say(message),
      onMessage: listener => {
        this.#listener = listener;
      },
    };
    this.conversation = new Conversation(port);
  }

  /** Sends a message, right or wrong. */
  say(message: ToApp | unknown): void {
    this.#session.receive(structuredClone(message));
  }

  /** While a screen is inattentive, what comes waits for it. */
  set isAttentive(isAttentive: boolean) {
    this.#isAttentive = isAttentive;
    while (this.#isAttentive && this.#unread.length > 0) this.#listener(this.#unread.shift()!);
  }

  /** Loses the connection and gets another one. */
  reconnect(): void {
    this.#session.close();
    this.#session = this.#open();
    this.conversation.resume();
  }

  close(): void {
    this.#session.close();
  }

  #open(): Session {
    return this.#connect(message => {
      const copy = structuredClone(message);
      this.received.push(copy);
      if (this.#isAttentive) this.#listener(copy);
      else this.#unread.push(copy);
    });
  }
}
