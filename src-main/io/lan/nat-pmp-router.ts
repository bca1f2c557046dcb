import { createSocket, type Socket } from 'node:dgram';
import {
  decodeNatPmpAnswer,
  encodeAddressRequest,
  encodeMappingRequest,
  type MappedProtocol,
  type NatPmpAnswer,
  natPmpPort,
} from '../../engine/lan/nat-pmp.ts';
import { type Mapping, type Router, RouterRefusal } from './router.ts';

/** RFC 6886 asks nine times, in all for two minutes; a router of a room answers the first time or never. */
const askAgainAfterMs = [250, 500, 1_000, 2_000];

/** A router asked by NAT-PMP. One question at a time. */
export class NatPmpRouter implements Router {
  readonly way = 'NAT-PMP';
  readonly host: string;
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(host: string, port = natPmpPort) {
    this.host = host;
    this.#port = port;
  }

  async map(
    protocol: MappedProtocol,
    internalPort: number,
    externalPort: number,
    lifetimeSeconds: number,
    signal: AbortSignal,
  ): Promise<Mapping> {
    const request = encodeMappingRequest(protocol, internalPort, externalPort, lifetimeSeconds);
    const answer = await this.#ask(request, signal, heard => {
      if (heard.about !== protocol) return undefined;
      return 'failed' in heard || heard.internalPort === internalPort ? heard : undefined;
    }).catch(error => {
      // It may have come about all the same; only ours can be taken back this way.
      if (signal.aborted) this.#socket?.send(encodeMappingRequest(protocol, internalPort, 0, 0), () => {});
      throw error;
    });
    if ('failed' in answer) throw new RouterRefusal(answer.failed);
    return {
      protocol,
      internalPort,
      externalPort: answer.externalPort,
      lifetimeSeconds: answer.lifetimeSeconds,
    };
  }

  async unmap({ protocol, internalPort }: Mapping, signal: AbortSignal): Promise<void> {
    await this.map(protocol, internalPort, 0, 0, signal);
  }

  async externalAddress(signal: AbortSignal): Promise<string | undefined> {
    const answer = await this.#ask(encodeAddressRequest(), signal, heard =>
      heard.about === 'address' ? heard : undefined,
    );
    return 'failed' in answer ? undefined : answer.address;
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** Asks until an answer comes that `take` takes. Datagrams from anybody else are not looked at. */
  async #ask<T extends NatPmpAnswer>(
    request: Uint8Array,
    signal: AbortSignal,
    take: (answer: NatPmpAnswer) => T | undefined,
  ): Promise<T> {
    const socket = await this.#open(signal);
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const finish = (act: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        socket.off('message', onMessage).off('error', onError).off('close', onAbort);
        act();
      };
      const onAbort = () => finish(() => reject(new Error('given up')));
      const onError = (error: Error) => finish(() => reject(error));
      const onMessage = (bytes: Uint8Array) => {
        const answer = decodeNatPmpAnswer(bytes);
        const taken = answer === undefined ? undefined : take(answer);
        if (taken !== undefined) finish(() => resolve(taken));
      };
      const askAgain = (turn: number) => {
        const waitMs = askAgainAfterMs[turn];
        if (waitMs === undefined) return onError(new Error('no answer'));
        socket.send(request, error => {
          if (error) onError(error);
        });
        timer = setTimeout(() => askAgain(turn + 1), waitMs);
      };
      socket.on('message', onMessage).on('error', onError).on('close', onAbort);
      signal.addEventListener('abort', onAbort);
      askAgain(0);
    });
  }

  /** A connected socket hears its router and nobody else, and learns when nobody listens there. */
  #open(signal: AbortSignal): Promise<Socket> {
    signal.throwIfAborted();
    if (this.#socket !== undefined) return Promise.resolve(this.#socket);
    return new Promise((resolve, reject) => {
      const socket = createSocket('udp4');
      this.#socket = socket;
      socket.on('error', error => {
        if (this.#socket === socket) this.close();
        reject(error);
      });
      socket.connect(this.#port, this.host, () => {
        if (this.#socket === socket) resolve(socket);
        else reject(new Error('given up'));
      });
    });
  }
}
