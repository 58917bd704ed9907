import { OutsideError, type Reason } from '#src/domain/errors.ts';
import type { Process, Ran } from '#src/domain/executor.ts';

import { wordsIn } from './words.ts';

/** What tocsin-gate itself exits with; its last line on the error side then says why. */
const REFUSALS: ReadonlyMap<number, Reason> = new Map([
  [240, 'forbidden'],
  [241, 'rejected'],
  [242, 'unavailable'],
  [244, 'not-found'],
  [245, 'forbidden'],
]);
const UNKNOWN_END = 242;
const STILL_RUNS = 243;
/** What shells say when there is no gate. */
const IS_NOT_THERE = 127;
const NO_GATE = /tocsin-gate: (?:command )?not found|not found: tocsin-gate/;
const SAID = /(?:^|\n)tocsin-gate: ([^\n]{1,600})[^\n]*\n?$/;

/** Whether a gate gave this answer instead of running what it was asked for. */
export const saidByGate = ({ exitCode, stderr }: Ran): string | undefined =>
  REFUSALS.has(exitCode) || exitCode === STILL_RUNS ? SAID.exec(stderr)?.[1] : undefined;

export const stillRuns = (ran: Ran): boolean => ran.exitCode === STILL_RUNS && saidByGate(ran) !== undefined;

/** Why the gate did not do what it was asked for; undefined when it did. */
export function refusalIn(ran: Ran, system: string, at: string): OutsideError | undefined {
  const words = saidByGate(ran);
  if (words !== undefined) {
    const maybeDone = ran.exitCode === UNKNOWN_END;
    const reason = REFUSALS.get(ran.exitCode) ?? 'unavailable';
    return new OutsideError(system, reason, `tocsin-gate on ${at}: ${words}`, { maybeDone });
  }
  if (ran.exitCode !== IS_NOT_THERE || !NO_GATE.test(ran.stderr)) return undefined;
  const advice = 'install it there (docs/gate.md), or take gate: true out of its access';
  return new OutsideError(system, 'not-found', `there is no tocsin-gate on ${at}: ${advice}`);
}

/** The process in an answer, undefined where there is none. Throws OutsideError. */
export function processIn(answer: string, system: string, at: string): Process | undefined {
  if (answer === '') return undefined;
  const [pid = '', startedAt = '', cwd = '', ...rest] = wordsIn(answer.trimEnd());
  // An empty word stands between the variables and the command line.
  const end = rest.indexOf('');
  const [variables, argv] = [rest.slice(0, end), rest.slice(end + 1)];
  if (!/^\d+$/.test(pid) || end < 0 || argv.length === 0) {
    throw new OutsideError(
      system,
      'unreadable',
      `what tocsin-gate on ${at} says of a process cannot be read`,
    );
  }
  const env = variables.map((entry): [string, string] => {
    const at = entry.indexOf('=');
    return [entry.slice(0, at), entry.slice(at + 1)];
  });
  return { pid: Number(pid), startedAt, argv, cwd, env: Object.fromEntries(env) };
}
