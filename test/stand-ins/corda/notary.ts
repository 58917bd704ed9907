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
import { type Shell, startShell } from './shell.ts';

const [IN_FORCE, UPDATE] = ['network-parameters', 'network-parameters-update'];
const POLL_SECONDS = 600;
const STARTS_MS = 400;
const CHECKS_MS = 100;

/** The parameters before and after, more than the list of notaries changes, and others that may take their place. */
export const BEFORE = parametersFile(1);
export const AFTER = parametersFile(2, { platform: 5 });
export const OTHERS = parametersFile(3, { platform: 6 });

type Parameters = ReturnType<typeof parametersFile>;

export interface NotaryWorker {
  readonly id: string;
  /** As the health check's metrics name it. */
  readonly name: string;
  readonly directory: string;
  readonly agent: StandInAgent;
  running: boolean;
  startedAt: Date;
  exitCode: number | undefined;
  /** The update that it was told of when it polled last since its start. */
  knows: string | undefined;
  readonly shell: Shell;
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
  /** What was entered into the shells of the workers, in order: `w1: run …`. */
  readonly entered: readonly string[];
  /** Called while a worker is down, before it starts again. */
  between: (id: string) => Promise<void> | void;
  /** Called when a worker has accepted, before its shell answers. */
  accepted: (id: string) => Promise<void> | void;
  of(id: string): NotaryWorker;
  /** The operator of the network announces an update in place of the one before; each worker polls. */
  announce(update: Parameters): void;
  /** The operator of the network issues the flag day. */
  flagDay(): void;
  /** A worker asks for the map: after the flag day it ends, with 0 when it had accepted and with 1 when not. */
  poll(id: string): Promise<void>;
  /** The hash of what a worker has accepted for the flag day, by its own file. */
  update(id: string): Promise<string | undefined>;
  /** The keys of its service in the fleet file. */
  readonly service: object;
  /** Lines for a gate's list, as docs/flag-days.md names them. */
  readonly allow: readonly string[];
}

/**
 * A notary of so many workers on this machine, all of which run, and the first of which, all when it is not said, have
 * accepted; the first one polled longest ago.
 */
export async function startNotary(count: number, accepted = count): Promise<Notary> {
  const folder = temporaryFolder('notary');
  const log: string[] = [];
  const entered: string[] = [];
  const announcing = ({ hash }: Parameters) => ({
    networkParameterHash: BEFORE.hash,
    parametersUpdate: {
      newParametersHash: hash,
      description: 'Platform version 5',
      updateDeadline: new Date(Date.now() - 60_000).toISOString(),
    },
  });
  const map = await startNetworkMap(announcing(AFTER));
  map.cacheControl = `max-age=${POLL_SECONDS}`;
  for (const { hash, file } of [BEFORE, AFTER, OTHERS]) map.parameters.set(hash, file);
  const health = await startJolokia();
  const workers = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      workerIn(folder, { number: index + 1, count, accepted: index < accepted, run: shellOf }),
    ),
  );
  let fewest = count;
  const of = (id: string): NotaryWorker => {
    const worker = workers.find((one) => one.id === id);
    if (!worker) throw new Error(`no worker ${id}`);
    return worker;
  };

  /** What a shell prints: nothing when it is done, the exception when not. */
  async function shellOf(id: string, line: string): Promise<string> {
    entered.push(`${id}: ${line}`);
    const [, hash = ''] =
      /^run acceptNewNetworkParameters parametersHash: "([0-9A-Fa-f]{64})"$/.exec(line) ?? [];
    const worker = of(id);
    const failed = (why: string): string => `RPC failed: java.lang.IllegalArgumentException: ${why}\n`;
    const file = map.parameters.get(hash);
    if (!worker.knows || !file) return failed(`Couldn't find parameters update for the hash: ${hash}`);
    if (worker.knows !== hash)
      return failed(
        `Refused to accept parameters with hash ${hash} because network map advertises update with hash ${worker.knows}. Please check newest version`,
      );
    await writeFile(join(worker.directory, UPDATE), file);
    await notary.accepted(id);
    return '';
  }

  async function stop(worker: NotaryWorker, exitCode: number, entry: string): Promise<void> {
    if (!worker.running) return;
    worker.running = false;
    worker.exitCode = exitCode;
    worker.knows = undefined;
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
    entered,
    fewest: () => fewest,
    between: () => undefined,
    accepted: () => undefined,
    of,
    announce(update) {
      map.content = announcing(update);
      for (const worker of workers) worker.knows = update.hash;
    },
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
    update: (id) => hashIn(of(id), UPDATE),
    allow: workers.flatMap(({ id, directory }) => [
      `once ${program} restart ${id}`,
      `run ${program} status ${id}`,
      `run env LC_ALL=C ls -Lldn -- ${directory}/${IN_FORCE}*`,
      `run base64 ${directory}/${IN_FORCE}*`,
    ]),
    service: {
      id: 'notary',
      kind: 'corda',
      networkMap: map.url,
      healthCheck: health.url,
      workers: workers.map(({ id, name, directory, agent, shell }) => ({
        id,
        jolokia: agent.url,
        directory,
        checkedAs: name,
        restart: [program, 'restart', id],
        exitCode: [program, 'status', id],
        accept: [shell.program, '{hash}'],
      })),
    },
    async [Symbol.asyncDispose]() {
      clearInterval(checks);
      manager.close();
      manager.closeAllConnections();
      await Promise.all(
        [map, health, ...workers.flatMap(({ agent, shell }) => [agent, shell])].map((one) =>
          one[Symbol.asyncDispose](),
        ),
      );
      folder[Symbol.dispose]();
    },
  };
  return notary;
}

interface Made {
  readonly number: number;
  /** Of all. */
  readonly count: number;
  readonly accepted: boolean;
  readonly run: (id: string, line: string) => Promise<string>;
}

async function workerIn(folder: Folder, { number, count, accepted, run }: Made): Promise<NotaryWorker> {
  const id = `w${number}`;
  const directory = join(folder.path, id);
  await mkdir(directory);
  await writeFile(join(directory, IN_FORCE), BEFORE.file);
  if (accepted) await writeFile(join(directory, UPDATE), AFTER.file);
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
    knows: AFTER.hash,
    shell: await startShell(directory, (line) => run(id, line)),
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
