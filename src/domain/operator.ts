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
}

/** Whether a role carries at least the rights of another. */
export const hasRole = (role: Role, least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least);
