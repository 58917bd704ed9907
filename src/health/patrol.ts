import type { Logger } from 'pino';

import type { AlertIntake } from '#src/domain/alert.ts';
import type { ServiceHealth } from '#src/domain/finding.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Target } from '#src/domain/node.ts';
import type { PatrolMemory, Remembered, ServiceName, Watcher } from '#src/domain/patrol.ts';
import type { LookAt } from './look-at.ts';
import { changesOf, endOf } from './signals.ts';

interface PatrolNeeds {
  readonly lookAt: LookAt;
  readonly memory: PatrolMemory;
  readonly intake: AlertIntake;
  readonly watcher?: Watcher | undefined;
  readonly fleets: Fleets;
  readonly logger: Logger;
  readonly now: () => Date;
}

/**
 * Looks at services and tells the alert intake what changed. It may be killed anywhere: signals are
 * written down before they are given, and given again, the same, until that is written down too.
 * One service is patrolled by one at a time. Throws what the memory, the intake and the watcher throw.
 */
export interface Patrol {
  patrolService(target: Target): Promise<ServiceHealth>;
  /** Takes back what was raised for services that the fleet no longer has. */
  retire(): Promise<void>;
}

const NOTHING: Remembered = { raised: [], unsent: [] };

export function createPatrol({ lookAt, memory, intake, watcher, fleets, logger, now }: PatrolNeeds): Patrol {
  /** Gives the signals and writes down that it was done. */
  async function settle(of: ServiceName, remembered: Remembered): Promise<Remembered> {
    await intake.accept(remembered.unsent);
    const settled = { ...remembered, unsent: [] };
    await memory.keep(of, settled);
    return settled;
  }

  async function recall(of: ServiceName): Promise<Remembered> {
    const remembered = (await memory.recall(of)) ?? NOTHING;
    return remembered.unsent.length > 0 ? await settle(of, remembered) : remembered;
  }

  return {
    async patrolService(target) {
      const of = { node: target.node.id, service: target.service.id };
      const before = await recall(of);
      const health = await lookAt(target, before.latest);
      const seat = fleets.current().seat(target.node.seat);
      const { raised, signals } = changesOf({ target, seat, health, raised: before.raised });
      const after = { latest: health, raised, unsent: signals };
      await memory.keep(of, after);
      if (signals.length > 0) {
        logger.info({ ...of, state: health.state, signals: signals.length }, 'a patrol saw a change');
        await settle(of, after);
      }
      await watcher?.saw(target, health);
      return health;
    },
    async retire() {
      for (const of of await memory.list()) {
        if (fleets.current().target(of.node, of.service)) continue;
        const { raised } = await recall(of);
        // The end is the same whenever it is told again: the memory goes last.
        await intake.accept(raised.map((one) => endOf(one, now().toISOString())));
        await memory.forget(of);
        logger.info({ ...of, ended: raised.length }, 'a service that left the fleet is no longer patrolled');
      }
    },
  };
}
