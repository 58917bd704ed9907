import { UserError } from '#src/domain/errors.ts';
import type { Target } from '#src/domain/node.ts';

import { cliThere, LARGE_WALLET_MS } from '../../connect.ts';
import type { Life } from '../../process/life.ts';
import type { Rpc } from '../../rpc.ts';
import type { KeyRing } from '../keys.ts';

/** The daemon, with the time that a large wallet takes for a call. */
export const reached = ({ carrying: { target, signal }, executor, connect }: Life): Promise<Rpc> =>
  connect(target, { executor, signal, timeoutMs: LARGE_WALLET_MS });

/** The keys that lie in this file of the node. Throws UserError. */
export const ringOf = ({ carrying, executor }: Life, file: string): KeyRing => ({
  executor,
  node: carrying.target.node,
  cli: cliOn(carrying.target),
  file,
  cause: carrying.request,
  signal: carrying.signal,
});

/** The daemon's program on the node. Throws UserError where the fleet does not tell it. */
export function cliOn(target: Target): readonly [string, ...string[]] {
  const cli = cliThere(target);
  if (cli) return cli;
  throw new UserError(whyNoCli(target));
}

export const whyNoCli = ({ node, service }: Target): string =>
  `Keys are brought over by the daemon's own program on ${node.id}, and how to call it is not known: in the fleet file, give the rpc of ${service.id} as conf or cli instead of url.`;
