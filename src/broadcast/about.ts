import type { ServiceHealth } from '#src/domain/finding.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import type { Target } from '#src/domain/node.ts';
import type { Announcement, Notice } from '#src/domain/notice.ts';
import type { SeatId } from '#src/domain/seat.ts';
import { isProvable, type Requirement, ruleWords, type Seen } from '#src/domain/version.ts';

import { listOf } from './audience.ts';
import type { Tip } from './estimate.ts';

type Subject = Pick<Notice, 'audience' | 'deadline'> & Requirement;

/** The coins a notice is about: those of its audience, else that of its height, else the only one there is. */
export function coinsOf(
  fleet: Fleet,
  { audience, deadline }: Pick<Notice, 'audience' | 'deadline'>,
): readonly string[] {
  const named = audience === 'all' ? undefined : listOf(audience.coins);
  if (named) return named;
  if (deadline?.coin !== undefined) return [deadline.coin];
  const [only, ...others] = fleet.coins;
  return only && others.length === 0 ? [only.id] : [];
}

/** The one coin whose height is meant. */
export function coinOf(fleet: Fleet, notice: Pick<Notice, 'audience' | 'deadline'>): string | undefined {
  if (notice.deadline?.coin !== undefined) return notice.deadline.coin;
  const coins = coinsOf(fleet, notice);
  return coins.length === 1 ? coins[0] : undefined;
}

/** Whether a service is one that the notice is about. */
export type About = (target: Target) => boolean;

/** Kinds whose services accept network parameters. */
const PARAMETER_KINDS = ['corda'];

/** The services a notice is about; undefined when none of them could prove it. */
export function aboutOf(fleet: Fleet, notice: Subject): About | undefined {
  if (!isProvable(notice)) return undefined;
  const audience: Exclude<Announcement['audience'], 'all'> = notice.audience === 'all' ? {} : notice.audience;
  const isOfParameters = notice.version === undefined && notice.commit === undefined;
  const kinds = listOf(audience.kinds) ?? (isOfParameters ? PARAMETER_KINDS : undefined);
  // Services of a kind that was named need no coin.
  const coins = kinds ? listOf(audience.coins) : coinsOf(fleet, notice);
  const servers = listOf(audience.servers);
  if (!kinds && (coins ?? []).length === 0) return undefined;
  return ({ node, service }) =>
    (!kinds || kinds.includes(service.kind)) &&
    (!coins || coins.includes(service.coin ?? '')) &&
    (!servers || servers.includes(node.server ?? ''));
}

/** How nodes prove a notice, in words; or why none of them can. */
export function proofWords(fleet: Fleet, notice: Subject): string {
  if (!isProvable(notice) || aboutOf(fleet, notice)) return ruleWords(notice);
  const coins = fleet.coins.map(({ id }) => id).join(', ');
  return `No node can prove it: it does not say which coin it is about (of ${coins})`;
}

const bySeat = new WeakMap<Fleet, ReadonlyMap<SeatId, readonly Target[]>>();

/** The services of a seat that have to prove it; costs the same for any number of seats. */
export function servicesOf(fleet: Fleet, seat: SeatId, about: About): readonly Target[] {
  const known = bySeat.get(fleet) ?? Map.groupBy(fleet.targets(), ({ node }) => node.seat);
  bySeat.set(fleet, known);
  return (known.get(seat) ?? []).filter(about);
}

const factIn = (health: ServiceHealth, name: string): string | number | boolean | undefined => {
  for (const { finding } of health.results) {
    const fact = 'facts' in finding ? finding.facts[name] : undefined;
    if (fact !== undefined) return fact;
  }
  return undefined;
};

/** What a look tells of the software; undefined when it tells nothing: unknown is not older. */
export function seenIn(health: ServiceHealth): Seen | undefined {
  const of = (name: keyof Seen): string | undefined => factIn(health, name)?.toString();
  const seen = { version: of('version'), commit: of('commit'), parameters: of('parameters') };
  return Object.values(seen).some((value) => value !== undefined) ? seen : undefined;
}

/** The newest block that a look tells of. */
export function tipIn(health: ServiceHealth): Tip | undefined {
  const height = factIn(health, 'blocks');
  const at = new Date(String(factIn(health, 'tipAt')));
  return typeof height === 'number' && !Number.isNaN(at.getTime()) ? { height, at } : undefined;
}
