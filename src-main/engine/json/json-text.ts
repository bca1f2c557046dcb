import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { quote } from '../course/config.ts';

/** The outermost value of a text, or the first fault that keeps it from being JSON, as a sentence, and where it is. */
export type ParsedJson = { readonly top: Node } | { readonly fault: string; readonly offset: number };

/** A file of JSON that people write: it knows the line of everything in it. */
export class JsonText {
  /** Without a byte order mark. */
  readonly text: string;
  readonly #lineStarts: readonly number[];

  constructor(text: string) {
    // A byte order mark is no part of the text; many editors on Windows write one.
    this.text = text.startsWith('\ufeff') ? text.slice(1) : text;
    this.#lineStarts = [
      0,
      ...Array.from(this.text.matchAll(/\r\n|\r|\n/g), end => end.index + end[0].length),
    ];
  }

  /** @param what the text is to be, in one word, such as "plan" */
  parse(deepestNesting: number, what: string): ParsedJson {
    const deep = firstBeyond(this.text, deepestNesting);
    if (deep !== undefined) {
      return { fault: `Brackets are nested deeper here than in any ${what}.`, offset: deep };
    }
    const errors: ParseError[] = [];
    const top = parseTree(this.text, errors, { disallowComments: true, allowTrailingComma: false });
    // Those after the first are mostly its consequences.
    const [first] = errors;
    if (first !== undefined) {
      return { fault: `This is no valid JSON: ${this.#inWords(first, what)}.`, offset: first.offset };
    }
    return top === undefined ? { fault: `The ${what} is empty.`, offset: 0 } : { top };
  }

  /** Counted from 1. */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  #inWords({ error, offset, length }: ParseError, what: string): string {
    const found = this.text.slice(offset, offset + Math.min(length, 200));
    const shown = quote(/^"(.*)"$/s.exec(found)?.[1] ?? found);
    const instead = found.trim() === '' ? 'and the text ends' : `and there is ${shown}`;
    switch (printParseErrorCode(error)) {
      case 'CommaExpected':
        // The parser takes the zero for a number of its own.
        if (/^\d/.test(found) && this.text[offset - 1] === '0') return 'a number begins with a zero';
        return `a comma is missing before ${found.trim() === '' ? 'this place' : shown}`;
      case 'ColonExpected':
        return `a colon is missing after a key, ${instead}`;
      case 'CloseBraceExpected':
        return `a closing brace "}" is missing, ${instead}`;
      case 'CloseBracketExpected':
        return `a closing bracket "]" is missing, ${instead}`;
      case 'PropertyNameExpected':
        return `a key in quotation marks should be here, ${instead}; there may be a comma too many`;
      case 'ValueExpected':
        return `a value should be here, ${instead}; there may be a comma too many`;
      case 'EndOfFileExpected':
        return `the ${what} has ended, ${instead}`;
      case 'InvalidCommentToken':
      case 'UnexpectedEndOfComment':
        return 'JSON has no comments';
      case 'UnexpectedEndOfString':
        return 'a text has no closing quotation mark';
      case 'InvalidEscapeCharacter':
      case 'InvalidUnicode':
        return `a backslash in a text is written twice, ${instead}`;
      case 'InvalidCharacter':
        return 'a text holds a tab or another control character';
      default:
        return symbolInWords(found, shown);
    }
  }
}

/** What is neither a text nor a number: mostly what an editor or another language writes in place of it. */
function symbolInWords(found: string, shown: string): string {
  const word = found.toLowerCase();
  if (['true', 'false', 'null'].includes(word)) return `${shown} is written in small letters, "${word}"`;
  if (/^['`´‘’‚‛“”„‟«»]/u.test(found)) return `${shown} has other quotation marks than JSON's, "`;
  return `${shown} is no text in quotation marks and no number`;
}

/** What a value is, as the end of a sentence: "it is a list". */
export function kindOf({ type, value }: Node): string {
  switch (type) {
    case 'array':
      return 'a list';
    case 'object':
      return 'an object';
    case 'string':
      return 'a text';
    case 'number':
      return 'a number';
    case 'boolean':
      return String(value);
    default:
      return 'null';
  }
}

/** Where brackets outside of texts first nest deeper than allowed: the parser calls itself for each of them. */
function firstBeyond(text: string, deepest: number): number | undefined {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at]!;
    if (isInText) {
      if (letter === '\\') at += 1;
      else if (letter === '"' || letter === '\n' || letter === '\r') isInText = false;
    } else if (letter === '"') {
      isInText = true;
    } else if (letter === '[' || letter === '{') {
      depth += 1;
      if (depth > deepest) return at;
    } else if (letter === ']' || letter === '}') {
      depth -= 1;
    }
  }
  return undefined;
}
