import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { hashOf, signedIn } from '#src/nodes/corda/signed.ts';
import { type Folder, temporaryFolder } from '#test/real/folder.ts';

import {
  healthMBeans,
  nodeMBeans,
  type StandInAgent,
  startJolokia,
  startNetworkMap,
  type StandInMap,
} from './corda.ts';
import { parametersFile } from './serialised.ts';

const [IN_FORCE, UPDATE] = ['network-parameters', 'network-parameters-update'];
const POLL_SECONDS = 600;
const STARTS_MS = 400;
const CHECKS_MS = 100;

/** The parameters before and after; more than the list of notaries changes. */
export const [BEFORE, AFTER] = [parametersFile(1), parametersFile(2, { platform: 5 })];

export interface NotaryWorker {
  readonly id: string;
  /** As the health check's metrics name it. */
  readonly name: string;
  readonly directory: string;
  readonly agent: StandInAgent;
  running: boolean;
  startedAt: Date;
  exitCode: number | undefined;
  /** Its checks fail from now on. */
  ill: boolean;
  success: number;
  fail: number;
}

export interface Notary extends AsyncDisposable {
  readonly map: StandInMap;
  readonly health: StandInAgent;
  readonly workers: readonly NotaryWorker[];
  /** What happened, in order: `stop w1`, `start w1`, `up w1`, `exit w1 0`. */
  readonly log: readonly string[];
  /** The fewest that ran at any time. */
  readonly fewest: () => number;
  /** Called while a worker is down, before it starts again. */
  between: (id: string) => Promise<void> | void;
  of(id: string): NotaryWorker;
  /** The operator of the network issues the flag day. */
  flagDay(): void;
  /** A worker asks for the map: after the flag day it ends, with 0 when it had accepted and with 1 when not. */
  poll(id: string): Promise<void>;
  /** The keys of its service in the fleet file. */
  readonly service: object;
}

