import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../../src-shared/settings.ts';
import { labPlan } from '../../testing/lab-scenes.ts';
import { place } from '../../testing/scenes.ts';
import {
  addMachine,
  addPeer,
  changeFile,
  changeMachine,
  changePeer,
  type Draft,
  draftOf,
  isAscending,
  moveMachine,
  movePeer,
  peerCountOf,
  placeAfterStep,
  removeMachine,
  removePeer,
  renumber,
  whereIs,
} from './draft.ts';

function draft(machines = 3): Draft {
  return draftOf({ plan: labPlan(machines), common: null }, defaultSettings);
}

/** "A: 1001@6008; B: 1002@6008 1003@6009", machines by the last word of their names. */
function shape({ machines }: Draft): string {
  return machines
    .map(({ name, peers }) =>
      `${name.split(' ').at(-1)}: ${peers.map(({ id, port }) => `${id}@${port}`).join(' ')}`.trim(),
    )
    .join('; ');
}

const keyOf = ({ machines }: Draft, id: string) =>
  machines.flatMap(({ peers }) => peers).find(peer => peer.id === id)!.key;
const machineKey = ({ machines }: Draft, index: number) => machines[index]!.key;

describe('a draft', () => {
  it('has the numbers of Common.cfg, else those of the settings', () => {
    const common = {
      fileName: 'a.bin',
      fileSize: 1024,
      pieceSize: 100,
      preferredNeighbours: 7,
      unchokingSeconds: 3,
      optimisticSeconds: 9,
    };
    expect(draftOf({ plan: [], common }, defaultSettings)).toMatchObject({
      fileName: 'a.bin',
      fileSize: '1 KiB',
      pieceSize: '100 B',
      preferredNeighbours: '7',
      unchokingSeconds: '3',
      optimisticSeconds: '9',
    });
    expect(draft()).toMatchObject({
      preferredNeighbours: String(defaultSettings.preferredNeighbours),
      file: null,
      command: null,
      scripts: 'both',
    });
  });

  it('gets machines with a name, an ID and a port of their own', () => {
    const three = changeMachine(draft(2), machineKey(draft(2), 0), { name: 'Machine C' });
    expect(shape(addMachine(three))).toBe('C: 1001@6008; B: 1002@6008 1003@6009; D: 1004@6008');
    expect(addMachine(draft(27)).machines.at(-1)?.name).toBe('Machine 28');
  });

  it('gets peers with the next ID of the lab and a port that is free on the machine', () => {
    const begun = draft();
    expect(shape(addPeer(begun, machineKey(begun, 1)))).toBe(
      'A: 1001@6008; B: 1002@6008 1003@6009 1006@6010; C: 1004@6008 1005@6009',
    );
  });

  it('loses peers and machines, and forgets nothing else', () => {
    const begun = draft();
    expect(shape(removePeer(begun, keyOf(begun, '1004')))).toBe(
      'A: 1001@6008; B: 1002@6008 1003@6009; C: 1005@6009',
    );
    expect(shape(removeMachine(begun, machineKey(begun, 1)))).toBe('A: 1001@6008; C: 1004@6008 1005@6009');
  });

  it('changes one field and keeps every other machine as it was', () => {
    const begun = draft();
    const changed = changePeer(begun, keyOf(begun, '1003'), { port: 'x' });
    expect(shape(changed)).toBe('A: 1001@6008; B: 1002@6008 1003@x; C: 1004@6008 1005@6009');
    expect(changed.machines[0]).toBe(begun.machines[0]);
    expect(changed.machines[2]).toBe(begun.machines[2]);
  });

  it('moves machines, not over the ends', () => {
    const begun = draft();
    expect(shape(moveMachine(begun, machineKey(begun, 2), -1))).toBe(
      'A: 1001@6008; C: 1004@6008 1005@6009; B: 1002@6008 1003@6009',
    );
    expect(moveMachine(begun, machineKey(begun, 0), -1)).toBe(begun);
    expect(moveMachine(begun, machineKey(begun, 2), 1)).toBe(begun);
  });

  it('takes a file with its name and size, and a random one of the same', () => {
    const own = changeFile(draft(), place('slides.pdf'), 2048);
    expect(own).toMatchObject({ fileName: 'slides.pdf', fileSize: '2 KiB' });
    expect(changeFile(own, null)).toMatchObject({ file: null, fileName: 'slides.pdf', fileSize: '2 KiB' });
  });
});

