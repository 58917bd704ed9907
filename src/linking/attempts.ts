import { type Account, type AccountLinks, accountName } from '#src/domain/linking.ts';
import { keyOf } from '#src/domain/key.ts';
import type { OperatorId } from '#src/domain/operator.ts';

/** In ten minutes. */
export const MOST_OFFERS = 5;
const MOST_TRIES = { account: 5, all: 100 };

interface Options {
  readonly links: Pick<AccountLinks, 'attempt'>;
  /** Said once, by whom it is too much. */
  readonly pressed: (who: string) => Promise<void>;
}

/** Few codes for an operator, few tries for an account and for all of them together, over all processes. */
export function createAttempts({ links, pressed }: Options) {
  return {
    mayAsk: async (operator: OperatorId): Promise<boolean> =>
      (await links.attempt(keyOf('offer', operator))) <= MOST_OFFERS,
    async mayTry(account: Account): Promise<boolean> {
      const name = accountName(account);
      const own = await links.attempt(keyOf('account', name));
      if (own === MOST_TRIES.account + 1) await pressed(name);
      // What one account tries in vain takes nothing from the others.
      if (own > MOST_TRIES.account) return false;
      const all = await links.attempt('all');
      if (all === MOST_TRIES.all + 1) await pressed('many accounts');
      return all <= MOST_TRIES.all;
    },
  };
}
