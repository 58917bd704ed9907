import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

import { root } from '#test/real/root.ts';

const NOTED = /(audit\.jsonl) \d+:[0-9a-f]{16}\n$/;

/** The command by which docs/security.md has an export of the audit checked. */
function documented(): string {
  const page = readFileSync(join(root, 'docs', 'security.md'), 'utf8');
  const blocks = Array.from(page.matchAll(/^```sh\n(.*?)^```/gms), ([, block = '']) => block);
  const found = blocks.filter((block) => NOTED.test(block));
  if (found.length !== 1) throw new Error('docs/security.md has no one command that checks an export');
  return found[0]!;
}

interface Checked {
  readonly code: number;
  readonly said: string;
}

/** Runs it over an export, in a shell, with nothing of Tocsin around it. */
export async function checkExport(lines: string, noted?: string): Promise<Checked> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-export-'));
  try {
    writeFileSync(join(folder, 'audit.jsonl'), lines, 'latin1');
    const command = documented().replace(NOTED, noted === undefined ? '$1' : `$1 ${noted}`);
    const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
    return await new Promise((resolve) => {
      const options = { cwd: folder, env: { PATH: path }, timeout: 20_000 };
      execFile('sh', ['-c', command], options, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code ?? -1) : 0, said: stdout + stderr }),
      );
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
