// Draws the icons of the installers from their one source, packaging/icon.svg, with Chromium: PNG files for Linux, and
// the collections of them that Windows and macOS want. They are kept, since electron-builder would download a tool for it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';

const ci = dirname(fileURLToPath(import.meta.url));
const folder = join(ci, '../src-main/hosts/electron/packaging');

const icoSizes = [16, 24, 32, 48, 64, 128, 256];
/** Kinds of pictures in an ICNS file, with their sizes in pixels. */
const icnsKinds = {
  ...{ icp4: 16, icp5: 32, ic07: 128, ic08: 256, ic09: 512 },
  ...{ ic11: 32, ic12: 64, ic13: 256, ic14: 512, ic10: 1024 },
};
const linuxSizes = [16, 24, 32, 48, 64, 128, 256, 512, 1024];

/** The picture in each size, as PNG. */
async function draw(sizes) {
  const executablePath = execFileSync(process.execPath, [join(ci, 'chromium.mjs')], {
    encoding: 'utf8',
  }).trim();
  const browser = await chromium.launch({ executablePath });
  const page = await browser.newPage();
  const source = readFileSync(join(folder, 'icon.svg'), 'utf8');
  const pictures = new Map();
  for (const size of sizes) {
    await page.setViewportSize({ width: size, height: size });
    await page.setContent(
      `<style>body { margin: 0 } svg { display: block; width: ${size}px; height: ${size}px }</style>${source}`,
    );
    pictures.set(size, await page.screenshot({ omitBackground: true }));
  }
  await browser.close();
  return pictures;
}

/** A Windows icon: a directory of 16 bytes a picture, then the pictures. */
function ico(pictures) {
  const head = Buffer.alloc(6 + 16 * icoSizes.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(icoSizes.length, 4);
  let offset = head.length;
  for (const [index, size] of icoSizes.entries()) {
    const entry = 6 + 16 * index;
    // 0 stands for 256.
    head.writeUInt8(size % 256, entry);
    head.writeUInt8(size % 256, entry + 1);
    head.writeUInt16LE(1, entry + 4);
    head.writeUInt16LE(32, entry + 6);
    head.writeUInt32LE(pictures.get(size).length, entry + 8);
    head.writeUInt32LE(offset, entry + 12);
    offset += pictures.get(size).length;
  }
  return Buffer.concat([head, ...icoSizes.map(size => pictures.get(size))]);
}

/** A block of an ICNS file: its kind, its length with these eight bytes, its bytes. */
function block(kind, bytes) {
  const head = Buffer.alloc(8);
  head.write(kind, 'latin1');
  head.writeUInt32BE(bytes.length + 8, 4);
  return Buffer.concat([head, bytes]);
}

const pictures = await draw([...new Set([...linuxSizes, ...icoSizes, ...Object.values(icnsKinds)])]);
mkdirSync(join(folder, 'icons'), { recursive: true });
for (const size of linuxSizes) writeFileSync(join(folder, `icons/${size}x${size}.png`), pictures.get(size));
writeFileSync(join(folder, 'icon.ico'), ico(pictures));
const blocks = Object.entries(icnsKinds).map(([kind, size]) => block(kind, pictures.get(size)));
writeFileSync(join(folder, 'icon.icns'), block('icns', Buffer.concat(blocks)));
