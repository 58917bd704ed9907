import type { FindingState, ServiceHealth } from '#src/domain/finding.ts';
import type { Course } from '#src/domain/history.ts';
import type { Chart, Line } from './chart.ts';

/** What is known of a service over some time. */
export interface Past {
  readonly node: string;
  readonly service: string;
  readonly courses: readonly Course[];
  /** What the last patrol saw: it knows what the checks are called. */
  readonly latest?: ServiceHealth | undefined;
}

/** More are a picture that nobody reads. */
const MOST_CHARTS = 12;
/** Of each service, where there are several. */
const FEW = 3;
/** Lines that are told apart in a chart of many. */
const LEADING = 4;

const WEIGHT: Readonly<Record<FindingState, number>> = { up: 0, unknown: 1, degraded: 3, down: 10 };

/** How bad a course was: more than nothing if it ever was not well. */
export const sicknessOf = ({ buckets }: Course): number =>
  buckets.reduce((sum, { state }) => sum + WEIGHT[state], 0) / Math.max(1, buckets.length);

const measures = ({ buckets }: Course): boolean => buckets.some(({ span }) => span !== undefined);

export const titleOf = ({ latest }: Past, { check }: Course): string =>
  latest?.results.find((result) => result.check === check)?.title ?? check;

/** The courses that have figures, the sickest first; those that are as well as each other in the order of looking. */
const figuresOf = ({ courses }: Past): readonly Course[] =>
  courses.filter(measures).toSorted((a, b) => sicknessOf(b) - sicknessOf(a));

const alone = ({ buckets }: Course): readonly Line[] => [{ name: '', buckets, leads: true }];

const chartOf = (title: string, course: Course): Chart => ({
  title,
  unit: course.unit,
  limits: course.limits ?? [],
  lines: alone(course),
});

/** A course that is shown, and of what it is. */
export interface Shown {
  readonly past: Past;
  readonly course: Course;
}

/** Of one service all its figures; of several the sickest few of each, the sickest services first. */
export function shownOf(pasts: readonly Past[]): readonly Shown[] {
  const few = pasts.length > 1 ? FEW : MOST_CHARTS;
  const perService = pasts
    .map((past) => figuresOf(past).slice(0, few))
    .map((courses, index) => courses.map((course): Shown => ({ past: pasts[index]!, course })));
  const sickness = (list: readonly Shown[]): number =>
    Math.max(0, ...list.map(({ course }) => sicknessOf(course)));
  return perService.toSorted((a, b) => sickness(b) - sickness(a)).flat();
}

/** A chart for each of the first of them. */
export function chartsOf(shown: readonly Shown[]): readonly Chart[] {
  const services = new Set(shown.map(({ past }) => past));
  const nodes = new Set(shown.map(({ past }) => past.node));
  return shown.slice(0, MOST_CHARTS).map(({ past, course }) => {
    const of = [services.size > 1 && past.service, nodes.size > 1 && past.node].filter(Boolean).join(' ');
    return chartOf([of, titleOf(past, course)].filter(Boolean).join(' · '), course);
  });
}

/** The figure by which services of a coin are compared when nobody said which: the sickest, else how old their tip is. */
export function checkOf(pasts: readonly Past[]): string | undefined {
  const sickness = new Map<string, number>();
  for (const course of pasts.flatMap(({ courses }) => courses.filter(measures)))
    sickness.set(course.check, (sickness.get(course.check) ?? 0) + sicknessOf(course));
  const [worst] = [...sickness].toSorted(([, a], [, b]) => b - a);
  if (worst === undefined || worst[1] > 0) return worst?.[0];
  return sickness.has('tip-age') ? 'tip-age' : worst[0];
}

/** One chart of the same figure of many services: a line for each, the sickest told apart. */
export function comparison(shown: readonly Shown[]): Chart {
  const [first] = shown;
  const { past, course } = first!;
  const several = new Set(shown.map((one) => one.past.service)).size > 1;
  return {
    title: titleOf(past, course),
    unit: course.unit,
    limits: course.limits ?? [],
    lines: shown.map((one, index) => ({
      name: several ? `${one.past.node} ${one.past.service}` : one.past.node,
      buckets: one.course.buckets,
      leads: index < LEADING,
    })),
  };
}

/** The same figure of many services, the sickest first. */
export const sameOf = (pasts: readonly Past[], check: string): readonly Shown[] =>
  pasts
    .flatMap((past) =>
      past.courses.filter((course) => course.check === check).map((course) => ({ past, course })),
    )
    .toSorted((a, b) => sicknessOf(b.course) - sicknessOf(a.course));