/** A notary of so many workers on this machine, all of which run and have accepted; the first one polled longest ago. */
export async function startNotary(count: number): Promise<Notary> {
  const folder = temporaryFolder('notary');
  const log: string[] = [];
  const map = await startNetworkMap({
    networkParameterHash: BEFORE.hash,
    parametersUpdate: {
      newParametersHash: AFTER.hash,
      description: 'Platform version 5',
      updateDeadline: new Date(Date.now() - 60_000).toISOString(),
    },
  });
  map.cacheControl = `max-age=${POLL_SECONDS}`;
  for (const { hash, file } of [BEFORE, AFTER]) map.parameters.set(hash, file);
  const health = await startJolokia();
  const workers = await Promise.all(
    Array.from({ length: count }, (_, index) => workerIn(folder, index + 1, count)),
  );
  let fewest = count;
  const of = (id: string): NotaryWorker => {
    const worker = workers.find((one) => one.id === id);
    if (!worker) throw new Error(`no worker ${id}`);
    return worker;
  };

  async function stop(worker: NotaryWorker, exitCode: number, entry: string): Promise<void> {
    if (!worker.running) return;
    worker.running = false;
    worker.exitCode = exitCode;
    log.push(entry);
    fewest = Math.min(fewest, workers.filter(({ running }) => running).length);
    await worker.agent.refuse();
  }

  /** As a node does: takes what it accepted when the network has switched to it, and does not start with anything else. */
  async function start(worker: NotaryWorker): Promise<void> {
    log.push(`start ${worker.id}`);
    worker.startedAt = new Date();
    const current = map.content.networkParameterHash;
    if ((await hashIn(worker, UPDATE)) === current) {
      await copyFile(join(worker.directory, UPDATE), join(worker.directory, IN_FORCE));
      await rm(join(worker.directory, UPDATE));
    }
    if ((await hashIn(worker, IN_FORCE)) !== current) {
      worker.exitCode = 1;
      log.push(`exit ${worker.id} 1`);
      return;
    }
    worker.agent.mbeans.clear();
    set(worker.agent, nodeMBeans(worker.startedAt, 'STARTING'));
    await worker.agent.listen();
    await pause(STARTS_MS);
    set(worker.agent, nodeMBeans(worker.startedAt));
    worker.running = true;
    log.push(`up ${worker.id}`);
  }

  const checks = setInterval(() => {
    for (const worker of workers) {
      if (worker.running && worker.ill) worker.fail += 1;
      else if (worker.running) worker.success += 1;
      const { success, fail, running } = worker;
      set(health, healthMBeans(worker.name, { success, fail, inflight: running ? 0 : 1 }));
    }
  }, CHECKS_MS);

  // What a unit of systemd would do: `restart ID`, and `status ID` for the code of the last end.
  const manager = createServer((request, response) => {
    const [, verb, id = ''] = request.url?.split('/') ?? [];
    const answer = async (): Promise<string> => {
      const worker = of(id);
      if (verb === 'status') return String(worker.exitCode ?? 0);
      await stop(worker, 0, `stop ${id}`);
      await notary.between(id);
      void start(worker);
      return '';
    };
    answer().then(
      (words) => response.end(words),
      () => response.writeHead(500).end(),
    );
  });
  manager.listen(0, '127.0.0.1');
  await once(manager, 'listening');
  const program = join(folder.path, 'unit');
  const url = `http://127.0.0.1:${(manager.address() as AddressInfo).port}`;
  await writeFile(
    program,
    `#!${process.execPath}\nfetch(process.argv.slice(2).reduce((url, word) => url + '/' + word, '${url}')).then(async (answer) => {\n  process.stdout.write(await answer.text());\n  process.exitCode = answer.ok ? 0 : 1;\n});\n`,
    { mode: 0o755 },
  );

  const notary: Notary = {
    map,
    health,
    workers,
    log,
    fewest: () => fewest,
    between: () => undefined,
    of,
    flagDay() {
      map.content = { networkParameterHash: AFTER.hash };
      log.push('flag day');
    },
    async poll(id) {
      const worker = of(id);
      const current = map.content.networkParameterHash;
      if ((await hashIn(worker, IN_FORCE)) === current) return;
      const exitCode = (await hashIn(worker, UPDATE)) === current ? 0 : 1;
      await stop(worker, exitCode, `exit ${id} ${exitCode}`);
    },
    service: {
      id: 'notary',
      kind: 'corda',
      networkMap: map.url,
      healthCheck: health.url,
      workers: workers.map(({ id, name, directory, agent }) => ({
        id,
        jolokia: agent.url,
        directory,
        checkedAs: name,
        restart: [program, 'restart', id],
        exitCode: [program, 'status', id],
      })),
    },
    async [Symbol.asyncDispose]() {
      clearInterval(checks);
      manager.close();
      manager.closeAllConnections();
      await Promise.all(
        [map, health, ...workers.map(({ agent }) => agent)].map((one) => one[Symbol.asyncDispose]()),
      );
      folder[Symbol.dispose]();
    },
  };
  return notary;
}

async function workerIn(folder: Folder, number: number, count: number): Promise<NotaryWorker> {
  const id = `w${number}`;
  const directory = join(folder.path, id);
  await mkdir(directory);
  await writeFile(join(directory, IN_FORCE), BEFORE.file);
  await writeFile(join(directory, UPDATE), AFTER.file);
  // Spread over the interval; an hour and more ago, so that each has polled some times since.
  const startedAt = new Date(Date.now() - (3_600 + ((count - number + 0.5) * POLL_SECONDS) / count) * 1000);
  const agent = await startJolokia(nodeMBeans(startedAt));
  const name = `O_Worker_${number}__L_Zurich__C_CH`;
  return {
    id,
    name,
    directory,
    agent,
    running: true,
    startedAt,
    exitCode: undefined,
    ill: false,
    success: 10,
    fail: 0,
  };
}

function set(agent: StandInAgent, mbeans: ReturnType<typeof nodeMBeans>): void {
  for (const [name, attributes] of Object.entries(mbeans)) agent.mbeans.set(name, attributes);
}

async function hashIn({ directory }: NotaryWorker, file: string): Promise<string | undefined> {
  const bytes = await readFile(join(directory, file)).catch(() => undefined);
  const signed = bytes && signedIn(bytes);
  return signed && hashOf(signed);
}
