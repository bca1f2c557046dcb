import { basename } from 'node:path';

/** A CPU profile as V8 writes it; times in microseconds. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The functions that took the most time themselves, in words, the most first. */
export function topOfProfile(json: string, count = 25): readonly string[] {
  const { nodes, samples, timeDeltas }: Profile = JSON.parse(json);
  const nameOf = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
      id,
      `${functionName || '(anonymous)'} ${basename(url)}${url === '' ? '' : `:${lineNumber + 1}`}`.trimEnd(),
    ]),
  );
  const micros = new Map<string, number>();
  samples.forEach((id, i) => {
    const name = nameOf.get(id)!;
    micros.set(name, (micros.get(name) ?? 0) + timeDeltas[i]!);
  });
  return [...micros]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, time]) => `${(time / 1000).toFixed(0).padStart(6)} ms  ${name}`);
}
