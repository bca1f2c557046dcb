import { describe, expect, it } from 'vitest';
import { Conversation, type Port, type ToApp, type ToScreen } from './carrier.ts';
import { type HomeView, RefusedError, type TapeUpdate } from './contract.ts';
import { defaultSettings } from './settings.ts';

/** A port of which the test is the other end. */
class HandMadePort implements Port {
  readonly sent: ToApp[] = [];
  #listener: ((message: ToScreen) => void) | undefined;

  send(message: ToApp): void {
    this.sent.push(message);
  }

  onMessage(listener: (message: ToScreen) => void): void {
    if (this.#listener !== undefined) throw new Error('listened to twice');
    this.#listener = listener;
  }

  say(message: ToScreen): void {
    this.#listener!(message);
  }
}

function talk(): { port: HandMadePort; conversation: Conversation } {
  const port = new HandMadePort();
  return { port, conversation: new Conversation(port) };
}

const home: HomeView = { swarms: [], recent: [], notices: [] };

describe('asking', () => {
  it('resolves to the answer', async () => {
    const { port, conversation } = talk();
    const answer = conversation.ask('stopSwarm', { swarm: 's1' });
    expect(port.sent).toEqual([{ type: 'ask', id: 1, command: 'stopSwarm', question: { swarm: 's1' } }]);
    port.say({ type: 'answer', id: 1, answer: {} });
    await expect(answer).resolves.toEqual({});
  });

  it('keeps answers apart that come in another order', async () => {
    const { port, conversation } = talk();
    const [first, second] = [conversation.ask('about', {}), conversation.ask('changeSettings', {})];
    const ids = port.sent.map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    port.say({ type: 'answer', id: ids[1]!, answer: defaultSettings });
    port.say({ type: 'answer', id: ids[0]!, answer: { version: '1' } });
    await expect(second).resolves.toEqual(defaultSettings);
    await expect(first).resolves.toEqual({ version: '1' });
  });

  it('is refused as the app refuses', async () => {
    const { port, conversation } = talk();
    const answer = conversation.ask('startCourse', { folder: 'f', peer: '1001' });
    const refusal = { code: 'set-up', message: 'The port is in use.', problems: ['Port 6001: …'] } as const;
    port.say({ type: 'refused', id: 1, refusal });
    const error = await answer.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ message: 'The port is in use.', refusal });
  });

  it('takes the first answer and ignores a second, or one to no question', async () => {
    const { port, conversation } = talk();
    const answer = conversation.ask('stopSwarm', { swarm: 's1' });
    port.say({ type: 'answer', id: 9, answer: 'stray' });
    port.say({ type: 'answer', id: 1, answer: {} });
    port.say({ type: 'refused', id: 1, refusal: { code: 'failed', message: 'late', problems: [] } });
    await expect(answer).resolves.toEqual({});
  });
});

describe('following', () => {
  it('takes each update in before it asks for the next', () => {
    const { port, conversation } = talk();
    const taken: HomeView[] = [];
    conversation.follow({ topic: 'home' }, update => {
      expect(port.sent.at(-1)?.type).not.toBe('ready');
      taken.push(update);
    });
    expect(port.sent).toEqual([{ type: 'follow', id: 1, topic: { topic: 'home' } }]);
    port.say({ type: 'update', id: 1, update: home });
    expect([taken, port.sent.slice(1)]).toEqual([[home], [{ type: 'ready', id: 1 }]]);
  });

  it('ends when the function it returned is called, and is told once', () => {
    const { port, conversation } = talk();
    const taken: HomeView[] = [];
    const unfollow = conversation.follow({ topic: 'home' }, update => taken.push(update));
    unfollow();
    unfollow();
    port.say({ type: 'update', id: 1, update: home });
    expect([taken, port.sent.slice(1)]).toEqual([[], [{ type: 'unfollow', id: 1 }]]);
  });

  it('asks for nothing more when it ends within an update', () => {
    const { port, conversation } = talk();
    const unfollow = conversation.follow({ topic: 'home' }, () => unfollow());
    port.say({ type: 'update', id: 1, update: home });
    expect(port.sent.map(({ type }) => type)).toEqual(['follow', 'unfollow']);
  });

  it('follows two things at once without mixing them', () => {
    const { port, conversation } = talk();
    const taken: string[] = [];
    const on = (peer: string) => (update: TapeUpdate) => taken.push(`${peer} ${update.total}`);
    for (const peer of ['1001', '1002']) conversation.follow({ topic: 'tape', swarm: 's1', peer }, on(peer));
    port.say({ type: 'update', id: 2, update: { total: 7 } });
    port.say({ type: 'update', id: 1, update: { total: 5 } });
    expect(taken).toEqual(['1002 7', '1001 5']);
  });

  it('is told that there is no such thing, and is over', () => {
    const { port, conversation } = talk();
    const refusals: string[] = [];
    const unfollow = conversation.follow(
      { topic: 'tape', swarm: 'gone', peer: '1001' },
      () => expect.unreachable(),
      ({ message }) => refusals.push(message),
    );
    const refusal = { code: 'unknown', message: 'There is no such swarm.', problems: [] } as const;
    port.say({ type: 'refused', id: 1, refusal });
    port.say({ type: 'update', id: 1, update: {} });
    unfollow();
    expect([refusals, port.sent.length]).toEqual([['There is no such swarm.'], 1]);
  });
});

describe('after the carrier was lost', () => {
  it('refuses what was asked and follows again what was followed', async () => {
    const { port, conversation } = talk();
    const asked = conversation.ask('about', {});
    const taken: HomeView[] = [];
    conversation.follow({ topic: 'home' }, update => taken.push(update));
    const unfollow = conversation.follow({ topic: 'settings' }, () => {});
    unfollow();
    port.sent.length = 0;
    conversation.resume();
    await expect(asked).rejects.toMatchObject({ refusal: { code: 'unavailable' } });
    expect(port.sent).toEqual([{ type: 'follow', id: 2, topic: { topic: 'home' } }]);
    port.say({ type: 'update', id: 2, update: home });
    expect(taken).toEqual([home]);
  });
});

it('goes on after an update that could not be taken in', () => {
  const { port, conversation } = talk();
  conversation.follow({ topic: 'home' }, () => {
    throw new Error('the page has a fault');
  });
  expect(() => port.say({ type: 'update', id: 1, update: home })).toThrow('the page has a fault');
  expect(port.sent.at(-1)).toEqual({ type: 'ready', id: 1 });
});
