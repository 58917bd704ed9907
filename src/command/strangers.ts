import type { Audit } from '#src/domain/audit.ts';
import type { Heard } from '#src/domain/platform.ts';

import { detailOf } from './detail.ts';
import type { Call } from './parse.ts';

/** Attempts on record in a minute, of one account and of all: nobody fills the audit from outside. */
const MOST_OF_ONE = 6;
const MOST = 60;
const MINUTE_MS = 60_000;

/** Puts on record what people outside the fleet tried that changes something; queries are answered with nothing and are no deed. */
export function createStrangers({ audit, now }: { audit: Pick<Audit, 'write'>; now: () => Date }) {
  let attempts: readonly { readonly account: string; readonly atMs: number }[] = [];

  return {
    /** `about`: the command that was meant; `call`: as far as it was understood. */
    async turnedAway(
      { platform, handle }: Heard,
      about: string | undefined,
      call: Call | undefined,
    ): Promise<void> {
      if (about === undefined || call?.who === 'observer') return;
      const atMs = now().getTime();
      const account = `${platform}:${handle}`;
      attempts = attempts.filter((attempt) => atMs - attempt.atMs < MINUTE_MS);
      const own = attempts.filter((attempt) => attempt.account === account);
      if (attempts.length >= MOST || own.length >= MOST_OF_ONE) return;
      attempts = [...attempts, { account, atMs }];
      const detail = { ...detailOf(call?.args ?? {}), why: 'not in the fleet file' };
      await audit.write({ who: 'stranger', account, what: 'command.refused', about, detail });
    },
  };
}
