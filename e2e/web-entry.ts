import { request } from 'node:http';
import { WebSocket } from 'ws';
import type { Ui } from './browser.ts';

/** The way into the app that a browser takes, for tests without one. */

export interface Entry {
  readonly port: string;
  readonly host: string;
  readonly origin: string;
  readonly folder: string;
  readonly cookie: string;
}

/** Goes through the link as a browser does. */
export function comeIn({ link }: Pick<Ui, 'link'>): Promise<Entry> {
  const { port, host } = new URL(link);
  return new Promise((resolve, reject) => {
    const asked = request(link, ({ statusCode, headers }) => {
      if (statusCode !== 303) return reject(new Error(`the link was answered with ${statusCode}`));
      const [cookie] = headers['set-cookie']![0]!.split(';');
      resolve({
        port,
        host: `Host: ${host}`,
        origin: `Origin: http://${host}`,
        folder: headers.location!,
        cookie: `Cookie: ${cookie}`,
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** A carrier opened with the cookie, from a page of this origin. */
export function carrier({ port, folder, cookie }: Entry, origin = `http://127.0.0.1:${port}`): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${port}${folder}carrier`, {
    origin,
    headers: { Cookie: cookie.replace('Cookie: ', '') },
  });
}

export function opened(socket: WebSocket): Promise<'open' | string> {
  return new Promise(resolve => {
    socket.once('open', () => resolve('open'));
    socket.once('error', error => resolve(error.message));
  });
}
