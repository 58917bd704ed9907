import { defineCommand } from '#src/command/define.ts';
import { NO_REASON, REASON } from '#src/command/reason.ts';
import { cancelCard } from '#src/remediation/card.ts';

/** `cancel ID reason…`: a remedy that was asked for, was approved, or runs. */
export const cancel = defineCommand({
  name: 'cancel',
  summary: 'Stop a remedy: before it begins, or between two of its steps',
  examples: ['cancel r1b2c3d4 the operator does it by hand'],
  private: false,
  who: 'notary',
  parameters: [{ name: 'id', summary: 'Id of the request', required: true, suggest: 'cancellable' }, REASON],
  run: async ({ actor, remediation }, { id, reason = NO_REASON }) =>
    cancelCard(await remediation.cancel(id, actor, reason)),
});
