import { setTimeout as pause } from 'node:timers/promises';

import { UserError } from '#src/domain/errors.ts';
import { keyOf } from '#src/domain/key.ts';
import type { Leases } from '#src/domain/lease.ts';
import { LATEST, type Request, type Requests } from '#src/domain/remedy.ts';

import { isCure } from './cool-down.ts';
import { isDue } from './decide.ts';

type Wanted = Pick<Request, 'remedy' | 'node' | 'service' | 'arguments'>;

/** Of the same remedy for the same service with the same arguments, one request is open at a time, over all processes. */
export interface OneOpen {
  /** The one that is open. */
  find(wanted: Wanted): Promise<Request | undefined>;
  /** Puts it on record, unless another is open: that one then. */
  open(request: Request): Promise<Request>;
}

const LEASE_MS = 5_000;
const AGAIN_MS = 25;
/** Whoever holds the lease writes one record; longer than this nobody waits for a few of them. */
const PATIENCE_MS = 20_000;

export function createOneOpen(
  requests: Pick<Requests, 'list' | 'update'>,
  leases: Pick<Leases, 'take'>,
  now: () => Date,
): OneOpen {
  const find = async (wanted: Wanted): Promise<Request | undefined> =>
    (await requests.list(LATEST)).find(
      (one) => isOpen(one, now()) && isCure(one, wanted) && sameWords(one.arguments, wanted.arguments),
    );
  return {
    find,
    async open(request) {
      const { remedy, node, service } = request;
      const name = `ask:${keyOf('ask', remedy, node, service)}`;
      let lease = await leases.take(name, LEASE_MS);
      const until = performance.now() + PATIENCE_MS;
      for (; !lease; lease = await leases.take(name, LEASE_MS)) {
        if (performance.now() > until) throw new UserError('Others ask for the same just now: ask again.');
        await pause(AGAIN_MS);
      }
      try {
        const open = await find(request);
        return open ?? (await requests.update(request.id, (current) => current ?? request)) ?? request;
      } finally {
        await lease.release().catch(() => undefined);
      }
    },
  };
}

const isOpen = (request: Request, now: Date): boolean =>
  request.state === 'running' ||
  ((request.state === 'requested' || request.state === 'approved') && !isDue(request, now));

function sameWords(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
