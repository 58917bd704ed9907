import { readFileSync } from 'node:fs';

/** What processes have taken so far. */
export interface Usage {
  readonly residentMiB: number;
  /** The sum of each process's own highest; they need not have come at the same time. */
  readonly peakMiB: number;
  readonly cpuS: number;
}

/** The kernel's figures of the processes, added up; one that is gone counts nothing. */
export function usageOf(...pids: readonly number[]): Usage {
  const sum = { residentMiB: 0, peakMiB: 0, cpuS: 0 };
  for (const pid of pids) {
    const [status, stat] = [read(pid, 'status'), read(pid, 'stat')];
    const mebibytes = (name: string): number =>
      Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
    const words = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
    sum.residentMiB += mebibytes('VmRSS');
    sum.peakMiB += mebibytes('VmHWM');
    sum.cpuS += (Number(words[11] ?? 0) + Number(words[12] ?? 0)) / 100;
  }
  return sum;
}

function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
