// Installs, where packages come with apt, what the tests with several hosts and with a classmate's peer need and is not
// here: `ip` and `tc`, with which only root can do anything, and Python. Says what it does on standard error; without
// them those tests are skipped.
import process from 'node:process';
import { hasApt, installPackages, onPath } from './apt.mjs';

const tools = [
  { command: 'ip', package: 'iproute2', isOfUse: process.getuid?.() === 0 },
  { command: 'python3', package: 'python3', isOfUse: true },
];

const missing = tools.filter(({ command, isOfUse }) => isOfUse && onPath(command) === undefined);
if (missing.length > 0 && hasApt()) {
  const packages = missing.map(({ package: name }) => name);
  console.error(`lab-tools: installing ${packages.join(', ')} for the tests with several hosts, once …`);
  installPackages(packages);
}
