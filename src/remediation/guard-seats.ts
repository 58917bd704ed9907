import type { ServiceHealth } from '#src/domain/finding.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import { isStale } from '#src/domain/glance.ts';
import type { Target } from '#src/domain/node.ts';
import type { GuardRules } from '#src/domain/remedy-rules.ts';

/** Whether a seat can sign, as far as the patrol saw lately; what it could not see is not able. */
export type Ability = 'able' | 'down' | 'unknown';

/** Seats that have a service like the one to be taken down, each by whether it can sign. */
export type Abilities = ReadonlyMap<string, Ability>;

interface Seen {
  readonly fleet: Fleet;
  readonly latest: (targets: readonly Target[]) => Promise<readonly (ServiceHealth | undefined)[]>;
  readonly now: Date;
}

/**
 * Of each seat with services of the same coin (of the same kind, where there is none): down when something of them, or of
 * the whole of a node of theirs, is down that costs notarisations.
 */
export async function abilitiesFor(target: Target, { fleet, latest, now }: Seen): Promise<Abilities> {
  const bySeat = Map.groupBy(fleet.targets(), ({ node }) => node.seat as string);
  const concerned = [...bySeat].filter(([, targets]) => targets.some((one) => isLike(one, target)));
  const targets = concerned.flatMap(([, some]) => some);
  const healths = await latest(targets);
  const at = { everyMs: fleet.patrol.everyMs, now };
  const fresh = new Map(
    targets.map((one, index) => {
      const health = healths[index];
      return [one, health && !isStale(one, health, at) ? health : undefined];
    }),
  );
  return new Map(
    concerned.map(([seat, some]) => {
      const like = some.filter((one) => isLike(one, target));
      const nodes = new Set(like.map(({ node }) => node.id));
      const beside = some.filter(({ node }) => nodes.has(node.id)).map((one) => fresh.get(one));
      return [
        seat,
        abilityOf(
          like.map((one) => fresh.get(one)),
          beside,
        ),
      ];
    }),
  );
}

const isLike = (one: Target, { service: { kind, coin } }: Target): boolean =>
  coin === undefined ? one.service.kind === kind : one.service.coin === coin;

type Health = ServiceHealth | undefined;

function abilityOf(own: readonly Health[], beside: readonly Health[]): Ability {
  const signing = own.map((health) =>
    (health?.results ?? []).filter(({ costs }) => costs === 'node' || costs === 'notarisations'),
  );
  const wide = beside.flatMap((health) => (health?.results ?? []).filter(({ costs }) => costs === 'node'));
  if ([...signing.flat(), ...wide].some(({ finding }) => finding.state === 'down')) return 'down';
  const isKnown = signing.every((results) => results.some(({ finding }) => finding.state !== 'unknown'));
  return isKnown ? 'able' : 'unknown';
}

/** What the network would be left with while a seat is taken down. */
export interface Left {
  /** Seats there are. */
  readonly seats: number;
  /** The others that can sign. */
  readonly able: number;
  readonly down: number;
  readonly unknown: number;
  /** Taken down by a remedy at this moment. */
  readonly out: number;
  /** So many must be able. */
  readonly least: number;
  /** The seat is known to be down already: nothing is taken away. */
  readonly isDown: boolean;
}

export function leftOf(
  abilities: Abilities,
  seat: string,
  out: ReadonlySet<string>,
  { minSeats, maxShareDown }: GuardRules,
): Left {
  const seats = abilities.size;
  const others = [...abilities].filter(([id]) => id !== seat);
  const count = (ability: Ability): number =>
    others.filter(([id, one]) => !out.has(id) && one === ability).length;
  const mayBeDown = Math.max(1, Math.floor(seats * maxShareDown + 1e-9));
  return {
    seats,
    able: count('able'),
    down: count('down'),
    unknown: count('unknown'),
    out: others.filter(([id]) => out.has(id)).length,
    least: Math.max(seats - mayBeDown, seats > minSeats ? minSeats : 0),
    isDown: abilities.get(seat) === 'down',
  };
}

export const isEnough = ({ able, least, isDown }: Left): boolean => isDown || able >= least;

/** `60 of 64 while this runs (1 down, 2 not known, 0 being restarted); at least 52`. */
export const leftWords = ({ seats, able, down, unknown, out, least }: Left): string =>
  `${able} of ${seats} while this runs (${down} down, ${unknown} not known, ${out} under another remedy); at least ${least}`;
