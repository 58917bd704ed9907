import { defineAction, defineFamily } from '#src/command/define.ts';
import { parseDuration } from '#src/domain/duration.ts';
import { UserError } from '#src/domain/errors.ts';
import { type Message, table, text } from '#src/domain/message.ts';
import type { Duty } from '#src/domain/oncall.ts';
import { inMinutes } from '#src/domain/time.ts';

const untilOf = ({ override }: Duty): string => (override ? ` until ${inMinutes(override.until)}` : '');
const nextOf = ({ next }: Duty): string =>
  next ? `${next.operator ?? 'nobody'}, ${inMinutes(next.at)}` : '–';
const whyOf = ({ override }: Duty): string =>
  override ? `set by ${override.by}, until ${inMinutes(override.until)}` : 'rota';

const show = defineAction({
  name: 'show',
  summary: 'Who is called first now, and who is next',
  who: 'observer',
  parameters: [{ name: 'team', summary: 'One team; all of them when nothing is said', suggest: 'team' }],
  async run({ now, fleet, oncalls }, { team }): Promise<Message> {
    if (team !== undefined && !fleet.operators.some((operator) => operator.team === team))
      throw new UserError(`There is no team "${team}".`);
    const duties = (await oncalls.list(now)).filter((duty) => team === undefined || duty.team === team);
    if (duties.length === 0) {
      const words =
        'Nobody is named: all operators of a seat are written to at once. `oncall set` names somebody.';
      return { tone: 'neutral', title: 'On call', blocks: [text(words)] };
    }
    const rows = duties.map((duty) => [duty.team, duty.operator, whyOf(duty), nextOf(duty)]);
    return { tone: 'neutral', title: 'On call', blocks: [table(['team', 'first', 'why', 'next'], rows)] };
  },
});

const set = defineAction({
  name: 'set',
  summary: 'Somebody of a team is called first for a time, whatever the rota says',
  who: 'notary',
  parameters: [
    { name: 'team', summary: 'The team', required: true, suggest: 'team' },
    { name: 'person', summary: 'Who is called first', required: true, suggest: 'operator' },
    { name: 'for', summary: 'How long: 8h, 2d', named: true, required: true },
    {
      name: 'from',
      summary: 'From when on, like 2026-12-24T18:00:00Z; now when nothing is said',
      named: true,
    },
  ],
  async run({ actor, now, oncalls }, { team, person, for: duration, from }): Promise<Message> {
    const forMs = parseDuration(duration);
    const duty = await oncalls.set({ team, operator: person, from: startOf(from, now), forMs }, actor);
    return {
      tone: 'good',
      title: `${duty.operator} is called first for team ${team}${untilOf(duty)}`,
      blocks: [text(`Next: ${nextOf(duty)}`)],
    };
  },
});

const A_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

function startOf(from: string | undefined, now: Date): Date {
  if (from === undefined) return now;
  const start = new Date(from);
  if (!A_TIME.test(from) || Number.isNaN(start.getTime()))
    throw new UserError(`"${from}" is not a time: write it like 2026-12-24T18:00:00Z.`);
  if (start < now) throw new UserError(`${from} is over: say when it begins, or nothing for now.`);
  return start;
}

/** `oncall show|set`. */
export const oncall = defineFamily({
  name: 'oncall',
  summary: 'Who is called first: show it, or set somebody for a time',
  examples: ['oncall show', 'oncall show alright', 'oncall set alright bob for=8h'],
  private: false,
  actions: [show, set],
});
