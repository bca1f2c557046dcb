import type { Node } from 'jsonc-parser';
import type { LabPlan, PlanMachine, PlanPeer, PlanPlace, PlanProblem } from '../../../src-shared/lab.ts';
import { type ConfigProblem, type Parsed, quote } from '../course/config.ts';
import { JsonText, kindOf } from '../json/json-text.ts';
import { nearestWord } from '../nearest-word.ts';
import { checkPlan } from './plan-check.ts';

/** A lab's plan as a file of JSON, and the mark that says whose a machine's folder is. */

/** Room for a thousand machines with plenty of peers. A larger text is something else. */
const longestText = 4 * 1024 * 1024;

const mostMachines = 1000;
const mostPeersPerMachine = 1000;

/** As many as the fields of a plan hold in the app. */
const longestValue = 300;

/** An array of machines that hold an array of peers, within a mark. A text that nests deeper is no plan. */
const deepestNesting = 16;

/** What a machine's folder says of itself, in `lab.json`. */
export interface LabMark {
  /** The name of the machine whose folder it is. */
  readonly machine: string;
  /** Of the whole lab. */
  readonly plan: LabPlan;
}

/** Reads a plan. Every problem comes with its line, those of `checkPlan` included. */
export function parsePlan(text: string, file: string): Parsed<LabPlan> {
  const reader = new PlanReader(text, file);
  const top = reader.read();
  const plan = top === undefined ? [] : reader.plan(top);
  if (top !== undefined) for (const problem of checkPlan(plan)) reader.add(problem);
  return reader.conclude(plan);
}

/** Writes a plan as people find it easiest to change: a line per peer, all values as texts. */
export function formatPlan(plan: LabPlan): string {
  return `${planLines(plan)}\n`;
}

/** Where each place of a plan's text is, counted from 1; undefined for places that the text does not have. */
export function lineInPlan(text: string): (place: PlanPlace) => number | undefined {
  const reader = new PlanReader(text, '');
  const top = reader.read();
  if (top !== undefined) reader.plan(top);
  return place => reader.lineOf(place);
}

/** Reads `lab.json` of a machine's folder, which comes from somebody else's computer. */
export function parseLabMark(text: string, file = 'lab.json'): Parsed<LabMark> {
  const reader = new PlanReader(text, file);
  const top = reader.read();
  const mark = top === undefined ? undefined : reader.mark(top);
  if (mark === undefined) return reader.conclude({ machine: '', plan: [] });
  const problems = checkPlan(mark.plan);
  for (const problem of problems) reader.add(problem);
  if (!mark.plan.some(({ name }) => name === mark.machine)) {
    reader.error(`The plan has no machine called ${quote(mark.machine)}.`);
  }
  return reader.conclude(mark);
}

/** Writes `lab.json` of one machine's folder. */
export function formatLabMark({ machine, plan }: LabMark): string {
  return `{\n"machine": ${JSON.stringify(machine)},\n"plan": ${planLines(plan)}\n}\n`;
}

function planLines(plan: LabPlan): string {
  return plan.length === 0 ? '[]' : `[\n${plan.map(machineLines).join(',\n')}\n]`;
}

