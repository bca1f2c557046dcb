import * as v from 'valibot';
import type { PeerControl } from '../app/launch-peer.ts';

/** What a host that started this process may tell it, over the channel it opened for that. */

const peerControl = v.variant('control', [
  v.strictObject({
    control: v.literal('limit'),
    uploadBytesPerSecond: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))),
  }),
  v.strictObject({ control: v.literal('stop') }),
]);

/** The process's end of the channel. */
export interface ControlChannel {
  /** `onGone` is called when whoever started us is gone. Returns a function that lets the process end. */
  listen(onMessage: (message: unknown) => void, onGone: () => void): () => void;
}

/** What can be controlled. */
export interface Controlled {
  setUploadLimit(bytesPerSecond: number): void;
  stop(): void;
}

/** Obeys the channel until the function it returns is called. `complain` hears of messages that are none. */
export function obey(
  channel: ControlChannel | undefined,
  peer: Controlled,
  complain: (sentence: string) => void,
): () => void {
  if (channel === undefined) return () => {};
  return channel.listen(
    message => {
      const { success, output } = v.safeParse(peerControl, message);
      if (success) act(peer, output);
      else complain('A control message was not understood and is ignored.');
    },
    () => peer.stop(),
  );
}

function act(peer: Controlled, control: PeerControl): void {
  switch (control.control) {
    case 'limit':
      return peer.setUploadLimit(control.uploadBytesPerSecond ?? Number.POSITIVE_INFINITY);
    case 'stop':
      return peer.stop();
  }
}

/** Ends a utility process, which would go on with nothing left to do, when what it has printed is out. */
export function endUtilityProcess(): void {
  if (parentPort() === undefined) return;
  process.stderr.write('', () => process.stdout.write('', () => process.exit()));
}

/** The channel of whoever started this process, if it opened one: Node's, or that of Electron's utility processes. */
export function starterChannel(): ControlChannel | undefined {
  if (process.send !== undefined) return nodeChannel;
  const port = parentPort();
  return port === undefined ? undefined : utilityChannel(port);
}

const nodeChannel: ControlChannel = {
  listen(onMessage, onGone) {
    process.on('message', onMessage);
    process.on('disconnect', onGone);
    if (!process.connected) onGone();
    return () => {
      process.off('message', onMessage);
      process.off('disconnect', onGone);
    };
  },
};

/** Electron's `process.parentPort`. It ends its utility processes itself when it is gone. */
interface ParentPort {
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

function parentPort(): ParentPort | undefined {
  return Reflect.get(process, 'parentPort');
}

function utilityChannel(port: ParentPort): ControlChannel {
  return {
    listen(onMessage) {
      port.on('message', ({ data }) => onMessage(data));
      return () => {};
    },
  };
}
