import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markup } from './markup.ts';

const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function unescaped(html: string): string {
  return html.replace(/&(#?\w+);/g, (_, name: string) => names[name]!);
}

describe('markup', () => {
  it('lets no text become a tag or leave its attribute, and loses none of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const { html } = markup`<p title="${text}">${text}</p>`;
        const [, attribute = '', element = ''] = /^<p title="([^"<>']*)">([^"<>']*)<\/p>$/u.exec(html) ?? [];
        const shown = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\uFFFD');
        expect([unescaped(attribute), unescaped(element)]).toEqual([shown, shown]);
      }),
    );
  });

  it('shows characters that turn the direction of text as replacements', () => {
    expect(markup`${'a\u202Egpj.exe'}`.html).toBe('a\uFFFDgpj.exe');
  });

  it('puts markup together, lists included', () => {
    const items = ['<', '>'].map(text => markup`<li>${text}</li>`);
    expect(markup`<ul>${items}</ul>${1}`.html).toBe('<ul><li>&lt;</li><li>&gt;</li></ul>1');
  });
});
