import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { pino } from 'pino';

import { redisPlaceOf } from '#src/config/redis-url.ts';
import { UserError } from '#src/domain/errors.ts';
import type { Operator } from '#src/domain/operator.ts';
import type { Request } from '#src/domain/remedy.ts';
import { kinds } from '#src/nodes/kinds.ts';
import { createExecutors } from '#src/remediation/executors/index.ts';
import { createRemediation } from '#src/remediation/remediation.ts';
import { logText } from '#src/remediation/run-log.ts';
import { openRedis } from '#src/store/open.ts';
import { createStores } from '#src/store/stores.ts';
import { type Child, startChild } from '#test/real/child.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { type GatedSshd, startGatedSshd } from '#test/real/gate.ts';
import { openLine } from '#test/real/line.ts';
import { type RunningLitecoind, startLitecoind } from '#test/real/litecoind.ts';
import { processesNaming } from '#test/real/processes.ts';
import { startRedis } from '#test/real/redis.ts';
import { root } from '#test/real/root.ts';

import { fleetIn, type Told } from './carrier.ts';

/** What is struck: Tocsin, its connection to the node, the daemon; each by what ends it at once. */
export type Struck = 'tocsin' | 'connection' | 'daemon';

/** What is struck at a border of steps, counted from 1; undefined = nothing. */
export type Strike = (border: number) => Struck | undefined;

export interface Outcome {
  readonly request: Request;
  /** How often it was struck. */
  readonly strikes: number;
  /** All that the run said, with its times. */
  readonly log: string;
}

/** A node behind a real sshd and tocsin-gate with a real daemon, another daemon that mines what waits, and a store. */
export interface Battle extends AsyncDisposable {
  readonly notary: RunningLitecoind;
  readonly miner: RunningLitecoind;
  readonly sshd: GatedSshd;
  /** On the node; goes with it. */
  readonly folder: string;
  /** Pids of the notary's daemon: more than one is a fault. */
  daemons(): readonly number[];
  /** Asks for a remedy, has it approved, and carries it out while it is struck. Rejects when the request is refused. */
  carriedOut(remedy: string, args: Readonly<Record<string, string>>, strike?: Strike): Promise<Outcome>;
  /** Gives the notary coins that it did not mine, to one address each. */
  fund(...coins: readonly number[]): Promise<void>;
}

const LOOK_MS = 15;
const MINE_MS = 100;
const BACK_MS = 15_000;
const CARRIED_OUT_MS = 570_000;

interface Ground {
  readonly notary: RunningLitecoind;
  readonly folder: string;
}

interface BattleOptions {
  /** Lines of the gate's allow-list. */
  readonly allow: (ground: Ground) => readonly string[];
  /** Keys of the service in the fleet file. */
  readonly service: (ground: Ground) => object;
}

