import { OutsideError } from '#src/domain/errors.ts';
import type { CheckResult, Cost, Facts, Finding, ServiceHealth } from '#src/domain/finding.ts';
import type { NodeKind } from './kind.ts';

/** What a check saw. */
export interface Seen extends Pick<
  CheckResult,
  'aside' | 'figure' | 'contact' | 'of' | 'settling' | 'remedy' | 'remedyArguments' | 'advice'
> {
  readonly finding: Finding;
  /** The figure as a person reads it in a table. */
  readonly shown: string;
  /** In place of the check's own, when what was seen has another name. */
  readonly alertname?: string | undefined;
}

/** One thing to look at; `Scene` is what it looks with. */
export interface Check<Scene> {
  readonly id: string;
  /** Heads a column. */
  readonly title: string;
  readonly costs: Cost;
  readonly alertname: string;
  /** Those that `Seen.alertname` may name in its place. */
  readonly otherAlertnames?: readonly string[] | undefined;
  /** The OutsideError that it throws makes the finding `unknown`. */
  look(scene: Scene): Promise<Seen>;
}

/** Could not look. */
export const unknown = (why: string): Seen => ({ finding: { state: 'unknown', why }, shown: '?' });

/** Checks as their kind lists them. */
export const listed = <Scene>(checks: readonly Check<Scene>[]): NodeKind['checks'] =>
  checks.map(({ id, title, costs, alertname, otherAlertnames = [] }) => ({
    id,
    title,
    costs,
    alertnames: [alertname, ...otherAlertnames],
  }));

/** A check's result, soon after the signal at the latest. */
export async function looked<Scene>(
  check: Check<Scene>,
  scene: Scene,
  signal: AbortSignal,
): Promise<CheckResult> {
  try {
    return resultOf(check, await before(signal, check.look(scene)));
  } catch (error) {
    if (error === OUT_OF_TIME || signal.aborted) return resultOf(check, unknown('no time was left to look'));
    if (error instanceof OutsideError) return resultOf(check, unknown(error.message));
    throw error;
  }
}

export function resultOf<Scene>(
  { id, title, costs, alertname }: Check<Scene>,
  { finding, remedy, remedyArguments, advice, alertname: other, ...seen }: Seen,
): CheckResult {
  const wrong = finding.state === 'degraded' || finding.state === 'down';
  return {
    check: id,
    title,
    costs,
    alertname: other ?? alertname,
    finding,
    ...seen,
    ...(wrong && { remedy, ...(remedyArguments && { remedyArguments }), advice }),
  };
}

interface Remembering {
  readonly earlier?: ServiceHealth | undefined;
}

/** The facts of a check's last finding. */
export function factsBefore(check: string, { earlier }: Remembering): Facts {
  const before = earlier?.results.find((result) => result.check === check)?.finding;
  return before && 'facts' in before ? before.facts : {};
}

/** Since when a check has seen the same: its last finding tells by the facts `how` and `since`. */
export function sinceOf(check: string, how: string, scene: Remembering & { readonly now: Date }): Date {
  const facts = factsBefore(check, scene);
  const since = facts['how'] === how ? Date.parse(String(facts['since'])) : Number.NaN;
  return Number.isNaN(since) ? scene.now : new Date(since);
}

const OUT_OF_TIME = new Error('out of time');
/** After the signal, for work that ends by the signal itself and has something to say. */
const GRACE_MS = 50;

/** The work's outcome, or a rejection with OUT_OF_TIME for work that the signal does not end. */
export async function before<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const giveUp = (): void => {
    timer = setTimeout(() => reject(OUT_OF_TIME), GRACE_MS);
  };
  if (signal.aborted) giveUp();
  else signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([work, over]);
  } finally {
    signal.removeEventListener('abort', giveUp);
    clearTimeout(timer);
  }
}
