import { expect, it } from 'vitest';
import { KnownPeers } from './known-peers.ts';

const peer = (host: string, port: number) => ({ host, port });

it('a flood of addresses keeps nobody out, and nobody forgotten who was typed', () => {
  const known = new KnownPeers();
  const [typed, first] = [peer('10.0.0.1', 6881), peer('10.0.0.2', 6881)];
  known.add([typed], 'typed');
  known.add([first], 'tracker');
  for (let port = 1; port <= 5_000; port += 1) known.add([peer('10.0.0.66', port)], 'local discovery');
  expect(known.all).toHaveLength(2_000);
  expect(known.all).toContainEqual(typed);
  expect(known.all).not.toContainEqual(first);
  const late = [peer('10.0.0.3', 6881), first];
  expect(known.add(late, 'typed')).toEqual(late);
  expect(known.add(late, 'tracker')).toEqual([]);
});
