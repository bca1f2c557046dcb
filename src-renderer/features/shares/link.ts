import { encode } from 'uqr';

/** More characters than this make a code that a phone cannot read off a projector. */
const mostInCode = 420;

/**
 * A magnet link for a QR code: trackers are left out from the end on while it is too long; the hash and the name find
 * the share without them.
 */
export function linkForCode(magnet: string): { readonly text: string; readonly isCut: boolean } {
  if (magnet.length <= mostInCode) return { text: magnet, isCut: false };
  const [head = '', query = ''] = splitAt(magnet, magnet.indexOf('?') + 1);
  const parts = query.split('&');
  const kept = [...parts];
  for (let at = kept.length - 1; at >= 0 && head.length + kept.join('&').length > mostInCode; at -= 1) {
    if (/^(tr|ws|xs|as)(\.\d+)?=/i.test(kept[at]!)) kept.splice(at, 1);
  }
  // A name that is too long by itself goes, too.
  const text = head + kept.join('&');
  const short =
    text.length > mostInCode ? head + kept.filter(part => !part.startsWith('dn=')).join('&') : text;
  return { text: short, isCut: true };
}

/** A code as an SVG path over a square of `size` modules, its quiet zone included. */
export interface CodePicture {
  readonly size: number;
  readonly path: string;
}

/** @throws RangeError when the text is too long for any code. */
export function codePicture(text: string): CodePicture {
  const { size, data } = encode(text, { ecc: 'M', border: 4 });
  let path = '';
  for (const [y, row] of data.entries()) {
    for (let x = 0; x < row.length; ) {
      if (!row[x]) {
        x += 1;
        continue;
      }
      const from = x;
      while (x < row.length && row[x]) x += 1;
      path += `M${from} ${y}h${x - from}v1h${from - x}z`;
    }
  }
  return { size, path };
}

/** A magnet link out of whatever was pasted or dropped; undefined when there is none. */
export function magnetIn(text: string): string | undefined {
  return text
    .split(/\s+/)
    .map(word => word.replace(/^[<"'(]+|[>"')]+$/g, ''))
    .find(word => /^magnet:\?/i.test(word));
}

function splitAt(text: string, at: number): readonly [string, string] {
  return [text.slice(0, at), text.slice(at)];
}
