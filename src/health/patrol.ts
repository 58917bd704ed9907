import type { Logger } from 'pino';

import type { AlertIntake, Signal } from '#src/domain/alert.ts';
import type { ServiceHealth } from '#src/domain/finding.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Target } from '#src/domain/node.ts';
import type { PatrolMemory, Scope, Watcher } from '#src/domain/patrol.ts';
import type { Turns } from '#src/domain/turns.ts';
import type { Voices } from '#src/domain/voice.ts';
import { createCases, type Known } from './cases.ts';
import { GRACE_MS } from './contact.ts';
import { dampingsOf } from './dampings.ts';
import { decideNode, type Looked } from './decide.ts';
import type { Looker } from './look.ts';
import type { LookAt } from './look-at.ts';
import { createNetworks } from './networks.ts';
import { endOf } from './signals.ts';

interface PatrolNeeds {
  readonly lookAt: LookAt;
  /** Whose dampings hold. */
  readonly kinds: readonly Pick<Looker, 'damping'>[];
  readonly memory: PatrolMemory;
  readonly intake: AlertIntake;
  /** Told of every look, after its alerts. */
  readonly watchers?: readonly Watcher[] | undefined;
  readonly voices: Pick<Voices, 'hear'>;
  readonly fleets: Fleets;
  readonly turns?: Pick<Turns, 'hasten'> | undefined;
  readonly logger: Logger;
  readonly now: () => Date;
}

/**
 * Looks at services and tells the alert intake what changed. It may be killed anywhere, and several may patrol the same
 * nodes: what is decided is written down before it is told, and told again, the same, until that is written down too.
 * Throws what the memory, the intake and the watchers throw.
 */
export interface Patrol {
  patrolService(target: Target): Promise<ServiceHealth>;
  /** Takes back what was raised for nodes, services and coins that the fleet no longer has. */
  retire(): Promise<void>;
}

export function createPatrol(needs: PatrolNeeds): Patrol {
  const { lookAt, kinds, memory, intake, watchers = [], voices, fleets, turns, logger, now } = needs;
  const cases = createCases({ memory, intake });
  const dampings = dampingsOf(kinds);
  const networks = createNetworks({ cases, voices, fleets, dampings, now });

  /** Looks at the services of a node that are over at the same time are decided at once. */
  const decided = inTurns(async (node: string, looks: readonly Looked[]) => {
    const fleet = fleets.current();
    const [first] = looks;
    const present = fleet.node(node);
    if (!first || !present) return;
    const { everyMs, damping, graceMs = GRACE_MS } = fleet.patrol;
    const rules = {
      damping: dampings(damping),
      graceMs,
      everyMs,
      node: present,
      seat: fleet.seat(present.seat),
    };
    let soon: readonly string[] = [];
    const signals = await cases.change({ node: present.id }, (before) => {
      const decision = decideNode(before, looks, rules);
      ({ soon } = decision);
      return decision;
    });
    if (signals.length > 0) logger.info({ node, signals: signals.length }, 'a patrol saw a change');
    await turns?.hasten(soon.map((service) => ({ node, service })));
  });

  return {
    async patrolService(target) {
      // What was seen before makes findings better, it is not needed for them.
      const [earlier] = await memory.latest([target]);
      const health = await lookAt(target, earlier);
      await decided(target.node.id, { target, health, networks: await networks.mattersOf(target, health) });
      await networks.saw(target, health);
      for (const watcher of watchers) await watcher.saw(target, health);
      return health;
    },
    async retire() {
      const fleet = fleets.current();
      for (const scope of await memory.scopes()) {
        const ended = await cases.change(scope, (before) => withoutGone(before, scope, fleets, now()));
        if (ended.length > 0)
          logger.info({ ...scope, ended: ended.length }, 'what left the fleet is no longer patrolled');
      }
      const gone = (await memory.services()).filter(({ node, service }) => !fleet.target(node, service));
      await memory.forget(gone);
    },
  };
}

/** What is left when services have gone; the rest is taken back. */
function withoutGone(before: Known, scope: Scope, fleets: Fleets, now: Date) {
  const fleet = fleets.current();
  const isThere = (service: string | undefined): boolean => {
    if ('coin' in scope) return fleet.coin(scope.coin) !== undefined;
    return service === undefined
      ? fleet.node(scope.node) !== undefined
      : fleet.target(scope.node, service) !== undefined;
  };
  const conditions = before.conditions.filter(({ service }) => isThere(service));
  const gone = before.conditions.filter(({ service }) => !isThere(service));
  const contacts = Object.fromEntries(
    Object.entries(before.contacts).filter(([service]) => isThere(service)),
  );
  const signals: readonly Signal[] = gone.flatMap(({ raised }) =>
    raised ? [endOf(raised, now.toISOString())] : [],
  );
  const isSame = gone.length === 0 && Object.keys(contacts).length === Object.keys(before.contacts).length;
  return { remembered: isSame ? before : { contacts, conditions }, signals };
}

/** One at a time under each name; what is asked for meanwhile comes together next. */
function inTurns<T>(work: (name: string, together: readonly T[]) => Promise<void>) {
  const open = new Map<string, { waiting: T[]; next: Promise<void> | undefined; last: Promise<void> }>();
  return (name: string, one: T): Promise<void> => {
    const turn = open.get(name) ?? { waiting: [], next: undefined, last: Promise.resolve() };
    open.set(name, turn);
    turn.waiting.push(one);
    if (turn.next) return turn.next;
    const next = turn.last
      .catch(() => undefined)
      .then(() => {
        const together = turn.waiting;
        turn.waiting = [];
        turn.next = undefined;
        return work(name, together);
      })
      .finally(() => {
        if (turn.last === next && !turn.next) open.delete(name);
      });
    turn.next = next;
    turn.last = next;
    return next;
  };
}
