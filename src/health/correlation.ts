import type { Node } from '#src/domain/node.ts';
import type { Condition, Contact, Level } from '#src/domain/patrol.ts';
import type { PatrolAlertname } from './alertnames.ts';
import { raisedLevel, type Sight } from './condition.ts';

/** So many daemons that refuse at once are one matter. */
const SEVERAL = 3;

/** The contacts of the services that a node has now. */
export interface Contacts {
  readonly node: Node;
  readonly of: ReadonlyMap<string, Contact>;
  /** When the latest look began. */
  readonly at: string;
}

const known = ({ node, of }: Contacts): readonly (readonly [service: string, contact: Contact])[] =>
  node.services.flatMap(({ id }) => {
    const contact = of.get(id);
    return contact && contact.state !== 'unknown' ? [[id, contact] as const] : [];
  });

/** Whether every service of the node was looked at. */
const isWhole = ({ node, of }: Contacts): boolean => node.services.every(({ id }) => of.has(id));

/**
 * Whether the machine itself is gone: none of its services gave a sign at its latest look. Undefined as long as that
 * cannot be told. A way that is closed while services answer past it is worth a warning.
 */
export function sightOfMachine(contacts: Contacts): Sight | undefined {
  const { node, at } = contacts;
  const told = known(contacts);
  const silent = told.filter(([, { state }]) => state === 'unreachable');
  const closed = Math.max(0, ...[...contacts.of.values()].map((one) => one.closed));
  const isGone = silent.length > 0 && silent.length === told.length;
  if (!isGone && told.length === 0 && closed === 0) return undefined;
  // Others may still give a sign.
  if (isGone && !isWhole(contacts)) return undefined;
  const level: Level = isGone ? 2 : closed > 0 ? 1 : 0;
  const what = isGone
    ? node.services.length === 1
      ? 'cannot be reached'
      : `cannot be reached: no sign of any of its ${node.services.length} services`
    : 'does not let Tocsin in over its access';
  return sightOf('NodeUnreachable', level, at, {
    summary: `${node.id} ${what}`,
    description: isGone
      ? 'Look whether the machine runs and its network holds. What runs on it is not known meanwhile.'
      : 'Compare the access of this node in the fleet file with the account and the SSH service on the machine.',
  });
}

/** Whether all daemons of a machine that is there refuse: one alert for all, until few are left. */
export function sightOfDaemons(contacts: Contacts, conditions: readonly Condition[]): Sight | undefined {
  const { node, of, at } = contacts;
  const told = known(contacts);
  const refused = told.filter(([, { state }]) => state === 'refused');
  const isRaised = conditions.some((one) => one.alertname === 'NodeDaemonsDown' && raisedLevel(one) > 0);
  const alone = new Set(
    conditions.filter((one) => one.held === 'refused' && raisedLevel(one) > 0).map(({ service }) => service),
  );
  const isAll = refused.length === told.length && isWhole(contacts);
  // What cannot be seen any more has not come back.
  const away = isRaised ? [...of].filter(([, { state }]) => state !== 'reached') : refused;
  const together = away.filter(([service]) => !alone.has(service)).length;
  const level: Level = together >= SEVERAL && (isAll || isRaised) ? 2 : 0;
  return sightOf('NodeDaemonsDown', level, at, {
    summary: `${node.id}: none of its ${node.services.length} daemons runs`,
    description:
      'The machine answers, its daemons do not: did it restart, did it run out of memory or disk? Start them in their order.',
  });
}

const sightOf = (
  alertname: PatrolAlertname,
  level: Level,
  at: string,
  annotations: Readonly<Record<string, string>>,
): Sight => ({
  check: 'node',
  alertname,
  level,
  at,
  annotations: { ...annotations, runbook: alertname },
});

/**
 * Whether a condition waits for what the other services of its node say, or is theirs together. What refuses waits until
 * another one answers, or for its own next look; what gives no sign waits until it still gives none after another did.
 */
export function isHeld({ held, service }: Condition, contacts: Contacts, isTogether: boolean): boolean {
  const own = contacts.of.get(service ?? '');
  if (held === undefined || own === undefined) return false;
  const others = known(contacts)
    .filter(([id, { at }]) => id !== service && at >= own.since)
    .map(([, contact]) => contact);
  switch (held) {
    case 'network':
      return true;
    case 'unreachable':
      return !others.some(({ state, at }) => state !== 'unreachable' && at <= own.at);
    case 'refused': {
      if (isTogether) return true;
      const isFew = contacts.node.services.length < SEVERAL;
      return !isFew && own.at === own.since && !others.some(({ state }) => state === 'reached');
    }
  }
}

/**
 * Who is to be looked at now, because what others of the node say decides about an alert: those that were seen otherwise
 * before, and once more the one that was looked at, where a second look decides.
 */
export function askedNext(
  { node, of }: Contacts,
  service: string,
  conditions: readonly Condition[],
): readonly string[] {
  const own = of.get(service);
  if (own === undefined || (own.state !== 'refused' && own.state !== 'unreachable')) return [];
  const isPending = conditions.some(
    (one) => one.alertname === 'NodeUnreachable' && one.levels.at(-1) === 2 && raisedLevel(one) < 2,
  );
  const others = node.services.flatMap(({ id }) => {
    const contact = of.get(id);
    return id !== service && (contact === undefined || (contact.state !== own.state && contact.at < own.at))
      ? [id]
      : [];
  });
  return own.since === own.at ? [...others, ...(isPending ? [service] : [])] : [];
}
