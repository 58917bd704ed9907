import { createHash } from 'node:crypto';

import type { Access, RpcAccess, Target } from '#src/domain/node.ts';
import type { Plan, Request } from '#src/domain/remedy.ts';

export type Approvable = Pick<
  Request,
  'remedy' | 'risk' | 'node' | 'service' | 'arguments' | 'plan' | 'requestedBy'
>;

/** What an approval is bound to, as hex; figures that a plan merely shows are not in it. */
export function digestOf(asked: Approvable): string {
  const { remedy, risk, node, service, requestedBy, plan } = asked;
  const names = [remedy, risk, node, service, requestedBy];
  const parts = [names, sorted(asked.arguments), plan.steps, sorted(plan.bound)];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** The plan, bound also to the daemon and the machine it is for. No password, user or key is in it. */
export const bindTo = (target: Target, plan: Plan): Plan => ({
  ...plan,
  bound: { ...plan.bound, daemon: daemonWords(target), machine: machineWords(target.node.access) },
});

/** What differs between two plans of one request, in words; undefined when an approval of one holds for the other. */
export function difference(before: Plan, after: Plan): string | undefined {
  const names = [...new Set([...Object.keys(before.bound), ...Object.keys(after.bound)])];
  const changed = names.filter((name) => before.bound[name] !== after.bound[name]);
  if (changed.length > 0) {
    return changed
      .map((name) => `${name} was ${short(before.bound[name])}, is ${short(after.bound[name])}`)
      .join('; ');
  }
  return JSON.stringify(before.steps) === JSON.stringify(after.steps) ? undefined : 'its steps are others';
}

const sorted = (record: Readonly<Record<string, string>>) =>
  Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));

const short = (words = 'nothing'): string => (words.length > 80 ? `${words.slice(0, 79)}…` : words);

const daemonWords = ({ service }: Target): string =>
  [service.kind, service.coin, rpcWords(service.rpc), service.url && withoutUser(service.url), service.pubkey]
    .filter(Boolean)
    .join(' ');

function rpcWords(rpc: RpcAccess | undefined): string | undefined {
  if (!rpc) return undefined;
  if ('cli' in rpc) return `by ${rpc.cli.join(' ')}`;
  return 'conf' in rpc ? `by ${rpc.conf}` : withoutUser(rpc.url);
}

function withoutUser(address: string): string {
  if (!URL.canParse(address)) return 'an unreadable address';
  const { protocol, host, pathname } = new URL(address);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

function machineWords(access: Access): string {
  if (access.kind === 'local') return 'this machine';
  if (access.kind === 'ssh') return `ssh ${access.user}@${access.host}:${access.port} ${access.hostKey}`;
  return `kubernetes ${access.context ?? 'default context'} ${access.namespace}`;
}
