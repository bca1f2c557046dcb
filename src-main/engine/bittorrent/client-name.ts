import type { Random } from '../ports.ts';
import { hexBytes, hexText, latin1Bytes, latin1Text } from './bytes.ts';

/** Which program a peer is, from the conventions of BEP 20, and the peer ID we go by. */

/** How four characters of an Azureus-style ID tell a version. */
type VersionStyle = (characters: string) => string;

/** A character a number, letters going on after 9: "20B0" is 2.0.11. The last is only said when it is not 0. */
const byCharacter: VersionStyle = characters => {
  const numbers = Array.from(characters, character => Number.parseInt(character, 36));
  return numbers.some(Number.isNaN) ? '' : (numbers[3] === 0 ? numbers.slice(0, 3) : numbers).join('.');
};

/** Two digits a number: "0186" is 1.86. */
const byPairs: VersionStyle = characters => {
  const [, major, minor] = /^(\d\d)(\d\d)$/.exec(characters) ?? [];
  return major === undefined ? '' : `${Number(major)}.${minor}`;
};

/** As pairs, but the minor version is a number too: "0205" is 2.5. */
const byNumbers: VersionStyle = characters => {
  const [, major, minor] = /^(\d\d)(\d\d)$/.exec(characters) ?? [];
  return major === undefined ? '' : `${Number(major)}.${Number(minor)}`;
};

/** Its last character tells a trial version by a letter; before 4, minor versions had two digits: "2940" is 2.94. */
const ofTransmission: VersionStyle = characters => {
  const [, major, minor, patch] = /^(\d)(\d)(\d)[\dA-Z]$/.exec(characters) ?? [];
  if (major === undefined) return '';
  return Number(major) < 4 ? `${major}.${minor}${patch}` : `${major}.${minor}.${patch}`;
};

/** Those whose last character is a letter of their own: "355W" is 3.5.5. */
const withoutLast: VersionStyle = characters => byCharacter(`${characters.slice(0, 3)}0`);

/** By the two characters of an Azureus-style ID; those told by `byCharacter` are only named. */
const clients: ReadonlyMap<string, string | readonly [name: string, style: VersionStyle]> = new Map<
  string,
  string | readonly [string, VersionStyle]
>([
  ['7T', 'aTorrent'],
  ['AG', 'Ares'],
  ['AR', 'Arctic'],
  ['AZ', 'Vuze'],
  ['BC', ['BitComet', byPairs]],
  ['BE', 'BitTorrent SDK'],
  ['BI', 'BiglyBT'],
  ['BL', 'BitLord'],
  ['BT', ['BitTorrent', withoutLast]],
  ['BW', 'BitTorrent Web'],
  ['CD', 'Enhanced CTorrent'],
  ['CT', 'CTorrent'],
  ['DE', 'Deluge'],
  ['EB', 'EBit'],
  ['FC', 'FileCroc'],
  ['FD', 'Free Download Manager'],
  ['FL', 'Folx'],
  ['FW', 'FrostWire'],
  ['FX', 'Freebox BitTorrent'],
  ['GR', 'GetRight'],
  ['GT', 'anacrolix/torrent'],
  ['HL', 'Halite'],
  ['JS', 'PicoTorrent'],
  ['KG', 'KGet'],
  ['KT', 'KTorrent'],
  ['LC', 'LeechCraft'],
  ['LP', 'Lphant'],
  ['LT', 'libtorrent'],
  ['LW', 'LimeWire'],
  ['MG', 'MediaGet'],
  ['MO', 'MonoTorrent'],
  ['MR', 'Miro'],
  ['PI', 'PicoTorrent'],
  ['PW', 'Piecewise'],
  ['QD', 'QQDownload'],
  ['SB', 'Swiftbit'],
  ['SD', 'Thunder'],
  ['SZ', 'Shareaza'],
  ['ST', 'SymTorrent'],
  ['TB', 'Torch'],
  ['TL', 'Tribler'],
  ['TR', ['Transmission', ofTransmission]],
  ['TT', 'TuoTu'],
  ['UE', ['µTorrent Embedded', withoutLast]],
  ['UM', ['µTorrent Mac', withoutLast]],
  ['UT', ['µTorrent', withoutLast]],
  ['UW', ['µTorrent Web', withoutLast]],
  ['WD', ['WebTorrent Desktop', byNumbers]],
  ['WW', ['WebTorrent', byNumbers]],
  ['XF', 'Xfplay'],
  ['XL', 'Xunlei'],
  ['bk', 'BitKitten'],
  ['lt', 'rTorrent'],
  ['qB', 'qBittorrent'],
  ['tT', 'tTorrent'],
]);

