import type { JournalEvent, JournalFact, PeerId } from '../../src-shared/journal.ts';
import { renamedEvent } from '../../src-shared/peer-names.ts';
import { shareDialect } from '../../src-shared/swarm-state.ts';

/**
 * A course's journal retold as a share's: without a roster, its peers numbered as they come and told of by address. So
 * the recorded run serves to look at a share's page.
 */
export function shareJournalOf(text: string, peersOf: readonly SharePeer[]): string {
  const events = text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as JournalEvent);
  const numbers = new Map<PeerId, PeerId>();
  const told = new Set<PeerId>();
  const retold: JournalEvent[] = [];
  const numberOf = (peer: PeerId) => {
    const known = numbers.get(peer);
    if (known !== undefined) return known;
    const number = String(numbers.size + 1);
    numbers.set(peer, number);
    return number;
  };
  const add = (fact: JournalFact, { atMs, wallMs }: JournalEvent) => {
    retold.push({ ...fact, seq: retold.length, atMs, wallMs });
  };
  for (const event of events) {
    // Nobody is dialled of whom nobody has been told.
    if (event.kind === 'dial-failed') continue;
    if (event.kind === 'started') numberOf(event.self);
    const renamed = renamedEvent(event, numberOf);
    if (renamed.kind === 'started') {
      add({ ...renamed, dialect: shareDialect, roster: [] }, event);
      continue;
    }
    if (renamed.kind === 'connected' && !told.has(renamed.peer)) {
      told.add(renamed.peer);
      const { address, client } = peersOf[told.size - 1] ?? { address: '10.0.0.99:6881', client: '' };
      add({ kind: 'peer-known', peer: renamed.peer, address, client }, event);
    }
    add(renamed, event);
  }
  return retold.map(event => JSON.stringify(event)).join('\n');
}

export interface SharePeer {
  readonly address: string;
  readonly client: string;
}
