import { exitCode } from './exit-codes.ts';

/** The first Ctrl-C ends tidily, the second at once. Returns a function that stops listening. */
export function onInterrupt(stop: () => void): () => void {
  let interrupted = false;
  const handle = () => {
    if (interrupted) process.exit(exitCode.interrupted);
    interrupted = true;
    stop();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, handle);
  return () => {
    for (const signal of signals) process.off(signal, handle);
  };
}
