import { z } from 'zod';

export const ROLES = ['observer', 'notary', 'coordinator'] as const;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;

export type OperatorId = string & z.$brand<'OperatorId'>;
export const OperatorId = z.string().min(1) as unknown as z.ZodType<OperatorId>;

/** A person: one and the same, whichever platform they speak from. */
export interface Operator {
  readonly id: OperatorId;
  readonly role: Role;
  readonly team: string;
  /** Platform id → the account there (`discord` → snowflake, `matrix` → @user:server). */
  readonly handles: Readonly<Record<string, string>>;
  /** Stands in: written to only when the others of the seat do not answer. */
  readonly backup?: boolean | undefined;
  /** Their own, else the team's, else the network's. */
  readonly quiet?: Quiet | undefined;
}

/** An operator who does something, and the account they do it from. */
export interface Actor extends Operator {
  /** `discord:123…`: told in the audit. */
  readonly account?: string | undefined;
}

/** Who asks for what Tocsin proposes by itself; nobody of a fleet can be called so. */
export const TOCSIN: Operator = { id: 'tocsin' as OperatorId, role: 'observer', team: '', handles: {} };

/** Hours of the day, `23:00` to `07:00`, by the clocks of a time zone (an IANA name). */
export interface Quiet {
  readonly from: string;
  readonly to: string;
  readonly zone: string;
}

/** Those of a team who are written to first: without those who stand in, unless there is nobody else. */
export function regularsOf(team: readonly Operator[]): readonly Operator[] {
  const regular = team.filter(({ backup }) => !backup);
  return regular.length > 0 ? regular : team;
}

/** Whether a role carries at least the rights of another. */
export const hasRole = (role: Role, least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least);
