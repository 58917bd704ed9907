import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { constants as system } from 'node:os';
import { Refusal } from './say.mjs';

/** Ctrl-C or a request to end, once the running child has ended too. */
export class Interrupted extends Error {
  constructor(signal) {
    super(`interrupted by ${signal}`);
    this.exitCode = 128 + system.signals[signal];
  }
}

let interruptedBy;
const running = new Set();

/** Passes the signal to what runs; whoever awaits it gets Interrupted. */
export function interrupt(signal) {
  interruptedBy ??= signal;
  for (const child of running) end(child, signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM', 30_000);
}

/** Throws when a signal came meanwhile. */
export function checkInterrupted() {
  if (interruptedBy !== undefined) throw new Interrupted(interruptedBy);
}

/**
 * Runs a program without a terminal, in a process group of its own, and answers its exit code and
 * everything it wrote. Whatever is left of the group is ended when the time is over.
 */
export async function run([program, ...words], { withinMs, env = process.env, cwd }) {
  checkInterrupted();
  const child = spawn(program, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  running.add(child);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (output += text));

  let late = false;
  const bound = setTimeout(() => {
    late = true;
    end(child, 'SIGTERM', 10_000);
  }, withinMs);
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      resolve(127);
    });
    child.once('close', (code) => resolve(code ?? 1));
  });
  clearTimeout(bound);
  running.delete(child);
  checkInterrupted();
  if (late) output += `\n${program} was ended after ${withinMs / 1000} s.`;
  return { code, output };
}

/** Like run, but an exit code other than 0 is a refusal that carries the whole output. */
export async function mustRun(argv, { advice, ...options }) {
  const { code, output } = await run(argv, options);
  if (code !== 0)
    throw new Refusal(`${argv.join(' ')} failed:\n${output.trimEnd()}\n${advice ?? ''}`.trimEnd());
  return output;
}

/** For quick questions to a program: its standard output, or undefined when it fails or is not there. */
export function ask(program, ...words) {
  const { status, stdout } = spawnSync(program, words, {
    encoding: 'utf8',
    timeout: 10_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? stdout : undefined;
}

/** Where the program is on PATH or in the administrator's folders; undefined when it is not. */
export function find(program) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function end(child, signal, graceMs) {
  signalGroup(child, signal);
  setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs).unref();
}

function signalGroup(child, signal) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Already gone, or another user's (sudo): its own end is awaited then.
  }
}
