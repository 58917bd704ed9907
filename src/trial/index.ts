import { UserError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { FleetData } from '#src/domain/fleet.ts';
import type { Trial } from '#src/http/dashboard/trial.ts';

import { type Chain, createChain } from './chain.ts';
import { COINS } from './coins.ts';
import { type SimulatedDaemon, startDaemon, SWITCHES } from './daemon.ts';
import { createTrialExecutor } from './executor.ts';
import { type Site, SITES, trialFleet } from './fleet.ts';

/** The trial that runs: a fleet nobody has to own. */
export interface RunningTrial extends Trial {
  readonly fleet: FleetData;
  readonly executor: Executor;
  stop(): Promise<void>;
}

/** Starts the simulated daemons; resolves when all of them answer. */
export async function startTrial(): Promise<RunningTrial> {
  const startedAt = new Date();
  const chains = new Map(
    COINS.map(({ coin, height }) => [coin.name, createChain(coin.name, { at: startedAt.getTime(), height })]),
  );
  const pairs = await Promise.all(SITES.map(async (site) => [site, await startAt(site, chains)] as const));
  const byId = new Map(pairs.map(([site, daemon]) => [idOf(site), { site, daemon }]));
  const daemons = pairs.map(([, daemon]) => daemon);
  const fleet = trialFleet(pairs);
  const executor = createTrialExecutor(daemons);
  await rememberAll(fleet, executor, pairs);
  let broken = false;
  return {
    startedAt,
    fleet,
    executor,
    wasBroken: () => broken,
    daemons: () => [...byId].map(([id, { site, daemon }]) => ({ id, ...site, ...daemon.state() })),
    async flip(id, name) {
      const daemon = byId.get(id)?.daemon;
      const which = SWITCHES.find((one) => one === name);
      if (!daemon || !which) throw new UserError('There is no such switch.');
      broken ||= which !== 'mend' && which !== 'update';
      await daemon.flip(which);
    },
    async stop() {
      await Promise.all(daemons.map((daemon) => daemon[Symbol.asyncDispose]()));
    },
  };
}

type Pair = readonly [Site, SimulatedDaemon];

const idOf = ({ node, coin }: Site): string => `${node}/${coin}`;

/** Whoever breaks a daemon before the first patrol saw it must still be able to restart it. */
async function rememberAll(fleet: FleetData, executor: Executor, pairs: readonly Pair[]): Promise<void> {
  for (const [{ node: id, coin }, { port }] of pairs) {
    const node = fleet.nodes.find((one) => one.id === id);
    const process = node && (await executor.listening(node, port));
    if (process) await executor.remember(node, coin, process);
  }
}

async function startAt(site: Site, chains: ReadonlyMap<string, Chain>): Promise<SimulatedDaemon> {
  const coin = COINS.find((known) => known.coin.name === site.coin)?.coin;
  const chain = chains.get(site.coin);
  if (!coin || !chain) throw new Error(`the trial has no coin ${site.coin}`);
  return startDaemon({ owner: site.node, coin, chain });
}
