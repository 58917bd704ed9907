import { z } from 'zod';

import {
  DEFAULT_COOL_DOWN_MS,
  DEFAULT_REMEDY_RULES,
  type ProposalRule,
  type RemedyRules,
} from '#src/domain/remedy-rules.ts';

import { span } from './span.ts';
import { strict } from './words.ts';

const MINUTE_MS = 60_000;

const CoolDownMs = span(
  MINUTE_MS,
  30 * 86_400_000,
  'must be a time span like 30m, 6h or 1d, at least 1m and at most 30d',
);

const Proposal = z.union(
  [z.boolean(), strict({ alerts: z.array(z.string()).min(1).optional(), coolDown: CoolDownMs.optional() })],
  'must be true, false, or like { alerts: [DaemonDown], coolDown: 6h }',
);

const Guard = strict({
  minSeats: z.int().min(1).max(64).optional(),
  maxShareDown: z.number().min(0).max(1).optional(),
  perRegion: z.int().min(1).max(64).optional(),
});

/** A request is valid for 30 minutes: the wait must leave some of them. */
const AfterMs = span(MINUTE_MS, 25 * MINUTE_MS, 'must be a time span like 10m, at least 1m and at most 25m');

/** How remedies are decided on, proposed and guarded. */
export const Remedies = strict({
  emergency: strict({ after: AfterMs }).optional(),
  propose: z.record(z.string(), Proposal).default({}),
  guard: Guard.default({}),
});

/** What the file says nothing of is as it is by default. */
export function remedyRulesOf({ emergency, propose, guard }: z.infer<typeof Remedies>): RemedyRules {
  const usual = DEFAULT_REMEDY_RULES.guard;
  return {
    ...(emergency && { emergencyAfterMs: emergency.after }),
    propose: Object.fromEntries(
      Object.entries(propose).flatMap(([remedy, rule]) => (rule ? [[remedy, proposalOf(rule)]] : [])),
    ),
    guard: {
      minSeats: guard.minSeats ?? usual.minSeats,
      maxShareDown: guard.maxShareDown ?? usual.maxShareDown,
      perRegion: guard.perRegion ?? usual.perRegion,
    },
  };
}

const proposalOf = (rule: true | Exclude<z.infer<typeof Proposal>, boolean>): ProposalRule => ({
  ...(rule !== true && rule.alerts && { alerts: rule.alerts }),
  coolDownMs: (rule === true ? undefined : rule.coolDown) ?? DEFAULT_COOL_DOWN_MS,
});
