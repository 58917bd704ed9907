import type { Logger } from 'pino';

import type { Executors } from '#src/domain/executor.ts';
import { type CheckResult, type ServiceHealth, worst } from '#src/domain/finding.ts';
import type { Target } from '#src/domain/node.ts';
import type { Looker, Reach } from './look.ts';
import { lookAtWay } from './way.ts';

export interface LookNeeds {
  readonly kinds: readonly Looker[];
  readonly executors: Executors;
  /** What every look may use alike. */
  readonly around?: Pick<Reach, 'voices' | 'fellow' | 'mandates'> | undefined;
  /** For which service a remedy is offered for what was found of one, or what a person does by hand. */
  readonly offer?: ((found: Target, remedy: string) => Offered) | undefined;
  readonly logger: Logger;
  readonly now: () => Date;
  /** For one service, whatever its daemon does. */
  readonly limitMs?: number | undefined;
}

type Offered = { readonly service: string } | { readonly byHand: string };

/** Looks at one service, within the limit and a moment more; never rejects. */
export type LookAt = (target: Target, earlier?: ServiceHealth) => Promise<ServiceHealth>;

const DEFAULT_LIMIT_MS = 5_000;
/** For a kind to put its results together once its time is over. */
const GRACE_MS = 250;

export function createLookAt({
  kinds,
  executors,
  around,
  offer,
  logger,
  now,
  limitMs = DEFAULT_LIMIT_MS,
}: LookNeeds): LookAt {
  const byId = new Map(kinds.map((kind) => [kind.id, kind]));

  async function resultsOf(
    target: Target,
    earlier: ServiceHealth | undefined,
  ): Promise<readonly CheckResult[]> {
    const { node, service } = target;
    const kind = byId.get(service.kind);
    if (!kind) return [blind(`this version cannot look at services of kind ${service.kind}`)];
    using bound = boundOf(limitMs);
    try {
      const reach = { ...around, executor: executors(node), earlier, now: now() };
      const way = lookAtWay(node, reach.executor, bound.signal);
      const looks = Promise.all([kind.look(target, reach, bound.signal), way]);
      const whole = looks.then(([own, of]) => (of ? [...own, of] : own));
      return await Promise.race([whole, bound.over]);
    } catch (error) {
      logger.error({ err: error, node: node.id, service: service.id }, 'a look failed by our own fault');
      return [blind('Tocsin failed to look, by a fault of its own: its log has the details')];
    }
  }

  return async (target, earlier) => {
    const began = performance.now();
    const at = now().toISOString();
    const found = await resultsOf(target, earlier);
    const results = offer ? found.map((result) => offered(result, target, offer)) : found;
    return {
      node: target.node.id,
      service: target.service.id,
      ...(target.service.coin !== undefined && { coin: target.service.coin }),
      state: worst(
        results.flatMap(({ finding, aside, of }) => (aside || of === 'node' ? [] : [finding.state])),
      ),
      results,
      at,
      tookMs: Math.round(performance.now() - began),
    };
  };
}

/** With its remedy where that can work, and otherwise with words of what to do by hand. */
function offered(
  result: CheckResult,
  target: Target,
  offer: (found: Target, remedy: string) => Offered,
): CheckResult {
  const { remedy, ...without } = result;
  if (remedy === undefined) return result;
  const made = offer(target, remedy);
  if ('service' in made) return { ...result, remedyService: made.service };
  return { ...without, advice: [result.advice, made.byHand].filter(Boolean).join(' ') };
}

/** A result for a service that could not be looked at as a whole. */
const blind = (why: string): CheckResult => ({
  check: 'look',
  title: 'look',
  alertname: 'LookFailed',
  finding: { state: 'unknown', why },
  shown: '?',
});

interface Bound extends Disposable {
  readonly signal: AbortSignal;
  /** Resolves when the time and the grace are over. */
  readonly over: Promise<readonly CheckResult[]>;
}

function boundOf(limitMs: number): Bound {
  const { promise, resolve } = Promise.withResolvers<readonly CheckResult[]>();
  const end = new AbortController();
  const soft = setTimeout(
    () => end.abort(new DOMException('The look took too long', 'TimeoutError')),
    limitMs,
  );
  const hard = setTimeout(() => resolve([blind(`no result within ${limitMs / 1000} s`)]), limitMs + GRACE_MS);
  return {
    signal: end.signal,
    over: promise,
    [Symbol.dispose]() {
      clearTimeout(soft);
      clearTimeout(hard);
    },
  };
}
