import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ask, mustRun } from './child.mjs';
import { root } from './root.mjs';
import { Refusal, say, saying } from './say.mjs';

const modules = join(root, 'node_modules');
const marker = join(modules, '.tocsin-ready');
const node = join(modules, '.bin', 'node');
const platform = `${process.platform}-${process.arch}`;

/** node_modules as package-lock.json says, and a Node of 24 or newer at node_modules/.bin/node. */
export const packages = { met: () => isInstalled() && nodeRuns(), meet };

async function meet() {
  if (!isInstalled() || !(nodeRuns() || linkNode())) await saying('packages', install);
  if (!nodeRuns() && !linkNode()) {
    throw new Refusal(
      `there is no Node 24 package that runs on ${platform}: install Node 24 or newer, then run this again.`,
    );
  }
}

async function install() {
  rmSync(marker, { force: true });
  const quiet = ['--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  const whole = ['--include=dev', '--include=optional', '--no-engine-strict'];
  await mustRun([...npm(), 'ci', ...quiet, ...whole], { cwd: root, withinMs: 20 * 60_000 });
  remember();
}

// The npm and the Node that run this script, unless that Node is the one npm ci is about to replace.
function npm() {
  const { npm_execpath: script = '', npm_node_execpath: outer } = process.env;
  if (!basename(script).startsWith('npm') || !existsSync(script)) return ['npm'];
  return [outer !== undefined && existsSync(outer) ? outer : process.execPath, script];
}

function isInstalled() {
  const known = read(marker);
  if (known !== undefined && known === lockHash()) return true;
  if (!isAsLocked()) return false;
  remember(); // installed by hand, and rightly
  return true;
}

function remember() {
  mkdirSync(modules, { recursive: true });
  try {
    writeFileSync(marker, lockHash());
  } catch {
    // Somebody else's node_modules: it is compared entry by entry each time then.
  }
}

function lockHash() {
  return createHash('sha256')
    .update(read(join(root, 'package-lock.json')) ?? '')
    .digest('hex');
}

// npm keeps what it put into node_modules in a lock file of its own there, written last.
function isAsLocked() {
  const [locked, present] = [join(root, 'package-lock.json'), join(modules, '.package-lock.json')].map(
    entries,
  );
  if (locked === undefined || present === undefined) return false;
  return (
    Object.entries(present).every(
      ([path, entry]) => locked[path] !== undefined && isSame(entry, locked[path]),
    ) &&
    Object.entries(locked).every(
      ([path, entry]) => path === '' || entry.optional || entry.devOptional || path in present,
    )
  );
}

function isSame(one, other) {
  return (
    one.version === other.version && one.integrity === other.integrity && one.resolved === other.resolved
  );
}

function entries(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function nodeRuns(path = node) {
  const version = existsSync(path) ? ask(path, '--version') : undefined;
  return version !== undefined && Number.parseInt(version.slice(1), 10) >= 24;
}

// The package that npm did not link, else the Node that runs us when it is new enough.
function linkNode() {
  const shipped = ['node', 'node-bin'].map((name) => join(modules, `${name}-${platform}`, 'bin', 'node'));
  const fitting = [...shipped, process.execPath].find((path) => path !== node && nodeRuns(path));
  if (fitting === undefined || !existsSync(modules)) return false;
  rmSync(node, { force: true });
  mkdirSync(join(modules, '.bin'), { recursive: true });
  symlinkSync(fitting, node);
  if (fitting === process.execPath)
    say(`no Node 24 package runs on ${platform}; using ${fitting} ${process.version}`);
  return true;
}
