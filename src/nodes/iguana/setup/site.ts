import { UserError } from '#src/domain/errors.ts';
import type { Executor, Executors } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';

import type { PostTo } from '../post-there.ts';
import { createIguana, type Iguana } from '../rpc.ts';
import { type Settings, settingsOf } from '../settings.ts';

/** An iguana to be cured, and how it is reached. */
export interface Site {
  readonly target: Target;
  readonly settings: Settings;
  readonly executor: Executor;
  readonly iguana: Iguana;
  /** Of its RPC. */
  readonly port: number;
}

/** Throws UserError where there is no way to it. */
export function siteOf(
  target: Target,
  executors: Executors,
  { postTo, signal }: { postTo: PostTo; signal: AbortSignal },
): Site {
  const { node, service } = target;
  const executor = executors(node);
  const why = noWay(target, executor);
  if (!executor || why !== undefined) throw new UserError(why ?? 'There is no way to it.');
  const url = new URL(service.url ?? '');
  return {
    target,
    executor,
    settings: settingsOf(service),
    iguana: createIguana(url.host, postTo(target, { executor }, signal)),
    port: Number(url.port || 80),
  };
}

/** Why an iguana's machine or its address cannot be reached, in words; undefined when they can. */
export function noWay({ node, service }: Target, executor: Executor | undefined): string | undefined {
  if (!executor) {
    return `Tocsin has no way into the machine of ${node.id} (access: ${node.access.kind}): do it there by hand.`;
  }
  if (service.url === undefined) return `${service.id} of ${node.id} has no url in the fleet file.`;
  return undefined;
}
