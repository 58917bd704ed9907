import { setTimeout as pause } from 'node:timers/promises';

import { OutsideError } from '#src/domain/errors.ts';
import type { Leases } from '#src/domain/lease.ts';

/** Renewed as long as the deed takes: what a dead process held is free again after this. */
const LEASE_MS = 10_000;
const TURN_MS = 50;
const PATIENCE_MS = 5_000;
const AGAIN_MS = 2_000;

/** One deed of a name at a time, over all processes. Throws OutsideError, to be tried again, when others take too long. */
export const createAlone =
  (leases: Leases, system: string, leaseMs = LEASE_MS) =>
  async <T>(name: string, deed: () => Promise<T>): Promise<T> => {
    const until = Date.now() + PATIENCE_MS;
    let lease = await leases.take(`${system}:${name}`, leaseMs);
    while (!lease) {
      if (Date.now() > until) {
        const words = 'Another process is at it; it is tried again';
        throw new OutsideError(system, 'rate-limited', words, { retryAfterMs: AGAIN_MS, ofRecipient: true });
      }
      await pause(TURN_MS);
      lease = await leases.take(`${system}:${name}`, leaseMs);
    }
    const { renew, release } = lease;
    const renewal = setInterval(() => void renew().catch(() => undefined), leaseMs / 3);
    try {
      return await deed();
    } finally {
      clearInterval(renewal);
      await release().catch(() => undefined);
    }
  };
