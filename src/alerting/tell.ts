import type { Agenda } from '#src/domain/agenda.ts';
import { type Alert, severityOf } from '#src/domain/alert.ts';
import type { Cause, Post, Sending } from '#src/domain/delivery.ts';
import type { Fleet, Fleets } from '#src/domain/fleet.ts';
import type { Oncalls } from '#src/domain/oncall.ts';
import type { OperatorId } from '#src/domain/operator.ts';

import { atEpisode } from './apply.ts';
import { firstStep, nextStep } from './escalation.ts';
import type { Records } from './records.ts';
import { directSeatOf, directTo, roomsOf } from './route.ts';
import type { SilenceOf } from './silenced.ts';

interface TellNeeds {
  readonly alerts: Records;
  readonly fleets: Fleets;
  readonly post: Post;
  readonly oncalls: Pick<Oncalls, 'firsts'>;
  readonly agenda: Agenda;
  readonly silenceOf: SilenceOf;
  readonly now: () => Date;
}

interface Known {
  /** Alerts whose episode began this moment: nothing of them can be on record yet. */
  readonly begun?: ReadonlySet<string> | undefined;
  /** The silences, when they have been looked at already. */
  readonly silenceIn?: Awaited<ReturnType<SilenceOf>> | undefined;
}

/** Brings the messages of alerts up to their revisions, then records that this was done. */
export type Tell = (list: readonly Alert[], known?: Known) => Promise<void>;

const causeOf = (alert: Alert): Cause => `alert:${alert.id}:${alert.episode}`;

/** The alert as it is, and as it was in earlier episodes that changed since it was last told: none is skipped. */
const untold = (alert: Alert): readonly Alert[] => [
  ...(alert.past ?? []).flatMap(({ episode, revision }) =>
    revision > alert.announced ? (atEpisode(alert, episode) ?? []) : [],
  ),
  alert,
];

export function createTell({ alerts, fleets, post, oncalls, agenda, silenceOf, now }: TellNeeds): Tell {
  return async (list, known = {}) => {
    if (list.length === 0) return;
    const fleet = fleets.current();
    const silenceIn = known.silenceIn ?? (await silenceOf());
    const silenced = new Map(list.map((alert) => [alert.id as string, silenceIn(alert)]));
    const [quiet, loud] = [list.filter(isSilenced), await heard(list.filter((alert) => !isSilenced(alert)))];
    const shown = loud.flatMap(untold);
    const firsts = await onCallFor(fleet, shown, oncalls);
    await Promise.all([
      post.sendAll(
        shown.map((alert, at) => ({
          ...sendingOf(fleet, alert, firsts[at]),
          isNew: known.begun?.has(alert.id) === true && loud.includes(alert),
        })),
      ),
      agenda.plan(
        shown.flatMap((alert, at) => {
          const step = nextStep(fleet, alert, firsts[at]);
          return step ? [{ id: alert.id, atMs: step.atMs }] : [];
        }),
      ),
    ]);
    // What was told before the silence began is still brought up to date: an edit wakes nobody.
    if (quiet.length > 0) await post.refreshAll(quiet.flatMap(untold).map(causeOf));
    const told = new Map([...quiet, ...loud].map((alert) => [alert.id as string, alert]));
    const record = (id: string, current: Alert | undefined): Alert | undefined => {
      const [{ revision = 0 } = {}, silencedBy] = [told.get(id), silenced.get(id)];
      if (!current || (current.announced >= revision && current.silencedBy === silencedBy)) return current;
      const { silencedBy: _, ...rest } = current;
      const announced = Math.max(current.announced, revision);
      return { ...rest, ...(silencedBy !== undefined && { silencedBy }), announced };
    };
    await alerts.updateAll([...told.keys()], record, told);

    function isSilenced({ id }: Alert): boolean {
      return silenced.get(id) !== undefined;
    }
  };

  /** What was silenced is told from now on: on record first, so that another try writes to the same people. */
  async function heard(loud: readonly Alert[]): Promise<readonly Alert[]> {
    const over = loud.filter(({ silencedBy }) => silencedBy !== undefined);
    if (over.length === 0) return loud;
    const toldAt = now().toISOString();
    const stand = await alerts.updateAll(
      over.map(({ id }) => id),
      (_, current) => current && { ...current, toldAt },
    );
    return loud.map((alert) => stand.get(alert.id) ?? alert);
  }
}

const sendingOf = (fleet: Fleet, alert: Alert, onCall: OperatorId | undefined): Sending => {
  const first = firstStep(fleet, alert, onCall);
  const further = (alert.escalations ?? []).flatMap(({ to }) => to);
  return {
    cause: causeOf(alert),
    to: [...roomsOf(fleet, alert.labels), ...directTo([...first, ...further])],
    urgency: severityOf(alert),
  };
};

/** Of each alert, who was on call when it began to be told. */
export async function onCallFor(
  fleet: Fleet,
  list: readonly Alert[],
  oncalls: Pick<Oncalls, 'firsts'>,
): Promise<readonly (OperatorId | undefined)[]> {
  const asked = list.flatMap((alert) => {
    const seat = directSeatOf(fleet, alert.labels);
    return seat ? [{ alert, ask: [seat.team, new Date(alert.toldAt ?? alert.startsAt)] as const }] : [];
  });
  const firsts = await oncalls.firsts(asked.map(({ ask }) => ask));
  const found = new Map(asked.map(({ alert }, at) => [alert, firsts[at]]));
  return list.map((alert) => found.get(alert));
}