function machineLines({ name, host, peers }: PlanMachine): string {
  const lines = peers.map(({ id, port, hasFile }) => {
    const values = { id, port, has_file: hasFile ? '1' : '0' };
    const fields = Object.entries(values).map(([key, value]) => `"${key}": ${JSON.stringify(value)}`);
    return `      { ${fields.join(', ')} }`;
  });
  const list = peers.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n    ]`;
  return [
    '  {',
    `    "machine_name": ${JSON.stringify(name)},`,
    `    "host": ${JSON.stringify(host)},`,
    `    "peers": ${list}`,
    '  }',
  ].join('\n');
}

const machineKeys = { machine_name: 'name', host: 'host', peers: undefined } as const;
const peerKeys = { id: 'id', port: 'port', has_file: 'hasFile' } as const;
const markKeys = { machine: undefined, plan: undefined } as const;

/** One object's values by key; keys that are missing, unknown or given twice were reported. */
type Values<Key extends string> = Partial<Record<Key, Node>>;

/** Reads one text, and knows where in it everything stands. */
class PlanReader {
  readonly #json: JsonText;
  readonly #file: string;
  readonly #problems: ConfigProblem[] = [];
  readonly #lines = new Map<string, number>();
  /** Places that hold nothing that could be read: what `checkPlan` finds there was said in better words. */
  readonly #unread = new Set<string>();

  constructor(text: string, file: string) {
    this.#json = new JsonText(text);
    this.#file = file;
  }

  /** The outermost value of the text; undefined when it is no JSON. */
  read(): Node | undefined {
    if (this.#json.text.length > longestText) {
      this.error(`The file has more than ${longestText} characters; it is no plan of a lab.`);
      return undefined;
    }
    if (this.#json.text.trim() === '') {
      this.error('The file is empty; "piecewise lab template" writes a plan to begin with.');
      return undefined;
    }
    const parsed = this.#json.parse(deepestNesting, 'plan');
    if ('top' in parsed) return parsed.top;
    this.error(parsed.fault, parsed.offset);
    return undefined;
  }

  plan(top: Node): LabPlan {
    if (top.type !== 'array') {
      this.error(
        `The plan must be a list of machines, "[ { … }, { … } ]"; it is ${kindOf(top)}.`,
        top.offset,
      );
      this.#unread.add(placeKey({}));
      return [];
    }
    this.#remember({}, top);
    const items = top.children ?? [];
    if (items.length > mostMachines) {
      this.error(
        `The plan has ${items.length} machines; it may have ${mostMachines}.`,
        items[mostMachines]!.offset,
      );
    }
    return items.slice(0, mostMachines).map((node, machine) => this.#machine(node, { machine }));
  }

  mark(top: Node): LabMark | undefined {
    if (top.type !== 'object') {
      this.error(`The file must hold the mark of a lab's folder; it is ${kindOf(top)}.`, top.offset);
      return undefined;
    }
    const values = this.#values(top, markKeys, 'the mark of a folder', () => {});
    if (values.machine === undefined || values.plan === undefined) return undefined;
    const machine = this.#textOf(values.machine, 'machine', undefined);
    const plan = this.plan(values.plan);
    return machine === undefined ? undefined : { machine, plan };
  }

  error(message: string, offset?: number): void {
    const line = offset === undefined ? {} : { line: this.#json.lineAt(offset) };
    this.#problems.push({ file: this.#file, message, severity: 'error', ...line });
  }

  /** Takes in what is wrong with the plan that was read. */
  add({ place, message, isError }: PlanProblem): void {
    if (this.#unread.has(placeKey(place))) return;
    const line = this.lineOf(place);
    const severity = isError ? 'error' : 'notice';
    this.#problems.push({ file: this.#file, message, severity, ...(line === undefined ? {} : { line }) });
  }

  /** The line of a place, or of the nearest one around it that the text has. */
  lineOf({ machine, peer, field }: PlanPlace): number | undefined {
    if (machine === undefined) return undefined;
    const around: PlanPlace[] = [{ machine }];
    if (peer !== undefined) around.unshift({ machine, peer });
    if (field !== undefined) around.unshift({ ...around[0]!, field });
    const known = around.find(place => this.#lines.has(placeKey(place)));
    return known && this.#lines.get(placeKey(known));
  }

  conclude<T>(value: T): Parsed<T> {
    const problems = this.#problems.toSorted(
      (a, b) => (a.line ?? Number.MAX_SAFE_INTEGER) - (b.line ?? Number.MAX_SAFE_INTEGER),
    );
    const failed = problems.some(({ severity }) => severity === 'error');
    return failed ? { ok: false, problems } : { ok: true, value, notices: problems };
  }

  #machine(node: Node, place: { readonly machine: number }): PlanMachine {
    this.#remember(place, node);
    const values = this.#valuesAt(node, place, machineKeys, 'a machine', 'peers');
    const { machine_name, host, peers } = values;
    return {
      name: this.#fieldText(machine_name, 'machine_name', { ...place, field: 'name' }),
      host: this.#fieldText(host, 'host', { ...place, field: 'host' }),
      peers: this.#peers(peers, place),
    };
  }

  #peers(node: Node | undefined, place: { readonly machine: number }): PlanPeer[] {
    if (node === undefined) return [];
    if (node.type !== 'array') {
      this.error(`"peers" must be a list, "[ { … }, { … } ]"; it is ${kindOf(node)}.`, node.offset);
      this.#unread.add(placeKey(place));
      return [];
    }
    const items = node.children ?? [];
    if (items.length > mostPeersPerMachine) {
      const excess = `The machine has ${items.length} peers; it may have ${mostPeersPerMachine}.`;
      this.error(excess, items[mostPeersPerMachine]!.offset);
    }
    return items.slice(0, mostPeersPerMachine).map((item, peer) => this.#peer(item, { ...place, peer }));
  }

  #peer(node: Node, place: { readonly machine: number; readonly peer: number }): PlanPeer {
    this.#remember(place, node);
    const { id, port, has_file } = this.#valuesAt(node, place, peerKeys, 'a peer', 'id');
    return {
      id: this.#fieldText(id, 'id', { ...place, field: 'id' }),
      port: this.#fieldText(port, 'port', { ...place, field: 'port' }),
      hasFile: this.#hasFile(has_file, { ...place, field: 'hasFile' }),
    };
  }

  /** The values of an object at a place of the plan; where there is none, its fields count as reported. */
  #valuesAt<Key extends string>(
    node: Node,
    place: PlanPlace,
    keys: Readonly<Record<Key, PlanPlace['field'] | undefined>>,
    what: string,
    example: NoInfer<Key>,
  ): Values<Key> {
    const missing = (key: Key) => {
      const field = keys[key];
      this.#unread.add(placeKey(field === undefined ? place : { ...place, field }));
    };
    if (node.type === 'object') return this.#values(node, keys, what, missing);
    const form = `${what} is written as { "${example}": …, … }`;
    this.error(`There must be ${what} here, and it is ${kindOf(node)}; ${form}.`, node.offset);
    for (const key of Object.keys(keys) as Key[]) missing(key);
    return {};
  }

  #values<Key extends string>(
    node: Node,
    keys: Readonly<Record<Key, unknown>>,
    what: string,
    missing: (key: Key) => void,
  ): Values<Key> {
    const known = Object.keys(keys) as Key[];
    const values: Values<Key> = {};
    const misspelt = new Set<Key>();
    for (const property of node.children ?? []) {
      const [keyNode, value] = property.children as [Node, Node | undefined];
      const name: string = keyNode.value;
      const key = known.find(each => each === name);
      if (key === undefined) {
        const meant = nearestWord(name, known);
        if (meant !== undefined) misspelt.add(meant);
        const hint =
          meant === undefined ? `it has ${known.map(quote).join(', ')}` : `did you mean ${quote(meant)}?`;
        const end = meant === undefined ? '.' : '';
        this.error(`${upper(what)} has no key ${quote(name)}; ${hint}${end}`, keyNode.offset);
      } else if (values[key] !== undefined) {
        const earlier = this.#json.lineAt(values[key].offset);
        this.error(
          `${quote(name)} is already given in line ${earlier}; keep one of the two.`,
          keyNode.offset,
        );
      } else if (value !== undefined) {
        values[key] = value;
      }
    }
    for (const key of known.filter(each => values[each] === undefined)) {
      missing(key);
      if (!misspelt.has(key)) this.error(`${upper(what)} needs a key ${quote(key)}.`, node.offset);
    }
    return values;
  }

  #fieldText(node: Node | undefined, key: string, place: PlanPlace): string {
    return (node === undefined ? undefined : this.#textOf(node, key, place)) ?? '';
  }

  /** A number's own digits, too: "id": 1001 is how many write it. */
  #textOf(node: Node, key: string, place: PlanPlace | undefined): string | undefined {
    if (place !== undefined) this.#remember(place, node);
    const isDigits = node.type === 'number' && (key === 'id' || key === 'port');
    const text: string | undefined = isDigits
      ? this.#json.text.slice(node.offset, node.offset + node.length)
      : node.type === 'string'
        ? node.value
        : undefined;
    if (text !== undefined && text.length <= longestValue) return text;
    if (place !== undefined) this.#unread.add(placeKey(place));
    const fault = text === undefined ? `it is ${kindOf(node)}` : `it has ${text.length} characters`;
    this.error(`${quote(key)} must be a text of at most ${longestValue} characters; ${fault}.`, node.offset);
    return undefined;
  }

  #hasFile(node: Node | undefined, place: PlanPlace): boolean {
    if (node === undefined) return false;
    this.#remember(place, node);
    const { value } = node;
    if (value === '1' || value === 1 || value === true) return true;
    if (value !== '0' && value !== 0 && value !== false) {
      const shown = node.type === 'string' ? quote(value) : this.#sourceOf(node);
      this.error(`"has_file" must be "0" or "1"; it is ${shown}.`, node.offset);
    }
    return false;
  }

  #sourceOf(node: Node): string {
    return node.type === 'number'
      ? this.#json.text.slice(node.offset, node.offset + Math.min(node.length, 40))
      : kindOf(node);
  }

  #remember(place: PlanPlace, { offset }: Node): void {
    this.#lines.set(placeKey(place), this.#json.lineAt(offset));
  }
}

function placeKey({ machine, peer, field }: PlanPlace): string {
  return `${machine ?? ''} ${peer ?? ''} ${field ?? ''}`;
}

function upper(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
