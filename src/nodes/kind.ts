import type { Remedy } from '#src/domain/remedy.ts';
import type { Looker } from '#src/health/look.ts';

/** A kind of daemon that Tocsin knows. */
export interface NodeKind extends Looker {
  /** What it looks at, in the order of its results. */
  readonly checks: readonly { readonly id: string; readonly title: string }[];
  /** What can be done about what it finds. */
  readonly remedies: readonly Remedy[];
}
