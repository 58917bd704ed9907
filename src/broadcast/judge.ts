import type { ServiceHealth } from '#src/domain/finding.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Target } from '#src/domain/node.ts';
import type { Notice } from '#src/domain/notice.ts';
import type { ServiceName } from '#src/domain/patrol.ts';
import type { RollEntry, RollOf, Running } from '#src/domain/roll.ts';
import type { SeatId } from '#src/domain/seat.ts';
import { seenWords, standingOf } from '#src/domain/version.ts';

import { aboutOf, seenIn, servicesOf } from './about.ts';

const isSame = (a: ServiceName, b: ServiceName): boolean => a.node === b.node && a.service === b.service;

/** What was seen running, on the line of the seat; the same again changes nothing. */
export function withRunning(entry: RollEntry, seen: Running): RollEntry {
  const before = entry.running?.find((one) => isSame(one, seen));
  if (before?.standing === seen.standing && before.seen === seen.seen) return entry;
  const others = (entry.running ?? []).filter((one) => !isSame(one, seen));
  return { ...entry, running: [...others, seen], revision: entry.revision + 1 };
}

/**
 * A line as the nodes have it: proven while every service that it is about was seen with what is asked, contradicted
 * while *done* is said and one was seen older. What nobody could see is neither.
 */
export function judged(entry: RollEntry, services: readonly ServiceName[]): RollEntry {
  const running = services.flatMap((service) => entry.running?.find((one) => isSame(one, service)) ?? []);
  const isProven = running.length > 0 && running.length === services.length && running.every(isSatisfied);
  const older = running.find(({ standing }) => standing === 'older');
  const where = older && services.length > 1 ? ` (${older.service} on ${older.node})` : '';
  const contradiction =
    older && entry.answer === 'done' ? `said done, runs ${older.seen}${where}` : undefined;
  const latest = running
    .map(({ at }) => at)
    .toSorted()
    .at(-1);
  const provenAt = isProven ? (entry.provenAt ?? latest) : undefined;
  if (provenAt === entry.provenAt && contradiction === entry.contradiction) return entry;
  const { provenAt: _, contradiction: __, ...rest } = entry;
  return {
    ...rest,
    ...(provenAt !== undefined && { provenAt }),
    ...(contradiction !== undefined && { contradiction }),
    revision: entry.revision + 1,
  };
}

const isSatisfied = ({ standing }: Running): boolean => standing === 'satisfied';

/** What a look says to a notice; undefined when it says nothing. */
export function runningIn(
  notice: Notice,
  { node, service }: Target,
  health: ServiceHealth,
): Running | undefined {
  const seen = seenIn(health);
  if (!seen) return undefined;
  const { standing } = standingOf(notice, seen);
  return { node: node.id, service: service.id, seen: seenWords(seen), standing, at: health.at };
}

interface JudgeNeeds {
  readonly fleets: Fleets;
  readonly rollOf: RollOf;
  /** What the last patrol saw of each. */
  readonly latest: (targets: readonly Target[]) => Promise<readonly (ServiceHealth | undefined)[]>;
}

/** Compares what people say with what their nodes run. */
export interface Judge {
  /** Takes over what the patrols saw last, once the roll is on record and before anybody is told. May be repeated. */
  begin(notice: Notice): Promise<void>;
  /** The line as what was seen so far makes it: a *done* is contradicted at once. */
  judge(notice: Notice, entry: RollEntry): RollEntry;
}

export function createJudge({ fleets, rollOf, latest }: JudgeNeeds): Judge {
  const judge = (notice: Notice, entry: RollEntry): RollEntry => {
    const fleet = fleets.current();
    const about = aboutOf(fleet, notice);
    const services = about ? servicesOf(fleet, entry.seat, about) : [];
    return judged(
      entry,
      services.map(({ node, service }) => ({ node: node.id, service: service.id })),
    );
  };
  return {
    judge,
    async begin(notice) {
      const fleet = fleets.current();
      const about = aboutOf(fleet, notice);
      if (!about) return;
      const targets = fleet.targets().filter(about);
      const seen = new Map<SeatId, Running[]>();
      for (const [at, health] of (await latest(targets)).entries()) {
        const target = targets[at];
        const running = target && health && runningIn(notice, target, health);
        if (running) seen.set(target.node.seat, [...(seen.get(target.node.seat) ?? []), running]);
      }
      await rollOf(notice.id).update([...seen.keys()], (entry) =>
        judge(notice, (seen.get(entry.seat) ?? []).reduce(withRunning, entry)),
      );
    },
  };
}
