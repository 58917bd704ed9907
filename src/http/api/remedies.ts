import { z } from 'zod';

import { type Request, REQUEST_STATES } from '#src/domain/remedy.ts';
import { defineListing, limit, MOST_ROWS } from '#src/http/listing.ts';

const rowOf = (request: Request) => ({
  id: request.id,
  remedy: request.remedy,
  risk: request.risk,
  node: request.node,
  service: request.service,
  arguments: request.arguments,
  state: request.state,
  requestedBy: request.requestedBy,
  requestedAt: request.requestedAt,
  expiresAt: request.expiresAt,
  approvedBy: request.approvedBy,
  deniedBy: request.deniedBy,
  decidedAt: request.decidedAt,
  reason: request.reason,
  plan: request.plan.steps,
  progress: request.progress,
  result: request.result,
  endedAt: request.endedAt,
});

export const remedies = defineListing({
  path: '/remedies',
  query: { limit: limit.default(100), status: z.enum(REQUEST_STATES).optional() },
  answer: async ({ remediation }, { limit, status }) => {
    const list = await remediation.list(status ? MOST_ROWS : limit);
    return list
      .filter(({ state }) => status === undefined || state === status)
      .slice(0, limit)
      .map(rowOf);
  },
});

/** All that a run said, a line each, with its time. */
export const remedyLog = defineListing({
  path: '/remedies/:id/log',
  type: 'text/plain; charset=utf-8',
  query: {},
  answer: async ({ remediation }, _query, id) => {
    const request = await remediation.get(id);
    const lines = request && (await remediation.log(request.id));
    return lines?.map(({ at, words }) => `${at} ${words}\n`).join('');
  },
});
