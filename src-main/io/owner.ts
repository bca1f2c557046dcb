import { hostname } from 'node:os';

/** The process to which something on disk belongs. */
export interface Owner {
  readonly pid: number;
  readonly host: string;
}

/** Whether an owner may still run; of another computer's processes we see nothing, so theirs may. */
export function mayRun({ pid, host }: Owner): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
