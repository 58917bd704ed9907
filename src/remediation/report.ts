import type { Logger } from 'pino';

import { OutsideError, unstopped, UserError } from '#src/domain/errors.ts';
import { keyOf } from '#src/domain/key.ts';
import type { Request } from '#src/domain/remedy.ts';

import type { Unbegun } from './journal.ts';

/** Why a run failed, for people; what is our own fault is for the log, under an incident. */
export function reasonOf(error: unknown, { id, remedy }: Request, logger: Logger): string {
  if (error instanceof UserError || error instanceof OutsideError) return error.message;
  const incident = keyOf('incident', id, Date.now()).slice(0, 8);
  logger.error({ request: id, remedy, incident, err: error }, 'remedy failed by a fault of our own');
  return `a fault of Tocsin itself (incident ${incident}, see its log); look at the node before you request it again`;
}

export function failureWords(why: string, { steps }: Request): string {
  const at = steps.find((step) => step.doneAt === undefined);
  const where = at ? ` It ended in step “${at.name}”` : ' It ended after its last step';
  return `${unstopped(why)}.${where}; done before: ${doneOf(steps)}.`;
}

export const stoppedWords = ({ by, reason, step }: Unbegun, { steps }: Request): string =>
  `by ${by}: ${unstopped(reason)}. Done before: ${doneOf(steps)}. Not done: “${step}” and whatever follows it. ` +
  'Look at the node before you request it again.';

/** The result, and that somebody wanted it stopped when nothing was left to be stopped. */
export const successWords = (result: string, { cancelling }: Request): string =>
  cancelling
    ? `${result} ${cancelling.by} wanted it cancelled (${unstopped(cancelling.reason)}), but its last step was under way.`
    : result;

const doneOf = (steps: Request['steps']): string =>
  steps
    .filter((step) => step.doneAt !== undefined)
    .map((step) => step.name)
    .join(', ') || 'nothing';
