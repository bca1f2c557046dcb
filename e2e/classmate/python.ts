import { spawnSync } from 'node:child_process';
import { root } from '../processes.ts';

/** The peer that a classmate might hand in: Python's standard library and the byte tables of the course, nothing of ours. */
export const classmate = `${root}e2e/classmate/peer.py`;

/** Python 3.9 or newer; undefined where there is none. `PIECEWISE_PYTHON` names another one. */
export const python = [process.env.PIECEWISE_PYTHON, 'python3', 'python']
  .filter(name => name !== undefined)
  .find(name => spawnSync(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0);
