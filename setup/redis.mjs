import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, find } from './child.mjs';
import { root } from './root.mjs';
import { Refusal } from './say.mjs';
import { installPackages } from './system.mjs';

const names = { 'apt-get': ['redis-server'], dnf: ['redis'], apk: ['redis'], brew: ['redis'] };
const other = 'or set REDIS_URL to a Redis you have';

/** A redis-server of 6.2 or newer on PATH, unless a start is told to use another Redis. */
export const redis = {
  met: () => isElsewhere() || isRecent(version()),
  async meet() {
    await installPackages({ what: 'Redis 6.2 or newer', names, other });
    const found = version();
    if (!isRecent(found)) {
      throw new Refusal(
        `Redis 6.2 or newer is needed, and this machine has ${found ?? 'none'}: install one, ${other}.`,
      );
    }
  },
};

function version() {
  const program = find('redis-server');
  return program && / v=([\d.]+)/.exec(ask(program, '--version') ?? '')?.[1];
}

function isRecent(version = '0.0') {
  const [major, minor] = version.split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 2);
}

// Tests start servers of their own whatever REDIS_URL says.
function isElsewhere() {
  const script = process.env.npm_lifecycle_event ?? 'start';
  if (script !== 'start') return false;
  const file = readFile(join(root, '.env'));
  return ['REDIS_URL', 'REDIS_URL_FILE'].some(
    (name) => (process.env[name] ?? fromFile(file, name) ?? '') !== '',
  );
}

function fromFile(text, name) {
  return new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*[=:][ \\t]*["']?([^"'\\s#]*)`, 'm').exec(
    text,
  )?.[1];
}

function readFile(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
