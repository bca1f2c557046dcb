import { expect, it } from 'vitest';
import { LiveLines } from './terminal.ts';

it('draws over what the terminal itself has shown in the line below, such as ^C', () => {
  const written: string[] = [];
  const lines = new LiveLines({ write: text => written.push(text), columns: 20, rows: 5 });
  lines.draw(['one', 'two']);
  lines.draw(['three']);
  lines.print('stays');
  expect(written.slice(1)).toEqual(['\r\x1b[2A\x1b[2Kthree\n\x1b[J', '\r\x1b[1A\x1b[Jstays\n']);
});
