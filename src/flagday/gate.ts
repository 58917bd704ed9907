import { OutsideError } from '#src/domain/errors.ts';
import type { Counts, NotaryCluster, WorkerNow } from '#src/domain/notary-cluster.ts';
import { durationInWords } from '#src/health/in-words.ts';
import { poll } from '#src/nodes/poll.ts';

export interface GateOptions {
  readonly cluster: NotaryCluster;
  readonly worker: string;
  /** As it was before it was restarted. */
  readonly before: WorkerNow;
  /** The parameters it shall run with; any, where it is not said. */
  readonly hash?: string | undefined;
  readonly everyMs: number;
  readonly withinMs: number;
  readonly signal: AbortSignal;
  /** Told why it does not pass yet. */
  readonly progress: (why: string) => Promise<void>;
}

/** The worker that passed, or why it did not in time. A type, not an interface: it is kept as JSON. */
export type Passed = { readonly startedAt?: string; readonly checks: number } | { readonly doubt: string };

/**
 * Whether a worker serves again: another process than before, or one with the parameters it shall have, and, where the notary
 * is checked, a check that succeeded since, none that failed since, and no more under way than there may be.
 */
export async function gate(options: GateOptions): Promise<Passed> {
  const { cluster, worker, everyMs, withinMs, signal, progress } = options;
  let baseline: readonly Counts[] | undefined;
  let why = 'it does not tell yet';
  let failed: string | undefined;
  const look = async (): Promise<Passed | undefined> => {
    const now = await cluster.lookAt(worker);
    const running = await whyNotRunning(now, options);
    if (running !== undefined) {
      [why, baseline] = [running, undefined];
      await progress(why);
      return undefined;
    }
    const { startedAt } = now;
    const passed = (checks: number): Passed => ({ ...(startedAt !== undefined && { startedAt }), checks });
    try {
      const counts = await cluster.counts(worker);
      if (!counts) return passed(0);
      const seen = since(baseline, counts, cluster.mostInFlight);
      if ('checks' in seen) return passed(seen.checks);
      why = seen.why;
      if (seen.failed) failed = seen.why;
      if (!baseline || seen.anew) baseline = counts;
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      why = `the checks of the notary cannot be read (${error.message})`;
    }
    await progress(why);
    return undefined;
  };
  const seen = await poll(look, { everyMs, withinMs, signal });
  if (seen) return seen;
  return { doubt: `${worker} does not serve after ${durationInWords(withinMs)}: ${failed ?? why}` };
}

async function whyNotRunning(
  now: WorkerNow,
  { cluster, worker, before, hash }: GateOptions,
): Promise<string | undefined> {
  if (now.state !== 'up') return now.why ?? `it is ${now.state}`;
  const isSame = before.startedAt !== undefined && now.startedAt === before.startedAt;
  const same = isSame ? 'the same process still runs: it was not restarted' : undefined;
  if (hash === undefined) return same;
  const held = await cluster.held(worker);
  // What runs with them already, by whoever's hand, needed no restart.
  if ('known' in held && held.known.inForce === hash) return undefined;
  return (
    same ?? ('known' in held ? `it runs with parameters ${held.known.inForce}, not with ${hash}` : undefined)
  );
}

type Since =
  | { readonly checks: number }
  /** `anew`: what counts begins with these. */
  | { readonly why: string; readonly failed?: boolean; readonly anew?: boolean };

/** What the checks say since they were counted first. */
function since(baseline: readonly Counts[] | undefined, counts: readonly Counts[], most: number): Since {
  if (counts.length === 0) return { why: 'no check of it is counted: is it a target of the health check?' };
  const busy = counts.find(({ inflight }) => inflight > most);
  if (busy) return { why: `${busy.inflight} checks of ${busy.target} are under way, more than ${most}` };
  if (!baseline) return { why: 'waits for a check of the notary that succeeds' };
  const before = new Map(baseline.map((one) => [one.target, one]));
  let checks = 0;
  for (const { target, success, fail } of counts) {
    const was = before.get(target);
    if (!was || success < was.success || fail < was.fail)
      return { why: 'the checks are counted anew', anew: true };
    if (fail > was.fail)
      return { why: `a check of ${target} failed (${fail} so far)`, failed: true, anew: true };
    checks += success - was.success;
  }
  return checks > 0 ? { checks } : { why: 'waits for a check of the notary that succeeds' };
}
