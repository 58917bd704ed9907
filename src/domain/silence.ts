import type { OperatorId } from './operator.ts';

/** Alerts whose labels match are recorded but not delivered, until it ends. */
export interface Silence {
  readonly id: string;
  readonly match: Readonly<Record<string, string>>;
  readonly comment: string;
  readonly createdBy: OperatorId;
  readonly createdAt: string;
  readonly endsAt: string;
}

export interface Silences {
  list(now: Date): Promise<readonly Silence[]>;
  add(silence: Silence): Promise<void>;
  /** False when there is none with this id that still runs. */
  expire(id: string): Promise<boolean>;
}

/** Whether every label the matcher names has exactly its value. */
export const matches = (
  match: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string | undefined>>,
): boolean => Object.entries(match).every(([name, value]) => labels[name] === value);
