import type { OperatorId } from './operator.ts';

/** Who is signed in on the page. Secrets are kept as digests only. */
export interface Sessions {
  /** The secret of a link that signs this operator in, once, within ten minutes. */
  invite(operator: OperatorId): Promise<string>;
  /** Uses an invitation up; resolves with the secret of a session of twelve hours, or undefined when it is stale. */
  enter(invitation: string): Promise<string | undefined>;
  whose(session: string): Promise<OperatorId | undefined>;
  leave(session: string): Promise<void>;
}
