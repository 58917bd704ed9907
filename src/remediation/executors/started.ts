import { basename } from 'node:path';

import { OutsideError } from '#src/domain/errors.ts';
import type { Ran } from '#src/domain/executor.ts';

interface Started {
  readonly system: string;
  readonly program: string;
  readonly at: string;
}

/** What a shell, env(1) and timeout(1) exit with for a program that they could not start. */
const [MAY_NOT, IS_NOT_THERE] = [126, 127];

/** What ran, unless the program could not even be started. Throws OutsideError. */
export function started(ran: Ran, { system, program, at }: Started): Ran {
  const name = basename(program);
  if (ran.exitCode === IS_NOT_THERE) {
    const words = `${name} is not on ${at}, or not on the PATH of our user there: give its whole path`;
    throw new OutsideError(system, 'not-found', words);
  }
  if (ran.exitCode === MAY_NOT) {
    throw new OutsideError(system, 'forbidden', `our user on ${at} may not run ${name}`);
  }
  return ran;
}
