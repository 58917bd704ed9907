import { basename } from 'node:path';

import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { Executor, Executors, Process } from '#src/domain/executor.ts';
import type { RpcAccess, Target } from '#src/domain/node.ts';

import { endpointOf } from '../conf.ts';
import { settingsOf } from '../settings.ts';

/** Programs that hold a port on behalf of a daemon elsewhere: starting them again would not start the daemon. */
const GO_BETWEENS = new Set([
  'conmon',
  'docker-proxy',
  'envoy',
  'haproxy',
  'kubectl',
  'nginx',
  'rootlessport',
  'slirp4netns',
  'socat',
  'ssh',
  'sshd',
  'stunnel',
  'stunnel4',
]);

/** Arguments with which a start would do hours of work, or lose history, once more. */
const HEAVY = /^--?(?:reindex|reindex-chainstate|rescan|salvagewallet|zapwallettxes)(?:=(?!0$).*)?$/;

/** The executor of the target's machine. Throws UserError where there is none. */
export function executorOf(executors: Executors, { node }: Target): Executor {
  const executor = executors(node);
  if (executor) return executor;
  throw new UserError(
    `Tocsin has no way into the machine of ${node.id} (access: ${node.access.kind}): restart it there by hand.`,
  );
}

/**
 * The port of the daemon's RPC on its node; undefined when only a running daemon would tell it. Throws UserError where the
 * fleet does not say it and this machine cannot know it, OutsideError.
 */
export async function portOf(target: Target): Promise<number | undefined> {
  const { node, service } = target;
  const told = settingsOf(service).port ?? (service.rpc && wordedPort(service.rpc));
  if (told !== undefined) return told;
  // Another machine's configuration is not to be looked for here.
  const isElsewhere = service.rpc && 'conf' in service.rpc && node.access.kind !== 'local';
  if (isElsewhere || (service.rpc && 'cli' in service.rpc)) {
    throw new UserError(
      `Which process of ${node.id} is ${service.id} is seen by the port of its RPC, and the fleet file does not say that: add port: to the service, as in its rpcport.`,
    );
  }
  try {
    const { port, protocol } = new URL((await endpointOf(target)).url);
    return port ? Number(port) : protocol === 'https:' ? 443 : 80;
  } catch (error) {
    if (error instanceof OutsideError && error.reason === 'unauthorized') return undefined;
    throw error;
  }
}

function wordedPort(rpc: RpcAccess): number | undefined {
  const word = 'cli' in rpc ? rpc.cli.find((one) => /^--?rpcport=\d+$/.test(one)) : undefined;
  return word === undefined ? undefined : Number(word.split('=')[1]);
}

/** The daemon's process, seen by the port it listens on. Throws OutsideError. */
export async function processNow(executor: Executor, target: Target): Promise<Process | undefined> {
  const port = await portOf(target);
  return port === undefined ? undefined : executor.listening(target.node, port);
}

/** Why this process must not be started again as it is; undefined when it may. */
export function whyNotAgain({ argv }: Process): string | undefined {
  const program = basename(argv[0] ?? '');
  if (GO_BETWEENS.has(program)) {
    return `${program} listens on the RPC port, not the daemon itself: restart the daemon where it runs.`;
  }
  const heavy = argv.find((word) => HEAVY.test(word));
  if (heavy === undefined) return undefined;
  return `It was started with ${heavy}, which would begin anew: start it without that by hand.`;
}

/** The same command line in the same folder. */
export const isSameCommand = (one: Process, other: Process): boolean =>
  one.cwd === other.cwd && JSON.stringify(one.argv) === JSON.stringify(other.argv);

/**
 * To be called when a daemon is seen up: keeps how it was started, for the time when it is down. Cheap
 * while the same process runs. Throws OutsideError.
 */
export async function rememberProcess(target: Target, executors: Executors): Promise<void> {
  const executor = executors(target.node);
  if (!executor) return;
  if (await stillRunning(executor, target)) return;
  const process = await processNow(executor, target);
  if (process && whyNotAgain(process) === undefined) {
    await executor.remember(target.node, target.service.id, process);
  }
}

/** The process that was remembered, while it runs: spares a search through the machine at each look. */
export async function stillRunning(executor: Executor, target: Target): Promise<Process | undefined> {
  const known = await executor.recall(target.node, target.service.id);
  return known && (await executor.isRunning(target.node, known)) ? known : undefined;
}
