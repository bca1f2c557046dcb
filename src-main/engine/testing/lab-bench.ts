import { violationsOf } from './invariants.ts';
import { type LabOptions, VirtualLab } from './virtual-lab.ts';

/** Everything about a swarm holds whether a block is a whole piece or not. */
export const dialects = [
  ['whole pieces', { blocksPerPiece: 1 }],
  ['several blocks a piece', { blocksPerPiece: 4 }],
] as const satisfies [string, Partial<LabOptions>][];

/** Where a test's labs stand, so that all of them are looked over when the test is done. */
export class LabBench {
  readonly #dialect: Partial<LabOptions>;
  readonly #labs: VirtualLab[] = [];

  constructor(dialect: Partial<LabOptions> = {}) {
    this.#dialect = dialect;
  }

  /** A lab whose peers' messages are written down, unless it says otherwise. */
  open(options: LabOptions): VirtualLab {
    const lab = new VirtualLab({ tapped: true, ...this.#dialect, ...options });
    this.#labs.push(lab);
    return lab;
  }

  /** Ends every lab and says what was left behind in it, and in what its peers contradicted the protocol. */
  clear(): string[] {
    return this.#labs.splice(0).flatMap(lab => {
      const tapped = lab.lives.filter(({ world }) => world.tap !== undefined);
      return [...lab.leftovers(), ...tapped.flatMap(violationsOf)];
    });
  }
}
