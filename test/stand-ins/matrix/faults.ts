/** One request, as a fault sees it. */
export interface Call {
  readonly method: string;
  /** Decoded, without /_matrix. */
  readonly path: string;
}

/** What goes wrong with a call. `effect`: it happened all the same. */
export type Trouble =
  | { readonly kind: 'status'; readonly status: number; readonly errcode?: string; readonly effect?: boolean }
  | { readonly kind: 'rate-limit'; readonly retryAfterMs: number }
  | { readonly kind: 'hang'; readonly effect?: boolean }
  | { readonly kind: 'drop-before' | 'drop-after' };

export type FaultPlan = Trouble & {
  readonly match?: {
    readonly method?: string;
    readonly path?: RegExp;
    readonly when?: (call: Call) => boolean;
  };
  /** How often; default always. */
  readonly times?: number;
};

export interface Fault {
  readonly hits: number;
  remove(): void;
}

export interface Faults {
  add(plan: FaultPlan): Fault;
  clear(): void;
  /** The trouble of the first fault in force for the call, which is thereby struck. */
  strike(call: Call): Trouble | undefined;
}

export function createFaults(): Faults {
  const inForce = new Map<FaultPlan, { hits: number }>();
  const fits = ({ match = {}, times = Infinity }: FaultPlan, hits: number, call: Call): boolean =>
    hits < times &&
    (match.method === undefined || match.method === call.method) &&
    (match.path === undefined || match.path.test(call.path)) &&
    (match.when === undefined || match.when(call));
  return {
    add(plan) {
      const count = { hits: 0 };
      inForce.set(plan, count);
      return {
        get hits() {
          return count.hits;
        },
        remove: () => void inForce.delete(plan),
      };
    },
    clear: () => inForce.clear(),
    strike(call) {
      for (const [plan, count] of inForce) {
        if (!fits(plan, count.hits, call)) continue;
        count.hits += 1;
        return plan;
      }
      return undefined;
    },
  };
}
