import {
  type CheckResult,
  type FindingState,
  limitsOf,
  type ServiceHealth,
  type Unit,
  worst,
} from '#src/domain/finding.ts';
import type { Threshold } from '#src/domain/node.ts';

/** mulberry32: the same numbers from 0 to 1 for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Trait {
  readonly check: string;
  readonly title: string;
  readonly unit: Unit;
  readonly bad?: 'above' | 'below';
  readonly threshold?: Threshold;
  /** The figure `hours` after the beginning; `noise` is from 0 to 1. */
  readonly value: (hours: number, noise: number, seed: number) => number;
}

const saw = (hours: number, period: number): number => (hours % period) / period;

/** What a daemon's figures are like: some stand still, some creep, some are noise. */
export const TRAITS: readonly Trait[] = [
  {
    check: 'in-sync',
    title: 'in sync',
    unit: 'blocks',
    bad: 'above',
    threshold: { warn: 0, critical: 10 },
    value: (_, noise) => (noise > 0.997 ? 1 : 0),
  },
  {
    check: 'peers',
    title: 'peers',
    unit: 'count',
    bad: 'below',
    threshold: { warn: 4, critical: 1 },
    value: (hours, noise, seed) => Math.round(9 + 3 * Math.sin(hours / 5 + seed) + (noise > 0.98 ? -1 : 0)),
  },
  {
    check: 'tip-age',
    title: 'tip age',
    unit: 'seconds',
    bad: 'above',
    threshold: { warn: 1_800, critical: 7_200 },
    value: (_, noise) => Math.round(-60 * Math.log(1 - noise)),
  },
  {
    check: 'balance',
    title: 'balance',
    unit: 'coins',
    bad: 'below',
    threshold: { warn: 0.1, critical: 0.02 },
    value: (hours, _, seed) => Math.round((0.6 + seed / 100 - 0.00418 * Math.floor(hours / 2)) * 1e8) / 1e8,
  },
  {
    check: 'wallet-size',
    title: 'wallet size',
    unit: 'bytes',
    bad: 'above',
    threshold: { warn: 4e6, critical: 20e6 },
    value: (hours, _, seed) => 1_200_000 + seed * 10_000 + 4_096 * Math.floor(hours * 3),
  },
  {
    check: 'listunspent-time',
    title: 'listunspent',
    unit: 'seconds',
    bad: 'above',
    threshold: { warn: 0.05, critical: 1 },
    value: (hours, noise) => 0.004 + hours * 0.0002 + noise * noise * 0.01,
  },
  {
    check: 'notary-utxos',
    title: 'notary UTXOs',
    unit: 'count',
    bad: 'below',
    threshold: { warn: 10, critical: 5 },
    value: (hours, _, seed) => Math.round(60 - 52 * saw(hours + seed, 19)),
  },
  {
    check: 'utxo-count',
    title: 'UTXOs in all',
    unit: 'count',
    bad: 'above',
    threshold: { critical: 1_000 },
    value: (hours, _, seed) => 180 + Math.floor(hours * 2) + (seed % 40),
  },
  {
    check: 'last-notarisation',
    title: 'last notarisation',
    unit: 'seconds',
    bad: 'above',
    threshold: { warn: 9_000, critical: 57_600 },
    value: (hours, noise, seed) => Math.round(3_600 * saw(hours + seed, 0.6 + (seed % 7) / 10) + noise),
  },
  {
    check: 'last-mined',
    title: 'last mined',
    unit: 'seconds',
    bad: 'above',
    threshold: { warn: 14_400, critical: 86_400 },
    value: (hours, _, seed) => Math.round(3_600 * saw(hours + seed, 1.7)),
  },
  {
    check: 'disk',
    title: 'disk free',
    unit: 'ratio',
    bad: 'below',
    threshold: { warn: 0.15, critical: 0.05 },
    value: (hours, _, seed) => 0.41 - 0.0004 * hours - seed / 1e4,
  },
];
/** Checks that measure nothing. */
const PLAIN = ['daemon-answers', 'fork', 'key-loaded'];

const passed = (value: number, bad: Trait['bad'], limit: number | undefined): boolean =>
  limit !== undefined && (bad === 'below' ? value < limit : value > limit);

function stateOf(value: number, { bad, threshold = {} }: Trait): FindingState {
  if (passed(value, bad, threshold.critical)) return 'down';
  return passed(value, bad, threshold.warn) ? 'degraded' : 'up';
}

const resultOf = (
  { check, title }: { readonly check: string; readonly title: string },
  state: FindingState,
  figure?: CheckResult['figure'],
): CheckResult => ({
  check,
  title,
  alertname: check,
  shown: figure ? String(figure.value) : state,
  finding:
    state === 'up'
      ? { state, facts: {} }
      : state === 'unknown'
        ? { state, why: 'the daemon does not run' }
        : { state, why: `${title} is bad`, facts: {} },
  ...(figure && { figure }),
});

interface Life {
  readonly node: string;
  readonly service: string;
  readonly seed: number;
  readonly begins: Date;
  /** Changes a figure; undefined: it could not be seen. */
  readonly bend?: (check: string, hours: number, value: number) => number | undefined;
}

/** What a look at a service at some time sees: the same for the same life and time, look after look. */
export function lifeOf({ node, service, seed, begins, bend = (_, __, value) => value }: Life) {
  return (at: Date): ServiceHealth => {
    const ms = at.getTime() - begins.getTime();
    const random = randomOf(seed * 7_919 + Math.floor(ms / 1_000));
    const measured = TRAITS.map((trait): CheckResult => {
      const hours = ms / 3_600_000;
      const value = bend(trait.check, hours, trait.value(hours, random(), seed));
      if (value === undefined) return resultOf(trait, 'unknown');
      const limits = limitsOf(trait.threshold ?? {}, trait.bad ?? 'above');
      return resultOf(trait, stateOf(value, trait), { value, unit: trait.unit, limits });
    });
    const isDown = measured.every(({ finding }) => finding.state === 'unknown');
    const plain = PLAIN.map((check, index) =>
      resultOf({ check, title: check }, isDown ? (index === 0 ? 'down' : 'unknown') : 'up'),
    );
    const results = [...plain, ...measured];
    return {
      node,
      service,
      coin: service,
      state: worst(results.map(({ finding }) => finding.state)),
      results,
      at: at.toISOString(),
      tookMs: 40 + Math.round(random() * 60),
    };
  };
}
