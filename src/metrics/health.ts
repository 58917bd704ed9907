import {
  FINDING_STATES,
  type FindingState,
  type ServiceHealth,
  type Unit,
  UNITS,
} from '#src/domain/finding.ts';
import type { Fleet, Fleets } from '#src/domain/fleet.ts';
import type { Target } from '#src/domain/node.ts';
import { type Family, gaugeText, labelsText } from './exposition.ts';

interface HealthSources {
  readonly fleets: Fleets;
  /** What the last patrol saw of each. */
  latest(targets: readonly Target[]): Promise<readonly (ServiceHealth | undefined)[]>;
  readonly now: () => Date;
}

const SERVICE = ['node', 'service', 'coin', 'seat', 'region', 'kind'] as const;
const CHECK = ['node', 'service', 'coin', 'seat', 'check'] as const;
const STATES = FINDING_STATES.map((state, index) => `${index} ${state}`).join(', ');

/** A name that ends in _count would be one of a histogram's. */
const SUFFIX: Readonly<Record<Unit, string>> = {
  blocks: 'blocks',
  bytes: 'bytes',
  coins: 'coins',
  count: 'items',
  ratio: 'ratio',
  seconds: 'seconds',
};

const SERVICE_STATE: Family = {
  name: 'tocsin_service_state',
  help: `State of a service at its last look: ${STATES}.`,
  labels: SERVICE,
};
const LOOK_AGE: Family = {
  name: 'tocsin_look_age_seconds',
  help: 'Time since the last look at a service began.',
  labels: ['node', 'service'],
};
const LOOK_DURATION: Family = {
  name: 'tocsin_look_duration_seconds',
  help: 'How long the last look at a service took.',
  labels: ['node', 'service'],
};
const CHECK_STATE: Family = {
  name: 'tocsin_check_state',
  help: `State of one check of a service at its last look: ${STATES}.`,
  labels: CHECK,
};
const FIGURES: ReadonlyMap<Unit, Family> = new Map(
  UNITS.map((unit) => [
    unit,
    {
      name: `tocsin_check_${SUFFIX[unit]}`,
      help: `The figure of a check that is measured in ${unit}; absent while it cannot be measured.`,
      labels: CHECK,
    },
  ]),
);

/** All there are: their names are a promise to dashboards and rules. */
export const HEALTH_FAMILIES: readonly Family[] = [
  SERVICE_STATE,
  LOOK_AGE,
  LOOK_DURATION,
  CHECK_STATE,
  ...FIGURES.values(),
];

/** Services that are read by one call: the event loop has its turn in between. */
const AT_ONCE = 64;

/** What is said of one service, by family; the age of its look is of the moment, and is said anew each time. */
interface Rendered {
  /** When it was looked at. */
  readonly at: string | undefined;
  /** Its labels. */
  readonly name: string;
  readonly lines: ReadonlyMap<Family, string>;
}

const valueOf = (state: FindingState): number => FINDING_STATES.indexOf(state);

/** The latest of every service, of the fleet as it is now; nothing while it cannot be read. Scrapes at the same time share one reading. */
export function createHealthMetrics({ fleets, latest, now }: HealthSources): () => Promise<string> {
  let rendered = new Map<Target, Rendered>();
  let reading: Promise<string> | undefined;

  async function read(): Promise<string> {
    const fleet = fleets.current();
    const targets = fleet.targets();
    // Only what the fleet still has is carried over.
    const next = new Map<Target, Rendered>();
    for (let from = 0; from < targets.length; from += AT_ONCE) {
      const some = targets.slice(from, from + AT_ONCE);
      for (const [index, health] of (await latest(some)).entries()) {
        const target = some[index]!;
        const before = rendered.get(target);
        const isSame = before !== undefined && before.at === health?.at;
        next.set(target, isSame ? before : render(target, fleet, health));
      }
    }
    rendered = next;
    return textOf([...next.values()], now().getTime());
  }

  return () =>
    (reading ??= read()
      .catch(() => '')
      .finally(() => (reading = undefined)));
}

function render(target: Target, fleet: Fleet, health: ServiceHealth | undefined): Rendered {
  const { node, service } = target;
  const name = labelsText({ node: node.id, service: service.id });
  const { coin, kind } = service;
  const all = labelsText({
    node: node.id,
    service: service.id,
    coin,
    seat: node.seat,
    region: fleet.seat(node.seat)?.region,
    kind,
  });
  const lines = new Map<Family, string>();
  const say = ({ name: metric }: Family, labels: string, value: number): string =>
    `${metric}{${labels}} ${value}\n`;
  // A service that nobody has looked at yet is unknown, and there is nothing more to say of it.
  lines.set(SERVICE_STATE, say(SERVICE_STATE, all, valueOf(health?.state ?? 'unknown')));
  if (!health) return { at: undefined, name, lines };
  lines.set(LOOK_DURATION, say(LOOK_DURATION, name, health.tookMs / 1_000));
  const add = (family: Family, labels: string, value: number): void => {
    lines.set(family, (lines.get(family) ?? '') + say(family, labels, value));
  };
  const common = labelsText({ node: node.id, service: service.id, coin, seat: node.seat });
  for (const { check, finding, figure } of health.results) {
    const labels = `${common},${labelsText({ check })}`;
    add(CHECK_STATE, labels, valueOf(finding.state));
    const family = figure && Number.isFinite(figure.value) ? FIGURES.get(figure.unit) : undefined;
    if (figure && family) add(family, labels, figure.value);
  }
  return { at: health.at, name, lines };
}

function textOf(rendered: readonly Rendered[], nowMs: number): string {
  const linesOf = (family: Family): readonly string[] =>
    family === LOOK_AGE
      ? rendered.flatMap(({ at, name }) =>
          at === undefined
            ? []
            : [`${LOOK_AGE.name}{${name}} ${Math.max(0, nowMs - Date.parse(at)) / 1_000}\n`],
        )
      : rendered.flatMap(({ lines }) => lines.get(family) ?? []);
  return HEALTH_FAMILIES.map((family) => gaugeText(family, linesOf(family))).join('');
}