/** By the first character of a Shadow-style ID. */
const shadowClients: ReadonlyMap<string, string> = new Map([
  ['A', 'ABC'],
  ['O', 'Osprey'],
  ['Q', 'BTQueue'],
  ['R', 'Tribler'],
  ['S', 'Shadow'],
  ['T', 'BitTornado'],
  ['U', 'UPnP NAT'],
]);
const shadowDigits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.-';

/**
 * The program of a peer, for people: what it calls itself (`own`, from BEP 10) if it does, or else what its peer ID, 40
 * hexadecimal digits, tells by convention: "qBittorrent 4.5.2".
 */
export function clientName(peer: string, own = ''): string {
  if (own !== '') return own.replace('/', ' ');
  const id = latin1Text(hexBytes(peer));
  return azureusStyle(id) ?? dashedStyle(id) ?? shadowStyle(id) ?? unknownName(id);
}

/** "-qB4520-" */
function azureusStyle(id: string): string | undefined {
  const [, code, characters] = /^-([\dA-Za-z~]{2})([\dA-Za-z]{4})-/.exec(id) ?? [];
  const client = clients.get(code ?? '');
  if (client === undefined) return undefined;
  const [name, style] = typeof client === 'string' ? [client, byCharacter] : client;
  return `${name} ${style(characters!)}`.trim();
}

/** "M7-10-5--", "A2-1-36-0-", "TIX0284-": each its own. */
function dashedStyle(id: string): string | undefined {
  const mainline = /^M(\d{1,2})-(\d{1,2})-(\d{1,2})-/.exec(id);
  if (mainline !== null) return `BitTorrent ${mainline.slice(1).join('.')}`;
  const aria = /^A2-(\d{1,2})-(\d{1,3})-(\d{1,2})-/.exec(id);
  if (aria !== null) return `aria2 ${aria.slice(1).join('.')}`;
  const tixati = /^TIX(\d{4})-/.exec(id);
  return tixati === null ? undefined : `Tixati ${byPairs(tixati[1]!)}`;
}

/** "T03I-----": up to five characters of version, the rest dashes. */
function shadowStyle(id: string): string | undefined {
  const [, code, version] = /^([A-Z])([\dA-Za-z.]{1,5})-{0,4}---/.exec(id) ?? [];
  const name = shadowClients.get(code ?? '');
  if (name === undefined) return undefined;
  return `${name} ${Array.from(version!, character => shadowDigits.indexOf(character)).join('.')}`;
}

function unknownName(id: string): string {
  const [, start] = /^([!-~]{3,8})/.exec(id) ?? [];
  return start === undefined ? 'unknown client' : `unknown client (${start})`;
}

/**
 * A peer ID of ours as 40 hexadecimal digits, in Azureus style: "-PW0100-" and twelve characters by chance. `version` is
 * "0.1.0".
 */
export function peerIdOf(version: string, random: Random): string {
  const numbers = [...version.split('.'), '0', '0', '0', '0'].slice(0, 4);
  const characters = numbers.map(part =>
    Math.min(Number.parseInt(part, 10) || 0, 35)
      .toString(36)
      .toUpperCase(),
  );
  const chance = Array.from({ length: 12 }, () => shadowDigits[Math.floor(random() * 62)]);
  return hexText(latin1Bytes(`-PW${characters.join('')}-${chance.join('')}`));
}
