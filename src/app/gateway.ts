import { createLeadership, type Leadership, type Term } from '#src/gateway/leadership.ts';
import { hasEnded, incarnation } from '#src/gateway/incarnation.ts';

import type { Base } from './base.ts';
import type { Desks } from './desks.ts';
import type { FleetSource } from './fleet.ts';
import { openHearing } from './hearing.ts';
import type { Media } from './media.ts';

const LEASE = 'gateway';

/**
 * Hears people while it leads; a second one stands by. Every event is taken under the lease, checked in the same
 * step in Redis: who has lost it without knowing takes none.
 */
export async function openGateway(
  stack: AsyncDisposableStack,
  { base, source, media, desks }: { base: Base; source: FleetSource; media: Media; desks: Desks },
): Promise<Leadership> {
  const { config, logger, say, stores } = base;
  const lead = ({ fence, over }: Term): void => {
    const once = {
      begin: (id: string) => stores.once.begin(LEASE, fence, id),
      done: stores.once.done,
    };
    const followed = {
      load: stores.followed.load,
      save: (account: string, token: string, savedAtMs: number) =>
        stores.followed.save(account, { token, savedAtMs }, fence),
    };
    const listenerOf = openHearing(base, source, desks, media, once);
    media.start((platform) => ({ ...listenerOf(platform), followed }), over);
    // One process asks for news, not all of them.
    desks.poller.run(over).catch(base.warn);
  };
  const leadership = stack.use(
    createLeadership({
      leases: stores.leases,
      name: LEASE,
      note: incarnation(config.dataDir) ?? '',
      hasEnded: (note) => hasEnded(note, config.dataDir),
      lead,
      logger,
    }),
  );
  await leadership.settled();
  if (!leadership.leads()) {
    media.start();
    say('Gateway: standby, another process leads; takes over when that ends');
  }
  return leadership;
}
