import { setTimeout as pause } from 'node:timers/promises';

import { keyOf } from '#src/domain/key.ts';
import type { Leases } from '#src/domain/lease.ts';
import type { Request, Requests } from '#src/domain/remedy.ts';

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

/** Requests among which it is looked for: what is open is among the latest. */
const LOOKED_AT = 500;
const LEASE_MS = 5_000;
const AGAIN_MS = 25;

export function createOneOpen(
  requests: Pick<Requests, 'list' | 'update'>,
  leases: Pick<Leases, 'take'>,
  now: () => Date,
): OneOpen {
  const find = async (wanted: Wanted): Promise<Request | undefined> =>
    (await requests.list(LOOKED_AT)).find(
      (one) => isOpen(one, now()) && isCure(one, wanted) && sameWords(one.arguments, wanted.arguments),
    );
  return {
    find,
    async open(request) {
      const { remedy, node, service } = request;
      const name = `ask:${keyOf('ask', remedy, node, service)}`;
      let lease = await leases.take(name, LEASE_MS);
      for (; !lease; lease = await leases.take(name, LEASE_MS)) await pause(AGAIN_MS);
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
