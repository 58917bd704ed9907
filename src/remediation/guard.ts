import type { Audit } from '#src/domain/audit.ts';
import { UserError } from '#src/domain/errors.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Target } from '#src/domain/node.ts';
import { hasRole, type Operator } from '#src/domain/operator.ts';
import type { PatrolMemory } from '#src/domain/patrol.ts';
import type { Arguments, Remedy, Request, Requests } from '#src/domain/remedy.ts';
import { NO_REGION } from '#src/domain/roll.ts';

import { abilitiesFor, isEnough, type Left, leftOf, leftWords } from './guard-seats.ts';

/** A request that has its turn: it takes its seat down, or is about to. */
export interface Turn {
  readonly request: string;
  readonly node: string;
  readonly seat: string;
  readonly region: string;
}

/** Whose turn it is, over all processes. */
export interface TakenTurns {
  get(id: string): Promise<readonly Turn[] | undefined>;
  /** Compare and set. */
  update(
    id: string,
    change: (current: readonly Turn[] | undefined) => readonly Turn[] | undefined,
  ): Promise<readonly Turn[] | undefined>;
}

interface GuardNeeds {
  readonly fleets: Fleets;
  readonly latest: PatrolMemory['latest'];
  readonly requests: Pick<Requests, 'get'>;
  readonly turns: TakenTurns;
  readonly audit: Pick<Audit, 'write'>;
  readonly now: () => Date;
}

interface Asked {
  readonly remedy: Pick<Remedy, 'id' | 'takesDown'>;
  readonly target: Target;
  readonly args: Arguments;
}

/** Keeps the network able to sign while remedies take seats out of it. */
export interface Guard {
  /**
   * What a plan shows of it; nothing of a remedy that takes no seat down. Throws UserError when too few seats could sign;
   * that another runs in the region is only said: it will wait for its turn.
   */
  look(asked: Asked, by: Operator): Promise<Readonly<Record<string, string>>>;
  /** Right before a run begins: undefined = it has its turn, over all processes, until it is over; else why it must wait. */
  turn(request: Request, asked: Asked): Promise<string | undefined>;
}

/** The argument by which a coordinator sets the guard aside. */
export const DESPITE_GUARD = 'despite-guard';
const TURNS = 'turns';
const NAME = 'Seats able to sign';

/** A remedy as it is asked for: one that takes a seat down takes the guard's argument too. */
export const guarded = (remedy: Remedy): Remedy =>
  remedy.takesDown
    ? {
        ...remedy,
        parameters: [
          ...remedy.parameters,
          {
            name: DESPITE_GUARD,
            summary:
              'yes: also when too few seats can sign, or another runs in the region; coordinators only',
            oneOf: ['yes'],
          },
        ],
      }
    : remedy;

export function createGuard({ fleets, latest, requests, turns, audit, now }: GuardNeeds): Guard {
  const turnOf = (request: string, { target }: Asked): Turn => {
    const { seat } = target.node;
    const region = fleets.current().seat(seat)?.region ?? NO_REGION;
    return { request, node: target.node.id, seat, region };
  };

  /** Those that are not over. One that was given its turn and has not begun yet counts: it may begin any moment. */
  async function open(taken: readonly Turn[]): Promise<ReadonlySet<string>> {
    const known = await Promise.all(taken.map(({ request }) => requests.get(request)));
    return new Set(
      known.flatMap((request) =>
        request && (request.state === 'approved' || request.state === 'running') ? [request.id] : [],
      ),
    );
  }

  const inRegion = (own: Turn, others: readonly Turn[]): string | undefined => {
    const { perRegion } = fleets.current().remedies.guard;
    const there = others.filter(({ region }) => region === own.region);
    if (there.length < perRegion) return undefined;
    const which = there.map(({ node, request }) => `${node} (request ${request})`).join(', ');
    return `${which} of region ${own.region} is under another remedy, and ${perRegion} at once is the most there`;
  };

  const tooFew = (left: Left): string | undefined =>
    isEnough(left) ? undefined : `too few seats could sign: ${leftWords(left)}`;

  async function seen(asked: Asked) {
    const fleet = fleets.current();
    const abilities = await abilitiesFor(asked.target, { fleet, latest, now: now() });
    return (own: Turn, others: readonly Turn[]): Left =>
      leftOf(abilities, own.seat, new Set(others.map(({ seat }) => seat)), fleet.remedies.guard);
  }

  return {
    async look(asked, by) {
      if (!asked.remedy.takesDown) return {};
      const own = turnOf('', asked);
      const taken = (await turns.get(TURNS)) ?? [];
      const still = await open(taken);
      const others = taken.filter(({ request }) => still.has(request));
      const left = (await seen(asked))(own, others);
      const few = tooFew(left);
      const busy = inRegion(own, others);
      const shown = { [NAME]: leftWords(left) };
      if (isSetAside(asked)) {
        if (!hasRole(by.role, 'coordinator')) {
          throw new UserError(`Only a coordinator sets the guard aside (${DESPITE_GUARD}).`);
        }
        return { ...shown, Guard: `SET ASIDE by ${by.id}${few ? `, though ${few}` : ''}` };
      }
      if (few) {
        throw new UserError(
          `Not now: ${few}. Wait until others can sign again; in high need a coordinator asks for it with ${DESPITE_GUARD}=yes.`,
        );
      }
      return { ...shown, ...(busy && { Guard: `it will wait for its turn: ${busy}` }) };
    },
    async turn(request, asked) {
      if (!asked.remedy.takesDown) return undefined;
      const own = turnOf(request.id, asked);
      const leftBeside = await seen(asked);
      let why: string | undefined;
      const before = (await turns.get(TURNS)) ?? [];
      const still = await open(before);
      const over = new Set(before.flatMap(({ request }) => (still.has(request) ? [] : [request])));
      await turns.update(TURNS, (current = []) => {
        why = undefined;
        if (current.some((one) => one.request === own.request)) return current;
        const others = current.filter((one) => !over.has(one.request));
        why = inRegion(own, others) ?? tooFew(leftBeside(own, others));
        return why === undefined || isSetAside(asked) ? [...others, own] : current;
      });
      if (why === undefined || !isSetAside(asked)) return why;
      const detail = { node: own.node, remedy: asked.remedy.id, why };
      await audit.write({ who: 'tocsin', what: 'remedy.guard-set-aside', about: request.id, detail });
      return undefined;
    },
  };
}

const isSetAside = ({ args }: Asked): boolean => args[DESPITE_GUARD] === 'yes';
