import type { Facts } from '#src/domain/finding.ts';
import type { Metrics } from './payloads.ts';

/** How often a notary, or a member of its cluster, was checked by the notary health check app. */
export interface Counted {
  /** Its X.500 name as the metrics write it: what is no letter or digit is an underscore. */
  readonly target: string;
  readonly success: number;
  readonly fail: number;
  readonly inflight: number;
}

const METRICS = ['success', 'fail', 'inflight'] as const;
const MOST_TARGETS = 64;

/** Of MBeans like `net.corda:name=O_Raft__L_Zurich__C_CH.fail,type=notaryhealthcheck`. */
export function countedIn(metrics: Metrics): readonly Counted[] {
  const named = Object.entries(metrics).flatMap(([mbean, { Count: count }]) => {
    const [, target, metric] = /[:,]name=([^,]{1,200})\.(\w{1,40})(?:,|$)/.exec(mbean) ?? [];
    return target !== undefined && count !== undefined ? [{ target, metric, count }] : [];
  });
  return [...Map.groupBy(named, ({ target }) => target)]
    .flatMap(([target, of]): readonly Counted[] => {
      const [success = 0, fail = 0, inflight = 0] = METRICS.map(
        (metric) => of.find((one) => one.metric === metric)?.count,
      );
      return of.some(({ metric }) => METRICS.some((known) => known === metric))
        ? [{ target, success, fail, inflight }]
        : [];
    })
    .slice(0, MOST_TARGETS);
}

/** How a target does, as its counts and those of the look before tell. */
export interface Course extends Counted {
  readonly state: 'well' | 'failing' | 'hanging' | 'idle';
  /** Since when it has not been well; since the last success or fail while it is. */
  readonly since: Date;
}

/** A check takes seconds: one that has been under way for longer hangs. */
const HANGING_MS = 60_000;
/** Of the app's own intervals, 2 minutes unless it is told otherwise: then it does not run. */
const IDLE_MS = 15 * 60_000;

export function courseOf(counted: Counted, before: Facts, now: Date): Course {
  const { target, success, fail, inflight } = counted;
  const was = remembered(target, before);
  const isNew = !was || success < was.success || fail < was.fail;
  const failed = isNew ? fail > 0 && success === 0 : fail > was.fail;
  const succeeded = isNew ? success > 0 : success > was.success;
  const lasting = (state: Course['state']): Date => (was?.state === state ? was.since : now);
  if (failed) return { ...counted, state: 'failing', since: lasting('failing') };
  if (succeeded || isNew) return { ...counted, state: 'well', since: now };
  if (was.state === 'failing') return { ...counted, state: 'failing', since: was.since };
  const still = now.getTime() - was.since.getTime();
  if (inflight > 0 && was.inflight > 0 && still > HANGING_MS)
    return { ...counted, state: 'hanging', since: was.since };
  return { ...counted, state: still > IDLE_MS ? 'idle' : 'well', since: was.since };
}

/** A course as facts, for the next look. */
export const factsOf = ({ target, success, fail, inflight, state, since }: Course): Facts => ({
  [`${target} success`]: success,
  [`${target} fail`]: fail,
  [`${target} inflight`]: inflight,
  [`${target} state`]: state,
  [`${target} since`]: since.toISOString(),
});

interface Remembered extends Omit<Course, 'target' | 'state'> {
  readonly state: string;
}

function remembered(target: string, facts: Facts): Remembered | undefined {
  const [success, fail, inflight] = METRICS.map((metric) => facts[`${target} ${metric}`]);
  const since = new Date(String(facts[`${target} since`]));
  if (typeof success !== 'number' || typeof fail !== 'number' || typeof inflight !== 'number')
    return undefined;
  if (Number.isNaN(since.getTime())) return undefined;
  return { success, fail, inflight, since, state: String(facts[`${target} state`]) };
}
