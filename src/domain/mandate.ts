import type { Target } from './node.ts';
import type { Requirement } from './version.ts';

/** What a mandatory notice that is open asks of a service. */
export interface Mandate extends Requirement {
  readonly notice: string;
  readonly subject: string;
  /** When it is due, as far as that is known. */
  readonly dueAt?: Date | undefined;
}

export interface Mandates {
  /** Those that concern the service. Asked again within seconds, it may be the same. */
  of(target: Target): Promise<readonly Mandate[]>;
}
