import { createSocket } from 'node:dgram';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Lab } from './lab.ts';

/** Trackers that are not what they should be, on this machine's loop. */

export interface BadTracker {
  readonly url: string;
  /** What is said of it. */
  readonly says: RegExp;
  /** How often it was asked. */
  readonly questions: () => number;
}

const mebibyte = 1024 * 1024;

/** Everything that can go wrong with what a tracker answers, one of each. */
export async function badTrackers(lab: Lab): Promise<BadTracker[]> {
  // Half a GiB of zeros: packed parts may follow each other.
  const part = gzipSync(Buffer.alloc(16 * mebibyte));
  const bomb = Buffer.concat(Array.from({ length: 32 }, () => part));
  return Promise.all([
    // Those that take long are asked first.
    http(lab, /not answered within 15 s/, () => {}),
    http(lab, /not answered within 15 s/, answer => {
      const timer = setInterval(() => answer.write('d'), 300);
      answer.on('close', () => clearInterval(timer));
    }),
    udp(lab),
    http(lab, /something that is no tracker's answer/, answer => answer.end('<html>\0\xff')),
    http(lab, /more than 1 MiB/, answer => answer.end(Buffer.alloc(5 * mebibyte, 'd'))),
    http(lab, /answered with nothing/, answer => answer.end()),
    http(lab, /without end/, answer => answer.writeHead(302, { Location: '/announce' }).end()),
    http(lab, /an address that is none of a tracker/, answer =>
      answer.writeHead(302, { Location: 'file:///etc/passwd' }).end(),
    ),
    http(lab, /more than 1 MiB/, answer => answer.writeHead(200, { 'Content-Encoding': 'gzip' }).end(bomb)),
    http(lab, /the error 500/, answer => answer.writeHead(500).end('no')),
    closing(lab),
    talkingNonsense(lab),
  ]);
}

async function http(
  lab: Lab,
  says: RegExp,
  onQuestion: (answer: ServerResponse) => void,
): Promise<BadTracker> {
  let questions = 0;
  const server = createServer((_, answer) => {
    questions += 1;
    onQuestion(answer);
  });
  return { url: await urlOf(lab, server), says, questions: () => questions };
}

function closing(lab: Lab): Promise<BadTracker> {
  return raw(lab, /cannot be reached|broke off/, '');
}

function talkingNonsense(lab: Lab): Promise<BadTracker> {
  return raw(lab, /does not speak HTTP/, 'SSH-2.0-none of yours\r\n');
}

async function raw(lab: Lab, says: RegExp, words: string): Promise<BadTracker> {
  let questions = 0;
  const server = createTcpServer(socket => {
    socket.on('error', () => {});
    socket.once('data', () => {
      questions += 1;
      socket.end(words);
    });
  });
  return { url: await urlOf(lab, server as Server), says, questions: () => questions };
}

async function urlOf(lab: Lab, server: Pick<Server, 'listen' | 'address' | 'close'>): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  lab.onEnd(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/announce`;
}

/** Answers each packet with one that is none of BEP 15. */
async function udp(lab: Lab): Promise<BadTracker> {
  let questions = 0;
  const socket = createSocket('udp4');
  socket.on('message', (_, { port, address }) => {
    questions += 1;
    socket.send(Buffer.alloc(16, 0xff), port, address);
  });
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve));
  lab.onEnd(() => socket.close());
  return {
    url: `udp://127.0.0.1:${socket.address().port}/announce`,
    says: /not answered within 15 s/,
    questions: () => questions,
  };
}
