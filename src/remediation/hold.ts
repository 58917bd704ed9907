import type { Leases } from '#src/domain/lease.ts';

/** Sole use of a node; `lost` aborts when it is no longer certain. */
export interface Hold {
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** Takes a lease and renews it until it is released; undefined when somebody else holds it. */
export async function hold(leases: Leases, name: string, ttlMs: number): Promise<Hold | undefined> {
  const taken = performance.now();
  const lease = await leases.take(name, ttlMs);
  if (!lease) return undefined;
  const lost = new AbortController();
  let sureUntil = taken + ttlMs;
  async function renew(): Promise<void> {
    const asked = performance.now();
    try {
      if (await lease?.renew()) sureUntil = asked + ttlMs;
      else lost.abort(new Error('another process holds the node now'));
    } catch {
      // Not reached: the lease holds until it ends by itself.
    }
  }
  const timer = setInterval(() => {
    if (performance.now() > sureUntil) lost.abort(new Error('the hold on the node could not be renewed'));
    void renew();
  }, ttlMs / 3);
  return {
    lost: lost.signal,
    async release() {
      clearInterval(timer);
      await lease.release().catch(() => undefined);
    },
  };
}
