import type { Audit } from '#src/domain/audit.ts';
import { UserError } from '#src/domain/errors.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import { didYouMean } from '#src/domain/nearest.ts';
import type { Duty, Oncalls, Override, Overrides } from '#src/domain/oncall.ts';
import { hasRole, type Operator } from '#src/domain/operator.ts';
import { requireRole } from '#src/domain/permission.ts';

import { dutyAt, type Roster, standingAt } from './duty.ts';

interface OncallNeeds {
  readonly fleets: Fleets;
  readonly overrides: {
    getMany(teams: readonly string[]): Promise<readonly (Overrides | undefined)[]>;
    update(
      team: string,
      change: (current: Overrides | undefined) => Overrides | undefined,
    ): Promise<Overrides | undefined>;
  };
  readonly audit: Pick<Audit, 'write'>;
}

/** What is over for longer is forgotten: nobody asks any more who was first then. */
const FORGET_MS = 30 * 24 * 3_600_000;
const MOST_OVERRIDES = 50;

/** Who is on call: the fleet file's rotas, and what people have set over them. */
export function createOncalls({ fleets, overrides, audit }: OncallNeeds): Oncalls {
  const rostersOf = async (teams: readonly string[]): Promise<ReadonlyMap<string, Roster>> => {
    const unique = [...new Set(teams)];
    const { rotas, operator } = fleets.current();
    const found = await overrides.getMany(unique);
    return new Map(
      unique.map((team, at) => [
        team,
        {
          team,
          rota: rotas.find((rota) => rota.team === team),
          // Who has left the fleet is not called.
          overrides: (found[at]?.list ?? []).filter((one) => operator(one.operator)?.team === team),
        },
      ]),
    );
  };

  return {
    async firstOf(team, at) {
      const [first] = await this.firsts([[team, at]]);
      return first;
    },
    async firsts(asked) {
      if (asked.length === 0) return [];
      const rosters = await rostersOf(asked.map(([team]) => team));
      return asked.map(([team, at]) => {
        const roster = rosters.get(team);
        return roster && standingAt(roster, at.getTime()).operator;
      });
    },
    async list(at) {
      const teams = fleets.current().operators.map(({ team }) => team);
      const rosters = await rostersOf(teams);
      return [...rosters.values()].flatMap((roster): Duty[] => {
        const duty = dutyAt(roster, at);
        return duty ? [duty] : [];
      });
    },
    async set({ team, operator: id, from, forMs }, by) {
      const operator = memberOf(team, id);
      requireTeam(by, team);
      const override: Override = {
        operator: operator.id,
        from: from.toISOString(),
        until: new Date(from.getTime() + forMs).toISOString(),
        by: by.id,
      };
      await overrides.update(team, (current) => ({
        team,
        list: [...(current?.list ?? []).filter((one) => isKept(one, from)), override].slice(-MOST_OVERRIDES),
      }));
      const { until } = override;
      const detail = { team, operator: operator.id, from: override.from, until };
      await audit.write({ who: by.id, what: 'oncall.set', about: team, detail });
      const roster = (await rostersOf([team])).get(team);
      const duty = roster && dutyAt(roster, from);
      if (!duty) throw new UserError(`Team ${team} is not in the fleet any more.`);
      return duty;
    },
  };

  function memberOf(team: string, id: string): Operator {
    const { operators } = fleets.current();
    const members = operators.filter((operator) => operator.team === team);
    const teams = new Set(operators.map((operator) => operator.team));
    if (members.length === 0) throw new UserError(`There is no team "${team}"${didYouMean(team, teams)}.`);
    const found = members.find((operator) => operator.id === id);
    if (found) return found;
    const names = members.map((member) => member.id);
    throw new UserError(
      `"${id}" is not of team ${team}${didYouMean(id, names)}: it has ${names.join(', ')}.`,
    );
  }
}

function requireTeam(by: Operator, team: string): void {
  requireRole(by, 'notary');
  if (by.team !== team && !hasRole(by.role, 'coordinator'))
    throw new UserError(
      `Team ${team} is not yours: only its own notaries and coordinators say who is on call.`,
    );
}

const isKept = ({ until }: Override, from: Date): boolean => Date.parse(until) > from.getTime() - FORGET_MS;
