import { defineCommand } from '#src/command/define.ts';
import { UserError } from '#src/domain/errors.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import { type Message, text } from '#src/domain/message.ts';
import { didYouMean } from '#src/domain/nearest.ts';
import type { Target } from '#src/domain/node.ts';
import type { Operator } from '#src/domain/operator.ts';
import { inWords, isWell } from '#src/domain/standing.ts';
import { LEGEND } from '#src/health/reasons.ts';
import { healthBlocks, healthTone } from '#src/health/table.ts';
import { whyBlocks } from '#src/health/why.ts';
import { statisticsBlocks } from '#src/statistics/line.ts';

/** `health [node|seat|coin] [--why]`: looks now. */
export const health = defineCommand({
  name: 'health',
  summary: 'Look at nodes now: one node, a seat, a coin, or your own',
  examples: ['health', 'health alright-dev-main', 'health alright_DEV', 'health KMD --why'],
  private: false,
  who: 'observer',
  parameters: [
    {
      name: 'what',
      summary: 'A node, a seat or a coin; your own nodes when nothing is said',
      suggest: 'subject',
    },
    {
      name: 'why',
      named: true,
      summary: 'Explain the score: what each check takes, the worst first',
      oneOf: ['yes'],
    },
  ],
  async run({ actor, fleet, examiner, now, standings, statistics }, { what, why }): Promise<Message> {
    const healths = await examiner.examine(targetsFor(fleet, actor, what));
    const seat = what === undefined ? undefined : fleet.seat(what);
    const unwell = standings().filter((standing) => !isWell(standing));
    return {
      tone: healthTone(healths),
      title: `Health of ${what ?? 'your nodes'}`,
      blocks: [
        ...(why ? whyBlocks(healths) : healthBlocks(healths)),
        ...(seat ? await statisticsBlocks(statistics, seat.id, { healths, now }) : []),
        ...unwell.map((standing) => text(inWords(standing))),
      ],
      footer: LEGEND,
    };
  },
});

function targetsFor(fleet: Fleet, actor: Operator, what: string | undefined): readonly Target[] {
  if (what === undefined) {
    const own = new Set(fleet.seatsOf(actor.id).map((seat) => seat.id));
    const targets = fleet.targets().filter((target) => own.has(target.node.seat));
    return targets.length > 0 ? targets : fleet.targets();
  }
  const targets = fleet
    .targets()
    .filter(({ node, service }) => node.id === what || node.seat === what || service.coin === what);
  if (targets.length > 0) return targets;
  if (fleet.node(what) || fleet.seat(what) || fleet.coin(what))
    throw new UserError(`${what} has no service registered.`);
  const names = [...fleet.nodes, ...fleet.seats, ...fleet.coins].map(({ id }) => id);
  throw new UserError(`There is no node, seat or coin ${what}${didYouMean(what, names)}.`);
}
