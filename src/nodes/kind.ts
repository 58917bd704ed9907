import type { z } from 'zod';

import type { Cost } from '#src/domain/finding.ts';
import type { ThresholdOverrides } from '#src/domain/node.ts';
import type { Remedy } from '#src/domain/remedy.ts';
import type { Looker } from '#src/health/look.ts';

/** A kind of daemon that Tocsin knows. */
export interface NodeKind extends Looker {
  /** The keys that its services have in the fleet file beside those of every service: a strict object. */
  readonly settings: z.ZodObject;
  /** What it looks at, in the order of its results, with every alert that a check may raise. */
  readonly checks: readonly {
    readonly id: string;
    readonly title: string;
    readonly alertnames: readonly string[];
    readonly costs?: Cost | undefined;
  }[];
  /** Names of the thresholds that the fleet file may set, with what holds where it says nothing. */
  readonly thresholds: ThresholdOverrides;
  /** What can be done about what it finds. */
  readonly remedies: readonly Remedy[];
}
