import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { GATE } from '#test/real/gate.ts';
import { type Folder, temporaryFolder } from '#test/real/folder.ts';

export interface Said {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** The real script, asked as sshd asks it. */
export interface Script extends Disposable {
  readonly folder: string;
  readonly allowFile: string;
  allow(...lines: readonly string[]): void;
  /** `undefined`: a login without a command. */
  ask(request: string | undefined): Said;
  log(): string;
}

export function script(shell = 'sh'): Script {
  const folder: Folder = temporaryFolder('script');
  const at = (name: string): string => join(folder.path, name);
  mkdirSync(at('state'), { mode: 0o700 });
  const allow = (...lines: readonly string[]): void => {
    writeFileSync(at('allow'), `${lines.join('\n')}\n`);
    chmodSync(at('allow'), 0o644);
  };
  allow();
  return {
    folder: folder.path,
    allowFile: at('allow'),
    allow,
    ask(request) {
      const { PATH, HOME } = process.env;
      const env = { PATH, HOME, ...(request !== undefined && { SSH_ORIGINAL_COMMAND: request }) };
      const { status, stdout, stderr } = spawnSync(shell, [GATE, at('allow'), at('state')], {
        env,
        cwd: folder.path,
        timeout: 30_000,
        maxBuffer: 64 * 1024 * 1024,
      });
      return { code: status, stdout, stderr: stderr.toString() };
    },
    log: () => readFileSync(at('state/log'), 'utf8'),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** Any bytes as a request's word, each by its number. */
export const octal = (word: Buffer | string): string =>
  Array.from(Buffer.from(word as string), (byte) => `%${byte.toString(8).padStart(3, '0')}`).join('') || '%';
