import { createReadStream, createWriteStream } from 'node:fs';
import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream/promises';

/**
 * The yardstick: file to socket to file with Node's own streams, 64 KiB at a time, one process at each end.
 * `pipe send FILE` prints the port it listens on; `pipe receive PORT FILE`. Each prints one line of JSON at its end.
 */
const [role, first, second] = process.argv.slice(2);
const chunk = { highWaterMark: 64 * 1024 };

function report(startedAt: number): void {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6;
  process.stdout.write(
    `${JSON.stringify({ startedAt, endedAt: Date.now(), cpuSeconds, peakBytes: maxRSS * 1024 })}\n`,
  );
}

if (role === 'send' && first !== undefined) {
  const server = createServer({ noDelay: true }, async socket => {
    server.close();
    const startedAt = Date.now();
    await pipeline(createReadStream(first, chunk), socket);
    report(startedAt);
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.stdout.write(
      `${JSON.stringify({ port: typeof address === 'object' ? address?.port : undefined })}\n`,
    );
  });
} else if (role === 'receive' && first !== undefined && second !== undefined) {
  const startedAt = Date.now();
  await pipeline(connect(Number(first), '127.0.0.1'), createWriteStream(second, chunk));
  report(startedAt);
} else {
  throw new Error('usage: pipe send FILE | pipe receive PORT FILE');
}
