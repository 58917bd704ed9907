import type { Agenda, Planned } from '#src/domain/agenda.ts';
import type { Alert } from '#src/domain/alert.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Oncalls } from '#src/domain/oncall.ts';
import type { OperatorId } from '#src/domain/operator.ts';

import { escalated, nextStep } from './escalation.ts';
import type { Records } from './records.ts';
import type { SilenceOf } from './silenced.ts';
import { onCallFor, type Tell } from './tell.ts';

interface EscalateNeeds {
  readonly alerts: Records;
  readonly fleets: Fleets;
  readonly oncalls: Pick<Oncalls, 'firsts'>;
  readonly agenda: Agenda;
  readonly silenceOf: SilenceOf;
  readonly tell: Tell;
  readonly now: () => Date;
}

interface Looked {
  readonly alert: Alert;
  readonly onCall: OperatorId | undefined;
  readonly isSilent: boolean;
  readonly step: ReturnType<typeof nextStep>;
}

const AT_ONCE = 50;
const MOST_ROUNDS = 100;
/** A silenced alert that would go on to further people is looked at again after this. */
const SILENCED_MS = 60_000;

/**
 * Goes on to further people with alerts that nobody acknowledges. Whom it goes on to is on record with the alert before
 * they are told: killed anywhere, each of them is told once.
 */
export function createEscalate(needs: EscalateNeeds): () => Promise<void> {
  const { alerts, fleets, oncalls, agenda, silenceOf, tell, now } = needs;

  /** Takes the steps that are due, and plans those that are not. */
  const round = async (entries: readonly Planned[]): Promise<void> => {
    const at = now();
    const fleet = fleets.current();
    const silenceIn = await silenceOf();
    const found = await alerts.getMany(entries.map(({ id }) => id));
    const known = found.filter((alert) => alert !== undefined);
    const firsts = await onCallFor(fleet, known, oncalls);
    const looked = new Map<string, Looked>(
      known.map((alert, index) => {
        const [onCall, isSilent] = [firsts[index], silenceIn(alert) !== undefined];
        return [alert.id, { alert, onCall, isSilent, step: nextStep(fleet, alert, onCall) }];
      }),
    );
    const taken = [...looked].flatMap(([id, { step, isSilent }]) =>
      step && !isSilent && step.atMs <= at.getTime() ? [id] : [],
    );
    const stand = await alerts.updateAll(taken, (id, current) => {
      const { alert, step } = looked.get(id) ?? {};
      return current && alert && step ? escalated(current, alert, step.to, at) : current;
    });
    await tell([...stand.values()].filter(({ announced, revision }) => announced < revision));
    await Promise.all(
      entries.map((entry) => {
        const { alert, onCall, isSilent } = looked.get(entry.id) ?? {};
        const step = alert && nextStep(fleet, stand.get(entry.id) ?? alert, onCall);
        return agenda.settle(entry, step && (isSilent ? at.getTime() + SILENCED_MS : step.atMs));
      }),
    );
  };

  return async () => {
    for (let rounds = 0; rounds < MOST_ROUNDS; rounds++) {
      const entries = await agenda.list(now().getTime(), AT_ONCE);
      if (entries.length === 0) return;
      await round(entries);
    }
  };
}
