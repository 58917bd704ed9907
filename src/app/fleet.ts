import { UserError } from '#src/domain/errors.ts';
import { type Fleet, type FleetFile, fleetOf, type Fleets } from '#src/domain/fleet.ts';
import { PROFILES } from '#src/domain/profile.ts';
import { PATROL_ALERTNAMES } from '#src/health/alertnames.ts';
import { kinds, settingsByKind, THRESHOLD_NAMES } from '#src/nodes/kinds.ts';
import { createLinkedFleets, type LinkedFleets } from '#src/linking/fleets.ts';
import { createFleetFile } from '#src/registry/edit.ts';
import type { FleetError } from '#src/registry/fault.ts';
import { createFleets, writtenAt } from '#src/registry/watch.ts';
import { type RunningTrial, startTrial } from '#src/trial/index.ts';

import type { Base } from './base.ts';

/** Where the fleet comes from: its file, or the trial. */
export interface FleetSource {
  readonly fleets: LinkedFleets;
  readonly fleetFile: FleetFile;
  readonly trial: RunningTrial | undefined;
  /** When the file was last written or put in place; undefined where there is none. */
  readonly writtenAt: () => Promise<Date | undefined>;
  /** Calls for each new content of the file that cannot be taken in. */
  onFaults(follow: (error: FleetError) => void): void;
}

/** Throws FleetError when the first fleet cannot be had. */
export async function openFleet(stack: AsyncDisposableStack, base: Base): Promise<FleetSource> {
  const source = base.config.trial ? await fromTrial(stack) : await fromFile(stack, base);
  const { stores, now, warn } = base;
  const fleets = stack.use(
    await createLinkedFleets({ fleets: source.fleets, links: stores.links, now, warn }),
  );
  base.say(`Fleet: ${inWords(source.fleets.current())}${source.trial ? ', simulated' : ''}`);
  return { ...source, fleets };
}

type Unlinked = Omit<FleetSource, 'fleets'> & { readonly fleets: Fleets };

async function fromTrial(stack: AsyncDisposableStack): Promise<Unlinked> {
  const trial = stack.adopt(await startTrial(), (running) => running.stop());
  const fleet = fleetOf(trial.fleet);
  const refuse = (): Promise<never> =>
    Promise.reject(
      new UserError('The fleet of the trial stays as it is: set a token and a FLEET_FILE to have your own.'),
    );
  return {
    trial,
    fleets: { current: () => fleet, onChange: () => undefined },
    fleetFile: { addNode: refuse, removeNode: refuse },
    writtenAt: async () => undefined,
    onFaults: () => undefined,
  };
}

async function fromFile(stack: AsyncDisposableStack, { config, logger }: Base): Promise<Unlinked> {
  const source = {
    file: config.fleetFile,
    lookup: config.lookup,
    known: {
      kinds: settingsByKind,
      thresholds: THRESHOLD_NAMES,
      profiles: Object.keys(PROFILES),
      remedies: kinds.flatMap(({ remedies }) => remedies.map(({ id }) => id)),
      alertnames: [
        ...PATROL_ALERTNAMES,
        ...kinds.flatMap(({ checks }) => checks.flatMap(({ alertnames }) => alertnames)),
      ],
    },
  };
  const fleets = stack.use(await createFleets({ ...source, logger }));
  const fleetFile = createFleetFile({ ...source, written: () => fleets.reread() });
  const written = (): Promise<Date | undefined> => writtenAt(source.file);
  return { trial: undefined, fleets, fleetFile, writtenAt: written, onFaults: fleets.onFaults };
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

const inWords = (fleet: Fleet): string =>
  [
    fleet.network,
    count(fleet.seats.length, 'seat'),
    count(fleet.operators.length, 'operator'),
    count(fleet.nodes.length, 'node'),
    count(fleet.targets().length, 'service'),
  ].join(', ');
