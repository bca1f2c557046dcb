import { visibleText } from './visible-text.ts';

/** HTML put together so that text can never become markup: what a template is given is text unless it is `Markup`. */

export class Markup {
  readonly html: string;

  constructor(html: string) {
    this.html = html;
  }
}

type Part = string | number | Markup | readonly Markup[];

/** A template of HTML. Text is escaped for elements and for attributes in double quotes. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const written = parts.map(part => {
    if (part instanceof Markup) return part.html;
    if (typeof part === 'object') return part.map(({ html }) => html).join('');
    return escapeText(String(part));
  });
  return new Markup(strings.map((text, index) => text + (written[index] ?? '')).join(''));
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return visibleText(text).replace(/[&<>"']/g, character => escapes[character]!);
}
