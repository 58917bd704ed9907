import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import type { Node } from '#src/domain/node.ts';

import { temporaryFolder } from './folder.ts';
import { root } from './root.ts';
import { type RunningSshd, type SshdOptions, startSshd } from './sshd.ts';

export const GATE = join(root, 'deploy', 'node', 'tocsin-gate');

export interface GatedSshd extends RunningSshd {
  /** The allow-list; takes effect at once. */
  allow(...lines: readonly string[]): void;
  readonly allowFile: string;
  /** What the gate keeps: results, what is remembered, its log. */
  readonly state: string;
  log(): string;
}

/** A real sshd whose one key leads to the real tocsin-gate and, through it, to every port of the loopback. */
export async function startGatedSshd(options: Omit<SshdOptions, 'options'> = {}): Promise<GatedSshd> {
  const folder = temporaryFolder('gate');
  chmodSync(folder.path, 0o755);
  const [allowFile, state] = ['allow', 'state'].map((name) => join(folder.path, name)) as [string, string];
  const allow = (...lines: readonly string[]): void => writeFileSync(allowFile, `${lines.join('\n')}\n`);
  allow();
  mkdirSync(state, { mode: 0o700 });
  if (options.user !== undefined && process.getuid?.() === 0) {
    chownSync(state, Number(execFileSync('id', ['-u', options.user], { encoding: 'utf8' })), 0);
  }
  const command = `sh ${GATE} ${allowFile} ${state}`;
  const sshd = await startSshd({
    ...options,
    options: `restrict,port-forwarding,permitopen="127.0.0.1:*",command="${command}"`,
  });
  const plainNode = sshd.node.bind(sshd);
  const dispose = sshd[Symbol.asyncDispose].bind(sshd);
  return Object.assign(sshd, {
    allow,
    allowFile,
    state,
    log: () => (existsSync(join(state, 'log')) ? readFileSync(join(state, 'log'), 'utf8') : ''),
    access: withGate(sshd.access),
    node: (id?: string): Node => ({ ...plainNode(id), access: withGate(sshd.access)() }),
    async [Symbol.asyncDispose]() {
      await dispose();
      folder[Symbol.dispose]();
    },
  });
}

const withGate =
  (access: RunningSshd['access']): RunningSshd['access'] =>
  (family) => ({ ...access(family), gate: true });
