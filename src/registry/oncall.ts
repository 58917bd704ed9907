import { z } from 'zod';

import type { Rota } from '#src/domain/oncall.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { isZone } from '#src/domain/wall-clock.ts';

import { span } from './span.ts';
import { strict } from './words.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Who of a team is called first. */
export const Oncall = strict({
  order: z.array(z.string().min(1)).min(1),
  shift: span(
    MINUTE_MS,
    92 * DAY_MS,
    'must be a time span like 8h, 1d or 7d, at least 1m and at most 92d',
  ).optional(),
  since: z.iso.datetime({ offset: true, error: 'must be a time like 2026-01-05T08:00:00Z' }).optional(),
  zone: z.string().refine(isZone, 'must be a time zone like Europe/Berlin').optional(),
}).superRefine(({ shift, since, zone }, context) => {
  const say = (message: string): void => context.addIssue({ code: 'custom', message });
  if ((shift === undefined) !== (since === undefined)) say('needs both shift and since, or neither');
  else if (shift === undefined && zone !== undefined) say('takes a zone only with shift and since');
});

export const rotaOf = (team: string, { order, shift, since, zone }: z.infer<typeof Oncall>): Rota => ({
  team,
  order: order as OperatorId[],
  turns:
    shift === undefined || since === undefined
      ? undefined
      : { shiftMs: shift, sinceMs: Date.parse(since), zone },
});
