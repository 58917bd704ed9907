import { defineCommand } from '#src/command/define.ts';
import { parseDuration } from '#src/domain/duration.ts';
import { UserError } from '#src/domain/errors.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import { keepMsOf, type Period } from '#src/domain/history.ts';
import { type Message, text } from '#src/domain/message.ts';
import { didYouMean } from '#src/domain/nearest.ts';
import type { Target } from '#src/domain/node.ts';
import type { Operator } from '#src/domain/operator.ts';
import { inWords, isWell } from '#src/domain/standing.ts';
import { historyCard } from '#src/health/history-card.ts';
import { LEGEND } from '#src/health/reasons.ts';
import { healthBlocks, healthTone } from '#src/health/table.ts';
import { whyBlocks } from '#src/health/why.ts';
import { statisticsBlocks } from '#src/statistics/line.ts';

/** `health [node|seat|coin] [--why] [--since 7d]`: looks now, or back at what the patrol saw. */
export const health = defineCommand({
  name: 'health',
  summary: 'Look at nodes now, or back at their figures: one node, a seat, a coin, or your own',
  examples: [
    'health',
    'health alright-dev-main',
    'health alright_DEV',
    'health KMD --why',
    'health alright-dev-main --since 7d',
    'health KMD --since 24h --figure tip-age',
  ],
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
    { name: 'since', named: true, summary: 'Its figures since so long ago, as a picture: 6h, 7d' },
    { name: 'figure', named: true, summary: 'With since: this figure of all services, in one chart' },
    { name: 'service', named: true, summary: 'Only this service', suggest: 'service' },
  ],
  async run(context, { what, why, since, figure, service }): Promise<Message> {
    const { actor, fleet, examiner, standings } = context;
    const targets = servicesOf(targetsFor(fleet, actor, what), service);
    if (since !== undefined) {
      const isCoin = what !== undefined && fleet.coin(what) !== undefined;
      const period = periodOf(since, context.now, keepMsOf(fleet));
      return await historyCard(context, {
        title: titleOf(what, targets),
        targets,
        period,
        check: figure,
        isCoin,
      });
    }
    if (figure !== undefined) throw new UserError('Say since when: `since=7d` with `figure`.');
    const healths = await examiner.examine(targets);
    const seat = what === undefined ? undefined : fleet.seat(what);
    const unwell = standings().filter((standing) => !isWell(standing));
    return {
      tone: healthTone(healths),
      title: `Health of ${what ?? 'your nodes'}`,
      blocks: [
        ...(why ? whyBlocks(healths) : healthBlocks(healths)),
        ...(seat ? await statisticsBlocks(context.statistics, seat.id, { healths, now: context.now }) : []),
        ...unwell.map((standing) => text(inWords(standing))),
      ],
      footer: LEGEND,
    };
  },
});

const LEAST_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Throws UserError. */
function periodOf(since: string, now: Date, keepMs: number): Period {
  const ms = parseDuration(since);
  const kept = `${Math.floor(keepMs / DAY_MS)}d`;
  if (ms > keepMs)
    throw new UserError(
      `Figures are kept for ${kept}: ask for since=${kept} or less. patrol.keep in the fleet file says how long.`,
    );
  if (ms < LEAST_MS)
    throw new UserError('Ask for an hour at least (since=1h); without it `health` looks now.');
  return { from: now.getTime() - ms, to: now.getTime() };
}

function titleOf(what: string | undefined, [first, ...others]: readonly Target[]): string {
  return first && others.length === 0 ? `${first.service.id} on ${first.node.id}` : (what ?? 'Your nodes');
}

/** Throws UserError. */
function servicesOf(targets: readonly Target[], service: string | undefined): readonly Target[] {
  const found = service === undefined ? targets : targets.filter((target) => target.service.id === service);
  if (found.length > 0 || service === undefined) return found;
  const names = [...new Set(targets.map((target) => target.service.id as string))];
  throw new UserError(`There is no service ${service} there${didYouMean(service, names)}.`);
}

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
