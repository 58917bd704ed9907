import { readFileSync, readlinkSync } from 'node:fs';

/**
 * What tells one life of a process from the next, on whichever machine; the folder is where it keeps its data.
 * Undefined where the system does not tell.
 */
export function incarnation(folder: string, pid = process.pid): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return JSON.stringify([boot, readlinkSync('/proc/self/ns/pid'), folder, pid, startedAt(pid)]);
  } catch {
    return undefined;
  }
}

/** Whether it is known that this life is over: an earlier one of the same Tocsin on this machine. Else nothing is known. */
export function hasEnded(life: string, folder: string): boolean {
  try {
    const [, , , pid] = JSON.parse(life) as unknown[];
    if (typeof pid !== 'number') return false;
    const mine = incarnation(folder);
    if (mine === undefined || placeOf(mine) !== placeOf(life)) return false;
    return incarnation(folder, pid) !== life;
  } catch {
    return false;
  }
}

const placeOf = (life: string): string => JSON.stringify((JSON.parse(life) as unknown[]).slice(0, 3));

// In ticks since the machine began; the program's name before it, in brackets, may hold anything.
function startedAt(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
