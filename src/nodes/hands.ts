import type { Executor } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';

/** Why Tocsin can change nothing on a target's machine, in words; undefined when it can. Looks at nothing. */
export function noHands(
  { node: { id, access } }: Target,
  executor: Executor | undefined,
): string | undefined {
  if (!executor)
    return `Tocsin has no way into the machine of ${id} (access: ${access.kind}): do it there by hand.`;
  if (access.kind === 'ssh' && access.gate !== true) {
    return `Tocsin may only look at the machine of ${id}: without tocsin-gate there (docs/gate.md), do it there by hand.`;
  }
  if (access.kind === 'kubernetes' && access.exec !== true) {
    return `Tocsin may run nothing in the pod of ${id} (exec in the fleet file): do it there by hand.`;
  }
  return undefined;
}
