import type { Signal } from '#src/domain/alert.ts';
import type { CheckResult, ServiceHealth } from '#src/domain/finding.ts';
import type { Node, Target } from '#src/domain/node.ts';
import type { Condition, Contact, Level } from '#src/domain/patrol.ts';
import type { Seat } from '#src/domain/seat.ts';
import type { Known } from './cases.ts';
import { dueLevel, levelOf, raisedLevel, type Sight, withSight } from './condition.ts';
import { contactAfter } from './contact.ts';
import { askedNext, type Contacts, isHeld, sightOfDaemons, sightOfMachine } from './correlation.ts';
import type { DampingOf } from './dampings.ts';
import { annotationsOf, beginningOf, endOf, labelsOf, raise } from './signals.ts';
import { NODE_UNREACHABLE } from './way.ts';

/** A look at one service, and whether what it saw is its network's matter. */
export interface Looked {
  readonly target: Target;
  readonly health: ServiceHealth;
  /** Alerts that are not this service's: the whole network's. */
  readonly networks: ReadonlySet<string>;
}

export interface Rules {
  readonly damping: DampingOf;
  readonly graceMs: number;
  /** How often a service is looked at that does not say so itself. */
  readonly everyMs: number;
}

export interface Decision {
  readonly remembered: Known;
  /** What the alert intake must be told, ends before beginnings. */
  readonly signals: readonly Signal[];
  /** The looks that it was decided by. */
  readonly seen: readonly ServiceHealth[];
  /** Services whose turn has come early. */
  readonly soon: readonly string[];
}

/** Looks that began longer after each other than this, and than some intervals, say nothing together. */
const GAP_MS = 15 * 60_000;
const GAP_INTERVALS = 4;

/**
 * What looks at services of one node change. A look that is older than what is known changes nothing, so that it may
 * be told again. What could not be seen stays as it was.
 */
export function decideNode(
  before: Known,
  looks: readonly Looked[],
  { node, seat, damping, graceMs, everyMs }: Rules & { readonly node: Node; readonly seat: Seat | undefined },
): Decision {
  const contacts = new Map(Object.entries(before.contacts));
  let conditions = before.conditions;
  const see = (sight: Sight | undefined): void => {
    if (sight) conditions = seen(conditions, sight, damping);
  };
  const soon = new Set<string>();
  const newer: ServiceHealth[] = [];
  let at = '';
  for (const { target, health, networks } of looks) {
    const id = target.service.id;
    const known = contacts.get(id);
    if (known && known.at >= health.at) continue;
    newer.push(health);
    const contact = withWide(contactAfter(known, health, graceMs), health, conditions, damping);
    contacts.set(id, contact);
    const gapMs = Math.max(GAP_MS, GAP_INTERVALS * (target.service.everyMs ?? everyMs));
    if (known && Date.parse(contact.at) - Date.parse(known.at) > gapMs)
      conditions = conditions.filter((one) => one.service !== id || one.raised);
    const own = conditions.filter(({ service }) => service === id || service === undefined);
    for (const result of health.results) {
      for (const sight of sightsOf(target, result, { own, contact, contacts, damping, networks })) see(sight);
    }
    for (const sight of sightsOfGone(own, health, contact)) see(sight);
    see(sightOfPort(target, contact));
    if (health.at > at) ({ at } = health);
    const all: Contacts = { node, of: contacts, at };
    see(sightOfMachine(all));
    see(sightOfDaemons(all, conditions));
    for (const one of askedNext(all, id, conditions)) soon.add(one);
  }
  if (at === '') return { remembered: before, signals: [], seen: [], soon: [] };
  const scene: Contacts = { node, of: contacts, at };
  const own = { node, seat };
  const first = raised(conditions, (one) => one.service === undefined, { at, damping, own });
  const together = first.conditions.some((one) => one.alertname === 'NodeDaemonsDown' && one.raised);
  const rest = raised(first.conditions, (one) => one.service !== undefined && !isHeld(one, scene, together), {
    at,
    damping,
    own,
  });
  const isLeft = (one: Condition): boolean =>
    one.raised !== undefined || one.levels.some((level) => level > 0);
  const signals = [...first.signals, ...rest.signals];
  return {
    remembered: { contacts: Object.fromEntries(contacts), conditions: rest.conditions.filter(isLeft) },
    signals: signals.toSorted((a, b) => Number(a.status === 'firing') - Number(b.status === 'firing')),
    seen: newer,
    soon: [...soon],
  };
}

interface Seeing {
  /** Those of the service, and of its node as a whole. */
  readonly own: readonly Condition[];
  readonly contact: Contact;
  readonly contacts: ReadonlyMap<string, Contact>;
  readonly damping: DampingOf;
  readonly networks: ReadonlySet<string>;
}

