import { OutsideError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { CheckResult } from '#src/domain/finding.ts';
import type { Node } from '#src/domain/node.ts';

export const HOST_KEY_CHANGED = 'HostKeyChanged';
export const NODE_UNREACHABLE = 'NodeUnreachable';

const CHECK = { check: 'way', title: 'way', of: 'node' } as const;

/**
 * Whether Tocsin gets to a node's machine, and whether that machine is the one it must be: a finding of
 * the node. Undefined where there is nothing between. Rejects only by our own fault.
 */
export async function lookAtWay(
  node: Node,
  executor: Executor | undefined,
  signal: AbortSignal,
): Promise<CheckResult | undefined> {
  if (!executor?.reach) return undefined;
  try {
    await executor.reach(node, signal);
    return { ...CHECK, alertname: NODE_UNREACHABLE, finding: { state: 'up', facts: {} }, shown: 'open' };
  } catch (error) {
    if (error instanceof OutsideError) return seenFailing(error);
    throw error;
  }
}

function seenFailing({ reason, message }: OutsideError): CheckResult {
  const seen = (
    state: 'degraded' | 'down',
    alertname: string,
    shown: string,
    advice: string,
  ): CheckResult => ({
    ...CHECK,
    alertname,
    finding: { state, why: message, facts: {} },
    shown,
    advice,
  });
  if (reason === 'untrusted') {
    const advice =
      'Nothing was sent there. Compare the key on the machine itself; only if its people changed it, put the new one into the fleet file.';
    return seen('down', HOST_KEY_CHANGED, 'untrusted', advice);
  }
  if (reason === 'unavailable' || reason === 'timeout') {
    const advice =
      'Look whether the machine runs and its network holds; its services cannot be looked at meanwhile.';
    return seen('down', NODE_UNREACHABLE, 'closed', advice);
  }
  // It is there and refuses us, or our own key is not as it must be: a matter of set-up.
  const advice = 'Compare the access of this node in the fleet file with the account on the machine.';
  return seen('degraded', NODE_UNREACHABLE, 'refused', advice);
}
