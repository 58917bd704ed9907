import { OutsideError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';
import { profileOf } from '#src/domain/profile.ts';

import { wayTo } from '../way.ts';
import { endpointOf, homely } from './conf.ts';
import { createRpc, type Rpc } from './rpc.ts';
import { createCliRpc } from './rpc-cli.ts';

interface Reached {
  /** The way into the node's machine, where there is one. */
  readonly executor?: Executor | undefined;
  /** Ends every call. */
  readonly signal?: AbortSignal | undefined;
  /** For one call. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Reaches a target's daemon, whatever the way: HTTP from here or through its node, or the daemon's own
 * program there. Made anew for each use, because a daemon may change its password when it restarts. Throws
 * OutsideError, in words that hold no secret, where there is no way.
 */
export type Connect = (target: Target, reached?: Reached) => Promise<Rpc>;

/** Longer than a check waits: a large wallet takes its time to list and to sign. */
const TIMEOUT_MS = 15_000;

/** Longest call for a remedy that works on a large wallet: hundreds of inputs are signed at once. */
export const LARGE_WALLET_MS = 120_000;

export const connect: Connect = async (target, { executor, signal, timeoutMs = TIMEOUT_MS } = {}) => {
  const { node } = target;
  const limits = { timeoutMs, signal };
  const argv = cliOf(target);
  if (argv) {
    if (executor) return createCliRpc({ argv, node, executor }, limits);
    const words = `running ${argv[0]} on ${node.id} needs the ${node.access.kind} way, which this version does not have`;
    throw new OutsideError('daemon', 'rejected', words);
  }
  const endpoint = await endpointOf(target);
  return createRpc(endpoint, limits, wayTo({ node, url: endpoint.url, executor, signal }));
};

/**
 * The words that ask the daemon on its own machine, whatever way Tocsin itself asks it by; undefined where the fleet
 * does not say enough.
 */
export function cliThere({ service: { rpc }, profile }: Target): readonly [string, ...string[]] | undefined {
  if (rpc === undefined || 'url' in rpc) return undefined;
  if ('cli' in rpc) return rpc.cli;
  const program = profileOf(profile)?.cli;
  return program === undefined ? undefined : [program, `-conf=${homely(rpc.conf)}`];
}

/** The program to ask with: the one the fleet names, and that of the profile for a configuration file on another machine. */
function cliOf({ node, service: { rpc }, profile }: Target): readonly [string, ...string[]] | undefined {
  if (rpc === undefined || 'url' in rpc) return undefined;
  if ('cli' in rpc) return rpc.cli;
  if (node.access.kind === 'local') return undefined;
  const { conf } = rpc;
  if (!conf.startsWith('/')) {
    throw new OutsideError('daemon', 'rejected', `${conf} is on ${node.id}: give its whole path, from / on`);
  }
  const program = profileOf(profile)?.cli;
  if (program !== undefined) return [program, `-conf=${conf}`];
  const words = `which program speaks with a daemon of profile ${profile ?? '?'} is not known: give the rpc of ${node.id} as cli`;
  throw new OutsideError('daemon', 'rejected', words);
}