/** What a result says of its alert, and of others that its check raised before. */
function sightsOf(
  target: Target,
  result: CheckResult,
  { own, contact, contacts, damping, networks }: Seeing,
): readonly Sight[] {
  const { check, of, finding, figure, alertname } = result;
  if (finding.state === 'unknown') return [];
  const service = of === 'node' ? undefined : target.service.id;
  const before = new Map(
    own.filter((one) => one.check === check && one.service === service).map((one) => [one.alertname, one]),
  );
  if (finding.state === 'up' && before.size === 0) return [];
  // The way closed is put together with what the services say.
  const names = new Set(
    [...before.keys(), alertname].filter((name) => of !== 'node' || name !== NODE_UNREACHABLE),
  );
  const isEarly = figure !== undefined && contact.settledAt !== undefined;
  return [...names].flatMap((name): readonly Sight[] => {
    const known = before.get(name);
    const level =
      of === 'node'
        ? widest(contacts, check, name)
        : name === alertname
          ? levelOf(result, known, damping(name).margin)
          : 0;
    if (level === undefined || (level > 0 && isEarly && !known?.raised)) return [];
    const held =
      result.contact === 'refused' ? 'refused' : networks.has(name) ? ('network' as const) : undefined;
    return [
      {
        service,
        check,
        alertname: name,
        level,
        at: contact.at,
        annotations: finding.state === 'up' ? (known?.annotations ?? {}) : annotationsOf(target, result),
        ...(figure && level > 0 && { figure: finding.state === 'up' ? known?.figure : figure.value }),
        ...(held && { held }),
      },
    ];
  });
}

/** A check that a look leaves out, although it got through, has nothing to say of the service any more. */
function sightsOfGone(
  own: readonly Condition[],
  { service, results }: ServiceHealth,
  { state, closed, at }: Contact,
): readonly Sight[] {
  const rows = results.filter(({ of }) => of !== 'node');
  const isThrough = state === 'reached' || (rows.length === 0 && closed < 2);
  if (!isThrough) return [];
  const told = new Set([PORT, ...rows.map(({ check }) => check)]);
  return own
    .filter((one) => one.service === service && !told.has(one.check))
    .map(({ check, alertname, annotations }) => ({ service, check, alertname, annotations, level: 0, at }));
}

/** What a look found of the whole node, for as long as the same service does not find it well. */
function withWide(
  contact: Contact,
  { results }: ServiceHealth,
  conditions: readonly Condition[],
  damping: DampingOf,
): Contact {
  const wide = { ...contact.wide };
  for (const result of results) {
    const { of, check, alertname } = result;
    if (of !== 'node') continue;
    const before = conditions.find(
      (one) => one.service === undefined && one.check === check && one.alertname === alertname,
    );
    const level = levelOf(result, before, damping(alertname).margin);
    if (level === 0) delete wide[check];
    else if (level !== undefined) wide[check] = { alertname, level };
  }
  const { wide: _, ...rest } = contact;
  return Object.keys(wide).length > 0 ? { ...rest, wide } : rest;
}

/** The worst that any service of a node found of it. */
const widest = (contacts: ReadonlyMap<string, Contact>, check: string, name: string): Level =>
  Math.max(
    0,
    ...[...contacts.values()].map(({ wide }) => (wide?.[check]?.alertname === name ? wide[check].level : 0)),
  ) as Level;

const PORT = 'port';

/** A port that gives no sign while the machine is there. */
function sightOfPort({ node, service }: Target, { state, at }: Contact): Sight | undefined {
  if (state === 'unknown') return undefined;
  const name = `${service.coin ?? service.id} on ${node.id}`;
  return {
    service: service.id,
    check: PORT,
    alertname: 'DaemonUnreachable',
    level: state === 'unreachable' ? 1 : 0,
    at,
    held: 'unreachable',
    annotations: {
      summary: `${name}: no connection to its port, while the machine answers elsewhere`,
      description:
        'Look at the firewall and at the address that the daemon listens on. Whether it runs is not known.',
      runbook: 'DaemonUnreachable',
    },
  };
}

const isSame = (one: Condition, sight: Sight): boolean =>
  one.service === sight.service && one.check === sight.check && one.alertname === sight.alertname;

/** The conditions with one sight more. */
export function seen(
  conditions: readonly Condition[],
  sight: Sight,
  damping: DampingOf,
): readonly Condition[] {
  const at = conditions.findIndex((one) => isSame(one, sight));
  const next = withSight(conditions[at], sight, damping(sight.alertname));
  if (at < 0) return next ? [...conditions, next] : conditions;
  return next ? conditions.with(at, next) : conditions.toSpliced(at, 1);
}

interface Raising {
  readonly at: string;
  readonly damping: DampingOf;
  readonly own: { readonly node: Node; readonly seat: Seat | undefined };
}

/** Raises and takes back what is due; `may` says which may begin. */
function raised(
  conditions: readonly Condition[],
  may: (one: Condition) => boolean,
  { at, damping, own }: Raising,
) {
  const signals: Signal[] = [];
  const next = conditions.map((one) => {
    const settled = settle(one, dueLevel(one, damping(one.alertname), at), {
      at,
      may: may(one),
      labels: () => labelsOf(own, one.service),
    });
    signals.push(...settled.signals);
    return settled.condition;
  });
  return { conditions: next, signals };
}

interface Settling {
  readonly at: string;
  /** Whether it may begin. */
  readonly may: boolean;
  /** Beside its name and its severity. */
  readonly labels: () => Readonly<Record<string, string>>;
}

/** A condition brought to the level that is due, and what is told of it. */
export function settle(
  condition: Condition,
  due: Level,
  { at, may, labels }: Settling,
): { readonly condition: Condition; readonly signals: readonly Signal[] } {
  const { raised: before, ...rest } = condition;
  if (due === raisedLevel(condition) || (before === undefined && !may)) return { condition, signals: [] };
  const ending = before ? [endOf(before, at)] : [];
  if (due === 0) return { condition: rest, signals: ending };
  const begun = raise(condition, due, { at, labels: labels() });
  return { condition: { ...rest, raised: begun }, signals: [...ending, beginningOf(begun)] };
}
