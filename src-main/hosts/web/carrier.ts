import { Encoder } from '@msgpack/msgpack';
import type { RawData, WebSocket } from 'ws';
import type { App } from '../app/app.ts';

/**
 * One page's carrier. The app sends MessagePack, which moves bytes as they are; the page sends JSON, since it has no
 * bytes to send, and JSON takes no more room in memory than what came is worth.
 */

/** Of what waits to be sent. A page that does not read is not read either, until it does. */
const mostBuffered = 8 * 1024 * 1024;

/** Why a carrier is closed, in the numbers of RFC 6455 (section 7.4.1). */
const closing = { goingAway: 1001, notText: 1003, notJson: 1007 } as const;

const encoder = new Encoder({ ignoreUndefined: true });

export function carry(app: App, socket: WebSocket): void {
  const session = app.connect(message => {
    socket.send(encoder.encode(message), () => {
      if (socket.isPaused && socket.bufferedAmount <= mostBuffered) socket.resume();
    });
  });
  socket.on('message', (data, isBinary) => {
    if (isBinary) return socket.close(closing.notText);
    const message = parse(data);
    if (message === undefined) return socket.close(closing.notJson);
    session.receive(message);
    if (socket.bufferedAmount > mostBuffered) socket.pause();
  });
  socket.on('close', () => session.close());
  // Broken frames and lost connections; `close` follows.
  socket.on('error', () => {});
}

/** The page may come back to whoever listens there next. */
export function sayGoodbye(socket: WebSocket): void {
  socket.close(closing.goingAway);
}

function parse(data: RawData): unknown {
  try {
    return JSON.parse(data.toString());
  } catch {
    return undefined;
  }
}
