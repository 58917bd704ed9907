import type { CheckResult } from '#src/domain/finding.ts';
import type { NodeKind } from '#src/nodes/kind.ts';

import { type Asked, type Serve, type Served, textOf } from './wire.ts';

/** An exchange of a look, the answer damaged or not. */
export interface Exchange {
  readonly asked: Asked;
  readonly served: Served;
}

/** A service of a kind that is well, to be damaged. */
export interface Subject {
  readonly name: string;
  readonly kind: NodeKind;
  /** What is answered when nothing is damaged: made of what was recorded. */
  readonly whole: Serve;
  /** One look, whose every question is answered by this. */
  look(serve: Serve): Promise<readonly CheckResult[]>;
  /** Checks that are up when nothing is damaged. */
  readonly up: readonly string[];
  /**
   * For each check, whether it may be up after what was answered: read from the payloads by itself, with no parser and
   * no schema of ours. A check that is not here may never be up.
   */
  mayBeUp(exchanges: readonly Exchange[]): Readonly<Record<string, boolean>>;
}

/** What a payload says; undefined where it is no JSON. */
export function jsonOf({ body }: Served): unknown {
  try {
    return JSON.parse(textOf(body));
  } catch {
    return undefined;
  }
}

/** The value at a path; undefined where there is none of its own. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (held, key) =>
      typeof held === 'object' && held !== null && Object.hasOwn(held, key)
        ? (held as Record<string | number, unknown>)[key]
        : undefined,
    value,
  );
}

export const isWhole = (value: unknown, least = 0): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= least;

/** A text or a number as text, anything else as none. */
export const said = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? `${value}` : '';