export async function openBattle({ allow, service }: BattleOptions): Promise<Battle> {
  await using opening = new AsyncDisposableStack();
  const { path: folder } = opening.use(temporaryFolder('under-fire'));
  const [store, sshd, notary, miner] = await Promise.all([
    startRedis(),
    startGatedSshd({ path: `${join(root, 'deploy/node')}:/usr/local/bin:/usr/bin:/bin` }),
    startLitecoind(),
    startLitecoind(),
  ]);
  for (const one of [store, sshd, notary, miner]) opening.use(one);
  const line = opening.use(await openLine(sshd.access().port));
  const ground = { notary, folder };
  sshd.allow(...allow(ground));
  await miner.connectTo(notary);
  await miner.mine(110);
  await notary.syncedWith(miner);

  const access = { ...sshd.access(), port: line.port };
  const fleet = fleetWith(access, { id: 'LTC', kind: 'utxo', coin: 'LTC', ...service(ground) });
  const redis = opening.use(
    await openRedis({ place: redisPlaceOf(store.url), dataDir: folder, onError: () => undefined }),
  );
  const now = (): Date => new Date();
  const { requests, leases, audit, runLogs: logs } = createStores(redis.connect('steady'), now);
  const executors = opening.use(createExecutors({ dataDir: folder }));
  const current = fleetIn(fleet, folder);
  const remediation = createRemediation({
    requests,
    leases,
    audit,
    logs,
    executors,
    remedies: kinds.flatMap(({ remedies }) => remedies),
    fleets: { current: () => current, onChange: () => undefined },
    run: () => Promise.resolve(),
    tell: () => Promise.resolve(),
    changed: () => Promise.resolve(),
    now,
    logger: pino({ level: 'silent' }),
  });
  const logOf = async (id: string): Promise<string> => logText(await logs.read(id));
  let causes = 0;

  const daemons = (): readonly number[] => processesNaming(`-datadir=${notary.datadir}`);
  const strikes: Readonly<Record<Struck, (carrier: Child) => void>> = {
    tocsin: (carrier) => carrier.signal('SIGKILL'),
    connection: () => line.cut(),
    daemon: () => daemons().forEach((pid) => process.kill(pid, 'SIGKILL')),
  };
  /** Tries again where the node could not be looked at, as the answer says. */
  async function approved(id: string, by: Operator, digest: string, tries = 5): Promise<void> {
    try {
      await remediation.approve(id, by, digest);
    } catch (error) {
      if (!(error instanceof UserError) || !error.message.endsWith('try again.') || tries === 1) throw error;
      await approved(id, by, digest, tries - 1);
    }
  }
  const told = (request: string): string =>
    JSON.stringify({ redis: store.url, dataDir: folder, request, fleet } satisfies Told);
  const carrier = (id: string): Promise<Child> =>
    startChild({
      argv: [process.execPath, join(root, 'test/e2e/under-fire/carrier.ts'), told(id)],
      cwd: root,
      env: process.env,
    });

  /** Mines what waits, as a network does. */
  const over = new AbortController();
  const miningEnded = (async () => {
    while (!over.signal.aborted) {
      if ((await miner.rpc<string[]>('getrawmempool').catch(() => [])).length > 0) await miner.mine(1);
      await meet();
      await pause(MINE_MS);
    }
  })();
  /** A daemon that was restarted has no peer until it is given one. */
  async function meet(): Promise<void> {
    const peers = await notary.rpc<unknown[]>('getpeerinfo').catch(() => undefined);
    if (peers?.length !== 0) return;
    await notary.rpc('addnode', [`127.0.0.1:${miner.port}`, 'onetry']).catch(() => undefined);
  }
  opening.defer(async () => {
    over.abort();
    await miningEnded;
    await notary.rpc('stop').catch(() => undefined);
    while (daemons().length > 0) await pause(LOOK_MS);
  });

  const stack = opening.move();
  return {
    notary,
    miner,
    sshd,
    folder,
    daemons,
    async carriedOut(remedy, args, strike) {
      const asked = { remedy, node: 'node-a', args, cause: `cause ${++causes}` };
      const [alice, anna, carol] = ['alice', 'anna', 'carol'].map((id) => current.operator(id as never));
      if (!alice || !anna || !carol) throw new Error('nobody is there to ask');
      const { id, risk, digest } = await remediation.request({ ...asked, by: alice });
      for (const by of risk === 'high' ? [anna, carol] : [anna]) await approved(id, by, digest);

      const bound = AbortSignal.timeout(CARRIED_OUT_MS);
      let child = await carrier(id);
      let seen = '';
      let border = -1;
      let struck = 0;
      let backAt = Infinity;
      for (;;) {
        if (bound.aborted) throw new Error(`not over yet:\n${await logOf(id)}`);
        const request = await requests.get(id);
        if (!request) throw new Error(`no record of ${id}`);
        if (request.endedAt !== undefined) {
          await child.exit;
          return { request, strikes: struck, log: await logOf(id) };
        }
        const place = borderOf(request);
        if (place !== seen) {
          seen = place;
          border++;
          const what = border > 0 ? strike?.(border) : undefined;
          if (what !== undefined) {
            strikes[what](child);
            struck++;
            if (what === 'daemon') backAt = performance.now() + BACK_MS;
          }
        }
        if (child.gone) child = await carrier(id);
        // Some wait for a daemon that was sent something: a person starts it by hand.
        if (performance.now() >= backAt && daemons().length === 0) {
          backAt = Infinity;
          await notary.restart();
        }
        await pause(LOOK_MS);
      }
    },
    async fund(...coins) {
      for (const amount of coins) {
        await miner.rpc('sendtoaddress', [await notary.rpc<string>('getnewaddress'), amount]);
      }
      await miner.mine(1);
      await notary.syncedWith(miner);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const borderOf = ({ steps }: Request): string =>
  `${steps.length} begun, ${steps.filter(({ doneAt }) => doneAt !== undefined).length} done`;

/** Two notaries of the seat and a coordinator. */
const fleetWith = (access: object, service: object): object => ({
  network: 'test',
  rooms: [{ id: 'notaries', console: 'notaries' }],
  coins: [{ id: 'LTC', profile: 'litecoin' }],
  teams: [
    {
      id: 'alpha',
      operators: [
        { id: 'alice', role: 'notary', console: 'alice' },
        { id: 'anna', role: 'notary', console: 'anna' },
      ],
      seats: [{ id: 'alpha_EU', region: 'EU' }],
    },
    { id: 'council', operators: [{ id: 'carol', role: 'coordinator', console: 'carol' }] },
  ],
  nodes: [{ id: 'node-a', seat: 'alpha_EU', access, services: [service] }],
});
