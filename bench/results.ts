/** The report: an introduction, then sections, each of which may have been measured on another day. */

export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** The report with these sections in the place of those of the same titles; new ones come last. */
export function withSections(report: string, sections: readonly Section[]): string {
  const [introduction = '', ...rest] = report.split(/^(?=## )/m);
  const old = rest.map(text => ({ title: text.slice(3, text.indexOf('\n')), text }));
  const isNew = ({ title }: { readonly title: string }) => !old.some(section => section.title === title);
  const texts = [
    introduction,
    ...old.map(({ title, text }) => {
      const section = sections.find(section => section.title === title);
      return section === undefined ? text : textOf(section);
    }),
    ...sections.filter(isNew).map(textOf),
  ];
  return `${texts.map(text => text.trim()).join('\n\n')}\n`;
}

function textOf({ title, lines }: Section): string {
  return [`## ${title}`, '', ...lines].join('\n');
}
