import type { Audit } from '#src/domain/audit.ts';
import { UserError, wordsOf } from '#src/domain/errors.ts';
import type { Actor } from '#src/domain/operator.ts';
import type { Request } from '#src/domain/remedy.ts';

import { peopleOf } from './journal.ts';

interface Attempt {
  readonly deed: string;
  /** How it is called once it is done; otherwise as the state that it leads to. */
  readonly done?: string;
  readonly by: Actor;
  readonly about: string;
}

type Attempted = (
  attempt: Attempt,
  detail: Readonly<Record<string, string>>,
  act: () => Promise<Request>,
) => Promise<Request>;

/** Puts on record what somebody attempts and what came of it, also when it is refused. */
export const createAttempts =
  (audit: Pick<Audit, 'write'>): Attempted =>
  async ({ deed, done, by, about }, detail, act) => {
    const said = { who: by.id, account: by.account, about: bounded(about) };
    const asked = Object.fromEntries(
      Object.entries(detail).map(([name, value]) => [bounded(name), bounded(value)]),
    );
    await audit.write({ ...said, what: `remedy.${deed}`, detail: asked });
    try {
      const request = await act();
      await audit.write({
        ...said,
        what: `remedy.${done ?? (request.state === 'running' ? 'cancelling' : request.state)}`,
        detail: facts(request),
      });
      return request;
    } catch (error) {
      const refused = error instanceof UserError ? `remedy.${deed}-refused` : `remedy.${deed}-failed`;
      await audit.write({ ...said, what: refused, detail: { ...asked, why: bounded(wordsOf(error)) } });
      throw error;
    }
  };

const LONGEST = 200;
/** As anybody may have said it, bounded: the audit keeps a hundred thousand entries. */
export const bounded = (words: string): string =>
  words.length > LONGEST ? `${words.slice(0, LONGEST).toWellFormed()}… (${words.length} characters)` : words;

/** What is audited of a request: no plan, no result of a step. */
export function facts(request: Request): Record<string, string> {
  const { remedy, node, service, digest, risk, reason, emergency, cancelling } = request;
  return {
    remedy,
    node,
    service,
    risk,
    digest,
    ...peopleOf(request),
    ...(emergency && { emergency: 'approved by the one who asked, under the emergency rule' }),
    ...(cancelling && { cancelledBy: cancelling.by }),
    ...(reason && { reason }),
  };
}
