import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { checkInterrupted } from './child.mjs';
import { root } from './root.mjs';
import { Refusal, say } from './say.mjs';

const waitMs = 30 * 60_000;
const halfWrittenMs = 5_000;
const path = join(
  tmpdir(),
  `tocsin-setup-${createHash('sha256').update(root).digest('hex').slice(0, 16)}.lock`,
);

/** Does the work while no other run of this project's setup does any. */
export async function locked(work) {
  await acquire();
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

async function acquire() {
  const until = Date.now() + waitMs;
  let said = false;
  while (!take()) {
    checkInterrupted();
    if (Date.now() > until)
      throw new Refusal(`another setup holds ${path} for more than ${waitMs / 60_000} minutes.`);
    if (isLeftOver()) rmSync(path, { force: true });
    else if (!said) {
      say('waiting for another setup of this project to end');
      said = true;
    }
    await pause(150 + Math.random() * 100);
  }
}

function take() {
  try {
    writeFileSync(path, `${process.pid}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function isLeftOver() {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
    return Number.isNaN(pid) ? Date.now() - statSync(path).mtimeMs > halfWrittenMs : !isAlive(pid);
  } catch {
    return false;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
