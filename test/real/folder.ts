import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from './ending.ts';

export interface Folder extends Disposable {
  readonly path: string;
}

const kept = new Set<string>();

atEnd(() => {
  for (const path of kept) remove(path);
});

/**
 * A new empty folder of the system's temporary one, removed on disposal and at the latest when this
 * process exits. Whatever still runs in it is ended first: a component may have started others.
 */
export function temporaryFolder(noun: string): Folder {
  const path = mkdtempSync(join(tmpdir(), `tocsin-${noun}-`));
  kept.add(path);
  return {
    path,
    [Symbol.dispose]() {
      remove(path);
      kept.delete(path);
    },
  };
}

function remove(path: string): void {
  for (const pid of processesIn(path)) end(pid);
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}

// Those that stand in the folder or were started with a word that names it.
function processesIn(path: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        const places = [readlinkSync(`/proc/${pid}/cwd`), readFileSync(`/proc/${pid}/cmdline`, 'utf8')];
        return places.some((place) => place.includes(path));
      } catch {
        return false;
      }
    })
    .map(Number);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}
