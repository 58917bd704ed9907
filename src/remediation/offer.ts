import type { Executors } from '#src/domain/executor.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import type { ServiceId, Target } from '#src/domain/node.ts';
import type { Remedy } from '#src/domain/remedy.ts';

/** The service that a remedy is for, or why it cannot work there and what a person does by hand. */
export type Offer = { readonly service: ServiceId } | { readonly byHand: string };

/**
 * For what was found of a service: the same service where the remedy fits it, else the one of its node that it fits (iguana,
 * for what a daemon shows of it). Asks nobody.
 */
export function offerOf(
  remedy: Remedy | undefined,
  found: Target,
  { fleet, executors }: { readonly fleet: Fleet; readonly executors: Executors },
): Offer {
  if (!remedy) return { byHand: '' };
  const fitting = fleet.targetsOf(found.node.id).filter(({ service }) => remedy.kinds.includes(service.kind));
  const own = fitting.find(({ service }) => service.id === found.service.id);
  const [only, another] = fitting;
  const target = own ?? (another ? undefined : only);
  if (!target) {
    const several = another ? 'several services' : 'no service';
    return { byHand: `${remedy.id} fits ${several} of ${found.node.id}: it is not offered here.` };
  }
  const why = remedy.notHere?.(target, executors(target.node));
  return why === undefined ? { service: target.service.id } : { byHand: why };
}
