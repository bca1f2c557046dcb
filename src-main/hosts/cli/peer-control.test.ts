import { describe, expect, it } from 'vitest';
import { type ControlChannel, obey } from './peer-control.ts';

/** A channel whose other end is the test. */
class TestChannel implements ControlChannel {
  send: (message: unknown) => void = () => {};
  vanish: () => void = () => {};
  isOpen = false;

  listen(onMessage: (message: unknown) => void, onGone: () => void): () => void {
    this.send = onMessage;
    this.vanish = onGone;
    this.isOpen = true;
    return () => {
      this.isOpen = false;
    };
  }
}

function start() {
  const channel = new TestChannel();
  const done: string[] = [];
  const complaints: string[] = [];
  const letGo = obey(
    channel,
    {
      setUploadLimit: limit => done.push(`limit ${limit}`),
      stop: () => done.push('stop'),
    },
    sentence => complaints.push(sentence),
  );
  return { channel, done, complaints, letGo };
}

describe('a peer that a host controls', () => {
  it('takes a limit, no limit, and its end', () => {
    const { channel, done, complaints } = start();
    channel.send({ control: 'limit', uploadBytesPerSecond: 65_536 });
    channel.send({ control: 'limit', uploadBytesPerSecond: null });
    channel.send({ control: 'stop' });
    expect(done).toEqual(['limit 65536', 'limit Infinity', 'stop']);
    expect(complaints).toEqual([]);
  });

  it.each([
    undefined,
    null,
    'stop',
    42,
    [],
    {},
    { control: 'explode' },
    { control: 'stop', now: true },
    { control: 'limit' },
    { control: 'limit', uploadBytesPerSecond: 0 },
    { control: 'limit', uploadBytesPerSecond: -1 },
    { control: 'limit', uploadBytesPerSecond: 1.5 },
    { control: 'limit', uploadBytesPerSecond: '65536' },
    { control: 'limit', uploadBytesPerSecond: Number.NaN },
    { control: 'limit', uploadBytesPerSecond: 1, file: '/etc/passwd' },
  ])('ignores %j, and says so', message => {
    const { channel, done, complaints } = start();
    channel.send(message);
    expect(done).toEqual([]);
    expect(complaints).toEqual(['A control message was not understood and is ignored.']);
  });

  it('ends when its host is gone', () => {
    const { channel, done } = start();
    channel.vanish();
    expect(done).toEqual(['stop']);
  });

  it('lets go of the channel when it has ended', () => {
    const { channel, letGo } = start();
    expect(channel.isOpen).toBe(true);
    letGo();
    expect(channel.isOpen).toBe(false);
  });

  it('needs no channel', () => {
    const peer = { setUploadLimit() {}, stop() {} };
    expect(() => obey(undefined, peer, () => {})()).not.toThrow();
  });
});