describe('a peer that moves', () => {
  it('within its machine comes to stand before the one it was put before', () => {
    const begun = addPeer(draft(), machineKey(draft(), 1));
    const machine = machineKey(begun, 1);
    const at = (id: string, index: number) => shape(movePeer(begun, keyOf(begun, id), { machine, index }));
    expect(at('1002', 3)).toContain('B: 1003@6009 1006@6010 1002@6008;');
    expect(at('1002', 2)).toContain('B: 1003@6009 1002@6008 1006@6010;');
    expect(at('1006', 0)).toContain('B: 1006@6010 1002@6008 1003@6009;');
  });

  it('to where it stands changes nothing', () => {
    const begun = draft();
    const machine = machineKey(begun, 1);
    expect(movePeer(begun, keyOf(begun, '1002'), { machine, index: 0 })).toBe(begun);
    expect(movePeer(begun, keyOf(begun, '1002'), { machine, index: 1 })).toBe(begun);
    expect(movePeer(begun, keyOf(begun, '1002'), { machine: -1, index: 0 })).toBe(begun);
  });

  it('to another machine keeps its port when that is free there, and takes a free one when not', () => {
    const begun = draft();
    const machine = machineKey(begun, 0);
    expect(shape(movePeer(begun, keyOf(begun, '1003'), { machine, index: 0 }))).toBe(
      'A: 1003@6009 1001@6008; B: 1002@6008; C: 1004@6008 1005@6009',
    );
    expect(shape(movePeer(begun, keyOf(begun, '1002'), { machine, index: 1 }))).toBe(
      'A: 1001@6008 1002@6009; B: 1003@6009; C: 1004@6008 1005@6009',
    );
  });

  it('step by step goes through the whole lab, and stays at its ends', () => {
    let stepped = draft();
    const key = keyOf(stepped, '1001');
    const walk: string[] = [];
    for (;;) {
      const next = placeAfterStep(stepped, key, 'down');
      if (next === null) break;
      stepped = movePeer(stepped, key, next);
      const stand = whereIs(stepped, key)!;
      walk.push(`${stand.machine.name.at(-1)}${stand.index}`);
    }
    expect(walk).toEqual(['B0', 'B1', 'B2', 'C0', 'C1', 'C2']);
    expect(placeAfterStep(stepped, key, 'right')).toBeNull();
    expect(placeAfterStep(stepped, key, 'left')).toEqual({ machine: machineKey(stepped, 1), index: 2 });
  });

  it('is never lost or doubled, wherever it goes, and a step up undoes a step down', () => {
    const steps = fc.array(
      fc.record({ peer: fc.nat(4), step: fc.constantFrom('up', 'down', 'left', 'right') }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(steps, walk => {
        let moved = draft();
        const keys = moved.machines.flatMap(({ peers }) => peers.map(({ key }) => key));
        for (const { peer, step } of walk) {
          const place = placeAfterStep(moved, keys[peer]!, step);
          const before = moved;
          if (place !== null) moved = movePeer(moved, keys[peer]!, place);
          const back = step === 'down' ? placeAfterStep(moved, keys[peer]!, 'up') : null;
          if (place !== null && back !== null) {
            const ids = (one: Draft) => one.machines.map(({ peers }) => peers.map(({ id }) => id));
            expect(ids(movePeer(moved, keys[peer]!, back))).toEqual(ids(before));
          }
          const found = moved.machines.flatMap(({ peers }) => peers.map(({ key }) => key));
          expect(found.toSorted()).toEqual(keys.toSorted());
          for (const { peers } of moved.machines) {
            expect(new Set(peers.map(({ port }) => port)).size).toBe(peers.length);
          }
        }
      }),
    );
  });
});

describe('renumbering', () => {
  it('makes IDs ascend in the order of the plan, from the lowest', () => {
    const begun = draft();
    const mixed = changePeer(
      movePeer(begun, keyOf(begun, '1005'), { machine: machineKey(begun, 0), index: 0 }),
      keyOf(begun, '1002'),
      { id: 'none' },
    );
    expect(isAscending(mixed)).toBe(false);
    expect(shape(renumber(mixed))).toBe('A: 1001@6009 1002@6008; B: 1003@6008 1004@6009; C: 1005@6008');
    expect(isAscending(renumber(mixed))).toBe(true);
  });

  it('leaves alone what ascends, gaps included', () => {
    const begun = draft();
    const gap = removePeer(begun, keyOf(begun, '1003'));
    expect(renumber(gap)).toBe(gap);
    expect(peerCountOf(gap)).toBe(4);
  });
});
