import type { Target } from '#src/domain/node.ts';

import { endpointOf } from './conf.ts';
import { createRpc, type Rpc } from './rpc.ts';

/** Reaches a target's daemon; made anew for each use, because a daemon may change its password when it restarts. */
export type Connect = (target: Target, signal?: AbortSignal) => Promise<Rpc>;

/** Longer than a check waits: a large wallet takes its time to list and to sign. */
const TIMEOUT_MS = 15_000;

export const connect: Connect = async (target, signal) =>
  createRpc(await endpointOf(target), { timeoutMs: TIMEOUT_MS, signal });
