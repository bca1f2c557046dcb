// Prints, as JSON, which real BitTorrent programs there are for the tests with strangers: those that are installed, and,
// where packages come with apt, those it installs now. One that cannot be had comes with the reason. Says what it does
// on standard error.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { hasApt, installPackages, onPath } from './apt.mjs';

const { CI, PIECEWISE_PYTHON } = process.env;

/** What a program prints, on either stream; undefined when it cannot be run. */
function output(command, ...args) {
  const { error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000 });
  return error === undefined ? stdout + stderr : undefined;
}

/** A program with the version that this pattern finds in what it prints, empty where it tells none; undefined: not here. */
function program(path, versionArgs, pattern) {
  if (path === undefined) return undefined;
  const [, version] = pattern.exec(output(path, ...versionArgs) ?? '') ?? [];
  return version === undefined ? undefined : { path, version };
}

/** `PIECEWISE_PYTHON`, or that of Debian's packages, which may stand behind another one. */
function pythonWithLibtorrent() {
  const script = 'import libtorrent; print("libtorrent", libtorrent.__version__)';
  const pythons =
    PIECEWISE_PYTHON === undefined ? ['/usr/bin/python3', onPath('python3')] : [PIECEWISE_PYTHON];
  return pythons
    .filter(path => path !== undefined && existsSync(path))
    .map(path => program(path, ['-c', script], /^libtorrent (\S+)/m))
    .find(found => found !== undefined);
}

/** `starts`: its package starts a service where systemd runs. */
const clients = {
  aria2: {
    package: 'aria2',
    find: () => program(onPath('aria2c'), ['--version'], /^aria2 version (\S+)/m),
  },
  transmission: {
    package: 'transmission-daemon',
    starts: true,
    find: () => program(onPath('transmission-daemon'), ['--version'], /^transmission-daemon (\S+)/m),
  },
  libtorrent: { package: 'python3-libtorrent', find: pythonWithLibtorrent },
  opentracker: {
    package: 'opentracker',
    starts: true,
    find: () => program(onPath('opentracker'), ['-h'], /^Usage: ()/m),
  },
};

function install(packages) {
  if (packages.length === 0 || !hasApt()) return;
  console.error(
    `clients: installing ${packages.join(', ')} for the tests with other BitTorrent clients, once …`,
  );
  installPackages(packages);
}

const found = new Map(Object.entries(clients).map(([name, { find }]) => [name, find()]));
const missing = Object.entries(clients).filter(([name]) => found.get(name) === undefined);
// No computer of a person gets services that start with it because somebody ran the tests.
const mayStart = CI !== undefined || !existsSync('/run/systemd/system');
install(missing.filter(([, client]) => mayStart || !client.starts).map(([, client]) => client.package));
for (const [name, { find, package: name_ }] of missing) {
  const reason = `the package ${name_} is not installed`;
  found.set(name, find() ?? { missing: reason });
  if (found.get(name).missing) console.error(`clients: no tests with ${name}: ${reason}.`);
}
console.log(JSON.stringify(Object.fromEntries(found)));
